"""What a review shows, as files show it: taken at once, so that a thread can go on with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.export.files import ExportError
from dqmtui.export.plots import BandShown, BesideShown, HistogramShown, LineShown, Origin, TrendFile
from dqmtui.model.divisors import Divisors
from dqmtui.model.layouts import PlotOptions
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.model.trend import PER_RATE, trend
from dqmtui.review.choices import OtherRun, seen_from
from dqmtui.review.framing import ranges_of

if TYPE_CHECKING:
    from dqmtui.review.plots import Plot
    from dqmtui.review.review import Review
    from dqmtui.review.trend_lines import TrendShown


def origin_of(review: Review) -> Origin:
    """Give where the histograms of the open run come from; raises ExportError without one."""
    if review.state.run is None:
        raise ExportError("There is no run open.")
    return Origin(review.state.run, review.state.dataset)


def histogram_of(review: Review, plot: Plot | None = None) -> HistogramShown:
    """Give what stands in a plot, by default that in focus; raises ExportError while there is nothing."""
    origin = origin_of(review)
    if plot is None and review.plots:
        plot = review.plots[review.focus]
    picture = None if plot is None else review.picture(plot)
    if plot is None or picture is None:
        raise ExportError("There is no histogram on screen yet; / finds an element.")
    state = review.state_of(plot)
    by_hand = ranges_of(state.ranges, plot.element.me)
    options = PlotOptions(
        log_x=state.log_x,
        log_y=state.log_y,
        x_range=by_hand.x or plot.options.x_range,
        y_range=None if plot.element.dim > 1 else by_hand.y or plot.options.y_range,
        x_label=plot.options.x_label,
        y_label=plot.options.y_label,
    )
    beside = []
    for one, choice in zip(picture.beside, state.references, strict=False):
        seen = seen_from(choice, origin.key)
        other = Origin(seen.run, seen.dataset) if isinstance(seen, OtherRun) else origin
        beside.append(BesideShown(one.reference, one.overlay, one.why, other))
    return HistogramShown(
        origin,
        plot.element,
        picture.title,
        picture.current,
        tuple(beside),
        options,
        state.comparison.value,
        rate=review.data.rate.typed,
        unit=review.divisors(plot).unit or "",
    )


def trend_of(review: Review) -> TrendFile:
    """Give the trend on screen; raises ExportError while there is nothing."""
    origin = origin_of(review)
    shown, state = review.trends.shown(), review.state
    if not shown.lines or shown.why:
        raise ExportError(f"There is no trend on screen{f': {shown.why}' if shown.why else ' yet'}.")
    lines = tuple(
        LineShown(
            origin,
            line.element,
            line.label,
            line.ls,
            line.values,
            line.errors,
            line.right,
            line.center,
            line.unit,
        )
        for line in shown.lines
    )
    divisors = review.divisors()
    divided = divisors.kind if shown.divisors is not None else Normalisation.COUNTS
    if state.statistic not in PER_RATE or divided is Normalisation.AREA:
        divided = Normalisation.COUNTS
    return TrendFile(
        origin,
        state.statistic,
        shown.full_name,
        lines,
        _band(review, shown, lines[0]),
        review.table,
        state.zoom_of_ls,
        divided_by=divided,
        unit=divisors.unit or "",
        rate=review.data.rate.typed,
        scaled=shown.scale,
        good=review.trends.good_ls(),
    )


def _band(review: Review, shown: TrendShown, line: LineShown) -> BandShown | None:
    """Give the band, with the LS that it is of."""
    band, reference = shown.band, review.state.reference
    if band is None or reference is None:
        return None
    seen = seen_from(reference, review.state.run)
    if not isinstance(seen, OtherRun):
        ls, origin = review.trends.good_ls() & line.known, line.origin
    else:
        ls, origin = _known_there(review), Origin(seen.run, seen.dataset)
    return BandShown(band.median, band.spread, band.label, origin, ls)


def _known_there(review: Review) -> LSMask:
    """Give the good LS of the reference run that have the statistic."""
    load, table = review.reference_load, review.reference_table
    if load is None or load.stack is None or table is None:
        return LSMask()
    found = trend(load.stack)
    values = found.values.get(review.state.statistic, np.full(found.ls.size, np.nan))
    known = np.isfinite(values)
    kind = review.divisors().kind
    if review.state.statistic in PER_RATE and kind not in {Normalisation.COUNTS, Normalisation.AREA}:
        known &= np.isfinite(Divisors.of_table(kind, table, review.data.rate_path).over(found.ls).values)
    return LSMask.from_numbers(found.ls[known]) & review.trends.good_there()
