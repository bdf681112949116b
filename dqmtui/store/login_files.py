"""Files of other programs that hold a login: the token file of cmsdials, and clientid.json."""

from __future__ import annotations

import json
import stat
from datetime import datetime
from typing import TYPE_CHECKING

from dqmtui.model.login_tokens import AccessToken, LoginTokens
from dqmtui.store.token_file import LARGEST_BYTES, LoginFileError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

CLIENT_FILE = "clientid.json"

_OTHERS = 0o077


def read_cmsdials_login(path: Path, notify: Callable[[str], None] = lambda _: None) -> LoginTokens:
    """Return the login in cmsdials' `.cache/creds`; raise LoginFileError.

    Its times are naive and local. The file stays as it is; ``notify`` is told when others can read it.
    """
    fields = _fields(path, notify)
    try:
        expires_at = _epoch(fields["expires_at"])
        life_s = float(str(fields["expires_in"]))
        endless = not fields["refresh_expires_in"]
        return LoginTokens(
            AccessToken(_word(fields["access_token"]), expires_at - life_s, expires_at),
            _word(fields["refresh_token"]),
            None if endless else _epoch(fields["refresh_expires_at"]),
        )
    except (LookupError, TypeError, ValueError, OverflowError):
        pass
    message = f"{path} is no token file of cmsdials. It is usually .cache/creds where cmsdials was used."
    raise LoginFileError(message)


def read_client_file(path: Path, notify: Callable[[str], None] = lambda _: None) -> tuple[str, str]:
    """Return client id and secret of an application from a clientid.json; raise LoginFileError.

    ``notify`` is told when others can read it.
    """
    fields = _fields(path, notify)
    try:
        return _word(fields["API_CLIENT_ID"]), _word(fields["API_CLIENT_SECRET"])
    except (LookupError, TypeError, ValueError):
        pass
    raise LoginFileError(f"{path} lacks API_CLIENT_ID or API_CLIENT_SECRET, or they are not text.")


def _fields(path: Path, notify: Callable[[str], None]) -> Mapping[str, object]:
    try:
        with path.open("rb") as file:
            mode = path.stat().st_mode
            value = json.loads(file.read(LARGEST_BYTES))
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror or type(error).__name__}."
        raise LoginFileError(message) from None
    except (RecursionError, ValueError):
        value = None
    if not isinstance(value, dict):
        raise LoginFileError(f"{path} is no JSON with a login.")
    if stat.S_IMODE(mode) & _OTHERS:
        notify(f"{path} holds a secret and others can read it. Run `chmod 600 {path}`.")
    return value


def _word(value: object) -> str:
    if (
        not isinstance(value, str)
        or not value.isascii()
        or not value.isprintable()
        or " " in value
        or not value
    ):
        raise TypeError
    return value


def _epoch(value: object) -> float:
    # A naive time counts as local, which is what cmsdials means.
    return datetime.fromisoformat(_word(value)).timestamp()
