"""A histogram as data: JSON, a table with a row per bin, and the rows of cmsdials' data frames."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.cli.json_text import plain
from dqmtui.model.lsmask import LSMask
from dqmtui.model.states import CellState

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dqmtui.cli.hist_found import Beside, Found
    from dqmtui.cli.loading import Chosen
    from dqmtui.model.axis import Axis
    from dqmtui.model.divisors import Divisors
    from dqmtui.model.histogram import HistogramStack, StackRows
    from dqmtui.model.integrate import Integral

_STATES = {
    CellState.ABSENT: "no histogram",
    CellState.NOT_LOADED: "not loaded",
    CellState.OTHER_BINNING: "other axes",
}


def left_out(
    stack: HistogramStack, chosen: Chosen, current: Integral, divisors: Divisors
) -> dict[str, LSMask]:
    """Say why LS that were asked for take no part in an integral: words, and the LS they are about."""
    known = LSMask.from_numbers(chosen.run_ls)
    named = LSMask(chosen.ls.ranges[:-1]) if chosen.ls.is_open else chosen.ls
    found: dict[str, LSMask] = {}
    if unknown := named - known:
        found["not in this run"] = unknown
    for words, mask in chosen.why_not:
        if there := mask & chosen.ls & known:
            found[words] = there
    rest = (chosen.ls & known) - chosen.without - LSMask.from_numbers(current.ls)
    by_words: dict[str, list[int]] = {}
    for ls in rest:
        words = _STATES.get(stack.state_of(ls)) or divisors_words(divisors, ls) or "bins that are no numbers"
        by_words.setdefault(words, []).append(ls)
    return found | {words: LSMask.from_numbers(numbers) for words, numbers in by_words.items()}


def divisors_words(divisors: Divisors, ls: int) -> str:
    """Say why an LS has no divisor, "" when it has one."""
    return divisors.why(ls) if divisors.factors else ""


def json_of(found: Found) -> dict[str, Any]:
    """Give all that is known of a histogram; bins as lists, in 2D row by row from the lowest y upwards."""
    current = found.current
    fields: dict[str, Any] = {
        "run_number": found.entry.run,
        "dataset": found.entry.dataset,
        "me": found.element.me,
        "dim": found.element.dim,
        "ls": found.ls,
        "ls_used": current.ls.tolist(),
        "ls_left_out": [{"why": words, "ls": mask.to_json()} for words, mask in found.left_out.items()],
        "entries": current.entries,
        "sum": plain(current.total),
        **_normalisation(current),
        "notes": list(current.notes),
        **_edges(current),
        "values": plain(_as_shown(current)),
        "errors": plain(current.errors),
        "counts": plain(current.counts),
    }
    if found.beside:
        fields["references"] = [_json_of_reference(one) for one in found.beside]
    return fields


def _json_of_reference(one: Beside) -> dict[str, Any]:
    reference = one.overlay.reference
    fields: dict[str, Any] = {
        "label": one.reference.label,
        "refused": one.overlay.refused,
        "ls_used": reference.ls.tolist(),
        "entries": reference.entries,
        "sum": plain(reference.total),
        **_normalisation(reference),
        "notes": list(reference.notes),
    }
    if one.overlay.refused:
        return fields
    ratio, difference = one.overlay.ratio, one.overlay.difference
    return fields | {
        "values": plain(reference.values),
        "errors": plain(reference.errors),
        "counts": plain(reference.counts),
        "ratio": plain(ratio.values),
        "ratio_errors": plain(ratio.errors),
        "difference": plain(difference.values),
        "difference_errors": plain(difference.errors),
        "pull": plain(one.overlay.pull),
    }


def _normalisation(integral: Integral) -> dict[str, Any]:
    return {
        "normalisation": integral.label,
        "divisor": plain(integral.divisor),
        "masked": integral.masked,
    }


def _as_shown(current: Integral) -> NDArray[np.float64]:
    """Give the values; those of an empty histogram of counts are zeros, which is what it has."""
    return current.counts if current.masked and current.label == "counts" else current.values


def _edges(integral: Integral) -> dict[str, Any]:
    axes = {"x_edges": integral.x, "y_edges": integral.y}
    return {name: axis.edges.tolist() for name, axis in axes.items() if axis is not None}


def columns_of(found: Found) -> dict[str, NDArray[Any]]:
    """Give a table with a row per bin, those of maps row by row from the lowest y upwards.

    `reference`, `ratio`, `difference` and `pull` stand there for each reference, from the second on with its
    number.
    """
    current = found.current
    columns: dict[str, NDArray[Any]] = {}
    shape = current.counts.shape
    if current.x is not None:
        columns["x_low"], columns["x_high"] = _spread(current.x, shape, -1)
    if current.y is not None:
        columns["y_low"], columns["y_high"] = _spread(current.y, shape, 0)
    columns["content"] = _as_shown(current).ravel()
    columns["error"] = current.errors.ravel()
    columns["counts"] = current.counts.ravel()
    for number, one in enumerate(found.beside, 1):
        columns |= {name + (f"_{number}" if number > 1 else ""): bins for name, bins in _beside(one, shape)}
    return columns


def about(found: Found) -> dict[str, Any]:
    """Say what the table of `columns_of` is of."""
    current = found.current
    return {
        "run_number": found.entry.run,
        "dataset": found.entry.dataset,
        "me": found.element.me,
        "ls": str(LSMask.from_numbers(current.ls)),
        "normalisation": current.label,
        "masked": current.masked,
        "references": [one.reference.label for one in found.beside],
    }


def _spread(axis: Axis, shape: tuple[int, ...], dimension: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give the low and the high edge of every bin along an axis."""
    edges = axis.edges if dimension == -1 else axis.edges[:, np.newaxis]
    low, high = np.broadcast_to(edges[:-1], shape), np.broadcast_to(edges[1:], shape)
    return low.ravel(), high.ravel()


