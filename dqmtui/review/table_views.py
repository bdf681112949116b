"""What the LS table and the run table show: which rows in which order, and which columns."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.ls_columns import (
    COMPUTED,
    ML_FLAGS,
    MODELS,
    SCORES,
    USUAL_LS_COLUMNS,
    LSColumn,
    ls_columns_of,
    with_computed,
)
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import Column, Source, Values, source_name
from dqmtui.model.mask_syntax import MaskExpressionError, parse
from dqmtui.model.masks import LS, all_names, known_names, select
from dqmtui.model.run_registry import RR
from dqmtui.model.states import CellState, SourceState
from dqmtui.model.table_columns import chosen, order_of
from dqmtui.model.table_filter import Filtered, everything, let_through, unknown_everywhere
from dqmtui.review.run_columns import BY_ID as RUN_COLUMNS
from dqmtui.review.run_columns import RUN, USUAL_RUN_COLUMNS, RunColumn, filter_runs

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from dqmtui.model.keys import RunKey
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.ml_marks import MlMarks
    from dqmtui.review.named import Named
    from dqmtui.review.review import Review
    from dqmtui.review.runlist import RunEntry
    from dqmtui.review.state import ReviewState

Sort = tuple[str, bool]
"""Id of a column, and whether from high to low."""

MARKED, SUSPICIOUS = "marked", "suspicious"
"""Names that only filters of the LS table know: the range that is marked, and what scores or a scan found."""


@dataclass(frozen=True, eq=False)
class LSView:
    """The LS table as it is shown: `rows` (n,) are rows of `table` in their order."""

    table: LSTable
    columns: tuple[LSColumn, ...]
    filtered: Filtered
    rows: NDArray[np.intp]

    def ls(self, position: int) -> int:
        """Give the LS number at a position."""
        return int(self.table.ls[self.rows[position]])

    @cached_property
    def _positions(self) -> NDArray[np.intp]:
        positions = np.full(self.table.ls.size, -1, dtype=np.intp)
        positions[self.rows] = np.arange(self.rows.size)
        return positions

    def position(self, ls: int | None) -> int | None:
        """Give the position of an LS, None where it is not shown."""
        row = None if ls is None else self.table.row(ls)
        place = -1 if row is None else int(self._positions[row])
        return None if place < 0 else place

    def beside(self, ls: int | None) -> int | None:
        """Give the position before which an LS that is not shown would stand, None in a sorted table."""
        if ls is None or (np.diff(self.rows) < 0).any():
            return None
        return int(np.searchsorted(self.table.ls[self.rows], ls))


def own_sources(review: Review) -> dict[str, Source]:
    """Give what the LS table has beside what services told: each is a source with columns of its own."""
    scores, found = review.scores, {}
    if scores is not None:
        values = Values(scores.score, ~np.isnan(scores.score))
        found[SCORES] = Source(scores.ls, {"score": values}, SourceState.LOADED)
    registered = _registered(review)
    if registered is not None and registered.columns:
        found[RR] = registered
    marks = _marks(review)
    if marks is not None and review.table is not None:
        found[MODELS] = _flagged(marks, review.table)
    return found


def _marks(review: Review) -> MlMarks | None:
    """Give what anomaly models flag in the open run, None where nobody has asked for it."""
    run = review.state.run
    return None if run is None else review.ml_marks.known(run)


def _flagged(marks: MlMarks, table: LSTable) -> Source:
    """Make a source of how many models flag each LS: none is 0 where the flags are known."""
    if marks.state is not SourceState.LOADED:
        return Source(state=marks.state)
    numbers = np.array([marks.count.get(ls, 0) for ls in table.ls.tolist()], dtype=np.int64)
    return Source(table.ls, {ML_FLAGS: Values(numbers, np.ones(numbers.size, dtype=np.bool_))}, marks.state)


def _registered(review: Review) -> Source | None:
    """Give what the Run Registry says of the open run, None where nobody has asked for it."""
    run = review.state.run
    return None if run is None else review.registered.known(run)


def own_parts(review: Review) -> tuple[object, ...]:
    """Give what `own_sources` are made of: as long as these are the same objects, so are the values."""
    return review.scores, _registered(review), _marks(review)


def shown_table(review: Review, table: LSTable) -> LSTable:
    """Give a table with all that can be shown of it."""
    for name, source in own_sources(review).items():
        table = table.with_source(name, source)
    return table


def ls_masks(review: Review, named: Named | None) -> dict[str, LSMask | None]:
    """Give the masks that filters of the LS table may name, None for one that is not there."""
    masks = dict(named.masks) if named is not None else {}
    span = review.state.range_of_ls
    masks[MARKED] = LSMask() if span is None else LSMask((span,))
    masks[SUSPICIOUS] = suspicious_ls(review)
    return masks


def suspicious_ls(review: Review) -> LSMask | None:
    """Give the suspicious LS of the element on screen, None as long as nothing has been scored."""
    if review.scores is None and review.scan is None:
        return None
    return LSMask(tuple((one.first_ls, one.last_ls) for one in review.suspicions))


def filter_ls(
    text: str, table: LSTable, masks: Mapping[str, LSMask | None], saved: Mapping[str, str]
) -> Filtered:
    """Filter the LS of a table; raises MaskExpressionError."""
    if not text.strip():
        return everything(table.ls.size)
    try:
        found = select(text, with_computed(table, all_names(text, saved)), masks, saved)
    except MaskExpressionError:
        # a source that is still coming may bring the name; what cannot be read is wrong in any case
        parse(text)
        loading = [
            source_name(name)
            for name, source in table.sources.items()
            if source.state is SourceState.LOADING and not source.columns
        ]
        if not loading:
            raise
        return unknown_everywhere(text, table.ls.size, tuple(loading))
    return let_through(text, found.verdict, found.waiting)


def ls_filter_names(review: Review, table: LSTable) -> list[str]:
    """List the names that filters of the LS table may use."""
    named = review.named()
    masks = ls_masks(review, named)
    table = shown_table(review, table)
    return [*known_names(table, masks, {} if named is None else named.saved), *COMPUTED]


def ls_view(review: Review, table: LSTable) -> LSView:
    """Give what is shown of a table; a filter that means nothing there lets all through and says why."""
    state, named = review.state, review.named()
    table = shown_table(review, table)
    known = ls_columns_of(table)
    try:
        masks = ls_masks(review, named)
        filtered = filter_ls(state.ls_filter, table, masks, {} if named is None else named.saved)
    except MaskExpressionError as error:
        filtered = everything(table.ls.size, state.ls_filter, error.message)
    rows = filtered.rows
    if state.ls_sort is not None:
        by, descending = state.ls_sort
        rows = _sorted(rows, ls_column(table, by), descending=descending)
    return LSView(table, tuple(chosen(state.ls_columns, USUAL_LS_COLUMNS, known)), filtered, rows)


def ls_column(table: LSTable, name: str) -> Column:
    """Give a column of the LS table by its id; one that is not there has no values."""
    if name == LS:
        return Column(LS, table.ls, np.full(table.ls.size, CellState.VALUE, dtype=np.uint8))
    known = ls_columns_of(table).get(name)
    if known is None:
        absent = np.full(table.ls.size, CellState.ABSENT, dtype=np.uint8)
        return Column(name, np.zeros(table.ls.size), absent)
    return known.read(table)


def _sorted(rows: NDArray[np.intp], column: Column, *, descending: bool) -> NDArray[np.intp]:
    """Sort some rows by a column of all rows."""
    is_there = np.zeros(column.state.size, dtype=np.bool_)
    is_there[rows] = True
    order = order_of(column, descending=descending)
    return order[is_there[order]]


@dataclass(frozen=True, eq=False)
class RunView:
    """The run table as it is shown: `rows` (n,) are places in `entries` in their order."""

    entries: Sequence[RunEntry]
    columns: tuple[RunColumn, ...]
    filtered: Filtered
    rows: NDArray[np.intp] | None

    def __len__(self) -> int:
        return len(self.entries) if self.rows is None else self.rows.size

    def entry(self, position: int) -> RunEntry:
        """Give the run at a position."""
        return self.entries[position if self.rows is None else int(self.rows[position])]

    def position(self, key: RunKey | None) -> int | None:
        """Give the position of a run, None where it is not shown."""
        if key is None:
            return None
        keys = (self.entry(at) for at in range(len(self)))
        same = (
            at
            for at, one in enumerate(keys)
            if one.run == key.run and one.dataset_id == key.dataset_id and one.workspace == key.workspace
        )
        return next(same, None)


def run_view(state: ReviewState, entries: Sequence[RunEntry], cards: SourceState) -> RunView:
    """Give what is shown of the runs; a filter that means nothing lets everything through and says so."""
    columns = tuple(chosen(state.run_columns, USUAL_RUN_COLUMNS, RUN_COLUMNS))
    text, rows = state.run_filter.strip(), None
    filtered = everything(len(entries))
    if text:
        try:
            filtered = filter_runs(text, entries, cards)
        except MaskExpressionError as error:
            filtered = everything(len(entries), text, error.message)
        rows = filtered.rows
    if state.run_sort is not None:
        by, descending = state.run_sort
        known = RUN if by == RUN.id else RUN_COLUMNS.get(by)
        if known is not None:
            rows = _sorted(filtered.rows, known.column(entries, cards), descending=descending)
    return RunView(entries, columns, filtered, rows)
