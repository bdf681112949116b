"""Exit codes, and the exception that ends a command with one of them."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Exit(IntEnum):
    """What a command says to the shell when it ends."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    SERVICE = 5
    INTERRUPTED = 130


MEANINGS = {
    Exit.OK: "all is well",
    Exit.UNEXPECTED: "something unexpected: a mistake of this program, or output that cannot be written",
    Exit.USAGE: "wrong usage or settings, or a name that fits several things; they are listed",
    Exit.NOT_FOUND: "no such run, lumisection, monitoring element, dataset, workspace, rate, model, file "
    "or kind of record",
    Exit.NOT_ALLOWED: "not logged in, or the login does not allow it",
    Exit.SERVICE: "a service is down or answered nonsense: the result is not complete, what is printed "
    "is called partial",
    Exit.INTERRUPTED: "interrupted by the person",
}


class Stop(Exception):  # noqa: N818 - an end with a reason, not always an error
    """Ends a command: `message` is a sentence for the person, `choices` stand below it, one on a line."""

    def __init__(self, code: Exit, message: str, choices: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.choices = tuple(choices)


class ReaderGone(Exception):  # noqa: N818 - whoever read our output has seen enough, which is no error
    """Standard output was closed by its reader, as `| head` does."""


def must_exist(*paths: Path | None) -> None:
    """Raise Stop for a file that was named and is not there; None was not named."""
    for path in paths:
        if path is None:
            continue
        try:
            path.stat()
        except FileNotFoundError as error:
            raise Stop(Exit.NOT_FOUND, f"There is no file {path}.") from error
        except OSError:
            # whoever reads it says why that cannot be done
            continue
