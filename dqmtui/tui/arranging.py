"""Which plots stand beside each other: layouts, plots on a page, and the one in focus."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on

from dqmtui.model.layouts import GRIDS, smallest_grid
from dqmtui.model.theme import nearest_name
from dqmtui.review.facts import Severity
from dqmtui.store.layout_files import LayoutError, available_layouts, load_dqmexplore, load_layout
from dqmtui.store.paths import config_dir
from dqmtui.tui.choices import Choices
from dqmtui.tui.panes.plot import PlotPane

if TYPE_CHECKING:
    from dqmtui.model.layouts import Layout
    from dqmtui.review.review import Review
    from dqmtui.tui.widgets.picker import Picker

ONLY = "only this ME"
NONE = "none"
"""What is typed for the element in focus alone."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A layout that can be chosen by its name, or what is wrong with its file."""

    name: str
    layout: Layout | None
    trouble: str = ""


class Arranging(Choices):
    """The actions that choose the plots of a page."""

    def action_layout(self, argument: str = "") -> None:
        """Choose a set of plots, or open that of this name; `none` is the element in focus alone."""
        review = self.review
        if review is None or not review.elements:
            self.notice("The monitoring elements have not come yet.")
        elif argument:
            self._open_named(review, argument)
        else:
            self._choose_layout(review)

    def _choose_layout(self, review: Review) -> None:
        offers = self._offers(review)
        names = [ONLY, *(_shown(offer) for offer in offers)]
        notes = ["" if review.state.layout else "open", *(_note(offer, review) for offer in offers)]

        def chosen(choice: Picker.Chosen) -> None:
            if choice.index == 0:
                review.leave_layout()
            else:
                self._open(review, offers[choice.index - 1])
            self.name_panes()
            self.go_to_pane("plot")

        self.choose("layout", "Look at a set of monitoring elements", names, notes, then=chosen)

    def _open_named(self, review: Review, name: str) -> None:
        if name == NONE:
            review.leave_layout()
        elif name.endswith(".json"):
            try:
                review.open_layout(load_dqmexplore(Path(name).expanduser()))
            except LayoutError as error:
                self.notice(str(error), Severity.ERROR)
            except RuntimeError as error:
                # of a person whom this machine does not know
                self.notice(f"{name} cannot be read: {error}", Severity.ERROR)
        else:
            offers = {offer.name: offer for offer in self._offers(review)}
            near = nearest_name(name, offers)
            if name in offers:
                self._open(review, offers[name])
            else:
                hint = f"did you mean {near}?" if near else f"there are {', '.join(offers)} and {NONE}."
                self.notice(f"There is no layout {name!r}; {hint}", Severity.ERROR)
        self.name_panes()

    def _open(self, review: Review, offer: Offer) -> None:
        if offer.layout is None:
            self.notice(offer.trouble, Severity.ERROR)
        else:
            self.notice("")
            review.open_layout(offer.layout)

    def _offers(self, review: Review) -> list[Offer]:
        """List the layouts there are; what is wrong with one goes no further than its own."""
        try:
            files = available_layouts(config_dir() / "layouts")
        except LayoutError as error:
            self.notice(str(error), Severity.ERROR)
            files = available_layouts(None)
        offers = []
        for name, path in files.items():
            try:
                offers.append(Offer(name, load_layout(path)))
            except LayoutError as error:
                offers.append(Offer(name, None, str(error)))
        opened = review.state.layout
        if opened is not None and opened not in [offer.layout for offer in offers]:
            offers.insert(0, Offer(opened.name, opened))
        return offers

    def action_per_page(self) -> None:
        """Take the next number of plots on a page, as far as there are so many."""
        review = self.review
        if review is None or review.state.element is None:
            find, layout = self.look.key("me.find"), self.look.key("layout")
            self.notice(
                f"There is no plot yet; {find} finds a monitoring element, {layout} opens a set of them."
            )
            return
        of = len(review.arranged)
        if of < 2 or review.place is None:  # noqa: PLR2004 - two plots are the fewest that stand side by side
            find, layout = self.look.key("me.find"), self.look.key("layout")
            self.notice(
                f"There is one plot; {find} finds more monitoring elements, {layout} opens a set of them."
            )
            return
        sizes = [size for size in GRIDS if size <= smallest_grid(of)]
        larger = [size for size in sizes if size > review.state.per_page]
        count = larger[0] if larger else sizes[0]
        review.show_per_page(count)
        self.name_panes()
        words = "One plot" if count == 1 else f"Up to {count} plots"
        whose = review.state.layout.title if review.state.layout is not None else f"the {of} elements found"
        keys = f"{self.look.key('me.previous')} {self.look.key('me.next')}"
        self.notice(f"{words} of {whose} on a page; {keys} go through them")

    def toggle_alone(self, review: Review) -> None:
        """Let the plot in focus have the whole pane, or give the others of the page their place back."""
        review.show_alone(not review.state.alone)
        if review.state.alone:
            self.notice(f"This plot alone; {self.look.key('open')} shows the others of the page again")

    @staticmethod
    def name_of_page(review: Review, element: str) -> str:
        """Name layout, page and the element in focus for the title of the plots."""
        layout, place = review.state.layout, review.place
        if layout is None or place is None:
            return element
        return f"{layout.title} {place.number}/{place.count}: {element}"

    @staticmethod
    def place_on_page(review: Review) -> str:
        """Say which of how many elements is in focus, and on which page of several plots."""
        place = review.place
        if place is None:
            return ""
        page = f"page {place.number}/{place.count}, " if review.state.per_page > 1 else ""
        return f"{page}{place.at} of {place.of}"

    @on(PlotPane.Pointed)
    def _plot_pointed(self, event: PlotPane.Pointed) -> None:
        if self.review is not None:
            self.review.focus_on(event.position)


def _shown(offer: Offer) -> str:
    return offer.name if offer.layout is None else f"{offer.layout.title}  {offer.name}"


def _note(offer: Offer, review: Review) -> str:
    layout = offer.layout
    if layout is None:
        return "broken"
    count = f"{len(layout.plots)} plots, {layout.grid} on a page"
    return f"open, {count}" if layout == review.state.layout else count
