"""The synthetic detector: the histograms of one monitoring element in the lumisections asked for.

A row depends on its workspace, dataset, run, ME and LS alone: not on which other rows are drawn with it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.curves import Floats, x_of, y_of
from dqmtui.demo.cms.kinds import COUNT_KINDS, RATIO_KINDS, Counts, Ratios
from dqmtui.demo.cms.truth import Anomaly, AnomalyKind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.demo.cms.records import Element
    from dqmtui.demo.cms.seeds import RowStreams
    from dqmtui.demo.cms.state import LsState

_DIFFERENCE_SPREAD = 12.0
"""Spread of the single differences (GeV) whose means a difference ME shows."""


def draw(
    element: Element, state: LsState, anomalies: Sequence[Anomaly], streams: RowStreams
) -> tuple[NDArray[np.int64], Floats]:
    """Draw the rows of one ME for n lumisections: entries (n,) and bins (n, nx) or (n, ny, nx).

    Counts are Poisson around their mean and entries include what falls off the axis; ratio MEs have values
    that are no whole numbers and can be negative, with the counts behind them as entries.
    """
    spoilt = state.spoilt_by(anomalies)
    if element.kind in RATIO_KINDS:
        entries, data = _draw_ratios(RATIO_KINDS[element.kind](element, spoilt), state, streams)
    else:
        counts = COUNT_KINDS[element.kind](element, spoilt)
        entries, data = _draw_counts(element, counts, state, anomalies, streams)
    shape = (element.nx,) if element.dim == 1 else (element.ny, element.nx)
    return entries, data.reshape(-1, *shape)


def _draw_counts(
    element: Element, counts: Counts, state: LsState, anomalies: Sequence[Anomaly], streams: RowStreams
) -> tuple[NDArray[np.int64], Floats]:
    total = state.events * counts.per_event
    sums = counts.shape.sum(axis=1)
    inside = total * (1.0 - counts.outside) / np.where(sums > 0, sums, 1.0)
    outside = total * counts.outside
    edits = [(anomaly.covers(state.ls), _region(element, anomaly), anomaly) for anomaly in anomalies]
    data = np.empty((state.ls.size, counts.shape.shape[1]))
    lost = np.empty(state.ls.size, np.int64)
    for i, ls in enumerate(state.ls.tolist()):
        expected = inside[i] * counts.shape[i if len(counts.shape) > 1 else 0]
        for here, region, anomaly in edits:
            if here[i]:
                expected = _edited(expected, region, anomaly)
        random = streams.row(ls)
        data[i] = random.poisson(expected)
        lost[i] = random.poisson(outside[i])
    return data.sum(axis=1).astype(np.int64) + lost, data


def _region(element: Element, anomaly: Anomaly) -> NDArray[np.bool_]:
    """Which bins of the flattened histogram have their centre in the anomaly's spans."""
    x = x_of(element)
    in_x = (x >= anomaly.x[0]) & (x <= anomaly.x[1])
    if element.dim == 1:
        return in_x
    y = y_of(element)
    return np.outer((y >= anomaly.y[0]) & (y <= anomaly.y[1]), in_x).ravel()


def _edited(expected: Floats, region: NDArray[np.bool_], anomaly: Anomaly) -> Floats:
    """Apply an anomaly that acts on bins to the expected counts of one lumisection."""
    match anomaly.kind:
        case AnomalyKind.DEAD_REGION:
            return np.asarray(np.where(region, anomaly.size * expected, expected))
        case AnomalyKind.HOT_SPOT:
            occupied = max(int(np.count_nonzero(expected)), 1)
            return expected + region * (anomaly.size * float(expected.sum()) / occupied)
        case AnomalyKind.NOISY:
            return expected + region * (anomaly.size * float(expected.sum()) / int(np.count_nonzero(region)))
    return expected


def _draw_ratios(ratios: Ratios, state: LsState, streams: RowStreams) -> tuple[NDArray[np.int64], Floats]:
    value = np.broadcast_to(ratios.value, (state.ls.size, ratios.value.shape[1]))
    expected = state.events[:, None] * ratios.per_event
    counts = np.empty(value.shape, np.int64)
    sums = np.empty(value.shape)
    for i, ls in enumerate(state.ls.tolist()):
        random = streams.row(ls)
        counts[i] = random.poisson(expected[i])
        if ratios.is_fraction:
            sums[i] = random.binomial(counts[i], value[i])
        else:
            sums[i] = counts[i] * value[i] + _DIFFERENCE_SPREAD * np.sqrt(counts[i]) * random.normal(
                size=value.shape[1]
            )
    return counts.sum(axis=1), sums / np.maximum(counts, 1)
