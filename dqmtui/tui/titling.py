"""The titles of the panes: what is in them, and where one is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from dqmtui.model.text import shortened
from dqmtui.tui.arranging import Arranging
from dqmtui.tui.panes.trend import TrendPane
from dqmtui.tui.places import NAMES, PANES
from dqmtui.tui.remembering import Remembering

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.review.review import Review

MARGIN = 8
"""Cells of a border that its title leaves free, the number of the pane included."""


class Titling(Arranging, Remembering):
    """What stands on the borders of the panes; a session keeps it for its next first frame."""

    if TYPE_CHECKING:
        # given by the mixin of the tables, which stands behind this one
        def counts_of_tables(self) -> Mapping[str, str]:
            """Say how many rows the filters of the tables leave."""

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, tuple[str, str]] = {}

    def title_of(self, pane: str) -> str:
        """Give what stands on the border of a pane, behind its number; of the runs while they are folded."""
        if pane == "runs" and self.review is not None:
            return _folded(self.review)
        return self._written.get(pane, ("", ""))[0].partition(" ")[2]

    def name_panes(self) -> None:
        """Put the element and the statistic into the titles of their panes."""
        if not self.is_ready:
            return
        review = self.review
        element = None if review is None else review.state.element
        titles, place = dict(NAMES), ""
        if self.folds:
            titles["runs"] = self.glimpse.title("runs", folds=True) if review is None else _folded(review)
        if review is not None and element is not None:
            titles["plot"] = self.name_of_page(review, element.short_name)
            place = self.place_on_page(review)
        elif review is None or review.awaited:
            titles["plot"] = self.glimpse.title("plot")
        for pane, count in self.counts_of_tables().items():
            titles[pane] += count
        self.query_one(TrendPane).write_title()
        for number, pane in enumerate(PANES[:-1], 1):
            # before the first layout nobody knows how much room there is: a border cuts what it has not
            width = self.query_one(f"#{pane}").outer_size.width or self.app.size.width
            name = shortened(titles[pane], max(1, width - MARGIN), ellipsis=self.look.charset.ellipsis)
            self._write_border(pane, f"{number} {name}", place if pane == "plot" else "")

    def _write_border(self, pane: str, title: str, subtitle: str) -> None:
        """Write on the border of a pane, unless that stands there: it draws the whole pane anew."""
        if self._written.get(pane) != (title, subtitle):
            self._written[pane] = (title, subtitle)
            widget = self.query_one(f"#{pane}")
            # as content: in a text, square brackets of a server would be read as markup
            widget.border_title = Content(title)
            widget.border_subtitle = Content(subtitle)


def _folded(review: Review) -> str:
    """Say in one line which run is open, in place of the list."""
    key = review.state.run
    if key is None:
        return NAMES["runs"]
    at = review.run_list.index(key)
    entry = None if at is None else review.run_list.entries[at]
    fill = None if entry is None or entry.card is None else entry.card.fill_number
    parts = (
        f"Run {key.run}",
        "" if fill is None else f"fill {fill}",
        "" if entry is None else f"{entry.ls_count} LS",
    )
    return "  ".join(part for part in parts if part)
