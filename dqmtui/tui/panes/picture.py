"""Drawing a plot of the review: what stands in it turned into what the renderer takes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.grouping import GroupBy, Groups, grouped
from dqmtui.model.histogram import Histogram
from dqmtui.model.normalise import Normalisation
from dqmtui.model.rebin import merged, merging
from dqmtui.model.sums import each_ls
from dqmtui.model.table_columns import plain_unit
from dqmtui.model.text import shortened
from dqmtui.render.brush import Brush
from dqmtui.render.histogram_view import HistogramView
from dqmtui.render.limits import Limits, enough
from dqmtui.render.lower_panel import SMALLEST_HEIGHT, Panel
from dqmtui.render.overlays import Overlay
from dqmtui.render.waterfall import WaterfallView
from dqmtui.review.choices import Comparison, View
from dqmtui.review.state import YRange
from dqmtui.tui.panes.picture_options import cursor_bins, histogram_options, waterfall_options

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model import overlay as model
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.integrate import Integral
    from dqmtui.model.sums import Sums
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.histogram_view import HistogramOptions
    from dqmtui.render.lower_panel import PanelKind
    from dqmtui.review.picture import Beside, Picture
    from dqmtui.review.plots import Plot
    from dqmtui.review.review import Review
    from dqmtui.review.state import ReviewState
    from dqmtui.tui.look import Look

_PANELS: dict[Comparison, PanelKind] = {
    Comparison.RATIO: "ratio",
    Comparison.DIFFERENCE: "difference",
    Comparison.PULL: "pull",
}
_CENTRES = {Comparison.RATIO: 1.0, Comparison.DIFFERENCE: 0.0, Comparison.PULL: 0.0}
_PLAIN = {Normalisation.COUNTS, Normalisation.AREA}
_SHORTEST = {
    Normalisation.COUNTS: "counts",
    Normalisation.AREA: "area",
    Normalisation.PER_HZ: "/Hz",
    Normalisation.PER_EVENT: "/event",
    Normalisation.PER_LUMINOSITY: "/lumi",
    Normalisation.PER_PILEUP_EVENT: "/event PU",
}
_BESIDE = 6
"""Cells of a headline that are neither name nor normalisation."""
NAME_BESIDE = _BESIDE + len(_SHORTEST[Normalisation.AREA])
"""Cells of a headline that at least are no name."""
_LEGEND_FROM = 10
"""Rows of a picture from which its legend says what references lack; a lower one says it by itself."""
_STAT_BOX_FROM = 60, 16
_HEAD_ROWS = 2
"""Rows of a picture above its plot: headline and legend."""


SUM = "sum, "
"""What says that a plot is of several LS where there is no room to say of which."""


def is_of_one_ls(state: ReviewState) -> bool:
    """Tell whether a plot shows the LS under the cursor alone."""
    return state.view is not View.INTEGRAL and state.group == 1


def has_all(width: int, height: int) -> bool:
    """Tell whether one of several plots of so many cells has room for the box of numbers and projections."""
    return width >= _STAT_BOX_FROM[0] and height >= _STAT_BOX_FROM[1]


class PictureView:
    """Draws the pictures of a plot one after another; what stays from LS to LS is kept by the renderer.

    Of several plots each has its own.
    """

    def __init__(self, look: Look) -> None:
        self._key, self._said = look.key, look.keymap.said
        self._way_out = f"; {look.key('plot.normalise')} takes another normalisation"
        self._brush = Brush(look.theme, look.charset, look.palette)
        self._histograms = HistogramView(look.theme, look.charset, look.palette)
        self._waterfalls = WaterfallView(look.theme, look.charset, look.palette)
        self._overlays: dict[tuple[int, str], tuple[Integral, Overlay]] = {}
        self._each: tuple[tuple[object, ...], Sums, NDArray[np.float64]] | None = None
        self._run: tuple[tuple[object, ...], Limits] | None = None
        self._of_groups: tuple[tuple[object, ...], NDArray[np.float64]] | None = None
        self._waterfall_from: int | None = None  # the row from which the last picture has a waterfall

    def words(self, text: str, width: int, height: int, *, title: str = "") -> CellGrid:
        """Draw a sentence in place of a histogram."""
        return self._histograms.words(text, width, height, title=title)

    def bin_at(self, column: int, row: int) -> tuple[int, ...] | None:
        """Give the bin at a cell of the histogram last drawn, (column,) or (column, row); None beside it."""
        if self._waterfall_from is None:
            return self._histograms.bin_at(column, row)
        bin_of_row = self._waterfalls.bin_at(row - self._waterfall_from)
        return None if bin_of_row is None else (bin_of_row,)

    def draw(self, review: Review, plot: Plot, width: int, height: int, *, name: str = "") -> CellGrid:
        """Draw the histogram, integral or waterfall of a plot; its histograms have begun to come.

        `name` tells the plot from others beside it.
        """
        state, ls, stack = (
            review.state_of(plot),
            review.state.ls,
            None if plot.load is None else plot.load.stack,
        )
        self._waterfall_from = None
        if ls is None or review.table is None or stack is None:
            return self.words("", width, height, title=name)
        if state.view is View.WATERFALL and stack.element.dim == 1:
            return self._waterfall(review, plot, state, stack, width, height, name)
        # one LS without histogram is said by the renderer, which leaves the axes where they are
        single = is_of_one_ls(state)
        if single and (stack.histogram(ls) is None or _is_bare(state)):
            title, norm = self._head(name, state, stack, width) if name else (f"LS {ls}", None)
            options = self._options(state, plot, width, height, grid=bool(name))
            cursor = cursor_bins(state, stack) if plot.element == state.element else None
            return self._histograms.draw(
                stack, ls, width, height, options, cursor=cursor, title=title, norm=norm
            )
        picture = review.picture(plot)
        if picture is None:
            return self.words("", width, height, title=name)
        return self._picture(picture, review, plot, state, stack, width, height, name)

    # -- a histogram with what stands beside it ----------------------------------------------------------

    def _picture(
        self,
        picture: Picture,
        review: Review,
        plot: Plot,
        state: ReviewState,
        stack: HistogramStack,
        width: int,
        height: int,
        name: str,
    ) -> CellGrid:
        current, is_map = picture.current, picture.current.y is not None
        short = _short_norm(state, stack)
        title, norm = picture.title, self._brush.charset.unit(plain_unit(current.label))
        if name:
            of = "" if is_of_one_ls(state) else f", {picture.title}"
            has_room = not of or len(name) + len(of) + NAME_BESIDE <= width
            residual = is_map and state.comparison is not Comparison.OVERLAY and picture.overlay is not None
            what = f"{state.comparison.value} of " if residual else ""
            title, short = self._head(
                f"{name}{of if has_room else ''}", state, stack, width, what if has_room else f"{SUM}{what}"
            )
            norm = norm if has_room and len(norm) + len(title) + _BESIDE <= width else short
        if current.masked or current.x is None:
            # counts lack nothing that another normalisation does without
            has_way_out = current.n_ls and state.normalisation is not Normalisation.COUNTS
            why = f"{current.masked}{self._way_out}" if has_way_out else current.masked
            if state.view is View.INTEGRAL and not current.n_ls:
                why = f"{why}; {self._key('good.choose')} chooses which LS are good"
            return self.words(f"{picture.title}: {why}", width, height, title=f"{title}   {short}")
        options = self._options(state, plot, width, height, grid=bool(name))
        values, panel, beside = current.values, None, picture.overlay
        errors = current.errors if state.shows_errors or state.bin_cursor is not None else None
        compares = state.comparison is not Comparison.OVERLAY and bool(picture.beside)
        notes = [*_left_out(current), *([picture.rebinned] if picture.rebinned else [])]
        if compares and beside is not None and is_map:
            values, errors = _residual(beside, state.comparison)
            full = f"{state.comparison.value} to {picture.beside[0].reference.label}"
            norm = short if name and len(full) + len(title) + _BESIDE > width else full
            notes.append(self._brush.charset.unit(plain_unit(current.label)))
            options = histogram_options(
                state, plot.options, element=plot.element, diverging=_CENTRES[state.comparison]
            )
        elif compares and beside is not None:
            panel = Panel(_PANELS[state.comparison], *_residual(beside, state.comparison))
        if compares and beside is None:
            notes.append(f"no {state.comparison.value}")
        elif panel is not None and height - _HEAD_ROWS < SMALLEST_HEIGHT:
            notes.append(f"too low for the {state.comparison.value}")
        grid = self._histograms.draw(
            stack,
            int(current.ls[0]),
            width,
            height,
            replace(options, notes=(*notes, *options.notes)) if notes else options,
            beside.reference.values if is_map and beside is not None else None,
            contents=current.values if is_map and values is not current.values else None,
            overlays=() if is_map else self._overlays_of(picture.beside, current),
            values=values,
            norm=norm,
            errors=errors,
            run=None if is_map else self._limits(review, plot, state, stack, current),
            panel=panel,
            cursor=cursor_bins(state, stack)
            if plot.element == state.element and not picture.rebinned
            else None,
            title=title,
            histogram=Histogram(int(current.ls[0]), current.entries, current.counts, current.x, current.y),
        )
        if is_map or height < _LEGEND_FROM:
            self._say_missing(grid, picture.beside)
        return grid

    def _options(
        self, state: ReviewState, plot: Plot, width: int, height: int, *, grid: bool
    ) -> HistogramOptions:
        """Give the options of a plot; among others a small one goes without what needs room."""
        wanted = plot.options
        if state.view is View.INTEGRAL and state.normalisation is Normalisation.COUNTS and wanted.y_range:
            # a range of contents that was meant for one LS
            wanted = replace(wanted, y_range=None)
        options = histogram_options(state, wanted, element=plot.element)
        if state.view is View.INTEGRAL or state.group > 1:
            options = replace(options, own="good LS" if state.view is View.INTEGRAL else "these LS")
        if not grid or has_all(width, height):
            return options
        return replace(options, stat_box=False, projections=False)

    def _head(
        self, name: str, state: ReviewState, stack: HistogramStack, width: int, what: str = ""
    ) -> tuple[str, str]:
        """Cut a name so that the normalisation, in fewer letters where it is tight, has room beside it.

        `what` stands before the normalisation.
        """
        norm = f"{what}{_short_norm(state, stack)}"
        if len(name) + len(norm) + _BESIDE > width and not stack.is_ratio:
            norm = f"{what}{_SHORTEST[state.normalisation]}"
        return self._title(name, max(width - len(norm) - _BESIDE, 4)), norm

    def _title(self, name: str, room: int) -> str:
        charset = self._brush.charset
        return shortened(charset.text(name), room, ellipsis=charset.ellipsis)

    def _overlays_of(self, beside: tuple[Beside, ...], current: Integral) -> list[Overlay]:
        """Make the overlays of the references, the same ones as long as they are the same integrals.

        One that is missing has its place, without a line, so that the others keep their looks.
        """
        made: dict[tuple[int, str], tuple[Integral, Overlay]] = {}
        for index, one in enumerate(beside):
            label = one.reference.label
            is_missing = one.overlay is None
            label += f": {self._said(one.why)}" if is_missing else _beside(one.reference.integral, current)
            reference = one.reference.integral if one.overlay is None else one.overlay.reference
            kept = self._overlays.get((index, label))
            if kept is None or kept[0] is not reference or kept[1].values.shape != current.values.shape:
                missing = one.overlay is None
                values = np.full(current.counts.shape, np.nan) if missing else reference.values
                kept = reference, Overlay(label, values)
            made[index, label] = kept
        self._overlays = made
        return [overlay for _, overlay in made.values()]

    def _say_missing(self, grid: CellGrid, beside: tuple[Beside, ...]) -> None:
        """Say what references lack where no legend says it."""
        missing = [f"{one.reference.label}: {self._said(one.why)}" for one in beside if one.overlay is None]
        if missing and grid.height > 1:
            text = self._brush.charset.text(f" {'; '.join(missing)} ")[: max(grid.width - 1, 0)]
            grid.put_text(grid.width - len(text), 1, text, self._brush.style("note"))

    # -- ranges of the whole run -------------------------------------------------------------------------

    def _limits(
        self, review: Review, plot: Plot, state: ReviewState, stack: HistogramStack, current: Integral
    ) -> Limits | None:
        """Give the limits of all LS, in the bins and the normalisation on screen, if that is the range."""
        if state.y_range is YRange.LS or state.view is not View.LS:
            return None
        if current.x is None or stack.x is None:
            return None
        if state.group > 1:
            values = self._values_of_groups(review, plot, stack, state.group)
        else:
            values = self._values_of_run(review, plot, stack)[1]
        key = (values, current.x)
        if self._run is None or self._run[0][0] is not values or self._run[0][1] != current.x:
            how = None if current.x == stack.x else merging(stack.x, current.x)
            telling = values
            if state.group == 1 and current.kind is Normalisation.AREA and not current.is_ratio:
                sums = self._values_of_run(review, plot, stack)[0]
                telling = values[enough(sums.counts.reshape(len(sums.ls), -1).sum(axis=1))]
            self._run = key, Limits.of(telling if how is None else merged(telling, how))
        return self._run[1]

    def _values_of_run(
        self, review: Review, plot: Plot, stack: HistogramStack
    ) -> tuple[Sums, NDArray[np.float64]]:
        """Give all LS as they are shown, anew when something has come."""
        divisors = review.divisors(plot)
        key = (stack, stack.version, divisors)
        if self._each is None or self._each[0] != key:
            sums = each_ls(stack, divisors)
            self._each = key, sums, sums.values
        return self._each[1:]

    def _values_of_groups(
        self, review: Review, plot: Plot, stack: HistogramStack, size: int
    ) -> NDArray[np.float64]:
        """Give all groups of LS as they are shown, anew when something has come."""
        divisors = review.divisors(plot)
        key = (stack, stack.version, divisors, size)
        if self._of_groups is None or self._of_groups[0] != key:
            groups = Groups.of(stack.ls, size, GroupBy.NUMBERS)
            self._of_groups = key, grouped(stack, groups, divisors).values
        return self._of_groups[1]

    def _waterfall(
        self,
        review: Review,
        plot: Plot,
        state: ReviewState,
        stack: HistogramStack,
        width: int,
        height: int,
        name: str,
    ) -> CellGrid:
        table, ls = review.table, state.ls
        if table is None or ls is None or stack.x is None:
            return self.words("No histogram has come yet.", width, height, title=name)
        values: NDArray[np.float64] | None = None
        norm = None
        if state.normalisation is not Normalisation.COUNTS and not stack.is_ratio:
            sums, values = self._values_of_run(review, plot, stack)
            label = self._brush.charset.unit(plain_unit(sums.label))
            norm = _short_norm(state, stack) if name else label
        options = waterfall_options(state, plot.options, element=plot.element)
        rows = height - 1 if name else height
        self._waterfall_from = height - rows
        grid = self._waterfalls.draw(table.ls, stack, width, rows, options, values=values, norm=norm)
        bins = cursor_bins(state, stack) if plot.element == state.element else None
        grid = self._waterfalls.with_cursor(grid, ls, None if bins is None else bins[0])
        if not name:
            return grid
        canvas = self._brush.canvas(width, height)
        title = self._title(name, max(width - _BESIDE, 4))
        canvas.put_text(1, 0, title, self._brush.style("current", bold=True))
        canvas.paste(grid, 0, 1)
        return canvas


def _is_bare(state: ReviewState) -> bool:
    """Tell whether the histogram stands alone, as it came or as unit area."""
    alone = not state.references or not state.shows_reference
    plain = state.normalisation in _PLAIN and state.bin_cursor is None
    return plain and alone and not state.shows_errors


def _beside(reference: Integral, current: Integral) -> str:
    """Say of a reference how many LS it lacks, and that counts are brought to the LS that are looked at."""
    missing = sum(n_ls for _, n_ls in reference.left_out)
    lacks = f", {missing} left out" if missing else ""
    if reference.kind is not Normalisation.COUNTS or reference.is_ratio or reference.n_ls == current.n_ls:
        return lacks
    return lacks + (", per LS" if current.n_ls == 1 else f", scaled to {current.n_ls} LS")


def _left_out(integral: Integral) -> list[str]:
    """Say how many LS do not count in a sum, then why, each in words of its own: what has no room goes."""
    reasons = [f"{n_ls} {why}" for why, n_ls in integral.left_out]
    total = sum(n_ls for _, n_ls in integral.left_out)
    return (
        [f"{total} LS left out", *reasons] if len(reasons) > 1 else [f"{text}, left out" for text in reasons]
    )


def _short_norm(state: ReviewState, stack: HistogramStack) -> str:
    """Name the normalisation in few letters."""
    return "ratio" if stack.is_ratio else state.normalisation.value


def _residual(
    beside: model.Overlay, comparison: Comparison
) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """Give the comparison bin by bin, and its errors."""
    match comparison:
        case Comparison.RATIO:
            return beside.ratio.values, beside.ratio.errors
        case Comparison.DIFFERENCE:
            return beside.difference.values, beside.difference.errors
        case _:
            return beside.pull, None
