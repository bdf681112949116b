"""Sizes of the panes as shares of what they stand in, which hold in terminals of all sizes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Literal

Axis = Literal["width", "height"]

Sizes = Mapping[str, Mapping[str, float]]
"""By the name of a mode and of a part: the share of the first of the two that share it, between 0 and 1."""


class Mode(Enum):
    """How the panes are arranged; the value is the class of the screen, and stands in files."""

    NARROW = "narrow"
    WIDE = "wide"
    ROOMY = "roomy"
    BROAD = "broad"


FROM_COLUMNS = {Mode.BROAD: 230, Mode.ROOMY: 150, Mode.WIDE: 110, Mode.NARROW: 0}


def mode_of(width: int) -> Mode:
    """Give the arrangement in a terminal of so many columns."""
    return next(mode for mode, least in FROM_COLUMNS.items() if width >= least)


PARTS = {"left": ("left", "right"), "runs": ("runs", "lumisections"), "plot": ("plot", "trend")}
"""What is shared out, and the widgets that share it."""

AXES: Mapping[Mode, Mapping[str, Axis]] = {
    Mode.NARROW: {"plot": "height"},
    Mode.WIDE: {"left": "width", "runs": "height", "plot": "height"},
    Mode.ROOMY: {"left": "width", "runs": "height", "plot": "height"},
    Mode.BROAD: {"left": "width", "runs": "width", "plot": "height"},
}
"""Along which axis a part is shared out in each mode; those that are not have all there is."""

_WHOLE = 100_000

LEAST: Mapping[str, Mapping[Axis, int]] = {
    "left": {"width": 40},
    "right": {"width": 46},
    "runs": {"width": 40, "height": 8},
    "lumisections": {"width": 40, "height": 6},
    "plot": {"height": 8},
    "trend": {"height": 6},
}
"""Cells without which a widget is of no use, its border included; the style sheet says the same."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of size: the part that is shared out anew, and whether its first widget grows."""

    part: str
    first_grows: bool


def change_of(mode: Mode, pane: str, axis: Axis) -> Change | None:
    """Say what is shared out anew when a pane grows along an axis, None when it has all there is."""
    if axis == "width" and mode is Mode.BROAD and pane == "runs":
        return Change("runs", first_grows=True)
    part = "left" if axis == "width" else "runs" if pane in PARTS["runs"] else "plot"
    if AXES[mode].get(part) != axis:
        return None
    return Change(part, first_grows=pane in {*PARTS["runs"]} if axis == "width" else pane == part)


def least_of(mode: Mode, part: str) -> tuple[int, int]:
    """Give the least cells of the two that share a part."""
    axis = AXES[mode][part]
    first, second = (LEAST[widget][axis] for widget in PARTS[part])
    if mode is Mode.BROAD and part == "left":
        first = sum(LEAST[widget]["width"] for widget in PARTS["runs"])
    return first, second


def share_of(cells: int, of: int) -> float:
    """Give the share that comes out as so many cells of all: the middle of those that do."""
    return (cells + 0.5) / of


def weights(share: float) -> tuple[int, int]:
    """Give the weights of both for the share of the first: whole numbers, whose sum leaves no cell over."""
    first = round(share * _WHOLE)
    return first, _WHOLE - first


def read_sizes(data: object) -> Sizes:
    """Take what makes sense out of what stands in a file."""
    read: dict[str, dict[str, float]] = {}
    for mode in Mode:
        shares = data.get(mode.value) if isinstance(data, Mapping) else None
        parts = {
            part: float(share)
            for part, share in (shares.items() if isinstance(shares, Mapping) else ())
            if part in AXES[mode] and isinstance(share, float) and 0 < share < 1
        }
        if parts:
            read[mode.value] = parts
    return read
