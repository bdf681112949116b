"""Moving on: to another run, lumisection or element, and to another picture of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from textual import on

from dqmtui.model.normalise import Normalisation
from dqmtui.tui.arranging import Arranging
from dqmtui.tui.judging import Judging
from dqmtui.tui.panes.lumisections import LumiRows
from dqmtui.tui.panes.runs import RunsPane
from dqmtui.tui.panes.trend import TrendPane
from dqmtui.tui.widgets.table import TableView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.review.review import Review

T = TypeVar("T")


def after(items: Sequence[T], item: T) -> T:
    """Give the next of some items, going round."""
    return items[(items.index(item) + 1) % len(items)] if item in items else items[0]


class Moves(Judging, Arranging):
    """The actions that move the review."""

    def action_open(self) -> None:
        """Open what is under the cursor: a run, a lumisection's plot; without an element, the finder."""
        match self.pane_in_focus():
            case "runs":
                self._run_opened()
            case "lumisections":
                self.go_to_pane("plot")
            case _ if self.review is not None and self.review.state.element is None:
                self.action_find()
            case "plot" if self.review is not None and len(self.review.plots) > 1:
                self.toggle_alone(self.review)

    @on(TableView.Opened, "#run-table")
    def _run_opened(self) -> None:
        review = self.review
        entry = None if review is None else self.query_one(RunsPane).entry(review)
        if review is not None and entry is not None:
            review.open_run(entry)
            self.go_to_pane("lumisections")

    @on(TableView.Moved, "#run-table")
    def _run_moved(self) -> None:
        if self.review is not None:
            self.query_one(RunsPane).show_card(self.review, self.look)

    @on(TableView.Opened, "#ls-table")
    def _ls_opened(self) -> None:
        self.go_to_pane("plot")

    @on(TableView.Moved, "#ls-table")
    def _ls_moved(self, event: TableView.Moved) -> None:
        rows = event.rows
        if self.review is None or not isinstance(rows, LumiRows):
            return
        if rows.table.key == self.review.state.run:
            # the rows that the person saw: there may be more by now, and then others have this number
            self.review.go_to_ls(rows.ls(event.row))

    @on(TrendPane.Pointed)
    def _pointed(self, event: TrendPane.Pointed) -> None:
        if self.review is not None:
            self.review.go_to_ls(event.ls)

    def action_step_ls(self, step: int) -> None:
        """Step through the LS that have data."""
        if self.review is not None:
            before = self.review.state.ls
            self.review.step_ls(step * self._times)
            self._say_end(self.review, before, step)

    def action_end_ls(self, side: int) -> None:
        """Go to the first or last LS, or to exactly the one whose number was typed before."""
        if self.review is None:
            return
        if self._number is not None:
            self.review.go_to_ls(self._number)
        else:
            before = self.review.state.ls
            self.review.end_ls(side)
            self._say_end(self.review, before, side)

    def _say_end(self, review: Review, before: int | None, side: int) -> None:
        """Say that the run has no more LS on a side, where a key for that side has led nowhere."""
        if before is not None and review.state.ls == before:
            what = f"group of {review.state.group} LS" if review.state.group > 1 else "LS"
            self.confirm(f"This is the {'last' if side > 0 else 'first'} {what} of the run that has data.")

    def action_step_me(self, step: int) -> None:
        """Step through the elements found last."""
        review = self.review
        if review is None:
            return
        before = review.state.element
        review.step_element(step * self._times)
        if before is not None and review.state.element == before:
            whose = "the set" if review.state.layout is not None else "those found"
            self.confirm(f"This is the only element of {whose}; {self.look.key('me.find')} finds others.")

    def action_step_run(self, step: int) -> None:
        """Open the next or previous run."""
        if self.review is not None:
            self.review.step_run(step * self._times)

    def action_follow(self) -> None:
        """Follow the open run while it is being taken, or no longer."""
        if self.review is not None:
            self.review.follow_run(not self.review.is_following)

    # -- picture --------------------------------------------------------------------------------------------

    def action_toggle_log(self) -> None:
        """Linear or log."""
        if self.review is not None:
            log = not self.review.state.log_y
            self.review.show(log_y=log)
            if self.review.scope:
                self.notice(f"{'Log' if log else 'Linear'} y{self.review.scope}")

    def action_normalise(self) -> None:
        """Take the next normalisation that means something for the element."""
        review = self.review
        if review is None or review.load is None or review.load.stack is None:
            return
        if review.load.stack.is_ratio:
            self.notice("This element is a ratio or a difference: its bins are no counts to be normalised.")
            return
        chosen = after(tuple(Normalisation), review.state.normalisation)
        review.show(normalisation=chosen)
        self.notice(f"Normalisation: {chosen.value}{review.scope}")
