"""Where the panes stand: what the size of the terminal shows of them, which folds, and sizes of one's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import Screen

from dqmtui.tui.sizes import AXES, PARTS, Mode, Sizes, mode_of, weights

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Size

PANES = ("runs", "lumisections", "plot", "trend")
NAMES = {"runs": "Runs", "lumisections": "Lumisections", "plot": "Plot", "trend": "Trend"}

SMALLEST = (60, 16)
"""Columns and rows without which there is no room for anything useful."""
LOW = 42
"""Rows from which on both tables have room for more than a handful of rows beside an open run."""
FLAT = 20
"""Rows from which on plot and trend have room for both."""


class Places(Screen[None]):
    """A screen of four panes, arranged by its size, by the pane in focus and by whether a run is open.

    From left to right the tables stand over each other beside plot and trend; a narrow terminal shows one
    pane at a time, plot and trend together; a broad one puts the tables side by side. While a run is open and
    rows are few, the runs fold into one line as long as they have not got the keys.
    """

    def __init__(self) -> None:
        super().__init__()
        self.at = PANES[0]
        """The pane that has the keys, or would have them."""
        self.zoomed: str | None = None
        """The pane that fills the screen."""
        self.is_run_open = False
        self.sizes: Sizes = {}
        self._placed: Size | None = None
        self._shared: dict[str, tuple[str, str] | None] = {}

    @property
    def mode(self) -> Mode:
        """How the panes are arranged."""
        return mode_of(self._space.width)

    @property
    def folds(self) -> bool:
        """Whether the runs are folded into one line."""
        is_beside = self.mode in {Mode.WIDE, Mode.ROOMY}
        return is_beside and self.is_run_open and self._space.height < LOW and self.at != "runs"

    @property
    def _space(self) -> Size:
        return self._placed or self.app.size

    def on_resize(self, event: events.Resize) -> None:
        """Arrange the panes in the new size."""
        self._placed = event.size
        self.place()

    def place(self) -> None:
        """Let classes and sizes say what is to be seen."""
        width, height = self._space
        mode = self.mode
        flags = {
            "-too-small": width < SMALLEST[0] or height < SMALLEST[1],
            "-low": height < LOW,
            "-flat": height < FLAT,
            "-open": self.is_run_open,
            "-folds": self.folds,
            "-zoom": self.zoomed is not None,
        }
        flags |= {f"-{one.value}": one is mode for one in Mode}
        flags |= {f"-at-{pane}": pane == self.at for pane in PANES}
        self._mark_zoomed()
        self.update_classes(flags, animate=False)
        self._share_out(mode)

    def show_run_open(self, is_open: bool) -> None:  # noqa: FBT001 - the one thing that is told
        """Arrange the panes for an open run, or for the choice of one."""
        if is_open != self.is_run_open:
            self.is_run_open = is_open
            self.place()

    def at_pane(self, pane: str) -> None:
        """Show this pane where not all of them are shown; a zoom goes along to it."""
        zoomed = None if self.zoomed is None else pane
        if (pane, zoomed) != (self.at, self.zoomed):
            self.at, self.zoomed = pane, zoomed
            self.place()

    def zoom(self, pane: str | None) -> None:
        """Let a pane fill the screen, none with None."""
        if pane != self.zoomed:
            self.zoomed = pane
            self.place()

    def _mark_zoomed(self) -> None:
        zoomed = None if self.zoomed is None else self.query_one(f"#{self.zoomed}")
        shown = () if zoomed is None else (zoomed, zoomed.parent)
        for widget in self.query("#panes, #panes Vertical, .pane"):
            widget.set_class(widget in shown, "-zoomed")

    def _share_out(self, mode: Mode) -> None:
        """Give the panes the sizes of the person's own, as far as they have a neighbour to share with."""
        own = {} if self.zoomed is not None else {**self.sizes.get(mode.value, {})}
        if self.folds:
            own.pop("runs", None)
        for part, (first, second) in PARTS.items():
            shares = weights(own[part]) if part in own else None
            along = AXES[mode].get(part)
            for widget, share in zip((first, second), shares or (None, None), strict=True):
                wanted = None if share is None or along is None else (along, f"{share}fr")
                self._set_size(widget, wanted)

    def _set_size(self, widget: str, wanted: tuple[str, str] | None) -> None:
        """Give a widget a size, or that of the style sheet; all is laid out anew if it is another one."""
        if self._shared.get(widget) != wanted:
            self._shared[widget] = wanted
            along, size = wanted or ("", "")
            styles = self.query_one(f"#{widget}").styles
            styles.width = size if along == "width" else None
            styles.height = size if along == "height" else None
