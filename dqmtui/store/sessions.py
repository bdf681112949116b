"""Named sessions: what a person looked at, in one small file each, ready for the next start.

Reading one is light: the first frame of the terminal program shows it.
"""

from __future__ import annotations

import json
import os
import re
import stat
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

FORMAT = 1
DEFAULT = "default"
LARGEST_BYTES = 1 << 20

_SUFFIX = ".json"
_ASIDE = ".broken"
_LONGEST = 40
_MOST_BESIDE = 100
_NAME = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_-]{{0,{_LONGEST - 1}}}")
_UNFIT = re.compile(r"[^a-z0-9.-]")
_THIS_MACHINE = {None, "", "localhost", "127.0.0.1", "::1"}
_LOCAL = "this-machine"
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class SessionError(Exception):
    """A session cannot be read, written or named so; the message is a sentence for the person."""


class UnreadSessionError(SessionError):
    """There is a session that cannot be read now, though it may be later."""


@dataclass(frozen=True, slots=True)
class SavedSession:
    """A session that there is, and when it was written, in seconds since 1970."""

    name: str
    at: float


def sessions_home(state_dir: Path, dials_url: str) -> Path:
    """Give the directory of the sessions of whoever works with the DIALS of this address.

    Runs and elements of another DIALS are others; those of services of this machine, such as the embedded
    ones, whatever their port, stay together and apart from all real ones.
    """
    try:
        host = urlsplit(dials_url).hostname
    except ValueError:
        host = None
    place = _LOCAL if host in _THIS_MACHINE or host is None else _UNFIT.sub("_", host.lower()).strip(".")
    return state_dir / "sessions" / (place or _LOCAL)


def check_name(name: str) -> str:
    """Give a name back that can be one of a session; raises SessionError."""
    if not _NAME.fullmatch(name):
        raise SessionError(
            f"{name[:60]!r} is no name of a session: type up to 40 letters, digits, - and _, as in night-1."
        )
    return name


