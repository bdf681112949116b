"""The clipboard of the terminal, reached by escape sequence OSC 52, also from within tmux and GNU screen.

The terminal is the person's own, at the other end of the SSH connection: no program on this side could reach
its clipboard. Whether it takes the text is its own decision, and nothing comes back. tmux, as it comes, takes
no such sequence; where it can be told to it puts the text into its paste buffer and sends it on.
"""

from __future__ import annotations

import asyncio
import base64
import os
from typing import TYPE_CHECKING, Any

from dqmtui.model.text import escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from textual.app import App

    from dqmtui.review.tmux import Taken

MOST_BYTES = 74_994
"""Longest text in UTF-8: with base64 and its frame the sequence then has 100,000 bytes, hterm's limit."""

TMUX_OPTION = "`tmux set -s set-clipboard on`"
"""What lets escape sequences for the clipboard through."""
MAYBE = f"; tmux lets it through if {TMUX_OPTION} is set"

_SCREEN_CHUNK = 76
"""Bytes that GNU screen passes on in one string, far below the least limit of all its versions."""


class TooLongError(ValueError):
    """A text that terminals would not take; the message is a sentence for the person."""


class CopyableLines(str):
    """Lines that may be pasted as they are: `copyable_lines` has made them."""

    __slots__ = ()


def copyable(text: str) -> str:
    r"""Make a text fit to be pasted anywhere, in one line and without control characters.

    A line end becomes a space, since a pasted one would run what stands before it in a shell; what cannot be
    seen is written as `\x1b` and the like. Lines that were made for it stay lines.
    """
    return str(text) if isinstance(text, CopyableLines) else escaped(" ".join(text.splitlines()))


def copyable_lines(texts: Iterable[str]) -> CopyableLines:
    """Make texts fit to be pasted as lines: each is a comment to a shell that would run it."""
    return CopyableLines("\n".join(f"# {copyable(text)}" for text in texts))


def osc_52(text: str) -> str:
    """Give the sequence that puts a text into the clipboard; raises TooLongError."""
    data = text.encode("utf-8", "replace")
    if len(data) > MOST_BYTES:
        raise TooLongError(
            f"This is too long for a terminal's clipboard: {len(data)} bytes, {MOST_BYTES} are possible."
        )
    return f"\x1b]52;c;{base64.b64encode(data).decode('ascii')}\x07"


def passed_through(sequence: str, environ: Mapping[str, str]) -> str:
    r"""Wrap a sequence so that a multiplexer hands it to the terminal outside; "" where there is none.

    It is sent beside the plain sequence, not in its place: tmux takes that for itself where `set-clipboard`
    is on, and hands this one on where `allow-passthrough` is. A TERM of "screen" without $TMUX or $STY may
    come from either program at the other end of an SSH connection. It is then wrapped for GNU screen: tmux
    drops what it does not know, while GNU screen would print a part of what is meant for tmux.
    """
    term = environ.get("TERM", "")
    if environ.get("TMUX") or term.startswith("tmux"):
        doubled = sequence.replace("\x1b", "\x1b\x1b")
        return f"\x1bPtmux;{doubled}\x1b\\"
    if environ.get("STY") or term.startswith("screen"):
        chunks = (sequence[at : at + _SCREEN_CHUNK] for at in range(0, len(sequence), _SCREEN_CHUNK))
        return "".join(f"\x1bP{chunk}\x1b\\" for chunk in chunks)
    return ""


def copy(app: App[Any], text: str, what: str, say: Callable[[str], None]) -> None:
    """Put a text into the clipboard; raises TooLongError.

    `say` gets a sentence on what became of it, which begins with `what`, such as "The code has": at once, or
    within tmux as soon as that has answered.
    """
    app.copy_to_clipboard(text)
    if os.environ.get("TMUX"):
        app.run_worker(_told_tmux(copyable(text), what, say), group="clipboard", exclusive=True)
        return
    hint = ""
    if os.environ.get("TERM", "").startswith("tmux"):
        # it runs at the other end of an SSH connection, where nobody can ask it
        hint = MAYBE
    say(f"{what} been sent to the terminal's clipboard{hint}.")


async def _told_tmux(text: str, what: str, say: Callable[[str], None]) -> None:
    from dqmtui.review.tmux import Taken, give, passing  # noqa: PLC0415 - the first frame does without

    taken = await asyncio.to_thread(give, text)
    passes = None if taken is Taken.SENT else (await asyncio.to_thread(passing)).passes
    say(in_tmux(what, taken, passes=passes))


def in_tmux(what: str, taken: Taken, *, passes: bool | None) -> str:
    """Say what became of a text within tmux; `passes` is whether that lets escape sequences through."""
    match taken.name, passes:
        case "SENT", _:
            return f"{what} been put into tmux's paste buffer and sent to the terminal's clipboard."
        case _, True:
            return f"{what} been sent to the terminal's clipboard."
        case "KEPT", _:
            return f"{what} been put into tmux's paste buffer alone; the clipboard takes {TMUX_OPTION}."
        case _, False:
            return f"tmux keeps it from the terminal's clipboard; {TMUX_OPTION} lets it through."
        case _:
            return (
                f"{what} been sent to the terminal's clipboard; tmux lets it through if {TMUX_OPTION} is set."
            )
