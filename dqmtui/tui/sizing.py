"""Panes made larger and smaller by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.tui.focus import Focus
from dqmtui.tui.places import NAMES
from dqmtui.tui.sizes import AXES, LEAST, PARTS, Axis, Change, Mode, change_of, least_of, share_of

if TYPE_CHECKING:
    from textual.geometry import Size

COLUMNS = 2
"""Columns that a pane grows by at once; a cell is about twice as high as it is wide."""


class Sizing(Focus):
    """The actions that share the screen out anew; sizes hold for an arrangement of the panes."""

    def action_resize_height(self, step: int) -> None:
        """Make the pane in focus taller or, with -1, shorter, by rows."""
        self._resize("height", step * self._times)

    def action_resize_width(self, step: int) -> None:
        """Make the pane in focus wider or, with -1, narrower."""
        self._resize("width", step * self._times * COLUMNS)

    def action_reset_sizes(self) -> None:
        """Give all panes the sizes that they had at first."""
        self.sizes = {mode: parts for mode, parts in self.sizes.items() if mode != self.mode.value}
        self.place()
        self.call_after_refresh(self.name_panes)
        self.notice("All panes have their usual sizes.")

    def _resize(self, axis: Axis, cells: int) -> None:
        pane, mode = self.pane_in_focus(), self.mode
        name = NAMES[pane]
        if self.zoomed is not None:
            self.notice(f"{name} fills the screen; {self.look.key('pane.zoom')} shows the other panes again.")
            return
        change = change_of(mode, pane, axis)
        if change is not None and change.part == "runs" and self.folds:
            self.notice("The runs are folded, so there is nothing to share with; 1 unfolds them.")
            return
        if change is not None and change.part == "plot" and not self._are_both_shown(change.part):
            change = None
        if change is None:
            self.notice(f"{name} has all of the {axis} there is, in a terminal of this size.")
            return
        self._share(mode, pane, change, cells)

    def _are_both_shown(self, part: str) -> bool:
        return all(self._cells(widget) for widget in PARTS[part])

    def _share(self, mode: Mode, pane: str, change: Change, cells: int) -> None:
        """Give a pane more cells, or fewer, of those that it shares with its neighbour, and say how many."""
        part, axis = change.part, AXES[mode][change.part]
        shares = self.sizes.get(mode.value, {})
        both = sum(getattr(self._cells(widget), axis) for widget in PARTS[part])
        # the next key may come before all is laid out: what was asked for counts, not what is on screen
        first = int(shares[part] * both) if part in shares else getattr(self._cells(PARTS[part][0]), axis)
        least_first, least_second = least_of(mode, part)
        # where three stand side by side, the lumisections give and take, and the runs stay as they are
        are_three = mode is Mode.BROAD and part == "left"
        runs = int(shares["runs"] * first) if are_three and "runs" in shares else self._cells("runs").width
        if are_three:
            least_first = runs + LEAST["lumisections"]["width"]
        more = cells if change.first_grows else -cells
        now = max(least_first, min(first + more, both - least_second))
        if both < least_first + least_second or now == first:
            self.notice("It can go no further: the panes need what they have; = gives the usual sizes.")
            return
        own = {**shares, part: round(share_of(now, both), 4)}
        if are_three:
            own["runs"] = round(share_of(runs, now), 4)
        self.sizes = {**self.sizes, mode.value: own}
        self.place()
        # titles are cut to the width, which is known once all is laid out
        self.call_after_refresh(self.name_panes)
        has = now - (runs if are_three else 0) if change.first_grows else both - now
        unit = "rows" if axis == "height" else "columns"
        self.notice(f"{NAMES[pane]}: {has} {unit}; = gives all panes their usual sizes")

    def _cells(self, widget: str) -> Size:
        """Give the size of a widget on screen, nothing when it is not there."""
        return self.query_one(f"#{widget}").region.size

    def name_panes(self) -> None:
        """Fit the titles into what room there is."""
        raise NotImplementedError
