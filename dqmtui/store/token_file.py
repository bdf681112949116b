"""The file that keeps a login between sessions: for its owner alone, replaced whole, without locks."""

from __future__ import annotations

import json
import os
import re
import stat
import tempfile
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dqmtui.model.login_tokens import AccessToken, LoginTokens

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

DIRECTORY = "logins"
LARGEST_BYTES = 65_536

_VERSION = 1
_OTHERS = 0o077
_UNFIT = re.compile(r"[^A-Za-z0-9.-]+")


class LoginFileError(OSError):
    """A file with a login that cannot be used; the text is a sentence that says what to do."""


@dataclass(frozen=True)
class TokenFile:
    """The login at one login service, in a file below the state directory.

    ``name`` tells the logins to several services at one login service apart, ``command`` is what to type to
    log in again. ``notify`` gets a sentence about what was not as it should be and has been mended. All
    methods block and raise LoginFileError. Several processes may use the file at once: it is replaced whole,
    and there are no locks, which AFS does not keep between machines.
    """

    state_dir: Path
    auth_url: str
    notify: Callable[[str], None] = field(default=lambda _: None, repr=False, compare=False)
    name: str = ""
    command: str = "dqmtui login"

    @property
    def path(self) -> Path:
        """Where the login is: each login service has files of its own, named after its host."""
        parts = urlsplit(self.auth_url)
        place = _UNFIT.sub("-", f"{parts.netloc}{parts.path}").strip("-.")
        # no address makes a place with a _ in it
        named = f"_{_UNFIT.sub('-', self.name)}" if self.name else ""
        return self.state_dir / DIRECTORY / f"{place}{named}.json"

    def read(self) -> LoginTokens | None:
        """Return the login, None when there is none; a file that is none of ours is set aside."""
        text = read_privately(self.path, self._mended)
        if text is None:
            return None
        try:
            return _decoded(text)
        except (TypeError, ValueError, LookupError, RecursionError):
            pass
        aside = self.path.with_suffix(".broken")
        with _explained(f"The damaged login {self.path} cannot be set aside"):
            self.path.replace(aside)
        self.notify(f"The stored login was damaged and has been set aside as {aside}. Run `{self.command}`.")
        return None

    def prepare(self) -> None:
        """Make the place for a login, so that it is known to be there before the person logs in."""
        with _explained(f"Your login cannot be stored in {self.path.parent}"):
            self._private_directory(self.path.parent)
            tempfile.TemporaryFile(dir=self.path.parent).close()

    def write(self, tokens: LoginTokens) -> None:
        """Keep a login in place of whatever there is."""
        directory = self.path.parent
        with _explained(f"Your login cannot be stored in {directory}"):
            self._private_directory(directory)
            # mkstemp makes it 0600, and no other process has the name
            handle, name = tempfile.mkstemp(prefix=".login-", dir=directory)
            try:
                with os.fdopen(handle, "w", encoding="ascii") as file:
                    file.write(_encoded(tokens))
                    file.flush()
                    os.fsync(file.fileno())
                Path(name).replace(self.path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def replace(self, old: LoginTokens, new: LoginTokens) -> bool:
        """Keep ``new``, which follows ``old``; return False when another login or none has taken its place.

        A login that is older than ``old`` is one that a failed write left behind.
        """
        there = self.read()
        if there is None or (there != old and there.access.issued_at > old.access.issued_at):
            return False
        self.write(new)
        return True

    def remove(self) -> bool:
        """Remove the login and what was set aside; return whether there was one."""
        found = False
        with _explained(f"Your login {self.path} cannot be removed"):
            for path in (self.path, self.path.with_suffix(".broken")):
                with suppress(FileNotFoundError):
                    path.unlink()
                    found = True
        return found

    def _mended(self, path: Path) -> None:
        self.notify(
            f"Others could read your login: {path} is now yours alone. If you do not trust them, run "
            f"`{self.command}` again."
        )

    def _private_directory(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if stat.S_IMODE(directory.stat().st_mode) & _OTHERS:
            directory.chmod(0o700)
            self.notify(f"Others could look into {directory}: it is now yours alone.")


def read_privately(path: Path, mended: Callable[[Path], None]) -> str | None:
    """Return the text of a file of ours, None when there is none; raise LoginFileError.

    A file that others can read is closed to them, and ``mended`` told.
    """
    with _explained(f"Your login {path} cannot be read"):
        try:
            # never through a link, which somebody else may have laid, nor waiting for the writer of a pipe
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode) or status.st_uid != os.geteuid():
                message = f"{path} is not a file of yours, so that no login is read from it. Remove it."
                raise LoginFileError(message)
            if stat.S_IMODE(status.st_mode) & _OTHERS:
                os.fchmod(handle, 0o600)
                mended(path)
            return file.read(LARGEST_BYTES).decode("utf-8", "replace")


@contextmanager
def _explained(what: str) -> Iterator[None]:
    """Turn a refusal of the system into a sentence."""
    try:
        yield
    except LoginFileError:
        raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise LoginFileError(f"{what}: {reason}. Check state_dir (DQMTUI_STATE_DIR).") from None


def _encoded(tokens: LoginTokens) -> str:
    return json.dumps(
        {
            "version": _VERSION,
            "access_token": tokens.access.value,
            "issued_at": tokens.access.issued_at,
            "expires_at": tokens.access.expires_at,
            "refresh_token": tokens.refresh_token,
            "refresh_expires_at": tokens.refresh_expires_at,
        }
    )


def _decoded(text: str) -> LoginTokens:
    """Return the login in a file's text; raise TypeError, ValueError or LookupError when it is none."""
    fields: Mapping[str, object] = json.loads(text)
    if fields["version"] != _VERSION:
        raise ValueError
    ends = fields["refresh_expires_at"]
    return LoginTokens(
        AccessToken(
            _text(fields["access_token"]), _seconds(fields["issued_at"]), _seconds(fields["expires_at"])
        ),
        _text(fields["refresh_token"]),
        None if ends is None else _seconds(ends),
    )


def _text(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError
    return value


def _seconds(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise TypeError
    return float(value)
