"""The plots of `dqmtui plots` in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.cli.hist_drawing import draw
from dqmtui.cli.output import put
from dqmtui.model.lstable import RATE
from dqmtui.render.histogram_view import HistogramOptions
from dqmtui.render.trend_parts import TrendSeries
from dqmtui.render.trend_view import TrendOptions, TrendView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.cli.pictures import Pictures
    from dqmtui.cli.plots import Drawn, Wanted
    from dqmtui.model.layouts import PlotOptions
    from dqmtui.review.runlist import RunEntry


def print_plots(pictures: Pictures, entry: RunEntry, drawn: Sequence[Drawn], wanted: Wanted) -> None:
    """Print the plots that have something to show, each with its trends, under the title of the figure."""
    if wanted.figure.title:
        put(f"{pictures.charset.text(wanted.figure.title)}\n\n")
    for one in drawn:
        if one.found is None:
            continue
        look = _look(one.plot.options)
        picture = draw(
            one.found,
            pictures,
            pictures.size,
            comparison=wanted.comparison,
            log=look.log,
            errors=False,
            look=look,
        )
        name = one.element.short_name if wanted.figure.short_titles else one.element.me
        pictures.put([f"run {entry.run}  {entry.dataset}", name], picture)
        for trend, place in one.trends:
            if trend.statistic == RATE:
                # it has a row of its own under every trend
                continue
            view = TrendView(pictures.theme, pictures.charset, pictures.palette)
            series = [TrendSeries(line.label, line.ls, line.values, line.errors) for line in trend.lines]
            options = TrendOptions(statistic=trend.statistic)
            stack = one.found.stack
            drawing = view.draw(place.table, stack, *pictures.size, options, series=series)
            pictures.put([f"run {entry.run}  {entry.dataset}", f"{trend.label} of {name}"], drawing)


def _look(options: PlotOptions) -> HistogramOptions:
    """Give how a histogram is drawn in text; a range that a log axis cannot have is left out."""
    log, log_x = bool(options.log_y), bool(options.log_x)
    return HistogramOptions(
        log=log,
        log_x=log_x,
        whole_run=False,
        xlim=_range(options.x_range, log=log_x),
        ylim=_range(options.y_range, log=log),
        x_label=options.x_label or "",
        y_label=options.y_label or "",
    )


def _range(limits: tuple[float, float] | None, *, log: bool) -> tuple[float, float] | None:
    if limits is None or not np.isfinite(limits).all():
        return None
    return None if log and limits[0] <= 0 else (float(limits[0]), float(limits[1]))
