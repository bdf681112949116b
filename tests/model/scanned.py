"""Little runs with known faults, for the tests of scans: toy histograms, tables and stacks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.axis import Axis
from dqmtui.model.conditions import DCS_ONLY_FLAGS
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.model.lstable import OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

RUN = RunKey("tracker", 14711840, 381065)
RATE_HZ = 50.0
PEAK = Axis(40, 0.0, 40.0)
MAP_X, MAP_Y = Axis(24, -3.0, 3.0), Axis(18, 0.0, 18.0)


@dataclass(frozen=True)
class Toy:
    """Entries per LS, and where the peak of a 1D histogram stands in each LS."""

    ls: NDArray[np.int64]
    entries: NDArray[np.float64]
    peak: NDArray[np.float64]

    @classmethod
    def flat(cls, n: int, entries: float = 4000.0) -> Toy:
        return cls(np.arange(1, n + 1), np.full(n, float(entries)), np.full(n, 20.0))


def table(
    ls: NDArray[np.int64],
    rate_hz: NDArray[np.float64] | None = None,
    columns: Mapping[str, Sequence[object]] | None = None,
) -> LSTable:
    """Make a table of good LS with a constant rate; columns replace or add what OMS says."""
    oms: dict[str, Sequence[object]] = {flag: [True] * ls.size for flag in DCS_ONLY_FLAGS}
    oms["pileup"] = [60.0] * ls.size
    oms.update(columns or {})
    rate = np.full(ls.size, RATE_HZ) if rate_hz is None else rate_hz
    made = LSTable(RUN).with_source(
        OMS, Source(ls, {name: Values.of(items) for name, items in oms.items()}, SourceState.LOADED)
    )
    rates = Source(ls, {"rate_hz": Values.of(rate.tolist(), "Hz")}, SourceState.LOADED)
    return made.with_source(RATE, rates)


def stack(
    ls: NDArray[np.int64],
    data: NDArray[np.floating],
    x: Axis,
    y: Axis | None = None,
    *,
    name: str = "Tracks/charge",
    entries: NDArray[np.int64] | None = None,
) -> HistogramStack:
    """Make a stack of these rows."""
    element = MonitoringElement(5, name, 1 if y is None else 2)
    made = HistogramStack(HistogramKey(RUN, 5), element, ls)
    sums = np.nan_to_num(data.reshape(ls.size, -1), posinf=9.0).sum(axis=1).astype(np.int64)
    made.fill(StackRows(ls, sums if entries is None else entries, data.astype(np.float64), x, y))
    made.finish()
    return made


def peaks(toy: Toy, seed: int, width: float = 4.0) -> NDArray[np.float64]:
    """Draw 1D histograms: a peak of Gaussian shape."""
    x = PEAK.centres
    shape = np.exp(-0.5 * ((x - toy.peak[:, None]) / width) ** 2) + 0.01
    shape /= shape.sum(axis=1, keepdims=True)
    return np.random.default_rng(seed).poisson(toy.entries[:, None] * shape).astype(np.float64)


def occupancy() -> NDArray[np.float64]:
    """Give the expected map of an LS: uneven, with an empty cross and 12 entries in a usual bin."""
    mean = np.full((MAP_Y.n, MAP_X.n), 12.0)
    mean *= 1 + 0.3 * np.cos(MAP_X.centres)[None, :]
    mean[9] = 0
    mean[:, 12] = 0
    return mean


def maps(n: int, seed: int) -> NDArray[np.float64]:
    """Draw maps."""
    return np.random.default_rng(seed).poisson(occupancy(), (n, MAP_Y.n, MAP_X.n)).astype(np.float64)
