"""The trend of the elements of the page along the run, and the LS strip under it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.geometry import Region
from textual.message import Message

from dqmtui.model.text import fitted
from dqmtui.model.trend import CHI2
from dqmtui.render.cells import CellGrid
from dqmtui.render.trend_parts import Band, TrendSeries
from dqmtui.render.trend_view import TrendOptions, TrendView
from dqmtui.review.trend_lines import MOST_SPREADS, CommonScale
from dqmtui.tui.panes.trend_rows import TrendRows, strip_room
from dqmtui.tui.panes.trend_title import TrendTitle
from dqmtui.tui.widgets.grid import GridView

if TYPE_CHECKING:
    from textual import events

    from dqmtui.review.review import Review
    from dqmtui.review.state import ReviewState
    from dqmtui.review.trend_lines import TrendShown
    from dqmtui.tui.look import Look

_TITLE_MARGIN = 6
"""Cells of the border that its title leaves free."""

_SHOWN_OF_STATE = (
    *("run", "ls", "element", "statistic", "normalisation", "references", "shows_reference", "good"),
    *("good_there", "ls_range", "trend_zoom", "under", "shows_scores", "layout", "per_page"),
)
"""Fields of the state that change what is drawn."""


class TrendPane(GridView):
    """Shows the trend and the strip on one LS axis, with the LS cursor through both."""

    @dataclass
    class Pointed(Message):
        """The person pointed at a lumisection."""

        ls: int

    @dataclass
    class Dragged(Message):
        """The person drew over lumisections, from one to another."""

        start: int
        end: int

    _review: Review | None = None
    _view: TrendView | None = None
    _look: Look | None = None
    _title = ""
    _series: tuple[TrendShown, tuple[TrendSeries, ...], Band | None] | None = None
    _pressed: int | None = None
    _is_drawn_over = False

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._rows = TrendRows()
        self._titles = TrendTitle()

    def show(self, review: Review, look: Look) -> None:
        """Draw what the review looks at."""
        if look is not self._look:
            self._look = look
            self._view = TrendView(look.theme, look.charset, look.palette)
        self._review = review
        self.invalidate()
        self.write_title()

    def state_changed(self, before: ReviewState, now: ReviewState) -> None:
        """Draw what is different now."""
        if any(getattr(before, name) != getattr(now, name) for name in _SHOWN_OF_STATE):
            self.invalidate()
            self.write_title()

    def write_title(self) -> None:
        """Write the values at the cursor into the title."""
        room = max(1, self.outer_size.width - _TITLE_MARGIN)
        charset = None if self._look is None else self._look.charset
        spelled, ellipsis = (str, "") if charset is None else (charset.unit, charset.ellipsis)
        text = f"4 {self._titles.text(self._review, room - 2, spelled)}"
        text = fitted(text, min(len(text), room), ellipsis=ellipsis).rstrip()
        if text == self._title:
            return
        self._title = text
        # Textual draws the border from this; its own setter would draw the whole pane anew at every LS
        self._border_title = Content(text)
        left, top = self.content_offset
        self.refresh(Region(-left, -top, self.outer_size.width, 1))

    def build(self, width: int, height: int) -> CellGrid:
        """Draw trend, strip, range and cursor."""
        review, view, look = self._review, self._view, self._look
        if review is None or view is None or look is None:
            return CellGrid.blank(width, height)
        if review.table is None:
            return CellGrid.blank(width, height, look.style("label"), look.palette)
        state = review.state
        stack = None if review.load is None else review.load.stack
        shown = review.trends.shown()
        room = strip_room(height)
        series, band = self._drawn(shown)
        grid = view.draw(
            review.table,
            stack,
            width,
            height,
            TrendOptions(
                state.statistic,
                room,
                state.zoom_of_ls,
                log=state.statistic == CHI2,
                most=MOST_SPREADS if shown.scale is CommonScale.FROM_MEDIAN else None,
            ),
            series=series,
            band=band,
            rows=self._rows.rows(review, stack, room),
            marked=self._rows.marked(),
            usual=self._rows.good(),
            noted=self._rows.noted(),
            notes=shown.notes,
            why=look.keymap.said(shown.why),
        )
        return view.with_cursor(grid, state.ls, state.range_of_ls)

    def _drawn(self, shown: TrendShown) -> tuple[tuple[TrendSeries, ...], Band | None]:
        """Give what the renderer takes, the same objects for the same trend."""
        if self._series is None or self._series[0] is not shown:
            series = tuple(
                TrendSeries(line.label, line.ls, line.drawn, line.drawn_errors, right=line.right)
                for line in shown.lines
            )
            drawn = shown.drawn_band
            band = None if drawn is None else Band(drawn.median, drawn.spread, drawn.label)
            self._series = shown, series, band
        return self._series[1:]

    # -- the mouse -----------------------------------------------------------------------------------------

    def _ls_at(self, event: events.MouseEvent) -> int | None:
        offset = event.get_content_offset(self)
        return None if self._view is None or offset is None else self._view.ls_at(offset.x)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Begin to draw over lumisections."""
        self._pressed, self._is_drawn_over = self._ls_at(event), False
        if self._pressed is not None:
            self.capture_mouse()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Draw over lumisections while the button is held down."""
        ls = self._ls_at(event)
        if self._pressed is None or ls is None or (ls == self._pressed and not self._is_drawn_over):
            return
        self._is_drawn_over = True
        self.post_message(self.Dragged(self._pressed, ls))

    def on_mouse_up(self) -> None:
        """End drawing over lumisections."""
        self._pressed = None
        self.release_mouse()

    def on_click(self, event: events.Click) -> None:
        """Go to the lumisection that was clicked."""
        ls = self._ls_at(event)
        if ls is not None and not self._is_drawn_over:
            self.post_message(self.Pointed(ls))
