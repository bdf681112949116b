"""The plots: the histograms of the elements of a page in the lumisection under the cursor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

from dqmtui.model.apart import told_apart
from dqmtui.model.lstable import DIALS
from dqmtui.render.brush import Brush
from dqmtui.render.cells import CellGrid
from dqmtui.render.map_view import has_room_for_projections
from dqmtui.render.plot_grid import cells_of, composed, position_at, window, with_room
from dqmtui.review.histograms import LoadState
from dqmtui.tui.panes.lumisections import why_no_rows
from dqmtui.tui.panes.picture import NAME_BESIDE, SUM, PictureView, has_all, is_of_one_ls
from dqmtui.tui.widgets.grid import GridView

if TYPE_CHECKING:
    from textual import events

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.render.cells import Rect
    from dqmtui.review.plots import Plot
    from dqmtui.review.review import Review
    from dqmtui.tui.look import Look


class PlotPane(GridView):
    """Shows one lumisection's histograms, 1D or 2D: all plots of the page that have room, or one alone."""

    @dataclass
    class Pointed(Message):
        """The person pointed at a plot: its position on the page, from 0, and a bin if it has the focus."""

        position: int
        bins: tuple[int, ...] | None = None

    _review: Review | None = None
    _look: Look | None = None
    _brush: Brush | None = None
    _empty: PictureView | None = None

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id, classes=classes)
        self._views: dict[MonitoringElement, PictureView] = {}
        self._shown: range = range(0)
        self._cells: list[Rect] = []
        self._named: tuple[tuple[list[str], int, str], list[str]] | None = None

    def show(self, review: Review, look: Look) -> None:
        """Draw what the review looks at."""
        if look is not self._look:
            self._look = look
            self._brush = Brush(look.theme, look.charset, look.palette)
            self._empty = PictureView(look)
            self._views.clear()
        self._review = review
        self.invalidate()

    @property
    def shown(self) -> range:
        """Positions on the page of the plots that were drawn last."""
        return self._shown

    @property
    def plot_height(self) -> int:
        """Rows of one plot as they were drawn last, those of the pane before anything was."""
        return self._cells[0].height if self._cells else self.size.height

    @property
    def has_room_for_projections(self) -> bool:
        """Whether a map as large as the plots that were drawn last has its projections beside it."""
        one = self._cells[0] if self._cells else self.size
        is_large = len(self._shown) <= 1 or has_all(one.width, one.height)
        return is_large and has_room_for_projections(one.width, one.height)

    def bin_at(self, column: int, row: int) -> tuple[int, ...] | None:
        """Give the bin of the plot in focus at a cell of the pane, (column,) or (column, row), from 0."""
        review, at = self._review, position_at(self._cells, column, row)
        if review is None or at is None or self._shown[at] != review.focus:
            return None
        view, cell = self._views.get(review.plots[review.focus].element), self._cells[at]
        return None if view is None else view.bin_at(column - cell.x, row - cell.y)

    def build(self, width: int, height: int) -> CellGrid:
        """Draw the histograms, or say why there are none."""
        review, brush, empty = self._review, self._brush, self._empty
        if review is None or brush is None or empty is None:
            return CellGrid.blank(width, height)
        plots, words = review.plots, _words(review, self._look)
        self._views = {plot.element: self._views.get(plot.element) or self._new_view() for plot in plots}
        self._shown, self._cells = range(0), []
        if words or not plots:
            return empty.words(words, width, height)
        alone = review.state.alone or len(plots) == 1
        room, rows = (1 if alone else with_room(len(plots), width, height)), height
        lacks_room = not alone and room < len(plots)
        if lacks_room:
            # the last row says so
            rows = max(height - 1, 0)
            room = with_room(len(plots), width, rows)
        self._shown = window(len(plots), review.focus, room)
        self._cells = cells_of(len(self._shown), width, rows)
        if len(self._shown) == 1 and not lacks_room:
            title = "" if len(plots) == 1 else plots[review.focus].element.short_name
            picture = self._picture(review, plots[review.focus], width, height, title)
        else:
            beside = NAME_BESIDE + (0 if is_of_one_ls(review.state) else len(SUM))
            short = [plots[at].element.short_name for at in self._shown]
            names = self._names(short, self._cells[0].width - beside, brush.charset.ellipsis)
            pictures = [
                self._picture(review, plots[at], cell.width, cell.height, name)
                for at, cell, name in zip(self._shown, self._cells, names, strict=True)
            ]
            focus = None if len(self._shown) == 1 else self._shown.index(review.focus)
            picture = composed(pictures, self._cells, width, height, brush, focus=focus)
        if lacks_room:
            zoom = "" if self._look is None else f"; {self._look.key('pane.zoom')} makes some"
            text = f" {room} of {len(plots)} plots have room{zoom} "
            style = brush.style("note")
            picture.put_text(width - len(text), height - 1, text, style)
        return picture

    def _names(self, names: list[str], each: int, ellipsis: str) -> list[str]:
        """Cut names of plots side by side to what tells them apart; `each` are the cells over one plot."""
        room = len(names) * max(each, 1)
        key = (names, room, ellipsis)
        if self._named is None or self._named[0] != key:
            self._named = key, told_apart(names, room, ellipsis=ellipsis)
        return self._named[1]

    def _new_view(self) -> PictureView:
        if self._look is None:
            raise RuntimeError("there is nothing to draw with before anything is shown")
        return PictureView(self._look)

    def _picture(self, review: Review, plot: Plot, width: int, height: int, name: str) -> CellGrid:
        view = self._views[plot.element]
        words = _why_nothing(review, plot, self._look)
        if words:
            return view.words(words, width, height, title=name)
        return view.draw(review, plot, width, height, name=name)

    def on_click(self, event: events.Click) -> None:
        """Give the focus to the plot that was clicked; in the one that has it, point at a bin."""
        offset = event.get_content_offset(self)
        at = None if offset is None else position_at(self._cells, offset.x, offset.y)
        if offset is not None and at is not None:
            self.post_message(self.Pointed(self._shown[at], self.bin_at(offset.x, offset.y)))


def _words(review: Review, look: Look | None) -> str:
    """Say what is missing before there can be any histogram."""
    if review.awaited:
        return review.awaited
    if look is None:
        return ""
    if review.state.run is None:
        choose = f"Choose a run with the arrows and press {look.key('open')}"
        return f"{choose}; {look.key('help')} shows all keys."
    if review.state.element is None:
        return f"Press {look.key('me.find')} to find a monitoring element."
    if review.state.ls is None:
        sources = () if review.table is None else (review.table.source(DIALS),)
        return why_no_rows(sources, "DIALS has no lumisections of this run.", look.key("reload"))
    return ""


def _why_nothing(review: Review, plot: Plot, look: Look | None) -> str:
    """Say why nothing has come of a plot, "" when something has."""
    load, key = plot.load, "" if look is None else look.key("reload")
    if load is None:
        return f"Loading was stopped; {key} goes on." if review.is_stopped else "Waits for its turn ..."
    if load.stack is not None and load.stack.x is not None:
        return ""
    if load.error is not None:
        return load.error.message
    match load.state:
        case LoadState.CANCELLED:
            return f"Loading was stopped before a histogram came; {key} goes on."
        case LoadState.LOADING:
            return "Histograms are coming ..."
        case _:
            run = load.key.run.run
            return f"Run {run} has no {plot.element.short_name}: DIALS has no histogram of it in any LS."
