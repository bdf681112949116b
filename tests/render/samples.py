"""Stacks and tables that the tests of the pictures draw."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RUN = RunKey("tracker", 14, 381065)
CHARGE = MonitoringElement(5, "PXBarrel/charge_PXLayer_1", 1)
MAP = MonitoringElement(6, "PXBarrel/occupancy_per_Ladder_vs_Module", 2)


def stack_1d(
    rows: Mapping[int, Sequence[float]],
    *,
    low: float = 0.0,
    high: float = 10.0,
    element: MonitoringElement = CHARGE,
    finished: bool = True,
) -> HistogramStack:
    """LS number to bins, all on one axis."""
    ls = np.array(sorted(rows), dtype=np.int64)
    data = np.array([list(rows[number]) for number in ls.tolist()], dtype=np.float64)
    sums = np.nan_to_num(data, posinf=0.0, neginf=0.0).sum(axis=1)
    stack = HistogramStack(HistogramKey(RUN, element.me_id), element, ls)
    entries = np.maximum(sums, 0).astype(np.int64)
    stack.fill(StackRows(ls, entries, data, Axis(data.shape[1], low, high)))
    if finished:
        stack.finish()
    return stack


def stack_2d(maps: Mapping[int, np.ndarray]) -> HistogramStack:
    """LS number to bins (ny, nx), on [-4, 4] by [0, ny]."""
    ls = np.array(sorted(maps), dtype=np.int64)
    data = np.array([maps[number] for number in ls.tolist()], dtype=np.float64)
    _, ny, nx = data.shape
    stack = HistogramStack(HistogramKey(RUN, MAP.me_id), MAP, ls)
    entries = np.maximum(np.nan_to_num(data, posinf=0.0).sum(axis=(1, 2)), 0).astype(np.int64)
    stack.fill(StackRows(ls, entries, data, Axis(nx, -4.0, 4.0), Axis(ny, 0.0, float(ny))))
    stack.finish()
    return stack


def table(ls: Sequence[int], **columns: Sequence[object]) -> LSTable:
    """A run with these LS and columns of OMS; `rate_hz` is one of the rates."""
    numbers = np.array(ls, dtype=np.int64)
    rates = {"rate_hz": Values.of(columns.pop("rate_hz"))} if "rate_hz" in columns else {}
    return LSTable(
        RUN,
        {
            DIALS: Source(numbers, {}, SourceState.LOADED),
            OMS: Source(
                numbers, {name: Values.of(items) for name, items in columns.items()}, SourceState.LOADED
            ),
            RATE: Source(numbers, rates, SourceState.LOADED),
        },
    )
