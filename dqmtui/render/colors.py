"""Colours: OKLab, contrast, and the nearest colour of the 256 and 16 colour palettes."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

ColorLevel: TypeAlias = Literal["none", "16", "256", "truecolor"]

# The first 16 colours as VGA and the Linux console show them; terminals let people change them.
ANSI_16 = (
    "#000000",
    "#aa0000",
    "#00aa00",
    "#aa5500",
    "#0000aa",
    "#aa00aa",
    "#00aaaa",
    "#aaaaaa",
    "#555555",
    "#ff5555",
    "#55ff55",
    "#ffff55",
    "#5555ff",
    "#ff55ff",
    "#55ffff",
    "#ffffff",
)
_CUBE_LEVELS = (0, 95, 135, 175, 215, 255)
_FIRST_FIXED = 16

# Linear sRGB to the cone responses of OKLab and on to OKLab (B. Ottosson, 2020, https://bottosson.github.io).
_RGB_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_LMS_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def rgb(color: str) -> tuple[int, int, int]:
    """Red, green and blue of '#rrggbb', each 0 to 255."""
    value = int(color[1:], 16)
    return value >> 16, value >> 8 & 255, value & 255


def mixed(first: str, second: str, share: float) -> str:
    """Give the colour '#rrggbb' that is a mixture: a share (0 to 1) of the second, the rest of the first."""
    parts = zip(rgb(first), rgb(second), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in parts)


def linear_rgb(colors: ArrayLike) -> NDArray[np.float64]:
    """Linear light of sRGB colours (IEC 61966-2-1): shape (..., 3), 0 to 255 in, 0 to 1 out."""
    value = np.asarray(colors, dtype=np.float64) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)  # noqa: PLR2004 - the standard's constants


def oklab(linear: ArrayLike) -> NDArray[np.float64]:
    """OKLab coordinates of linear sRGB colours, shape (..., 3)."""
    cones = np.cbrt(np.asarray(linear, dtype=np.float64) @ _RGB_TO_LMS.T)
    return np.asarray(cones @ _LMS_TO_LAB.T, dtype=np.float64)


def contrast(first: str, second: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.1)."""
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = sorted(float(linear_rgb(rgb(color)) @ weights) for color in (first, second))
    return (high + 0.05) / (low + 0.05)


def _fixed_palette() -> NDArray[np.int64]:
    cube = [(red, green, blue) for red in _CUBE_LEVELS for green in _CUBE_LEVELS for blue in _CUBE_LEVELS]
    greys = [(level, level, level) for level in range(8, 248, 10)]
    return np.array(cube + greys)


_FIXED = _fixed_palette()
_FIXED_LAB = oklab(linear_rgb(_FIXED))
_ANSI_LAB = oklab(linear_rgb([rgb(color) for color in ANSI_16]))


@lru_cache(maxsize=4096)
def xterm_index(color: str) -> int:
    """Index (16 to 255) of the nearest fixed colour of the xterm palette, by distance in OKLab."""
    distance = np.sum((_FIXED_LAB - oklab(linear_rgb(rgb(color)))) ** 2, axis=1)
    return _FIRST_FIXED + int(np.argmin(distance))


@lru_cache(maxsize=4096)
def ansi_index(color: str) -> int:
    """Index (0 to 15) of the nearest of the 16 ANSI colours, by distance in OKLab."""
    distance = np.sum((_ANSI_LAB - oklab(linear_rgb(rgb(color)))) ** 2, axis=1)
    return int(np.argmin(distance))


def xterm_color(index: int) -> str:
    """'#rrggbb' of an xterm palette index, 0 to 255."""
    if index < _FIRST_FIXED:
        return ANSI_16[index]
    red, green, blue = _FIXED[index - _FIRST_FIXED].tolist()
    return f"#{red:02x}{green:02x}{blue:02x}"


@lru_cache(maxsize=8192)
def sgr_color(color: str, level: ColorLevel, *, background: bool) -> str:
    """SGR parameters that select a colour at a colour level; raises ValueError for level 'none'."""
    if level == "truecolor":
        red, green, blue = rgb(color)
        return f"{48 if background else 38};2;{red};{green};{blue}"
    if level == "256":
        return f"{48 if background else 38};5;{xterm_index(color)}"
    if level == "16":
        index = ansi_index(color)
        base = 30 if index < 8 else 82  # noqa: PLR2004 - 30-37 are the dark, 90-97 the bright ones
        return str(base + index + (10 if background else 0))
    raise ValueError(f"no colours at colour level {level!r}")
