"""The characters that plots are made of, in UTF-8 and in plain ASCII."""

from __future__ import annotations

import locale
import os
import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from dqmtui.render.cells import REPLACEMENT, code_points, one_cell_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.model.theme import Glyphs, Theme


@dataclass(frozen=True)
class Charset:
    """Tables of drawing characters, as arrays of code points where cells are made of them.

    `bars`: a cell filled from below, empty to full; `bars_down`: filled from above, where partly filled cells
    are drawn in reverse if `down_reversed`; `bars_right`: from the left. `shades`: ever denser, the first for
    the smallest value. `signs`: from far below to far above the middle of a diverging ramp.
    `error_bars`: a vertical line in no, the lower, the upper and both halves of a cell. `half`: a cell whose
    upper half shows the foreground, None when maps are drawn in shades.
    `color` false means that shades must carry what colour would: no half blocks.
    """

    name: Literal["utf8", "ascii"]
    bars: NDArray[np.uint32] = field(repr=False, compare=False)
    bars_down: NDArray[np.uint32] = field(repr=False, compare=False)
    down_reversed: bool
    bars_right: NDArray[np.uint32] = field(repr=False, compare=False)
    shades: NDArray[np.uint32] = field(repr=False, compare=False)
    signs: NDArray[np.uint32] = field(repr=False, compare=False)
    error_bars: NDArray[np.uint32] = field(repr=False, compare=False)
    horizontal: str
    vertical: str
    gridline: str
    zero_line: str
    ellipsis: str
    half: str | None
    braille: bool
    color: bool = True

    def glyphs(self, theme: Theme) -> Glyphs:
        """Give the theme's glyphs in this character set."""
        return theme.glyphs_ascii if self.name == "ascii" else theme.glyphs

    def text(self, text: str) -> str:
        """Write a text in characters of this set, each one cell wide; what cannot be shown becomes '?'."""
        if self.name == "utf8":
            return one_cell_text(text)
        if text.isascii():
            return one_cell_text(text)
        # signs before they are taken apart, and what comes of taking apart
        plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
        return one_cell_text("".join(_spelled(char) for char in plain))

    def unit(self, text: str) -> str:
        """Write a text with the powers of units in it as the field does: `10^34 cm^-2 s^-1` as 10³⁴ cm⁻²s⁻¹.

        Without raised digits it is `10^34 cm-2s-1`.
        """
        text = _BETWEEN_UNITS.sub("", text)
        if self.name == "utf8":
            text = _POWER.sub(lambda power: power[1].translate(_RAISED), text)
        else:
            text = _POWER_OF_UNIT.sub(r"\1", text)
        return self.text(text)


