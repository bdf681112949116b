"""The rows under the trend: what the person wants to see there, and what always stands there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS, RATE
from dqmtui.model.states import CellState, SourceState
from dqmtui.render.conditions_strip import StateLine, ValueLine, column_line, data_line, dcs_line, flag_lines
from dqmtui.render.strip_lines import marks_line, mask_line, prescale_line, score_line, waiting_line
from dqmtui.review.named import GOLDEN
from dqmtui.review.run_notes import URGENCY
from dqmtui.review.under import FLAGS, MASKS, ML, PRESCALE, RATE_UNDER, SCORES, numbers_under
from dqmtui.tui.note_look import VERDICT_LOOKS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.lstable import LSTable
    from dqmtui.render.conditions_strip import StripLine
    from dqmtui.review.review import Review

_SHORT = {
    "instantaneous": "inst L",
    "delivered": "deliv L",
    "recorded": "rec L",
    "recorded/delivered": "rec/del",
}
_HIGH_FROM = (5, 10)
"""Cells of a strip from which bars are two and three cells high."""

_FLAG_ROWS = 3


def strip_room(height: int) -> int:
    """Give how many cells of a pane of `height` cells go to the strip."""
    return max(2, min(12, height * 2 // 5))


class TrendRows:
    """Chooses the rows for the room there is; the same objects as long as what they show is the same."""

    def __init__(self) -> None:
        self._key: tuple[object, ...] = ()
        self._rows: list[StripLine] = []
        self._marked: NDArray[np.int64] | None = None
        self._good: NDArray[np.int64] | None = None
        self._noted: NDArray[np.int64] | None = None

    def rows(self, review: Review, stack: HistogramStack | None, room: int) -> Sequence[StripLine]:
        """Give the rows, the most telling ones first."""
        self._update(review, stack, room)
        return self._rows

    def marked(self) -> NDArray[np.int64] | None:
        """Give the suspicious LS of the rows given last, None without any."""
        return self._marked

    def good(self) -> NDArray[np.int64] | None:
        """Give the good LS of the rows given last, None where all or none are."""
        return self._good

    def noted(self) -> NDArray[np.int64] | None:
        """Give the LS of the rows given last that have a note, None without any."""
        return self._noted

    def _update(self, review: Review, stack: HistogramStack | None, room: int) -> None:
        table, state = review.table, review.state
        if table is None:
            self._key, self._rows = (), []
            self._marked = self._good = self._noted = None
            return
        under = state.under
        marks = review.ml_marks.of(table.key) if under == ML else None
        key = (
            *(table, stack, 0 if stack is None else stack.version, room, under, review.named()),
            *(review.trends.good_ls(), review.suspicions, review.scores, marks, review.notes),
        )
        if key == self._key:
            return
        self._key = key
        suspicious = LSMask(tuple((one.first_ls, one.last_ls) for one in review.suspicions))
        self._marked = table.ls[suspicious.selects(table.ls)] if suspicious else None
        noted = review.notes.noted
        self._noted = table.ls[noted.selects(table.ls)] if noted else None
        good = review.trends.good_ls().selects(table.ls)
        self._good = table.ls[good] if good.any() and not good.all() else None
        self._rows = _Choice(review, table, stack, suspicious, room).rows()


class _Choice:
    """The rows of one strip."""

    def __init__(
        self,
        review: Review,
        table: LSTable,
        stack: HistogramStack | None,
        suspicious: LSMask,
        room: int,
    ) -> None:
        self._review = review
        self._table = table
        self._stack = stack
        self._suspicious = suspicious
        self._room = room

    def rows(self) -> list[StripLine]:
        review, table, under = self._review, self._table, self._review.state.under
        high = 1 + sum(self._room >= least for least in _HIGH_FROM)
        rows = [*self._under(under, high), data_line(table, self._stack)]
        if self._suspicious:
            rows.append(marks_line("suspect", table, self._suspicious, role="bad", glyph="bad"))
        if review.notes.on_ls:
            rows.append(self._notes())
        if review.excluded and under != MASKS:
            rows.append(self._excluded())
        left = self._room - sum(row.height for row in rows)
        if under != FLAGS:
            rows += flag_lines(table) if left >= _FLAG_ROWS else [dcs_line(table)]
        if under != MASKS:
            rows.append(self._good())
        if under != RATE_UNDER:
            rows.append(column_line("rate", table, RATE, "rate_hz"))
        if under != "pileup":
            rows.append(column_line("pileup", table, OMS, "pileup"))
        return rows

    def _good(self) -> StripLine:
        return mask_line("good", self._table, self._review.trends.good_ls())

    def _under(self, under: str, high: int) -> list[StripLine]:
        """Give the rows of what the person wants to see."""
        table = self._table
        numbers = numbers_under(under, table)
        if numbers is not None:
            waiting = numbers.state == CellState.NOT_LOADED
            return [ValueLine(_SHORT.get(under, under), numbers.values, high, waiting)]
        rows: dict[str, Callable[[], list[StripLine]]] = {
            PRESCALE: lambda: [prescale_line(table)],
            FLAGS: lambda: [*flag_lines(table)] if self._room > _FLAG_ROWS else [dcs_line(table)],
            MASKS: lambda: [self._good(), self._excluded(), *self._golden()],
            ML: self._flagged,
            SCORES: lambda: self._scores(high),
        }
        return rows[under]() if under in rows else []

    def _excluded(self) -> StripLine:
        return mask_line("excluded", self._table, ~self._review.excluded, role="excluded")

    def _notes(self) -> StripLine:
        """Give the row of the verdicts of the notes."""
        legend = tuple(VERDICT_LOOKS[verdict] for verdict in URGENCY)
        return StateLine("notes", self._review.note_marks(self._table).astype("intp"), legend)

    def _golden(self) -> list[StripLine]:
        """Give the row of the golden JSON, none where it cannot be had."""
        golden = self._review.golden
        if golden is None:
            return [waiting_line(GOLDEN, self._table)] if self._review.golden_is_coming else []
        return [mask_line(GOLDEN, self._table, golden)]

    def _flagged(self) -> list[StripLine]:
        marks = self._review.ml_marks.of(self._table.key)
        if marks.state is not SourceState.LOADED:
            return [waiting_line("ML", self._table)]
        return [marks_line("ML", self._table, marks.flagged, role="bad", glyph="bad")]

    def _scores(self, high: int) -> list[StripLine]:
        scores = self._review.scores
        if scores is None:
            return [waiting_line("score", self._table)]
        line = score_line(self._table, scores.ls, scores.score)
        return [ValueLine(line.label, line.values, high)]
