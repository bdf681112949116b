"""What the keys do about how the picture is drawn and read: axes, ranges, numbers, the bin cursor."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from textual import on

from dqmtui.model.text import shortened
from dqmtui.review.choices import View
from dqmtui.review.facts import Severity
from dqmtui.review.framing import BinCursor, ranges_of, with_ranges
from dqmtui.review.grouped import LARGEST
from dqmtui.review.state import YRange
from dqmtui.tui.choices import Choices
from dqmtui.tui.panes.plot import PlotPane

if TYPE_CHECKING:
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.framing import AxisName, Range
    from dqmtui.review.review import Review

_LOW_AND_HIGH = 2
_LONGEST_SHOWN = 40
_CONTENTS = {"y": "1D", "z": "map"}


class RangeError(ValueError):
    """What was typed is no range; the message says what to type."""


def read_range(axis: str, text: str) -> Range | None:
    """Read `LOW HIGH`, None from an empty text; raises RangeError."""
    words = text.replace(",", " ").split()
    if not words:
        return None
    form = f"type :plot.{axis} LOW HIGH, as in :plot.{axis} 0 40"
    if len(words) != _LOW_AND_HIGH:
        said = "one number" if len(words) == 1 else f"{len(words)} numbers"
        raise RangeError(f"A range of {axis} needs two numbers, not {said}: {form}.")
    low, high = (_number(axis, word, form) for word in words)
    if not low < high:
        raise RangeError(f"{low:g} is not below {high:g}, which a range of {axis} needs: {form}.")
    if not math.isfinite(high - low):
        raise RangeError(f"The range from {low:g} to {high:g} is too wide for an axis.")
    return low, high


def _number(axis: str, word: str, form: str) -> float:
    try:
        value = float(word)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        shown = shortened(word, _LONGEST_SHOWN)
        raise RangeError(f"{shown!r} is no number for a range of {axis}: {form}.")
    return value


class Framing(Choices):
    """The actions that frame and read the picture."""

    # -- how it is drawn -----------------------------------------------------------------------------------

    def action_toggle_log_x(self) -> None:
        """Linear or log x."""
        review, element = self.review, self._element()
        if review is None:
            return
        if element is not None and element.dim != 1:
            self.notice(f"The axes of a map are linear; {self.look.key('plot.log')} makes its colours log.")
            return
        log_x = not review.state.log_x
        stack = self._stack()
        if log_x and stack is not None and stack.x is not None and stack.x.high <= 0:
            self.notice("This x axis has no values above 0, which a log axis would need.")
            return
        review.show(log_x=log_x)
        where = " (the waterfall keeps it linear)" if review.state.view is View.WATERFALL else ""
        self.notice(f"x axis: {'log' if log_x else 'linear'}{where}")

    def action_toggle_steps(self) -> None:
        """Bars or steps."""
        review = self.review
        if review is None:
            return
        element = self._element()
        if element is not None and element.dim != 1:
            self.notice("A map has neither bars nor steps.")
            return
        review.show(steps=not review.state.steps)
        self.notice("Drawn as steps" if review.state.steps else "Drawn as bars")

    def action_toggle_stat_box(self) -> None:
        """Move the numbers into a box in the plot, or back into its first line."""
        review = self.review
        if review is None:
            return
        review.show(stat_box=not review.state.stat_box)
        where = "in a box, where it hides nothing" if review.state.stat_box else "in the first line"
        self.notice(f"Entries, sum, mean, std, mode, outside: {where}")

    def action_toggle_projections(self) -> None:
        """Show or hide the sums of a map along its axes."""
        review = self.review
        if review is None:
            return
        element = self._element()
        if element is not None and element.dim == 1:
            self.notice("Only a map has projections.")
            return
        review.show(projections=not review.state.projections)
        if not review.state.projections:
            self.notice("No projections")
        elif self.query_one(PlotPane).has_room_for_projections:
            self.notice("Projections of the map")
        else:
            key = self.look.key("pane.zoom")
            zoom = "" if self.zoomed == "plot" else f"; {key} zooms a pane"
            self.notice(f"Projections have no room here{zoom}")

    def action_toggle_range(self) -> None:
        """Range of this LS or of the run; of a map also one that a hot cell does not rule."""
        review = self.review
        if review is None:
            return
        element = self._element()
        is_curve = element is not None and element.dim == 1 and review.state.view is not View.WATERFALL
        offered = [one for one in YRange if not (is_curve and one is YRange.ROBUST)]
        now = review.state.y_range
        chosen = offered[(offered.index(now) + 1) % len(offered)] if now in offered else offered[0]
        review.show(y_range=chosen)
        axis: AxisName = "y" if is_curve else "z"
        by_hand = element is not None and ranges_of(review.state.ranges, element.me).given(axis) is not None
        hint = f", but the range by hand holds; :plot.{axis} ends it" if by_hand else ""
        self.notice(f"Range: {chosen.value}{hint}")

    # -- ranges by hand ------------------------------------------------------------------------------------

    def action_plot_x(self, text: str) -> None:
        """Give the range of x by hand, or none."""
        self._give_range("x", text)

    def action_plot_y(self, text: str) -> None:
        """Give the range of y by hand, or none."""
        self._give_range("y", text)

    def action_plot_z(self, text: str) -> None:
        """Give the range of the contents of a map by hand, or none."""
        self._give_range("z", text)

    def _give_range(self, axis: AxisName, text: str) -> None:
        review, element = self.review, self._element()
        if review is None or element is None:
            self.notice("There is no plot yet whose range could be given.")
            return
        if axis == "z" and element.dim == 1:
            self.notice("The contents of a 1D histogram are its y: type :plot.y LOW HIGH.", Severity.ERROR)
            return
        try:
            limits = read_range(axis, text)
            self._refuse_for_log(review, element, axis, limits)
        except RangeError as error:
            self.notice(str(error), Severity.ERROR)
            return
        ranges = ranges_of(review.state.ranges, element.me).changed(axis, limits)
        review.show(ranges=with_ranges(review.state.ranges, element.me, ranges))
        if limits is None:
            self.notice(f"Range of {axis}: automatic")
        else:
            far = self._outside(axis, limits, element)
            self.notice(f"Range of {axis}: {limits[0]:g} to {limits[1]:g}{far}; :plot.{axis} alone ends it")

    def _refuse_for_log(
        self, review: Review, element: MonitoringElement, axis: AxisName, limits: Range | None
    ) -> None:
        """Raise RangeError where the axis is log and the range is not above 0."""
        contents = "y" if element.dim == 1 else "z"
        state = review.state
        log = state.log_y if axis == contents else state.log_x and axis == "x" and element.dim == 1
        if limits is not None and log and limits[0] <= 0:
            key = self.look.key("plot.log_x" if axis == "x" else "plot.log")
            raise RangeError(
                f"The axis of {axis} is log and cannot start at {limits[0]:g}: "
                f"type a LOW above 0, or press {key} for a linear axis."
            )

    def _outside(self, axis: AxisName, limits: Range, element: MonitoringElement) -> str:
        """Say so when nothing of the data lies in a range."""
        stack = self._stack()
        if stack is None or stack.x is None:
            return ""
        along = {"x": stack.x, "y": stack.y if element.dim != 1 else None, "z": None}[axis]
        if along is not None:
            low, high, what = along.low, along.high, "the axis runs"
        else:
            rows = stack.present
            if not rows.any():
                return ""
            low, high = float(stack.lowest[rows].min()), float(stack.highest[rows].max())
            what = "the bins of the run reach" if stack.is_ratio else "the counts of the run reach"
        if limits[0] < high and limits[1] > low:
            return ""
        return f", where there is nothing: {what} from {low:g} to {high:g}"

    # -- the bin cursor ------------------------------------------------------------------------------------

    def action_toggle_bin_cursor(self) -> None:
        """Switch the bin cursor on or off."""
        review = self.review
        if review is None:
            return
        is_on = review.state.bin_cursor is None
        review.show(bin_cursor=BinCursor() if is_on else None)
        stack = self._stack()
        keys = "{ and } move it" if stack is None or stack.y is None else "{ } ( ) move it"
        said = f"The bin under the cursor is read in the first line; {keys}"
        self.notice(said if is_on else "No bin cursor")

    def action_move_bin(self, across: int, up: int) -> None:
        """Move the bin cursor, which is switched on where it is off."""
        review, stack = self.review, self._stack()
        if review is None:
            return
        if stack is None or stack.x is None:
            self.notice("There is no histogram yet whose bins could be read.")
            return
        cursor = review.state.bin_cursor or BinCursor()
        if stack.y is None and up:
            if review.state.view is not View.WATERFALL:
                self.notice("Only maps and waterfalls have bins above each other; { and } go left and right.")
                return
            across, up = up, 0  # where the x axis goes upwards
        times = self._times
        review.show(bin_cursor=cursor.moved(stack.x, stack.y, across=across * times, up=up * times))

    @on(PlotPane.Pointed)
    def _bin_pointed(self, event: PlotPane.Pointed) -> None:
        review, stack = self.review, self._stack()
        if review is not None and event.bins is not None and stack is not None and stack.x is not None:
            review.show(bin_cursor=BinCursor.on(stack.x, stack.y, event.bins))

    # -- groups of LS --------------------------------------------------------------------------------------

    def action_group_ls(self, text: str) -> None:
        """Look at N LS together, at single ones with no number."""
        review = self.review
        if review is None:
            return
        size = self._times
        if text:
            if not text.isdecimal() or not text.isascii() or not 1 <= int(text) <= LARGEST:
                shown = shortened(text, _LONGEST_SHOWN)
                form = "type :ls.group N, as in :ls.group 10"
                self.notice(f"{shown!r} is no number of LS from 1 to {LARGEST}: {form}.", Severity.ERROR)
                return
            size = int(text)
        size = min(size, LARGEST)
        if size == 1:
            was = review.state.group > 1
            review.show(group=1)
            self.notice("Single LS" if was else "Single LS; a number before N groups them, as in 10 N")
            return
        view = {} if review.state.view is View.LS else {"view": View.LS}
        review.show(group=size, **view)
        key = self.look.key
        steps = f"{key('ls.previous')} and {key('ls.next')} go from group to group"
        self.notice(f"The sum of {size} LS numbers; {steps}, {key('ls.group')} ends it")

    # -- what is in focus ----------------------------------------------------------------------------------

    def _element(self) -> MonitoringElement | None:
        return None if self.review is None else self.review.state.element

    def _stack(self) -> HistogramStack | None:
        """Give the histograms of the plot in focus."""
        load = None if self.review is None else self.review.load
        return None if load is None else load.stack
