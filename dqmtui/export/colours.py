"""Colours of maps in files, fit for paper and screen, and for those who see no red or green."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.export.png_image import Colour

_RISING = ("#fde725", "#7ad151", "#22a884", "#2a788e", "#414487", "#440154")
"""Viridis, whose lightness falls evenly: little is light, much is dark."""

_PARTED = ("#2166ac", "#92c5de", "#f7f7f7", "#f4a582", "#b2182b")
"""From blue over nearly white to red: what lies below and above the middle."""


def ramp(levels: int, *, parted: bool = False) -> list[Colour]:
    """Give the colours of `levels` levels, from the lowest on; `parted` ones have a light middle."""
    anchors = np.array([_rgb(text) for text in (_PARTED if parted else _RISING)], dtype=np.float64)
    places = np.linspace(0, len(anchors) - 1, max(levels, 2))
    columns = [np.interp(places, np.arange(len(anchors)), anchors[:, part]) for part in range(3)]
    rows = np.rint(np.column_stack(columns)).astype(int).tolist()
    return [(red, green, blue) for red, green, blue in rows][:levels]


def gradient(*, parted: bool = False) -> list[tuple[float, str]]:
    """Give the stops of a gradient with these colours: offset from 0 to 1, and colour."""
    anchors = _PARTED if parted else _RISING
    return [(at / (len(anchors) - 1), colour) for at, colour in enumerate(anchors)]


def levels_of(values: NDArray[np.float64], low: float, high: float, levels: int) -> NDArray[np.uint8]:
    """Sort numbers into `levels` levels between two ends, counted from 1; 0 is no number.

    There are at most 255 levels.
    """
    found = np.zeros(values.shape, dtype=np.uint8)
    known = np.isfinite(values)
    span = high - low
    part = (values[known] - low) / (span if span > 0 else 1.0)
    found[known] = 1 + np.clip(np.floor(part * levels), 0, levels - 1).astype(np.uint8)
    return found


def _rgb(text: str) -> tuple[int, ...]:
    return tuple(int(first + second, 16) for first, second in list(pairwise(text[1:]))[::2])
