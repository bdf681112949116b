"""Small stacks and tables of histograms for the tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.model.lstable import OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

RUN = RunKey("tracker", 14, 381065)
CHARGE = MonitoringElement(5, "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1", 1)
MAP = MonitoringElement(6, "PixelPhase1/Tracks/clusterposition_zphi_ontrack", 2)
DIFFERENCE = MonitoringElement(7, "JetMET/Jet/PtDifference PF - Calo", 1)


def numbers(*ls: int) -> NDArray[np.int64]:
    return np.array(ls, dtype=np.int64)


def rows(content: Mapping[int, Sequence[object]], x: Axis | None = None, y: Axis | None = None) -> StackRows:
    """Make rows of LS: bins, their entries being 1 more than their sum."""
    data = np.array([content[ls] for ls in content], dtype=np.float64)
    x = Axis(data.shape[-1], 0.0, float(data.shape[-1])) if x is None else x
    if data.ndim == 3 and y is None:
        y = Axis(data.shape[1], 0.0, float(data.shape[1]))
    entries = np.nansum(data.reshape(len(data), -1), axis=1).astype(np.int64) + 1
    return StackRows(np.array(list(content), dtype=np.int64), entries, data, x, y)


def stack_of(
    content: Mapping[int, Sequence[object]],
    *,
    element: MonitoringElement = CHARGE,
    expected: Sequence[int] = (),
    x: Axis | None = None,
    y: Axis | None = None,
    complete: bool = True,
) -> HistogramStack:
    """Make a stack of LS: bins."""
    stack = HistogramStack(HistogramKey(RUN, element.me_id), element, np.array(expected, dtype=np.int64))
    if content:
        stack.fill(rows(content, x, y))
    if complete:
        stack.finish()
    return stack


def source_of(
    ls: Sequence[int],
    columns: Mapping[str, Sequence[object]],
    units: Mapping[str, str] | None = None,
    state: SourceState = SourceState.LOADED,
) -> Source:
    values = {name: Values.of(items, (units or {}).get(name)) for name, items in columns.items()}
    return Source(np.array(ls, dtype=np.int64), values, state)


def table_of(oms: Source | None = None, rate: Source | None = None) -> LSTable:
    given = {OMS: oms, RATE: rate}
    return LSTable(RUN, {name: source for name, source in given.items() if source is not None})
