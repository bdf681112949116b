"""What the keys do about the two tables: filter, sort, choose columns, scroll sideways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from dqmtui.model.ls_columns import BY_ID as LS_BY_ID
from dqmtui.model.ls_columns import USUAL_LS_COLUMNS, ls_columns_of
from dqmtui.model.mask_syntax import MaskExpressionError, parse
from dqmtui.model.masks import LS, all_names, nearest
from dqmtui.model.table_columns import chosen
from dqmtui.model.table_filter import Filtered, everything
from dqmtui.review.facts import (
    ReferenceChanged,
    ScanChanged,
    ScoresChanged,
    Severity,
    StateChanged,
    TableChanged,
    TrendChanged,
)
from dqmtui.review.run_columns import BY_ID as RUN_BY_ID
from dqmtui.review.run_columns import RUN, USUAL_RUN_COLUMNS, filter_runs
from dqmtui.review.table_views import (
    filter_ls,
    ls_filter_names,
    ls_masks,
    own_parts,
    shown_table,
    suspicious_ls,
)
from dqmtui.tui.column_chooser import Choice, ColumnChooser
from dqmtui.tui.filter_line import FilterLine, Tried
from dqmtui.tui.panes.lumisections import LumisectionsPane
from dqmtui.tui.panes.runs import RunsPane
from dqmtui.tui.program import Program
from dqmtui.tui.widgets.table import TableView

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from dqmtui.model.table_columns import TypedColumn
    from dqmtui.review.facts import Fact
    from dqmtui.review.review import Review
    from dqmtui.review.state import ReviewState
    from dqmtui.review.table_views import Sort

RUNS, LUMISECTIONS = "runs", "lumisections"
_WHAT = {RUNS: "runs", LUMISECTIONS: "LS"}
_LS_FIELDS = ("ls_columns", "ls_sort", "ls_filter")
_RUN_FIELDS = ("run_columns", "run_sort", "run_filter")
NATURAL = "none"
"""What to type in place of a column for the order as it comes."""


def next_sort(now: Sort | None, ids: Sequence[str], by_nature: Sort) -> Sort | None:
    """Give the sort after one: by each column upwards then downwards, at last the natural one turned round.

    `ids` are the columns that are shown; `by_nature` is how the rows come: None stands for that.
    """
    first, natural_descending = by_nature
    cycle = [(id_, descending) for id_ in ids for descending in (False, True)]
    cycle.append((first, not natural_descending))
    if now is None:
        return cycle[0]
    if now not in cycle:
        # by a column that is not shown
        return (now[0], True) if not now[1] else None
    at = cycle.index(now) + 1
    return cycle[at] if at < len(cycle) else None


def turned(now: Sort | None, by: str, by_nature: Sort) -> Sort | None:
    """Give the sort after another click on a title: upwards, downwards, as the rows come."""
    steps: list[Sort | None] = [(by, False), (by, True), None]
    if by == by_nature[0]:
        steps = [(by, not by_nature[1]), None]
    return steps[(steps.index(now) + 1) % len(steps)] if now is not None and now in steps else steps[0]


class Tabling(Program):
    """The actions of the run table and the LS table."""

    _marks_of: tuple[object, ...] = ()
    _parts: tuple[object, ...] = ()

    def _table_of_person(self) -> str:
        """Name the table that a key is about: the run table in its pane, elsewhere that of the LS."""
        return RUNS if self.pane_of_person() == RUNS else LUMISECTIONS

    # -- following the review ------------------------------------------------------------------------------

    def tables_follow(self, fact: Fact) -> None:
        """Bring the tables into line with what happened, where nobody else has done so."""
        review = self.review
        if review is None:
            return
        match fact:
            case StateChanged(before, now):
                self._tables_changed(review, before, now)
            case ReferenceChanged() | ScoresChanged() | ScanChanged() | TrendChanged():
                self._marks_changed(review)
            case TableChanged() if review.state.ls_filter:
                self.name_panes()
            case _:
                pass

    def _tables_changed(self, review: Review, before: ReviewState, now: ReviewState) -> None:
        if before.run != now.run or before.workspace != now.workspace:
            return
        if any(getattr(before, name) != getattr(now, name) for name in _RUN_FIELDS):
            self.query_one(RunsPane).show(review, self.look)
            self.name_panes()
        if any(getattr(before, name) != getattr(now, name) for name in _LS_FIELDS):
            self.query_one(LumisectionsPane).show(review, self.look)
            self.name_panes()
        elif (before.range_of_ls, before.element, before.shows_scores) != (
            now.range_of_ls,
            now.element,
            now.shows_scores,
        ):
            self._marks_changed(review)

    def _marks_changed(self, review: Review) -> None:
        """Show marks as they are now; a filter that names one of them lets other LS through then."""
        named, state = review.named(), review.state
        marks_of, parts = (named, suspicious_ls(review), state.range_of_ls), own_parts(review)
        if (marks_of, parts) == (self._marks_of, self._parts):
            return
        has_other_values = parts != self._parts
        self._marks_of, self._parts = marks_of, parts
        pane = self.query_one(LumisectionsPane)
        saved = {} if named is None else named.saved
        names = all_names(state.ls_filter, saved) if state.ls_filter else frozenset()
        if has_other_values or names & {*ls_masks(review, named), *saved}:
            pane.show(review, self.look)
            self.name_panes()
        else:
            pane.mark(review)

    def name_panes(self) -> None:
        """Put what is shown into the titles of the panes."""
        raise NotImplementedError

    def counts_of_tables(self) -> Mapping[str, str]:
        """Say of the tables that are filtered how many rows of how many are shown."""
        panes = {RUNS: self.query_one(RunsPane).filtered}
        rows = self.query_one(LumisectionsPane).rows
        panes[LUMISECTIONS] = None if rows is None else rows.view.filtered
        return {
            pane: f"  {filtered.rows.size} of {filtered.total}"
            for pane, filtered in panes.items()
            if filtered is not None and filtered.is_on
        }

    # -- filters -------------------------------------------------------------------------------------------

    def action_edit_filter(self) -> None:
        """Open the line for the filter of the table in focus."""
        review = self.review
        if review is None:
            self.notice("There is no connection yet.")
            return
        pane, state = self._table_of_person(), review.state
        text = state.run_filter if pane == RUNS else state.ls_filter
        self.remember_pane()
        self.query_one(FilterLine).open(
            _WHAT[pane], text, self.words_filter(), lambda typed: self._filter_table(review, pane, typed)
        )

    def words_filter(self) -> Sequence[str]:
        """List what a filter of the table in focus may name."""
        review = self.review
        if self._table_of_person() == RUNS:
            return (RUN.id, *RUN_BY_ID)
        if review is None or review.table is None:
            return tuple(LS_BY_ID)
        return ls_filter_names(review, review.table)

    @on(FilterLine.Closed)
    def _filter_closed(self, event: FilterLine.Closed) -> None:
        self.go_back()
        review = self.review
        if review is not None and event.kept:
            self._say_filter(review, self._table_of_person())
        self.open_what_waits()

    def action_filter(self, text: str) -> None:
        """Filter the table in focus by an expression, or show all of it again."""
        review = self.review
        if review is None:
            self.notice("There is no connection yet.")
            return
        pane = self._table_of_person()
        tried = self._filter_table(review, pane, text)
        if tried.is_good:
            self._say_filter(review, pane)
        else:
            self.notice(f"Filter: {tried.said}.", Severity.ERROR)

    def _filter_table(self, review: Review, pane: str, typed: str) -> Tried:
        """Filter a table, unless the expression means nothing there."""
        text = typed.strip()
        try:
            found = self._try_filter(review, pane, text)
        except MaskExpressionError as error:
            return Tried(is_good=False, said=error.message)
        review.show(**{"run_filter" if pane == RUNS else "ls_filter": text})
        if not text:
            example = "fill == 9756 and duration > 60" if pane == RUNS else "pileup > 30 and not bpix_ready"
            return Tried(is_good=True, said=f"all {found.total} {_WHAT[pane]} are shown; such as {example}")
        return Tried(is_good=True, said=found.said(_WHAT[pane]))

    @staticmethod
    def _try_filter(review: Review, pane: str, text: str) -> Filtered:
        """Try a filter; raises MaskExpressionError."""
        if pane == RUNS:
            entries = review.run_list.entries
            return (
                filter_runs(text, entries, review.run_list.cards_state) if text else everything(len(entries))
            )
        table, named = review.table, review.named()
        if table is None:
            if text:
                parse(text)
            return everything(0)
        return filter_ls(
            text, shown_table(review, table), ls_masks(review, named), {} if named is None else named.saved
        )

    def _say_filter(self, review: Review, pane: str) -> None:
        text = review.state.run_filter if pane == RUNS else review.state.ls_filter
        what = _WHAT[pane]
        self.notice(f"Filter of the {what}: {text}" if text else f"All {what} are shown")

    # -- sorting -------------------------------------------------------------------------------------------

    def _table_columns(self, review: Review, pane: str) -> tuple[dict[str, TypedColumn], list[str]]:
        """Give the columns of a table by id, and the ids of those that are shown."""
        known: dict[str, TypedColumn]
        usual: tuple[str, ...]
        if pane == RUNS:
            known, ids, usual = {**RUN_BY_ID}, review.state.run_columns, USUAL_RUN_COLUMNS
        else:
            table = review.table
            known = {**(LS_BY_ID if table is None else ls_columns_of(shown_table(review, table)))}
            ids, usual = review.state.ls_columns, USUAL_LS_COLUMNS
        return known, [column.id for column in chosen(ids, usual, known)]

    def action_sort_next(self) -> None:
        """Sort the table in focus by its next column."""
        review = self.review
        if review is None:
            return
        pane = self._table_of_person()
        known, ids = self._table_columns(review, pane)
        now = review.state.run_sort if pane == RUNS else review.state.ls_sort
        self._sort_table(review, pane, next_sort(now, ids, _by_nature(pane)), known)

    def action_sort(self, text: str) -> None:
        """Sort the table in focus by a column, from high to low with - before it; none: as the rows come."""
        review = self.review
        if review is None:
            return
        pane = self._table_of_person()
        known, _ = self._table_columns(review, pane)
        name = text.strip().removeprefix("-").strip()
        if name in {"", NATURAL}:
            self._sort_table(review, pane, None, known)
            return
        first = _by_nature(pane)[0]
        if name not in known and name != first:
            titles = {column.title.lower(): column.id for column in known.values()}
            found = titles.get(name.lower())
            if found is None:
                near = nearest(name, [first, *known])
                hint = f"did you mean {near}?" if near else f"type {', '.join((first, *known))[:60]}, ..."
                self.notice(f"There is no column {name}; {hint}", Severity.ERROR)
                return
            name = found
        self._sort_table(review, pane, (name, text.strip().startswith("-")), known)

    def _sort_table(
        self, review: Review, pane: str, by: Sort | None, known: Mapping[str, TypedColumn]
    ) -> None:
        if by == _by_nature(pane):
            by = None
        review.show(**{"run_sort" if pane == RUNS else "ls_sort": by})
        if by is None:
            self.notice("The newest run comes first" if pane == RUNS else "In the order of the LS")
            return
        column = known.get(by[0])
        title = by[0] if column is None else column.what
        way, key = "falling" if by[1] else "rising", self.look.key("sort.next")
        self.notice(f"Sorted by {title}, {way}; {key} goes on, :sort {NATURAL} ends it")

    @on(TableView.HeaderClicked)
    def _header_clicked(self, event: TableView.HeaderClicked) -> None:
        review, pane = self.review, RUNS if event.table.id == "run-table" else LUMISECTIONS
        if review is None or event.table.id not in {"run-table", "ls-table"}:
            return
        _, ids = self._table_columns(review, pane)
        place = event.column - event.table.fixed_columns
        by = ids[place] if 0 <= place < len(ids) else _by_nature(pane)[0]
        self._turn_sort(review, pane, by)

    def _turn_sort(self, review: Review, pane: str, by: str) -> None:
        """Sort by a column, the other way round when the table is sorted by it, at last as the rows come."""
        known, _ = self._table_columns(review, pane)
        now = review.state.run_sort if pane == RUNS else review.state.ls_sort
        self._sort_table(review, pane, turned(now, by, _by_nature(pane)), known)

    def values_sort(self) -> Sequence[str]:
        """List what a table can be sorted by."""
        if self.review is None:
            return ()
        pane = self._table_of_person()
        known, ids = self._table_columns(self.review, pane)
        return tuple(dict.fromkeys([*ids, *known, _by_nature(pane)[0], NATURAL]))

    # -- columns -------------------------------------------------------------------------------------------

    def action_columns(self) -> None:
        """Choose the columns of the table in focus."""
        review = self.review
        if review is None:
            return
        pane = self._table_of_person()
        known, ids = self._table_columns(review, pane)
        field, usual = (
            ("run_columns", USUAL_RUN_COLUMNS) if pane == RUNS else ("ls_columns", USUAL_LS_COLUMNS)
        )
        self.remember_pane()
        self.query_one(ColumnChooser).open(
            f"Columns of the {'run' if pane == RUNS else 'LS'} table",
            Choice(tuple(known.values()), tuple(ids)),
            usual,
            self.look,
            lambda chosen_ids: review.show(**{field: chosen_ids}),
            lambda by: self._turn_sort(review, pane, by),
        )

    @on(ColumnChooser.Closed)
    def _columns_closed(self) -> None:
        self.go_back()
        self.open_what_waits()

    def action_scroll_columns(self, step: int) -> None:
        """Show more of the table in focus on one side; its first column stays."""
        pane = self._table_of_person()
        table = self.query_one(f"#{pane}").query_one(TableView)
        if not table.scroll_columns(step * self._times):
            side, key = "right" if step > 0 else "left", self.look.key("columns")
            self.notice(f"There are no more columns on the {side}; {key} chooses them")


def _by_nature(pane: str) -> Sort:
    """Tell how the rows of a table come."""
    return (RUN.id, True) if pane == RUNS else (LS, False)
