"""A histogram as data: JSON, a table with a row per bin, and the rows of cmsdials' data frames."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.export.json_text import plain
from dqmtui.export.plots import mask_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from dqmtui.export.plots import BesideShown, HistogramShown
    from dqmtui.model.axis import Axis
    from dqmtui.model.histogram import HistogramStack, StackRows
    from dqmtui.model.integrate import Integral
    from dqmtui.model.lsmask import LSMask


def histogram_fields(shown: HistogramShown) -> dict[str, Any]:
    """Give all that is known of a histogram; bins as lists, in 2D row by row from the lowest y upwards."""
    current = shown.current
    fields: dict[str, Any] = {
        "run_number": shown.origin.run,
        "dataset": shown.origin.dataset,
        "me": shown.element.me,
        "dim": shown.element.dim,
        "ls": int(current.ls[0]) if current.n_ls == 1 else None,
        "ls_used": current.ls.tolist(),
        "ls_left_out": [{"why": words, "ls": mask.to_json()} for words, mask in shown.left_out.items()],
        "entries": current.entries,
        "sum": plain(current.total),
        **_normalisation(current),
        "notes": list(current.notes),
        **_edges(current),
        "values": plain(shown.values),
        "errors": plain(current.errors),
        "counts": plain(current.counts),
    }
    if shown.beside:
        fields["references"] = [_reference_fields(one) for one in shown.beside]
    return fields


def histogram_columns(shown: HistogramShown) -> dict[str, NDArray[Any]]:
    """Give a table with a row per bin, those of maps row by row from the lowest y upwards.

    `reference`, `ratio`, `difference` and `pull` stand there for each reference, from the second on with its
    number, and in `pull_state` why a bin has no pull.
    """
    current = shown.current
    columns: dict[str, NDArray[Any]] = {}
    shape = current.counts.shape
    if current.x is not None:
        columns["x_low"], columns["x_high"] = _spread(current.x, shape, -1)
    if current.y is not None:
        columns["y_low"], columns["y_high"] = _spread(current.y, shape, 0)
    columns["content"] = shown.values.ravel()
    columns["error"] = current.errors.ravel()
    columns["counts"] = current.counts.ravel()
    for number, one in enumerate(shown.beside, 1):
        columns |= {name + (f"_{number}" if number > 1 else ""): bins for name, bins in _beside(one, shape)}
    return columns


def about_histogram(shown: HistogramShown) -> dict[str, Any]:
    """Say what the table of `histogram_columns` is of."""
    current = shown.current
    return {
        "run_number": shown.origin.run,
        "dataset": shown.origin.dataset,
        "me": shown.element.me,
        "ls": str(mask_of(current)),
        "normalisation": current.label,
        "masked": current.masked,
        "references": [one.label for one in shown.beside],
    }


def dials_rows(
    dataset: str, stack: HistogramStack, wanted: LSMask, file_ids: Mapping[int, int]
) -> list[dict[str, Any]]:
    """Give a row per LS that is wanted, sorted, with the columns of the data frames of cmsdials."""
    rows = [row for held in stack.held() for row in _rows(dataset, stack, held, file_ids)]
    return sorted((row for row in rows if row["ls_number"] in wanted), key=itemgetter("ls_number"))


def _reference_fields(one: BesideShown) -> dict[str, Any]:
    beside = one.overlay
    reference = one.reference.integral if beside is None else beside.reference
    fields: dict[str, Any] = {
        "label": one.label,
        "dataset": None if one.origin is None else one.origin.dataset,
        "refused": one.why,
        "ls_used": reference.ls.tolist(),
        "entries": reference.entries,
        "sum": plain(reference.total),
        **_normalisation(reference),
        "notes": list(reference.notes),
    }
    if one.why or beside is None:
        return fields
    ratio, difference = beside.ratio, beside.difference
    return fields | {
        "values": plain(reference.values),
        "errors": plain(reference.errors),
        "counts": plain(reference.counts),
        "ratio": plain(ratio.values),
        "ratio_errors": plain(ratio.errors),
        "difference": plain(difference.values),
        "difference_errors": plain(difference.errors),
        "pull": plain(beside.pull),
        "pull_state": beside.pull_state.tolist(),
    }


def _normalisation(integral: Integral) -> dict[str, Any]:
    return {
        "normalisation": integral.label,
        "divisor": plain(integral.divisor),
        "masked": integral.masked,
    }


def _edges(integral: Integral) -> dict[str, Any]:
    axes = {"x_edges": integral.x, "y_edges": integral.y}
    return {name: axis.edges.tolist() for name, axis in axes.items() if axis is not None}


def _spread(axis: Axis, shape: tuple[int, ...], dimension: int) -> tuple[NDArray[Any], NDArray[Any]]:
    """Give the low and the high edge of every bin along an axis."""
    edges = axis.edges if dimension == -1 else axis.edges[:, np.newaxis]
    low, high = np.broadcast_to(edges[:-1], shape), np.broadcast_to(edges[1:], shape)
    return low.ravel(), high.ravel()


def _beside(one: BesideShown, shape: tuple[int, ...]) -> Iterator[tuple[str, NDArray[Any]]]:
    """Give the columns of a reference, NaN when it cannot stand beside the histogram."""
    beside = None if one.why else one.overlay
    nothing = np.full(shape, np.nan)
    yield "reference", (nothing if beside is None else beside.reference.values).ravel()
    yield "reference_error", (nothing if beside is None else beside.reference.errors).ravel()
    yield "ratio", (nothing if beside is None else beside.ratio.values).ravel()
    yield "ratio_error", (nothing if beside is None else beside.ratio.errors).ravel()
    yield "difference", (nothing if beside is None else beside.difference.values).ravel()
    yield "difference_error", (nothing if beside is None else beside.difference.errors).ravel()
    yield "pull", (nothing if beside is None else beside.pull).ravel()
    state = np.full(shape, one.why) if beside is None else beside.pull_state
    yield "pull_state", state.ravel()


def _rows(
    dataset: str, stack: HistogramStack, rows: StackRows, file_ids: Mapping[int, int]
) -> Iterator[dict[str, Any]]:
    key = stack.key
    axes: dict[str, Any] = {}
    for name, axis in (("x", rows.x), ("y", rows.y)):
        if axis is not None:
            axes |= {f"{name}_min": axis.low, f"{name}_max": axis.high, f"{name}_bin": float(axis.n)}
    for at, ls in enumerate(rows.ls.tolist()):
        yield {
            "dataset": dataset,
            "me": stack.element.me,
            "dataset_id": key.run.dataset_id,
            "file_id": file_ids[ls],
            "run_number": key.run.run,
            "ls_number": ls,
            "me_id": key.me_id,
            **axes,
            "entries": int(rows.entries[at]),
            "data": rows.data[at].astype(np.float64).tolist(),
        }
