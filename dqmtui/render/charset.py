"""The characters that plots are made of, in UTF-8 and in plain ASCII."""

from __future__ import annotations

import locale
import os
import unicodedata
from dataclasses import dataclass, field, replace
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
        plain = unicodedata.normalize("NFKD", text.translate(_PLAIN))
        return one_cell_text("".join(_spelled(char) for char in plain))


_PLAIN = str.maketrans(
    {
        "\N{MICRO SIGN}": "u",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{MIDDLE DOT}": ".",
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{HORIZONTAL ELLIPSIS}": "...",
        "\N{RIGHTWARDS ARROW}": "->",
        "\N{PLUS-MINUS SIGN}": "+-",
        "\N{SQUARE ROOT}": "sqrt",
    }
)


def _spelled(char: str) -> str:
    """Spell one character in ASCII: a Greek letter by its name, an accent not at all, others as '?'."""
    if char.isascii():
        return char
    if unicodedata.combining(char):
        return ""
    name = unicodedata.name(char, "").split()
    if name[:1] == ["GREEK"] and "LETTER" in name:
        letter = name[name.index("LETTER") + 1].lower()
        return letter.capitalize() if "CAPITAL" in name else letter
    return REPLACEMENT


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
