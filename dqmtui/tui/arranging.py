"""Which plots stand beside each other: layouts, plots on a page, and the one in focus."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual import on

from dqmtui.model.layouts import GRIDS, smallest_grid
from dqmtui.model.theme import nearest_name
from dqmtui.review.facts import Severity
from dqmtui.store.layout_files import LayoutError, available_layouts, load_dqmexplore, load_layout
from dqmtui.tui.choices import Choices
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.widgets.picker import Picker

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.model.layouts import Layout
    from dqmtui.review.review import Review

ONLY = "only this ME"
NONE = "none"
"""What is typed for the element in focus alone."""

_SUBJECT = "layout"


@dataclass(frozen=True, slots=True)
class Offer:
    """A layout that can be chosen by its name, or what is wrong with its file."""

    name: str
    layout: Layout | None
    trouble: str = ""


class Arranging(Choices):
    """The actions that choose the plots of a page."""

    _layouts_read: tuple[Offer, ...] = ()
    """What the files said when they were read last."""

    _layouts_on_offer: Sequence[Offer] = ()

    def action_layout(self, argument: str = "") -> None:
        """Choose a set of plots, or open that of this name; `none` is the element in focus alone."""
        review = self.review
        if review is None or not review.elements:
            self.notice("The monitoring elements have not come yet.")
        elif argument:
            self._open_named(review, argument)
        else:
            self._choose_layout(review)

    def elements_came(self) -> None:
        """Read the files of layouts, of which one may be wanted now."""
        super().elements_came()
        self.run_worker(self._read_layouts(), group="layouts", exclusive=True)

    def _choose_layout(self, review: Review) -> None:
        self._layouts_on_offer = self._layout_offers(review)

        def chosen(choice: Picker.Chosen) -> None:
            if choice.index == 0:
                review.leave_layout()
            else:
                self._open(review, self._layouts_on_offer[choice.index - 1])
            self.name_panes()
            self.go_to_pane("plot")

        names, notes = _rows(self._layouts_on_offer, review)
        self.choose(_SUBJECT, "Look at a set of monitoring elements", names, notes, then=chosen)
        # what has changed since they were read last
        self.run_worker(self._read_layouts(), group="layouts", exclusive=True)

    def _open_named(self, review: Review, name: str) -> None:
        if name == NONE:
            review.leave_layout()
            self.name_panes()
        elif name.endswith(".json"):
            self.run_worker(self._open_dqmexplore(review, name), group="layouts", exclusive=True)
        else:
            # at once: the next keys may be about its plots
            known = {offer.name: offer for offer in self._layout_offers(review)}.get(name)
            if known is not None:
                self._open(review, known)
                self.name_panes()
            self.run_worker(self._open_as_it_is(review, name, known), group="layouts", exclusive=True)

    async def _open_dqmexplore(self, review: Review, name: str) -> None:
        before = review.state.layout
        try:
            layout = await asyncio.to_thread(lambda: load_dqmexplore(Path(name).expanduser()))
        except LayoutError as error:
            self.notice(str(error), Severity.ERROR)
        except RuntimeError as error:
            # of a person whom this machine does not know
            self.notice(f"{name} cannot be read: {error}", Severity.ERROR)
        else:
            if review.state.layout == before:
                review.open_layout(layout)
                self.name_panes()

    async def _open_as_it_is(self, review: Review, name: str, known: Offer | None) -> None:
        """Open a layout as its file is now, unless that is how it has been opened."""
        before = review.state.layout
        await self._read_layouts()
        offers = {offer.name: offer for offer in self._layout_offers(review)}
        if name not in offers:
            near = nearest_name(name, offers)
            hint = f"did you mean {near}?" if near else f"there are {', '.join(offers)} and {NONE}."
            self.notice(f"There is no layout {name!r}; {hint}", Severity.ERROR)
        elif offers[name] != known and review.state.layout == before:
            self._open(review, offers[name])
            self.name_panes()

    def _open(self, review: Review, offer: Offer) -> None:
        if offer.layout is None:
            self.notice(offer.trouble, Severity.ERROR)
        else:
            self.notice("")
            review.open_layout(offer.layout)

    async def _read_layouts(self) -> None:
        """Read all files of layouts; a list of them that is open shows what is new in them."""
        self._layouts_read, trouble = await asyncio.to_thread(_offers_in, self.layouts_dir)
        if trouble:
            self.notice(trouble, Severity.ERROR)
        picker, review = self.query_one(Picker), self.review
        if review is None or not picker.is_open or picker.subject != _SUBJECT:
            return
        now = {offer.name: offer for offer in self._layout_offers(review)}
        # where the cursor is stands what stood there
        there = [now.pop(offer.name, offer) for offer in self._layouts_on_offer]
        self._layouts_on_offer = [*there, *now.values()]
        picker.names_changed(*_rows(self._layouts_on_offer, review))

    def _layout_offers(self, review: Review) -> list[Offer]:
        """List the layouts that were read last, and that which is open."""
        opened = review.state.layout
        is_read = opened is None or opened in [offer.layout for offer in self._layouts_read]
        return (
            [*self._layouts_read]
            if opened is None or is_read
            else [Offer(opened.name, opened), *self._layouts_read]
        )

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


def _offers_in(own: Path | None) -> tuple[tuple[Offer, ...], str]:
    """Read the layouts there are, also of a person's own directory, and say what is wrong with that.

    What is wrong with a file goes no further than its own layout.
    """
    trouble = ""
    try:
        files = available_layouts(own)
    except LayoutError as error:
        files, trouble = available_layouts(None), str(error)
    return tuple(_offer(name, path) for name, path in files.items()), trouble


def _offer(name: str, path: Path) -> Offer:
    try:
        return Offer(name, load_layout(path))
    except LayoutError as error:
        return Offer(name, None, str(error))


def _rows(offers: Sequence[Offer], review: Review) -> tuple[list[str], list[str]]:
    """Give the names and notes of the list."""
    names = [ONLY, *map(_shown, offers)]
    return names, ["" if review.state.layout else "open", *(_note(offer, review) for offer in offers)]


def _shown(offer: Offer) -> str:
    return offer.name if offer.layout is None else f"{offer.layout.title}  {offer.name}"


def _note(offer: Offer, review: Review) -> str:
    layout = offer.layout
    if layout is None:
        return "broken"
    count = f"{len(layout.plots)} plots, {layout.grid} on a page"
    return f"open, {count}" if layout == review.state.layout else count
