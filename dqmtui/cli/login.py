"""`dqmtui login`: a person logs in to DIALS, or to OMS itself."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import ExitStack, aclosing, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import orjson

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.output import put
from dqmtui.cli.talk import NAME, limit_streams, tell
from dqmtui.cli.work import charset_of, demo_services, settings_of
from dqmtui.render.qr import qr_lines
from dqmtui.review.login import import_cmsdials_login, log_in
from dqmtui.review.login_choice import counts_before_login, token_file
from dqmtui.services.device_login import Asked, Expired, LoggedIn, Refused, Waiting
from dqmtui.services.login_kinds import DIALS_LOGIN, OMS_LOGIN
from dqmtui.store.token_file import LoginFileError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.cli.opening import Opening
    from dqmtui.cli.shared import Shared
    from dqmtui.services.device_login import LoginState
    from dqmtui.services.login_kinds import LoginKind
    from dqmtui.store.settings import Settings

DEMO_OPTIONS = ("--auto-approve", "1", "--device-interval", "0")
"""Nobody has to agree to the embedded login service."""
LINES_OF_TALK = 5


def show(
    shared: Shared,
    _start_tui: Callable[[Opening], int],
    *,
    of_oms: bool,
    from_cmsdials: Path | None,
    as_json: bool,
) -> None:
    """Log in, or take over a login of cmsdials; raises Stop, ServiceError and SettingsError."""
    login = OMS_LOGIN if of_oms else DIALS_LOGIN
    if of_oms and from_cmsdials is not None:
        raise Stop(Exit.USAGE, "cmsdials has a login to DIALS alone: leave out --oms or --from-cmsdials.")
    settings = settings_of(shared)
    with ExitStack() as ends:
        services = ends.enter_context(demo_services(shared, settings, DEMO_OPTIONS))
        if services is not None:
            # a login at services that end with this command is of no use to a later one
            state_dir = Path(ends.enter_context(TemporaryDirectory(prefix=f"{NAME}-")))
            settings = settings_of(shared, services.wait_ready().environment())
            settings = replace(settings, state_dir=state_dir)
        for note in settings.notes:
            tell(note)
        charset = charset_of(settings)
        limit_streams(charset)
        try:
            if from_cmsdials is not None:
                _take_over(settings, from_cmsdials, as_json=as_json)
            else:
                file = token_file(settings, login=login).path
                asyncio.run(_log_in(settings, login, _JsonTalk(file) if as_json else _Talk(file, charset)))
        except LoginFileError as error:
            raise Stop(Exit.USAGE, str(error)) from error
        if services is not None:
            tell("the embedded services end now, and this login with them")
        elif (first := counts_before_login(settings, login)) is not None:
            tell(f"{first} counts before this login; remove it to use the login")
        elif of_oms and settings.oms_route != "direct":
            tell("OMS itself is asked once oms_route (DQMTUI_OMS_ROUTE) is direct")


def _take_over(settings: Settings, path: Path, *, as_json: bool) -> None:
    import_cmsdials_login(settings, path, tell)
    if as_json:
        put_line({"state": "logged_in", "file": str(token_file(settings).path)})
    else:
        tell(f"the login in {path} is now stored in {token_file(settings).path}")


async def _log_in(settings: Settings, login: LoginKind, talk: _Talk | _JsonTalk) -> None:
    """Log in and tell what happens; raises Stop when that comes to nothing."""
    async with aclosing(log_in(settings, tell, login)) as states:
        with talk:
            async for state in states:
                talk.hear(state)
                end = state
    match end:
        case Refused(reason):
            raise Stop(Exit.NOT_ALLOWED, reason)
        case Expired():
            raise Stop(Exit.NOT_ALLOWED, f"Nobody agreed in time. Run `{login.command}` again.")


class _JsonTalk:
    """Prints each state as a line of JSON."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None

    def hear(self, state: LoginState) -> None:
        """Print a state, never a token."""
        put_line(self._fields(state))

    def _fields(self, state: LoginState) -> dict[str, Any]:
        match state:
            case Asked():
                return {
                    "state": "asked",
                    "url": state.url,
                    "user_code": state.user_code,
                    "expires_at": datetime.fromtimestamp(state.expires_at, UTC).isoformat(timespec="seconds"),
                    "interval_s": state.interval_s,
                }
            case Waiting():
                return {
                    "state": "waiting",
                    "seconds_left": state.seconds_left,
                    "trouble": state.trouble or None,
                }
            case LoggedIn():
                return {"state": "logged_in", "file": str(self._file)}
            case Refused():
                return {"state": "refused", "reason": state.reason}
            case Expired():
                return {"state": "expired"}


class _Talk:
    """Says on standard error what the person is to do, and counts down where that is a terminal."""

    def __init__(self, file: Path, charset: str) -> None:
        self._file = file
        self._charset = charset
        self._is_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._trouble = ""
        self._counting = 0

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        self._clear()

    def hear(self, state: LoginState) -> None:
        """Say a state; the ends that come to nothing are left to the command's end."""
        match state:
            case Asked():
                code = [f"and agree to the code {state.user_code}"] if state.user_code else []
                tell("open this address in a browser to log in", [state.url, *code])
                if self._is_terminal:
                    self._draw(state.url)
            case Waiting():
                if state.trouble and state.trouble != self._trouble:
                    self._clear()
                    tell(state.trouble)
                self._trouble = state.trouble
                if self._is_terminal:
                    self._count(state.seconds_left)
            case LoggedIn():
                self._clear()
                tell(f"you are logged in; the login is stored in {self._file}")

    def _draw(self, url: str) -> None:
        """Draw the QR code of an address, where there is room for it."""
        lines = qr_lines(url, self._charset)
        width, height = os.get_terminal_size(sys.stderr.fileno())
        if len(lines[0]) <= width and len(lines) + LINES_OF_TALK <= height:
            self._write("".join(f"{line}\n" for line in lines))

    def _count(self, seconds: int) -> None:
        text = f"waiting for you: {seconds // 60}:{seconds % 60:02d} left, ctrl+c gives up"
        self._write(f"\r{text.ljust(self._counting)}")
        self._counting = len(text)

    def _clear(self) -> None:
        """Take back the countdown."""
        if self._counting:
            self._write(f"\r{' ' * self._counting}\r")
            self._counting = 0

    def _write(self, text: str) -> None:
        # Where nobody listens to standard error it stays unsaid: the exit code tells it too.
        with suppress(OSError):
            sys.stderr.write(text)
            sys.stderr.flush()


def put_line(fields: dict[str, Any]) -> None:
    """Print an object as one line of JSON."""
    put(orjson.dumps(fields) + b"\n")
