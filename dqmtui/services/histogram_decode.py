"""A page of th1 or th2 turned into arrays, checked against what was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, groupby
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.services.decode import Malformed, as_float, as_int, as_list, kind_of
from dqmtui.services.dials_decode import int_column, page_parts
from dqmtui.services.records import Binning

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.services.records import Float64Array, Int64Array

    _Member = tuple[int, dict[str, Any]]
    """A row with its index in the reply, for messages."""

FIELDS_1D = "dataset_id,file_id,run_number,ls_number,me_id,x_min,x_max,x_bin,entries,data"
FIELDS_2D = f"{FIELDS_1D},y_min,y_max,y_bin"
"""What is asked of a row: all but the two long names that every row repeats."""

FIELDS_OF_A_LIST = "dataset_id,run_number,ls_number,me_id"
"""What is asked of a row when only its existence matters."""

_CELLS_AT_ONCE = 20_000
"""So many bins are converted in one call, which holds the interpreter lock for about half a millisecond."""
_X = ("x_bin", "x_min", "x_max")
_Y = ("y_bin", "y_min", "y_max")


@dataclass(frozen=True, slots=True)
class HistogramQuery:
    """What a page was asked for; open ends of the LS range are None."""

    dataset_id: int
    run_number: int
    me_id: int
    dim: int
    first_ls: int | None = None
    last_ls: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class HistogramGroup:
    """Neighbouring rows with one binning; arrays as in HistogramPage."""

    ls: Int64Array
    entries: Int64Array
    file_id: Int64Array
    data: Float64Array
    x: Binning
    y: Binning | None

    def until(self, ls: int) -> HistogramGroup:
        """Return the rows with an LS number up to ``ls``."""
        return self._part(slice(None, int(np.searchsorted(self.ls, ls, side="right"))))

    def after(self, ls: int) -> HistogramGroup:
        """Return the rows with an LS number above ``ls``."""
        return self._part(slice(int(np.searchsorted(self.ls, ls, side="right")), None))

    def _part(self, rows: slice) -> HistogramGroup:
        return HistogramGroup(
            self.ls[rows], self.entries[rows], self.file_id[rows], self.data[rows], self.x, self.y
        )


@dataclass(frozen=True, slots=True, eq=False)
class HistogramRows:
    """One page: its groups in the order of their LS, the number of its rows, the token of the next page."""

    groups: tuple[HistogramGroup, ...]
    n_rows: int
    next_token: str | None


@dataclass(frozen=True, slots=True, eq=False)
class ListedLs:
    """One page of a list without bins: the LS numbers of its rows, the token of the next page."""

    ls: Int64Array
    next_token: str | None


def listed_ls(payload: object, query: HistogramQuery) -> ListedLs:
    """Return the LS of a page of th1 or th2 whose rows came without bins; raise Malformed."""
    results, token = page_parts(payload)
    rows = _rows(results)
    _check_filters(rows, query)
    ls = int_column(rows, "ls_number")
    _check_range(ls, query)
    return ListedLs(ls, token)


def histogram_rows(payload: object, query: HistogramQuery) -> HistogramRows:
    """Return a page of th1 or th2; raise Malformed.

    Rows of another dataset, run, ME or LS than asked for mean that the service ignored a filter: they are
    refused. Rows that repeat the LS before them are dropped, rows out of order refused.
    """
    results, token = page_parts(payload)
    rows = _rows(results)
    if not rows:
        return HistogramRows((), 0, token)
    _check_filters(rows, query)
    ls = int_column(rows, "ls_number")
    _check_range(ls, query)
    keep = np.flatnonzero(np.diff(ls, prepend=ls[0] - 1) > 0)
    members = [(int(index), rows[index]) for index in keep]
    ls, entries, file_id = ls[keep], int_column(rows, "entries")[keep], int_column(rows, "file_id")[keep]
    groups = []
    stop = 0
    for _, same in groupby(members, key=_binning_key(query.dim)):
        group = list(same)
        start, stop = stop, stop + len(group)
        index, row = group[0]
        x, y = _binnings(row, query.dim, f"results[{index}]")
        part = slice(start, stop)
        groups.append(HistogramGroup(ls[part], entries[part], file_id[part], _bins(group, x, y), x, y))
    return HistogramRows(tuple(groups), len(rows), token)


def _rows(results: list[object]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for index, item in enumerate(results):
        if not isinstance(item, dict):
            raise Malformed(f"results[{index}]", f"is {kind_of(item)}, not an object")
        rows.append(item)
    return rows


def _check_filters(rows: list[dict[str, Any]], query: HistogramQuery) -> None:
    for name in ("dataset_id", "run_number", "me_id"):
        asked: int = getattr(query, name)
        others = np.flatnonzero(int_column(rows, name) != asked)
        if others.size:
            raise Malformed(f"results[{others[0]}].{name}", f"is not {asked}, though that was asked for")


def _check_range(ls: Int64Array, query: HistogramQuery) -> None:
    first, last = query.first_ls, query.last_ls
    outside = np.zeros(ls.shape, dtype=bool)
    if first is not None:
        outside |= ls < first
    if last is not None:
        outside |= ls > last
    if outside.any():
        where = f"results[{int(np.argmax(outside))}].ls_number"
        raise Malformed(where, f"is outside of {first} to {last}, though these were asked for")
    if (np.diff(ls) < 0).any():
        where = f"results[{int(np.argmax(np.diff(ls) < 0)) + 1}].ls_number"
        raise Malformed(where, "is lower than the one before it")


def _binning_key(dim: int) -> Callable[[_Member], list[object]]:
    names = _X if dim == 1 else _X + _Y
    return lambda member: [member[1].get(name) for name in names]


def _binnings(row: dict[str, Any], dim: int, where: str) -> tuple[Binning, Binning | None]:
    x = _binning(row, _X, where)
    return x, _binning(row, _Y, where) if dim == 2 else None  # noqa: PLR2004 - maps have a y axis


def _binning(row: dict[str, Any], names: tuple[str, str, str], where: str) -> Binning:
    for name in names:
        if name not in row:
            raise Malformed(f"{where}.{name}", "is missing")
    n_name, low_name, high_name = names
    n_bins = as_int(row[n_name], f"{where}.{n_name}")
    low = as_float(row[low_name], f"{where}.{low_name}")
    high = as_float(row[high_name], f"{where}.{high_name}")
    if n_bins < 1:
        raise Malformed(f"{where}.{n_name}", "is no number of bins")
    if not low < high:
        raise Malformed(f"{where}.{high_name}", "is not above the low end of the axis")
    return Binning(n_bins, low, high)


def _bins(members: list[_Member], x: Binning, y: Binning | None) -> Float64Array:
    """Return the bins of rows with one binning, float64 (n, nx) or (n, ny, nx); raise Malformed."""
    shape = (x.n_bins,) if y is None else (y.n_bins, x.n_bins)
    # The first row has as many bins as it says, so that no number in a reply alone takes memory.
    cells = _cells(members[:1], shape).size
    data = np.empty((len(members), cells))
    step = max(1, _CELLS_AT_ONCE // cells)
    for start in range(0, len(members), step):
        some = members[start : start + step]
        data[start : start + step] = _cells(some, shape).reshape(len(some), cells)
    return data.reshape(len(members), *shape)


def _cells(members: list[_Member], shape: tuple[int, ...]) -> Float64Array:
    """Return the bins of some rows one after the other, float64 (n cells,); raise Malformed."""
    lines: list[Any] = [row.get("data") for _, row in members]
    for length in shape[:-1]:
        if not _are_lists(lines, length):
            raise _fault(members, shape)
        lines = list(chain.from_iterable(lines))
    # NumPy would take true as 1, null as NaN and "1" as 1, so the types are looked at first.
    if not (_are_lists(lines, shape[-1]) and set(map(type, chain.from_iterable(lines))) <= {int, float}):
        raise _fault(members, shape)
    cells = np.fromiter(chain.from_iterable(lines), dtype=np.float64, count=len(lines) * shape[-1])
    if not np.isfinite(cells).all():
        raise _fault(members, shape)
    return cells


def _are_lists(values: list[Any], length: int) -> bool:
    return set(map(type, values)) == {list} and set(map(len, values)) == {length}


def _fault(members: list[_Member], shape: tuple[int, ...]) -> Malformed:
    """Return what is wrong with the first row whose bins cannot be used, found one value at a time."""
    for index, row in members:
        where = f"results[{index}].data"
        if "data" not in row:
            return Malformed(where, "is missing")
        try:
            _check_bins(row["data"], shape, where)
        except Malformed as fault:
            return fault
    return Malformed("results[...].data", "has bins that cannot be used")


def _check_bins(value: object, shape: tuple[int, ...], where: str) -> None:
    if not shape:
        as_float(value, where)
        return
    items = as_list(value, where)
    if len(items) != shape[0]:
        raise Malformed(where, f"has {len(items)} values, not {shape[0]}")
    for index, item in enumerate(items):
        _check_bins(item, shape[1:], f"{where}[{index}]")
