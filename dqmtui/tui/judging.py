"""What the keys do about the picture beyond the plain histogram: reference, comparison, exclusions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.render.lower_panel import SMALLEST_HEIGHT
from dqmtui.review.choices import Comparison, Neighbours, OtherRun, RestOfRun, View
from dqmtui.tui.choices import Choices
from dqmtui.tui.panes.runs import short_dataset

if TYPE_CHECKING:
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.review import Review
    from dqmtui.tui.widgets.picker import Picker


class Judging(Choices):
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
            self.notice("There is no reference yet; r chooses one.")
            return
        review.show(shows_reference=not review.state.shows_reference)

    def action_compare(self) -> None:
        """Take the next way to compare with the reference."""
        review = self.review
        if review is None:
            return
        if review.state.reference is None:
            self.notice("There is no reference yet; r chooses one.")
            return
        kinds = tuple(Comparison)
        chosen = kinds[(kinds.index(review.state.comparison) + 1) % len(kinds)]
        review.show(comparison=chosen)
        is_small = self.query_one("#plot").size.height <= SMALLEST_HEIGHT
        hint = (
            "; z makes the plot high enough for it" if is_small and chosen is not Comparison.OVERLAY else ""
        )
        self.notice(f"Comparison: {chosen.value}{hint}")

    def action_exclude(self) -> None:
        """Leave the LS under the cursor out, or take it in again."""
        if self.review is not None and self.review.state.ls is not None:
            self.review.exclude(LSMask.of(self.review.state.ls))

    def action_undo(self) -> None:
        """Take the last exclusion back."""
        if self.review is not None:
            self.review.undo()

    def action_reference(self) -> None:
        """Choose what the histogram is compared with."""
        review = self.review
        if review is None or review.state.run is None:
            self.notice("There is no run open whose histograms could be compared.")
            return
        offered = self._offered(review)
        names, notes = [name for _, name, _ in offered], [note for _, _, note in offered]

        def chosen(choice: Picker.Chosen) -> None:
            review.set_reference(offered[choice.index][0])
            self.go_to_pane("plot")

        self.choose("reference", "Compare with", names, notes, then=chosen)

    def _offered(self, review: Review) -> list[tuple[ReferenceChoice | None, str, str]]:
        """List what can be the reference: choice, name and note."""
        near = Neighbours()
        offered: list[tuple[ReferenceChoice | None, str, str]] = [
            (RestOfRun(), "the other good LS of this run", ""),
            (near, f"{near.k} good LS on either side", f"without the {near.gap} next to it"),
            (None, "nothing", ""),
        ]
        for entry in review.run_list.entries:
            if entry.key != review.state.run:
                name = f"run {entry.run}  {short_dataset(entry.dataset)}"
                offered.append((OtherRun(entry.key, entry.dataset), name, f"{entry.ls_count} LS"))
        return offered