_POWER = re.compile(r"(?<=[A-Za-z0-9])\^([+-]?\d+)")
_POWER_OF_UNIT = re.compile(r"(?<=[A-Za-z])\^(-\d+)")
_BETWEEN_UNITS = re.compile(r"(?<=[A-Za-z]\^-\d) (?=[A-Za-z]+\^-\d)")
_RAISED = str.maketrans("+-0123456789", "⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

_PLAIN = str.maketrans(
    {
        "\N{MICRO SIGN}": "u",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{MIDDLE DOT}": ".",
        "\N{DOT OPERATOR}": ".",
        "\N{BULLET}": "*",
        "\N{DEGREE SIGN}": "deg",
        "\N{MINUS SIGN}": "-",
        "\N{HYPHEN}": "-",
        "\N{NON-BREAKING HYPHEN}": "-",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{RIGHTWARDS ARROW}": "->",
        "\N{LEFTWARDS ARROW}": "<-",
        "\N{UPWARDS ARROW}": "up",
        "\N{DOWNWARDS ARROW}": "down",
        "\N{PLUS-MINUS SIGN}": "+-",
        "\N{SQUARE ROOT}": "sqrt",
        "\N{N-ARY SUMMATION}": "sum",
        "\N{INFINITY}": "inf",
        "\N{LESS-THAN OR EQUAL TO}": "<=",
        "\N{GREATER-THAN OR EQUAL TO}": ">=",
        "\N{NOT EQUAL TO}": "!=",
        "\N{ALMOST EQUAL TO}": "~",
        "\N{TILDE OPERATOR}": "~",
        "\N{FRACTION SLASH}": "/",
        "\N{DIVISION SLASH}": "/",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{LATIN SMALL LETTER SHARP S}": "ss",
        "\N{LATIN CAPITAL LETTER O WITH STROKE}": "O",
        "\N{LATIN SMALL LETTER O WITH STROKE}": "o",
        "\N{LATIN CAPITAL LETTER AE}": "AE",
        "\N{LATIN SMALL LETTER AE}": "ae",
    }
)

_SIGNS = {
    "\N{RIGHTWARDS ARROW}": ">",
    "\N{LEFTWARDS ARROW}": "<",
    "\N{UPWARDS ARROW}": "^",
    "\N{DOWNWARDS ARROW}": "v",
    "\N{HORIZONTAL ELLIPSIS}": "~",
    "\N{PLUS-MINUS SIGN}": "+",
    "\N{DEGREE SIGN}": "o",
    "\N{GREEK SMALL LETTER CHI}": "x",
}
"""Signs that are one character wide also in ASCII."""

_FAMILIES = (
    # (first, last, ASCII): the families of signs that frames, bars and pointers are made of
    (0x2500, 0x2501, "-"),
    (0x2502, 0x2503, "|"),
    (0x2504, 0x2505, "-"),
    (0x2506, 0x2507, "|"),
    (0x2508, 0x2509, "-"),
    (0x250A, 0x250B, "|"),
    (0x254C, 0x254D, "-"),
    (0x254E, 0x254F, "|"),
    (0x2550, 0x2550, "="),
    (0x2551, 0x2551, "|"),
    (0x2571, 0x2571, "/"),
    (0x2572, 0x2572, "\\"),
    (0x2573, 0x2573, "X"),
    (0x2574, 0x2574, "-"),
    (0x2575, 0x2575, "|"),
    (0x2576, 0x2576, "-"),
    (0x2577, 0x2577, "|"),
    (0x2500, 0x257F, "+"),
    (0x2591, 0x2591, "."),
    (0x2592, 0x2592, ":"),
    (0x2594, 0x2594, "-"),
    (0x2580, 0x259F, "#"),
    (0x25B2, 0x25B5, "^"),
    (0x25B6, 0x25BB, ">"),
    (0x25BC, 0x25BF, "v"),
    (0x25C0, 0x25C5, "<"),
    (0x25A0, 0x25FF, "*"),
    (0x2713, 0x2714, "+"),
    (0x2717, 0x2718, "x"),
    (0x2801, 0x28FF, "."),
)


@lru_cache(4096)
def plain_cells(text: str) -> str:
    """Write a text in ASCII without changing how many cells it takes; what has no likeness becomes '?'.

    It is for what is drawn already: `Charset.text` spells a text that can still be laid out.
    """
    return "".join(char if char.isascii() else _plain_cell(char) for char in text)


@lru_cache(1024)
def _plain_cell(char: str) -> str:
    if char in _SIGNS:
        return _SIGNS[char]
    width = _width(char)
    return ASCII.text(char)[:1].ljust(width, REPLACEMENT)[:width]


def _likeness(char: str) -> str:
    """Give the ASCII character that looks most like a sign, '?' for want of any."""
    code = ord(char)
    return next((plain for first, last, plain in _FAMILIES if first <= code <= last), REPLACEMENT)


def _width(char: str) -> int:
    """Count the cells that a character takes in a terminal."""
    if unicodedata.category(char) in {"Mn", "Me", "Cf", "Cc"}:
        return 0
    return 2 if unicodedata.east_asian_width(char) in {"W", "F"} else 1


def _spelled(char: str) -> str:
    """Spell a character in ASCII: a Greek letter by its name, no accents, a sign by one that is like it."""
    if char.isascii():
        return char
    if unicodedata.combining(char):
        return ""
    if ord(char) in _PLAIN:
        return str(_PLAIN[ord(char)])
    name = unicodedata.name(char, "").split()
    if name[:1] == ["GREEK"] and "LETTER" in name:
        letter = name[name.index("LETTER") + 1].lower()
        return letter.capitalize() if "CAPITAL" in name else letter
    return _likeness(char)


UTF8 = Charset(
    name="utf8",
    bars=code_points(" ▁▂▃▄▅▆▇█"),
    bars_down=code_points(" ▇▆▅▄▃▂▁█"),
    down_reversed=True,
    bars_right=code_points(" ▏▎▍▌▋▊▉█"),
    shades=code_points("░▒▓█"),
    signs=code_points("=-.+#"),
    error_bars=code_points(" ╷╵│"),
    horizontal="─",
    vertical="│",
    gridline="┈",
    zero_line="▔",
    ellipsis="…",
    half="▀",
    braille=True,
)
ASCII = Charset(
    name="ascii",
    bars=code_points(" .:#"),
    bars_down=code_points(" '\"#"),
    down_reversed=False,
    bars_right=code_points(" -="),
    shades=code_points(".:-=+*#%@"),
    signs=code_points("=-.+#"),
    error_bars=code_points(" ,'|"),
    horizontal="-",
    vertical="|",
    gridline=".",
    zero_line="-",
    ellipsis="~",
    half=None,
    braille=False,
)
CHARSETS: Mapping[str, Charset] = {"utf8": UTF8, "ascii": ASCII}


def detect(setting: str | None = None, environ: Mapping[str, str] | None = None) -> Charset:
    """Choose the character set to draw with: a setting 'utf8' or 'ascii' wins, then the locale.

    The locale is read from LC_ALL, LC_CTYPE and LANG in `environ` (default: the process), or from the C
    library when none is set. NO_COLOR and TERM=dumb give the set without colour. Raises ValueError.
    """
    env = os.environ if environ is None else environ
    if setting is None or setting == "auto":
        chosen = UTF8 if _speaks_utf8(env) else ASCII
    elif setting in CHARSETS:
        chosen = CHARSETS[setting]
    else:
        raise ValueError(f"unknown character set {setting!r}: expected utf8, ascii or auto")
    if env.get("NO_COLOR") or env.get("TERM") == "dumb":
        return replace(chosen, color=False, half=None)
    return chosen


def _speaks_utf8(environ: Mapping[str, str]) -> bool:
    named = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG")
    encoding = named or locale.getpreferredencoding(do_setlocale=False)
    return "utf8" in encoding.lower().replace("-", "").replace("_", "")
