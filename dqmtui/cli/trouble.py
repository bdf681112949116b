"""What an error means for the person and for the shell."""

from __future__ import annotations

import traceback
from pathlib import Path

from dqmtui.cli.exits import Exit, Stop
from dqmtui.demo.process import DemoError
from dqmtui.model.text import shortened
from dqmtui.services.errors import BadRequest, Forbidden, NotFound, NotLoggedIn, ServiceError, SwitchedOff
from dqmtui.store.keymap_file import KeymapFileError
from dqmtui.store.settings import SettingsError
from dqmtui.store.themes import ThemeError

_CODES: dict[type[ServiceError], Exit] = {
    NotLoggedIn: Exit.NOT_ALLOWED,
    Forbidden: Exit.NOT_ALLOWED,
    NotFound: Exit.NOT_FOUND,
    BadRequest: Exit.USAGE,
    SwitchedOff: Exit.USAGE,
}
LONGEST_DETAILS = 240
_PACKAGE = Path(__file__).parents[1]


def explained(error: BaseException) -> Stop:
    """Turn an error into the end of a command; of several at once the first counts."""
    match error:
        case BaseExceptionGroup():
            return explained(error.exceptions[0])
        case Stop():
            return error
        case ServiceError():
            # a refusal that came from a service has something to show
            details = [shortened(error.details(), LONGEST_DETAILS, ellipsis="...")] if error.status else []
            return Stop(_CODES.get(type(error), Exit.SERVICE), error.message, details)
        case SettingsError() | ThemeError():
            return Stop(Exit.USAGE, str(error))
        case KeymapFileError(file=file, problems=problems):
            what_to_do = "`dqmtui keys check` looks again; DQMTUI_KEYMAP=/dev/null opens without it."
            return Stop(Exit.USAGE, f"The keymap {file} cannot be used:", [*problems, what_to_do])
        case _:
            return _unexpected(error)


def _unexpected(error: BaseException) -> Stop:
    if isinstance(error, DemoError):
        return Stop(Exit.USAGE if error.is_refusal else Exit.SERVICE, str(error))
    if isinstance(error, OSError):
        return Stop(Exit.UNEXPECTED, f"The system refused: {error}")
    return Stop(Exit.UNEXPECTED, f"unexpected {type(error).__name__}: {error}", [_where(error)])


def _where(error: BaseException) -> str:
    """Name the place in this program where an unexpected error came up."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if _PACKAGE in Path(frame.filename).parents]
    if not ours:
        return "It is a mistake of this program."
    last = ours[-1]
    file = Path(last.filename).relative_to(_PACKAGE.parent)
    return f"It is a mistake of this program, in {file} line {last.lineno} ({last.name})."