class Sessions:
    """The sessions in a directory. Several terminals may use them at once: files are replaced as a whole."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        # what tells the files that this terminal wrote from those of others
        self._writer = os.urandom(8).hex()
        self._seen: dict[str, object] = {}
        # sessions of which there is a file that could not be read, though it may be in a moment
        self._unread: set[str] = set()

    def saved(self) -> list[SavedSession]:
        """List the sessions, that written last first; none where the directory cannot be read."""
        found = []
        with suppress(OSError), os.scandir(self.directory) as entries:
            for entry in entries:
                name = entry.name.removesuffix(_SUFFIX)
                if name != entry.name and _NAME.fullmatch(name) and entry.is_file(follow_symlinks=False):
                    found.append(SavedSession(name, entry.stat(follow_symlinks=False).st_mtime))
        return sorted(found, key=lambda one: (-one.at, one.name))

    def last(self) -> str:
        """Name the session that was written last, the usual one without any."""
        return next((one.name for one in self.saved()), DEFAULT)

    def read(self, name: str) -> dict[str, Any] | None:
        """Give what was written, None when there is no such session.

        One that makes no sense is set aside under another name, so that nothing is lost and the next start is
        well; raises SessionError that says so. One that cannot be read, which may pass, is left alone and not
        written over; raises UnreadSessionError.
        """
        path = self._path(name)
        try:
            data = _read(path)
        except FileNotFoundError:
            return None
        except OSError as error:
            self._unread.add(name)
            raise UnreadSessionError(
                f"The session {name} cannot be read ({_reason(error)}) and stays as it is: {path}."
            ) from error
        except ValueError as error:
            raise SessionError(f"The session {name} {error}{self._set_aside(path)}") from error
        self._unread.discard(name)
        self._seen[name] = data.get("writer")
        return data

    def begin_anew(self, name: str) -> None:
        """Take note of a session that is to be written over without being read."""
        with suppress(OSError, ValueError):
            self._seen[name] = _read(self._path(name)).get("writer")

    def beside(self, name: str) -> str:
        """Give a name like that of a session that cannot be read, of which there is no session yet."""
        taken = {one.name for one in self.saved()}
        numbered = (f"{name[: _LONGEST - 4]}-{number}" for number in range(2, _MOST_BESIDE))
        return next((one for one in numbered if one not in taken and not _is_there(self._path(one))), name)

    def write(self, name: str, data: Mapping[str, object]) -> bool:
        """Write a session, readable by its owner alone; a reader sees all of it or what was there before.

        Tells whether another terminal has written it since this one did, or read it. Raises SessionError.
        """
        path = self._path(name)
        if name in self._unread:
            if _is_there(path):
                raise SessionError(
                    f"The session {name} is not saved: what could not be read of it before would be lost; "
                    ":session NAME goes on under another name."
                )
            self._unread.discard(name)
        try:
            is_shared = self._is_from_another(path, name)
            self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            whole = {"format": FORMAT, "writer": self._writer, "saved": int(time.time()), **data}
            _replace(path, json.dumps(whole, ensure_ascii=True, allow_nan=False).encode())
        except OSError as error:
            raise SessionError(
                f"The session cannot be saved in {self.directory}: {_reason(error)}."
            ) from error
        self._seen[name] = self._writer
        return is_shared

    def delete(self, name: str) -> None:
        """Delete a session; raises SessionError when there is none, or it cannot be deleted."""
        try:
            self._path(name).unlink()
        except FileNotFoundError:
            names = ", ".join(one.name for one in self.saved())
            there_are = f"there are {names}" if names else "there are none yet"
            raise SessionError(f"There is no session {name!r}; {there_are}.") from None
        except OSError as error:
            raise SessionError(f"The session {name} cannot be deleted: {_reason(error)}.") from error
        self._unread.discard(name)

    def _path(self, name: str) -> Path:
        return self.directory / f"{check_name(name)}{_SUFFIX}"

    def _is_from_another(self, path: Path, name: str) -> bool:
        try:
            writer = _read(path).get("writer")
        except (OSError, ValueError):
            return False
        return writer not in {self._seen.get(name), self._writer}

    def _set_aside(self, path: Path) -> str:
        try:
            aside = _free(path.with_name(f"{path.name}{_ASIDE}"))
            path.replace(aside)
        except OSError as error:
            return f" and could not be set aside ({_reason(error)}); you begin afresh."
        return f"; it is kept as {aside}, and you begin afresh."


def _read(path: Path) -> dict[str, Any]:
    """Read a session file; raises OSError, and ValueError that goes on from "The session NAME"."""
    handle = os.open(path, _READ)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode):
            raise OSError("it is no regular file")
        if found.st_size > LARGEST_BYTES:
            raise ValueError("is too large to be one")
        text = file.read(LARGEST_BYTES)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("cannot be understood") from error
    if not isinstance(data, dict) or type(data.get("format")) is not int:
        raise ValueError("cannot be understood")
    if data["format"] > FORMAT:
        raise ValueError("is of a later version of dqmtui")
    if data["format"] < 1:
        raise ValueError("cannot be understood")
    return data


def _is_there(path: Path) -> bool:
    """Tell whether there is a file, be it that nobody can say."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return True


def _free(path: Path) -> Path:
    """Make an empty file of this name, or of it with a number, where none was before; raises OSError."""
    number = 1
    while True:
        free = path if number == 1 else path.with_name(f"{path.name}-{number}")
        try:
            os.close(os.open(free, _WRITE, 0o600))
        except FileExistsError:
            number += 1
        else:
            return free


def _replace(path: Path, data: bytes) -> None:
    """Put a file in the place of another at once, for its owner alone."""
    new = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}")
    handle = os.open(new, _WRITE, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(handle)
        new.replace(path)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _reason(error: OSError) -> str:
    return error.strerror or str(error)


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """A session that is open: its name, what was written of it (None: it begins), and what is to be said."""

    sessions: Sessions
    name: str
    data: Mapping[str, Any] | None = None
    trouble: str = ""


def begun(sessions: Sessions, name: str) -> OpenedSession:
    """Open a session without what was written of it."""
    sessions.begin_anew(name)
    return OpenedSession(sessions, name)


def opened(sessions: Sessions, name: str) -> OpenedSession:
    """Open a session; one that makes no sense begins anew, with a sentence about it.

    Of one that cannot be read now nothing is lost: another one begins beside it.
    """
    try:
        return OpenedSession(sessions, name, sessions.read(name))
    except UnreadSessionError as error:
        other = sessions.beside(name)
        begun = "You begin afresh" if other == name else f"You begin afresh in the session {other}"
        return OpenedSession(sessions, other, None, f"{error} {begun}.")
    except SessionError as error:
        return OpenedSession(sessions, name, None, str(error))
