"""What the cursor reads in one bin, in a line of text."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.model.axis import Axis
    from dqmtui.render.lower_panel import Panel
    from dqmtui.render.overlays import Overlay
    from dqmtui.render.shown import Shown


def read_bin(
    shown: Shown, index: int, overlays: Sequence[Overlay] = (), panel: Panel | None = None
) -> list[str]:
    """Read bin `index` of a 1D histogram: its edges, content and error, and that of each overlay.

    With what the `panel` compares, without one the ratio to the first of them. Raises IndexError when there
    is no such bin.
    """
    values = shown.values
    parts = [f"{said_bin(shown.x, index)}  {shown.norm}: {_content(values, shown.errors, index)}"]
    parts += [f"{overlay.label}: {_content(overlay.values, overlay.errors, index)}" for overlay in overlays]
    if overlays and panel is not None:
        parts.append(f"{panel.kind} {_compared(panel, index)}")
    elif overlays:
        parts.append(f"ratio {_ratio(float(values[index]), float(overlays[0].values[index]))}")
    return parts


def read_bin_briefly(
    shown: Shown, index: int, overlays: Sequence[Overlay], panel: Panel | None = None
) -> list[str]:
    """Read a bin as `read_bin` does, the comparison first and the references numbered in place of named.

    Of what its content is divided by only the unit is said.
    """
    unit = shown.norm.partition(" of ")[0]
    place, *named, ratio = read_bin(replace(shown, norm=unit), index, overlays, panel)
    names = ["ref", *(f"ref {number}" for number in range(2, len(overlays) + 1))]
    contents = (text.removeprefix(overlay.label) for text, overlay in zip(named, overlays, strict=True))
    return [place, ratio, *(f"{name}{content}" for name, content in zip(names, contents, strict=True))]


def read_cell(
    shown: Shown,
    column: int,
    row: int,
    reference: NDArray[np.floating] | None = None,
    contents: NDArray[np.floating] | None = None,
) -> list[str]:
    """Read one bin of a map, from its left and from its lowest bin: edges, content and a reference's content.

    Where a comparison is drawn `contents` (ny, nx) are what it compares with the reference. Raises IndexError
    when there is no such bin, ValueError for a 1D histogram.
    """
    y = shown.histogram.y
    if y is None:
        raise ValueError("a 1D histogram has no rows of bins")
    place = f"x {column + 1}  {_interval(shown.x, column)}  y {row + 1}  {_interval(y, row)}"
    value = float(shown.values[row, column])
    parts = [f"{place}  {shown.norm}: {said_number(value)}"]
    if contents is not None:
        parts.append(f"content: {said_number(float(contents[row, column]))}")
    if reference is not None:
        other = float(reference[row, column])
        parts.append(f"reference: {said_number(other)}")
        parts += [] if contents is not None else [f"ratio {_ratio(value, other)}"]
    return parts


def said_bin(axis: Axis, index: int) -> str:
    """Name a bin, from 0, and its edges; raises IndexError when there is no such bin."""
    return f"bin {index + 1}  {_interval(axis, index)}"


def _interval(axis: Axis, index: int) -> str:
    if not 0 <= index < axis.n:
        raise IndexError(f"there is no bin {index} on {axis}")
    low, high = axis.edges[index : index + 2].tolist()
    # round-off of the edges, as in 0.30000000000000004 or 1e-17 on an axis through 0, says nothing
    digits = max(0, 3 - math.floor(math.log10(axis.width)))
    return f"[{round(low, digits):.12g}, {round(high, digits):.12g})"


def _content(values: NDArray[np.floating], errors: NDArray[np.floating] | None, index: int) -> str:
    value = float(values[index])
    if errors is None or math.isnan(value):
        return said_number(value)
    return f"{said_number(value)} ± {said_number(float(errors[index]), 3)}"


def said_number(value: float, digits: int = 6) -> str:
    """Write a content to some digits, NaN as masked."""
    if math.isnan(value):
        return "masked"
    return f"{value:.{digits}g}" if abs(value) < 10**digits else f"{value:.{digits}e}"


def _compared(panel: Panel, index: int) -> str:
    """Write what a panel shows of a bin."""
    value = float(panel.values[index])
    if math.isnan(value):
        return "none"
    if panel.errors is None or math.isnan(float(panel.errors[index])):
        return f"{value:.4g}"
    return f"{value:.4g} ± {said_number(float(panel.errors[index]), 3)}"


def _ratio(value: float, other: float) -> str:
    if math.isnan(value) or math.isnan(other) or other == 0:
        return "none"
    return f"{value / other:.4g}"
