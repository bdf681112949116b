"""Reading what the program writes to a terminal: texts, pens and places, and everything else."""

from __future__ import annotations

import re
from enum import Enum, auto
from itertools import chain
from typing import NamedTuple

BEGIN_SYNC, END_SYNC = "\x1b[?2026h", "\x1b[?2026l"

_TEXT = r"[^\x00-\x1f\x7f-\x9f]"
# what pictures are made of: pens and places, the text behind them, ends of lines
_PAINTED = re.compile(rf"\x1b\[([0-9;]*[mH])({_TEXT}*)((?:\x1b\[0m(?=[\x1b\n]|\Z))?\n?)")
_ANY = re.compile(
    rf"""
    (?P<text>{_TEXT}+)
  | (?P<line>\r?\n|\r)
  | \x1b\[(?P<pen>[0-9;]*)m
  | \x1b\[(?P<place>[0-9;]*)H
  | \x1b\]8;(?P<link>[^\x07\x1b]*)(?:\x07|\x1b\\)
  | (?P<sync>\x1b\[\?2026[hl])
  | (?P<other_screen>\x1b\[\?(?:47|1047|1048|1049)[hl])
  | (?P<aside>
        \x07
      | \x1b\[\?[0-9;]*(?:[hl]|\$p)           # modes set, reset and asked for
      | \x1b\[[<=>][0-9;]*u                   # the keyboard protocol
      | \x1b\[[0-9;]*(?:t|\ q)                # titles kept and sizes asked for, the form of the cursor
      | \x1b\](?:[^\x07\x1b])*(?:\x07|\x1b\\)   # titles, the clipboard, the form of the pointer
      | \x1bP(?:\x1b\x1b|\x1b[^\\]|[^\x1b])*\x1b\\  # what a multiplexer hands on
    )
  | (?P<unknown>\x1b\[[0-?]*[\ -/]*[@-~] | \x1b[\ -/]*[0-~] | .)
    """,
    re.VERBOSE | re.DOTALL,
)


class Kind(Enum):
    """What a part of the output is to the screen."""

    TEXT = auto()
    PEN = auto()
    PLACE = auto()
    LINE = auto()
    """To the beginning of the next line, with `\\r` of this one."""
    LINK = auto()
    SYNC = auto()
    OTHER_SCREEN = auto()
    """Another screen, on which something else stands."""
    ASIDE = auto()
    """What no cell changes by."""
    UNKNOWN = auto()


_KINDS = {kind.name.lower(): kind for kind in Kind}


class Part(NamedTuple):
    """A part of the output: `raw` as it was written, `value` what is in it."""

    kind: Kind
    value: str
    raw: str


Painted = list[tuple[str, str, str]]
"""Parameters with `m` or `H`, the text behind, and what ends it: a reset of the pen, a line feed, nothing."""


def painted(data: str) -> Painted | None:
    """Take a picture to pieces; none if there is something else in it."""
    found: Painted = _PAINTED.findall(data)
    # two characters begin every sequence
    if 2 * len(found) + sum(map(len, chain.from_iterable(found))) != len(data):
        return None
    return found


def parts(data: str) -> list[Part]:
    """Take any output to pieces."""
    return [
        Part(_KINDS[match.lastgroup or "unknown"], match[match.lastgroup or "unknown"], match[0])
        for match in _ANY.finditer(data)
    ]
