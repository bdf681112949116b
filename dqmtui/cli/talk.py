"""What a command says besides its data: sentences on standard error."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from dqmtui.model.text import harmless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

NAME = "dqmtui"
_C_LOCALES = frozenset({"", "C", "POSIX"})
_COERCED = frozenset({"C.UTF-8", "C.utf8", "UTF-8"})


def tell(message: str, more: Iterable[str] = ()) -> None:
    """Say a sentence, with `more` indented below it, a line each; control characters are escaped.

    Where nobody listens to standard error it stays unsaid: the exit code tells it too.
    """
    lines = [f"{NAME}: {harmless(message)}", *(f"  {harmless(line)}" for line in more)]
    if sys.stderr is None:
        return
    # click.echo would write UTF-8 whatever the stream's encoding
    with suppress(OSError):
        sys.stderr.write("".join(f"{line}\n" for line in lines))
        sys.stderr.flush()


@contextmanager
def told_at_the_end() -> Iterator[Callable[[str], None]]:
    """Give a listener whose sentences are said once the block has ended."""
    said: list[str] = []
    try:
        yield said.append
    finally:
        for message in said:
            tell(message)


def locale_charset(environ: Mapping[str, str] | None = None) -> str:
    """Give the character set of the locale, utf8 or ascii."""
    _, named = deciding_locale(os.environ if environ is None else environ)
    if named in _C_LOCALES:
        return "ascii"
    return "utf8" if "utf8" in named.lower().replace("-", "").replace("_", "") else "ascii"


def deciding_locale(environ: Mapping[str, str]) -> tuple[str, str]:
    """Give the variable that says what characters the terminal has, and its value; "" for both if none does.

    In the C locale Python sets LC_CTYPE to a UTF-8 one for itself (PEP 538), which says nothing of the
    terminal: then LANG counts.
    """
    for name in ("LC_ALL", "LC_CTYPE", "LANG"):
        value = environ.get(name, "")
        if value and not (name == "LC_CTYPE" and sys.flags.utf8_mode and value in _COERCED):
            return name, value
    return "", ""


def limit_streams(charset: str) -> None:
    """Let no byte over 127 out when the character set is ascii; what it lacks becomes "?"."""
    if charset == "ascii":
        for stream in (sys.stdout, sys.stderr):
            # a stream that somebody put in place of the real one need not be able to do this
            reconfigure = getattr(stream, "reconfigure", None)
            if reconfigure is not None:
                reconfigure(encoding="ascii", errors="replace")
