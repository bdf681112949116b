"""Choosing whose rate histograms are divided by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.tui.choices import Choices

if TYPE_CHECKING:
    from dqmtui.model.rate_name import RateNames
    from dqmtui.tui.widgets.picker import Picker

_SUBJECT = "rate"


class Rating(Choices):
    """The action that chooses the rate."""

    def action_rate(self, text: str = "") -> None:
        """Divide by the rate of an HLT path or a primary dataset: that named, or one chosen from a list."""
        review = self.review
        if review is None:
            return
        if text.strip():
            review.set_rate(text)
            return
        if review.state.run is not None and review.data.has_oms:
            self.notice("Asking OMS for the paths and datasets of the run ...")
        review.list_rates(lambda names: self.when_uncovered(_SUBJECT, lambda: self._choose_rate(names)))

    def _choose_rate(self, names: RateNames) -> None:
        review = self.review
        offered = names.offered
        if review is None or not offered:
            self.notice("OMS has no rates of any path or dataset in this run.")
            return

        def chosen(choice: Picker.Chosen) -> None:
            review.set_rate(offered[choice.index].typed)
            self.go_to_pane("plot")

        notes = [
            "in use" if rate == review.rate else "dataset" if rate.is_dataset else "" for rate in offered
        ]
        self.notice("")
        self.choose(_SUBJECT, "Divide by the rate of", [rate.name for rate in offered], notes, then=chosen)
