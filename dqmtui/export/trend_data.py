"""A trend as a table: a row per LS of each line, the LS without a value among them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from dqmtui.export.plots import TrendFile


def trend_rows(trend: TrendFile) -> list[dict[str, Any]]:
    """Give a row per LS and line; NaN where there is no value, and `state` says why.

    The state of LS that it does not know, as of other runs, is `value` or "".
    """
    rows: list[dict[str, Any]] = []
    for line in trend.zoomed().lines:
        of_this = line.element == trend.lines[0].element and line.origin == trend.origin
        errors = np.full(line.ls.size, np.nan) if line.errors is None else line.errors
        for ls, value, error in zip(line.ls.tolist(), line.values.tolist(), errors.tolist(), strict=True):
            state = "value" if np.isfinite(value) else ""
            rows.append(
                {
                    "run_number": line.origin.run,
                    "me": line.element.me,
                    "ls": ls,
                    "state": trend.states.get(ls, state) if of_this else state,
                    trend.statistic: value,
                    f"{trend.statistic}_error": error,
                }
            )
    return rows


def about_trend(trend: TrendFile) -> dict[str, Any]:
    """Say what the table of `trend_rows` is of."""
    band = trend.band
    return {
        "dataset": trend.origin.dataset,
        "statistic": trend.statistic,
        "label": trend.label,
        "normalisation": trend.divided_by.value,
        "band": None if band is None else [band.median, band.spread, band.label],
    }
