"""What the keys do about the picture beyond the plain histogram: reference, comparison, exclusions."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.reconstruction import differs
from dqmtui.render.lower_panel import SMALLEST_HEIGHT
from dqmtui.review.choices import Comparison, OtherRun, View
from dqmtui.review.facts import Severity
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.references import Offered, References

if TYPE_CHECKING:
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.review import Review

_OF_THIS_RUN = 3
"""References that come of the open run itself; the choice of none stands behind them."""


class Judging(References):
    """The actions that compare and exclude."""

    def action_toggle_errors(self) -> None:
        """Show or hide error bars."""
        if self.review is not None:
            shown = not self.review.state.shows_errors
            self.review.show(shows_errors=shown)
            self.notice("Error bars, where bins are wide enough for them" if shown else "No error bars")

    def action_waterfall(self) -> None:
        """Show the waterfall of the run, or the LS again."""
        self._show_view(View.WATERFALL)

    def action_integral(self) -> None:
        """Show the integral of the good LS, or the LS again."""
        self._show_view(View.INTEGRAL)

    def _show_view(self, view: View) -> None:
        review = self.review
        if review is None:
            return
        element = review.state.element
        if view is View.WATERFALL and element is not None and element.dim != 1:
            self.notice("A map has no waterfall: its bins already take both directions.")
            return
        chosen = View.LS if review.state.view is view else view
        review.show(view=chosen)
        good = f" ({review.state.good})" if chosen is View.INTEGRAL else ""
        self.notice(f"Plot: {chosen.value}{good}")

    def action_toggle_reference(self) -> None:
        """Show or hide the reference."""
        review = self.review
        if review is None:
            return
        if review.state.reference is None:
            self.notice(f"There is no reference yet; {self.look.key('reference.choose')} chooses one.")
            return
        review.show(shows_reference=not review.state.shows_reference)
        several = len(review.state.references) > 1
        what = "References are" if several else "The reference is"
        hidden = f"hidden; {self.look.key('reference.show')} shows it again"
        self.notice(f"{what} {'shown' if review.state.shows_reference else hidden}")

    def action_compare(self) -> None:
        """Take the next way to compare with the reference."""
        review = self.review
        if review is None:
            return
        if review.state.reference is None:
            self.notice(f"There is no reference yet; {self.look.key('reference.choose')} chooses one.")
            return
        kinds = tuple(Comparison)
        chosen = kinds[(kinds.index(review.state.comparison) + 1) % len(kinds)]
        review.show(comparison=chosen)
        pane = self.query_one(PlotPane)
        hint = ""
        if pane.plot_height <= SMALLEST_HEIGHT and chosen is not Comparison.OVERLAY:
            among = len(pane.shown) > 1 and pane.size.height > SMALLEST_HEIGHT
            key = "enter, on the plots," if among else "z"
            hint = f"; {key} makes the plot high enough for it"
        of_several = len(review.state.references) > 1 and chosen is not Comparison.OVERLAY
        which = " to the first reference" if of_several else ""
        self.notice(f"Comparison: {chosen.value}{which}{hint}")

    def action_exclude(self) -> None:
        """Leave the LS under the cursor, or the range of LS that is marked, out, or take them in again."""
        review = self.review
        if review is None or review.state.ls is None:
            return
        state, ls = review.state, review.state.ls
        span = state.range_of_ls
        if span is not None and state.ls_range is not None:
            # what is excluded does not go along with the cursor any more
            review.show(ls_range=state.ls_range.closed(ls))
        review.exclude(LSMask(((ls, ls) if span is None else span,)))

    def action_reference(self) -> None:
        """Choose what the histogram is compared with, in place of all that it is compared with now."""
        review = self.review
        if review is None or review.state.run is None:
            self.notice("There is no run open whose histograms could be compared.")
            return

        def offered() -> list[Offered]:
            found = self._offered(review)
            found.insert(_OF_THIS_RUN, Offered(None, "nothing"))
            return found

        def chosen(choice: ReferenceChoice | None) -> None:
            review.set_reference(choice)
            self.go_to_pane("plot")
            self._say_compared(review)

        self.offer("Compare with", offered, chosen)

    def action_add_reference(self) -> None:
        """Choose one more reference; one that is there already goes."""
        review = self.review
        if review is None or review.state.run is None:
            self.notice("There is no run open whose histograms could be compared.")
            return

        def offered() -> list[Offered]:
            there = review.state.references
            return [
                replace(one, note="shown; enter takes it away") if one.choice in there else one
                for one in self._offered(review)
            ]

        def chosen(choice: ReferenceChoice | None) -> None:
            if choice is not None:
                review.add_reference(choice)
            self.go_to_pane("plot")
            self._say_compared(review)

        self.offer("Compare with this, too", offered, chosen)

    def _say_compared(self, review: Review) -> None:
        """Say with how many references the plot is compared, and how a map shows it."""
        state = review.state
        number = len(state.references)
        if not number:
            self.notice("Compared with nothing")
            return
        other = next((one for one in state.references if isinstance(one, OtherRun)), None)
        differing = "" if other is None else differs(state.dataset, other.dataset)
        if differing:
            self.notice(f"Mind the data: the reference is {differing}", Severity.WARNING)
            return
        what = "one reference" if number == 1 else f"{number} references"
        is_map = state.element is not None and state.element.dim != 1
        overlaid = is_map and state.comparison is Comparison.OVERLAY
        compare = self.look.key("reference.compare")
        hint = (
            f"{compare} draws a map's ratio, difference or pull"
            if overlaid
            else f"{self.look.key('reference.add')} adds or takes away one, {compare} compares"
        )
        self.notice(f"Compared with {what}; {hint}")
