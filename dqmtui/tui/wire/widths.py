"""Texts cut into cells of a terminal."""

from __future__ import annotations

from functools import lru_cache
from itertools import chain

from rich.cells import get_character_cell_size

_RANGES = (
    (0x20, 0x7E),  # ASCII
    (0xA0, 0xAC),  # Latin, but for the soft hyphen
    (0xAE, 0x2FF),
    (0x384, 0x482),  # Greek and Cyrillic
    (0x48A, 0x52F),
    (0x2010, 0x2027),  # dashes, quotes, dots
    (0x2190, 0x22FF),  # arrows, signs
    (0x2500, 0x25FC),  # boxes, blocks, shapes
    (0x2713, 0x2718),  # ticks, crosses
    (0x2800, 0x28FF),  # braille
)
_PLAIN = frozenset(map(chr, chain.from_iterable(range(first, last + 1) for first, last in _RANGES)))

is_plain = _PLAIN.issuperset
"""Tell whether a text takes one cell per character in every terminal."""


@lru_cache(maxsize=4096)
def cells(text: str) -> tuple[str, ...]:
    """Cut a text into cells; a wide character is followed by an empty one, what has no width joins its base.

    What has no base is left out, and so are control characters.
    """
    cut: list[str] = []
    base = -1
    for character in text:
        width = 0 if _is_control(character) else get_character_cell_size(character)
        if width:
            base = len(cut)
            cut += [character, *[""] * (width - 1)]
        elif base >= 0 and not _is_control(character):
            cut[base] += character
    return tuple(cut)


def _is_control(character: str) -> bool:
    return character < " " or "\x7f" <= character < "\xa0"
