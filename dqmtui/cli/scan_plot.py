"""The plot of a scan: the score of an element along the run, suspicious lumisections marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.cli.pictures import HEAD_LINES
from dqmtui.render.trend_parts import Band, TrendSeries
from dqmtui.render.trend_view import TrendOptions, TrendView

if TYPE_CHECKING:
    from dqmtui.cli.pictures import Pictures
    from dqmtui.model.judging.scan_ranges import ScanResult
    from dqmtui.model.judging.scan_scores import Scores
    from dqmtui.model.lstable import LSTable

LEAST_ROWS = 14
"""Rows of a plot that leaves the table above it no room on the screen; it has the strip under it."""


def put_scores(
    pictures: Pictures, table: LSTable, scores: Scores, result: ScanResult, *, log: bool, rows_above: int
) -> None:
    """Print the scores of the element that the first suspicion is of, all that are suspicious marked."""
    best = result.suspicions[0]
    mine = [one for one in result.suspicions if one.element == best.element]
    told = np.isfinite(scores.score)
    marked = [told & (scores.ls >= one.first_ls) & (scores.ls <= one.last_ls) for one in mine]
    series = TrendSeries("score", scores.ls, scores.score)
    width, height = pictures.size_without(rows_above)
    height = min(max(height, LEAST_ROWS), pictures.size[1])
    view = TrendView(pictures.theme, pictures.charset, pictures.palette)
    picture = view.draw(
        table,
        None,
        width,
        height,
        TrendOptions(statistic="score", log=log),
        series=(series,),
        band=Band(result.threshold, 0.0, f"|z| {result.threshold:.2f}"),
        marked=scores.ls[np.any(marked, axis=0)],
    )
    span = f"LS {best.first_ls}" if best.first_ls == best.last_ls else f"LS {best.first_ls}-{best.last_ls}"
    head = [f"score of {best.element.me}", f"{span}: {best.test} z {best.score:.1f}"]
    pictures.put(head[:HEAD_LINES], picture)
