"""Pens: how a cell is drawn, and the shortest way to tell a terminal of another pen."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_RESET = 0
_COLOUR_FORMS = {"5": 3, "2": 5}
_FOREGROUND, _BACKGROUND = 38, 48
_OFF_FOREGROUND, _OFF_BACKGROUND = 39, 49
_FOREGROUNDS = frozenset({*range(30, 40), *range(90, 98)})
_BACKGROUNDS = frozenset({*range(40, 50), *range(100, 108)})
# which attributes (SGR codes that turn something on) a code turns off
_OFF = {22: (1, 2), 23: (3,), 24: (4, 21), 25: (5, 6), 27: (7,), 28: (8,), 29: (9,), 54: (51, 52), 55: (53,)}
_ON = frozenset(code for codes in _OFF.values() for code in codes)
_OFF_MASKS = {off: sum(1 << code for code in codes) for off, codes in _OFF.items()}
# all but bold, dim and italic can be seen on a space
_UNERASABLE = sum(1 << code for code in _ON - {1, 2, 3})


@dataclass(frozen=True, slots=True, eq=False)
class Pen:
    """How a cell is drawn; `pen` makes them, and equal ones are the same object.

    Colours are the SGR parameters that choose them ("" is the terminal's own), `attributes` has bit n set for
    the SGR code n, `link` holds parameters and address of a hyperlink as OSC 8 takes them.
    """

    foreground: str
    background: str
    attributes: int
    link: str

    @property
    def is_plain_when_blank(self) -> bool:
        """Tell whether a space shows its background alone, which is what erasing leaves."""
        return not self.attributes & _UNERASABLE and not self.link


@lru_cache(maxsize=65536)
def pen(foreground: str = "", background: str = "", attributes: int = 0, link: str = "") -> Pen:
    """Give the pen of these properties."""
    return Pen(foreground, background, attributes, link)


DEFAULT = pen()


@lru_cache(maxsize=8192)
def chosen(before: Pen, parameters: str) -> Pen | None:
    """Give the pen after an SGR sequence with these parameters; none if they are not known here."""
    foreground, background, attributes = before.foreground, before.background, before.attributes
    for code, colour in _read(parameters):
        if code == _RESET:
            foreground, background, attributes = "", "", 0
        elif code in _ON:
            attributes |= 1 << code
        elif code in _OFF:
            attributes &= ~_OFF_MASKS[code]
        elif code in _FOREGROUNDS:
            foreground = colour
        elif code in _BACKGROUNDS:
            background = colour
        else:
            return None
    return pen(foreground, background, attributes, before.link)


def _read(parameters: str) -> Iterator[tuple[int, str]]:
    """Give the codes, and what chooses the colour for those that choose one; -1 for what is not known."""
    codes = parameters.split(";")
    while codes:
        code, length = int(codes[0] or _RESET), 1
        if code in (_FOREGROUND, _BACKGROUND):
            length = _COLOUR_FORMS.get(codes[1] if len(codes) > 1 else "", 0)
            if not length or len(codes) < length:
                yield -1, ""
                return
        is_own = code in (_OFF_FOREGROUND, _OFF_BACKGROUND)
        yield code, "" if is_own else ";".join(codes[:length])
        codes = codes[length:]


@lru_cache(maxsize=32768)
def change(before: Pen, after: Pen) -> str:
    """Give the shortest sequence that makes one pen the other."""
    link = "" if before.link == after.link else f"\x1b]8;{after.link or ';'}\x1b\\"
    steps = _steps(before, after)
    if not steps:
        return link
    whole = _steps(DEFAULT, after)
    anew = f"\x1b[0;{whole}m" if whole else "\x1b[m"
    return link + min(f"\x1b[{steps}m", anew, key=len)


def _steps(before: Pen, after: Pen) -> str:
    """Give the SGR parameters from one pen to the other without a reset."""
    codes: list[str] = []
    kept = before.attributes
    for off, mask in _OFF_MASKS.items():
        if kept & ~after.attributes & mask:
            codes.append(str(off))
            kept &= ~mask
    gained = after.attributes & ~kept
    codes += [str(code) for code in sorted(_ON) if gained >> code & 1]
    if before.foreground != after.foreground:
        codes.append(after.foreground or str(_OFF_FOREGROUND))
    if before.background != after.background:
        codes.append(after.background or str(_OFF_BACKGROUND))
    return ";".join(codes)
