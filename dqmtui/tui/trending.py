"""What the keys do about the trend: its statistic, what stands under it, ranges of LS and the zoom."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from dqmtui.model.lstable import RATE
from dqmtui.model.trend import statistic_in_words
from dqmtui.review.facts import Severity
from dqmtui.review.histograms import LoadState
from dqmtui.review.ls_ranges import WINDOW, LSRange, read_range, window_around
from dqmtui.review.under import ML, RATE_UNDER, SCORES, UNDER, UnknownUnderError, under_named
from dqmtui.tui.choices import Choices
from dqmtui.tui.panes.trend import TrendPane
from dqmtui.tui.program import Program

if TYPE_CHECKING:
    from dqmtui.review.review import Review
    from dqmtui.review.state import ReviewState
    from dqmtui.tui.look import Look


class Trending(Choices, Program):
    """The actions of the trend and of ranges of LS."""

    def action_statistic(self, text: str = "") -> None:
        """Take the next statistic of the trend that means something, or the one that is named."""
        review = self.review
        if review is None or review.state.element is None:
            return
        offered = review.trends.offered()
        words = text.strip().lower()
        if not words:
            before = review.state.statistic
            at = offered.index(before) + 1 if before in offered else 0
            review.show(statistic=offered[at % len(offered)])
            return
        fits = [name for name in offered if words in {name.lower(), statistic_in_words(name)}]
        fits = fits or [name for name in offered if name.lower().startswith(words)]
        if len(fits) == 1:
            review.show(statistic=fits[0])
        else:
            self.notice(f"Type one of these behind it: {', '.join(fits or offered)}.", Severity.ERROR)

    def action_under(self, text: str = "") -> None:
        """Let the next quantity stand under the trend, or the one that is named."""
        review = self.review
        if review is None:
            return
        names = tuple(UNDER)
        chosen = names[(names.index(review.state.under) + 1) % len(names)]
        if text.strip():
            try:
                chosen = under_named(text)
            except UnknownUnderError as error:
                self.notice(str(error), Severity.ERROR)
                return
        if chosen == ML:
            review.ml_marks.forget()
        review.show(under=chosen)
        self.notice(f"Under the trend: {UNDER[chosen]}{_more(review, chosen, self.look)}")

    def trend_changed(self) -> None:
        """Show what has been computed for the trend, or has come for a row under it."""
        if self.review is not None:
            self.query_one(TrendPane).show(self.review, self.look)

    # -- ranges of LS --------------------------------------------------------------------------------------

    def action_mark_range(self) -> None:
        """Start a range of LS at the cursor, or end it there."""
        review = self.review
        state = None if review is None else review.state
        if review is None or state is None or state.run is None or state.ls is None:
            self.notice("There is no lumisection under the cursor at which a range could start.")
            return
        marked = state.ls_range
        if marked is not None and marked.run == state.run and marked.is_open:
            ended = marked.closed(state.ls)
            review.show(ls_range=ended)
            first, last = ended.span(None)
            key = self.look.key
            keys = (
                f"{key('ls.exclude')} excludes, {key('note')} notes, {key('trend.zoom')} zooms in, "
                f"{key('cancel')} lets go"
            )
            self.notice(f"Marked: {_said(first, last)}; {keys}")
        else:
            review.show(ls_range=LSRange(state.run, state.ls))
            keys = f"{self.look.key('ls.range')} ends it, {self.look.key('cancel')} lets go"
            self.notice(f"A range begins at LS {state.ls}; move on, {keys}")

    @on(TrendPane.Dragged)
    def _dragged(self, event: TrendPane.Dragged) -> None:
        review = self.review
        if review is not None and review.state.run is not None:
            review.show(ls_range=LSRange(review.state.run, event.start, event.end))

    def action_cancel(self) -> None:
        """Let go of a range of LS, unless something is loading that is to be stopped first."""
        review = self.review
        is_loading = review is not None and (
            review.is_busy or (review.load is not None and review.load.state is LoadState.LOADING)
        )
        if review is not None and review.state.range_of_ls is not None and not is_loading:
            review.show(ls_range=None)
            self.notice("")
        else:
            super().action_cancel()

    # -- zoom ----------------------------------------------------------------------------------------------

    def action_zoom_ls(self, text: str = "") -> None:
        """Show the LS that are typed, or those marked, else those around the cursor; again: the whole run."""
        review = self.review
        run = None if review is None else review.state.run
        if review is None or run is None or review.table is None or not review.table.ls.size:
            self.notice("There is no run open whose lumisections could be shown.")
            return
        state, ls = review.state, review.table.ls
        first, last = int(ls[0]), int(ls[-1])
        if text.strip():
            try:
                zoom = read_range(text, first, last)
            except ValueError as error:
                self.notice(str(error), Severity.ERROR)
                return
        elif state.zoom_of_ls is not None:
            review.show(trend_zoom=None)
            self.notice(f"The trend shows all of LS {first}-{last}")
            return
        elif state.range_of_ls is not None:
            zoom = state.range_of_ls
        else:
            zoom = window_around(first if state.ls is None else state.ls, WINDOW, first, last)
        if not ((ls >= zoom[0]) & (ls <= zoom[1])).any():
            self.notice(f"No source knows one of LS {zoom[0]}-{zoom[1]}.", Severity.ERROR)
            return
        review.show(trend_zoom=LSRange(run, *zoom))
        key = self.look.key("trend.zoom")
        self.notice(f"The trend shows LS {zoom[0]}-{zoom[1]} of {first}-{last}; {key} shows all")

    def follow_zoom(self, now: ReviewState) -> None:
        """Move the zoom when the LS cursor has left it."""
        review, zoom = self.review, now.zoom_of_ls
        if review is None or review.table is None or zoom is None or now.ls is None or now.run is None:
            return
        if zoom[0] <= now.ls <= zoom[1] or not review.table.ls.size:
            return
        ls = review.table.ls
        moved = window_around(now.ls, zoom[1] - zoom[0] + 1, int(ls[0]), int(ls[-1]))
        review.show(trend_zoom=LSRange(now.run, *moved))


def _said(first: int, last: int) -> str:
    return f"LS {first}" if first == last else f"LS {first}-{last}, {last - first + 1} LS"


def _more(review: Review, name: str, look: Look) -> str:
    """Say of which path a rate is, and how to come by what is not there."""
    if name == RATE_UNDER and review.table is not None and review.table.source(RATE).note:
        return f" of {review.table.source(RATE).note}"
    if name == SCORES and review.scores is None:
        return f"; {look.key('scores')} scores the LS of this element"
    return ""
