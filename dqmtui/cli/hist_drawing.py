"""The plot of a histogram and its references, for the shell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.normalise import Normalisation
from dqmtui.render.histogram_view import HistogramOptions, HistogramView
from dqmtui.render.lower_panel import SMALLEST_HEIGHT, Panel
from dqmtui.render.overlays import Overlay

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.cli.hist_found import Found
    from dqmtui.cli.pictures import Pictures
    from dqmtui.model import overlay as model
    from dqmtui.model.integrate import Integral
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.lower_panel import PanelKind

OVERLAY = "overlay"
COMPARISONS = (OVERLAY, "ratio", "difference", "pull")
_PANELS: dict[str, PanelKind] = {"ratio": "ratio", "difference": "difference", "pull": "pull"}
_CENTRES = {"ratio": 1.0, "difference": 0.0, "pull": 0.0}


def draw(
    found: Found,
    pictures: Pictures,
    size: tuple[int, int],
    *,
    comparison: str,
    log: bool,
    errors: bool,
    look: HistogramOptions | None = None,
) -> CellGrid:
    """Draw a histogram that is not masked into width x height cells, the references over it.

    `look` says more of how, such as ranges. Of a map another comparison than the overlay replaces the bins,
    of a curve it stands in a panel below.
    """
    current = found.current
    view = HistogramView(pictures.theme, pictures.charset, pictures.palette)
    if current.masked and current.n_ls > 1:
        return view.words(current.masked, *size, title=found.title)
    shown = [one for one in found.beside if not one.overlay.refused]
    first = shown[0] if shown else None
    options = HistogramOptions(log=log, whole_run=False) if look is None else look
    values, norm = _values(current)
    overlays: tuple[Overlay, ...] = ()
    panel, reference = None, None
    if first is not None and current.y is not None:
        reference = first.overlay.reference.values
        if comparison != OVERLAY:
            values = _residual(first.overlay, comparison)[0]
            norm = f"{comparison} to {first.reference.label}"
            options = HistogramOptions(whole_run=False, ramp="diverging", centre=_CENTRES[comparison])
    elif first is not None:
        overlays = tuple(Overlay(one.reference.label, one.overlay.reference.values) for one in shown)
        if comparison != OVERLAY and size[1] >= SMALLEST_HEIGHT:
            panel = Panel(_PANELS[comparison], *_residual(first.overlay, comparison))
    if current.n_ls > 1:
        options = replace(options, own="these LS")
    stack = _alone(found)
    return view.draw(
        stack,
        int(stack.ls[0]),
        *size,
        options,
        reference,
        overlays=overlays,
        values=values,
        norm=norm,
        errors=current.errors if errors and current.y is None else None,
        panel=panel,
        title=found.title,
    )


def _values(current: Integral) -> tuple[NDArray[np.float64] | None, str]:
    """Give what is drawn, None for the plain counts, and what it is."""
    if current.kind is Normalisation.COUNTS and current.divisor == 1 and not current.is_ratio:
        return None, "counts"
    return current.values, current.label


def _alone(found: Found) -> HistogramStack:
    """Make a stack of the histogram alone, on its own axes, which may be coarser than those of the run."""
    current = found.current
    if current.x is None:
        raise ValueError("a histogram without bins cannot be drawn")
    stack = HistogramStack(found.stack.key, found.element, current.ls[:1])
    entries = np.array([current.entries], dtype=np.int64)
    stack.fill(StackRows(current.ls[:1], entries, current.counts[np.newaxis], current.x, current.y))
    return stack


def _residual(
    beside: model.Overlay, comparison: str
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Give the comparison bin by bin, and its errors."""
    match comparison:
        case "ratio":
            return beside.ratio.values, beside.ratio.errors
        case "difference":
            return beside.difference.values, beside.difference.errors
        case _:
            return beside.pull, None