def _beside(one: Beside, shape: tuple[int, ...]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Give the columns of a reference, NaN when it cannot stand beside the histogram."""
    beside = one.overlay
    nothing = np.full(shape, np.nan)
    refused = bool(beside.refused)
    reference = beside.reference
    yield "reference", (nothing if refused else reference.values).ravel()
    yield "reference_error", (nothing if refused else reference.errors).ravel()
    yield "ratio", (nothing if refused else beside.ratio.values).ravel()
    yield "ratio_error", (nothing if refused else beside.ratio.errors).ravel()
    yield "difference", (nothing if refused else beside.difference.values).ravel()
    yield "difference_error", (nothing if refused else beside.difference.errors).ravel()
    yield "pull", (nothing if refused else beside.pull).ravel()


def rows_of(found: Found) -> list[dict[str, Any]]:
    """Give a row per LS that is part of the histogram, as in the data frames of cmsdials."""
    wanted = LSMask.from_numbers(found.current.ls)
    rows = [row for held in found.stack.held() for row in _rows(found, held.rows())]
    return sorted((row for row in rows if row["ls_number"] in wanted), key=itemgetter("ls_number"))


def _rows(found: Found, rows: StackRows) -> Iterator[dict[str, Any]]:
    key = found.stack.key
    axes: dict[str, Any] = {}
    for name, axis in (("x", rows.x), ("y", rows.y)):
        if axis is not None:
            axes |= {f"{name}_min": axis.low, f"{name}_max": axis.high, f"{name}_bin": float(axis.n)}
    for at, ls in enumerate(rows.ls.tolist()):
        yield {
            "dataset": found.entry.dataset,
            "me": found.element.me,
            "dataset_id": key.run.dataset_id,
            "file_id": found.file_ids[ls],
            "run_number": key.run.run,
            "ls_number": ls,
            "me_id": key.me_id,
            **axes,
            "entries": int(rows.entries[at]),
            "data": rows.data[at].astype(np.float64).tolist(),
        }
