"""Numbers of a histogram for people: what is summed, its mean and width, how much of a map is filled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.export.report import plain_unit
from dqmtui.render.ticks import si_number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmtui.model.integrate import Integral


def facts_of(title: str, integral: Integral) -> Iterator[tuple[str, str]]:
    """Give names and values; `title` says what LS the histogram is over."""
    yield "shown", f"{title}, {plain_unit(integral.label)}"
    yield "entries", f"{integral.entries} ({si_number(integral.total, 5)} in the bins)"
    if integral.masked:
        yield "nothing to show", integral.masked
        return
    weights = integral.counts
    if integral.x is None:
        return
    if integral.y is not None:
        yield "occupancy", f"{100 * np.count_nonzero(weights) / weights.size:.3g} % of the bins"
        return
    total = float(weights.sum())
    if total == 0:
        return
    centres = integral.x.centres
    mean = float((weights * centres).sum()) / total
    variance = float((weights * (centres - mean) ** 2).sum()) / total
    # weights of both signs can make a variance below 0, which is none
    width = f", {si_number(float(np.sqrt(variance)), 4)}" if variance >= 0 else ""
    yield "mean, std" if width else "mean", f"{si_number(mean, 5)}{width}"
