"""What is wrong in the synthetic runs: one file is both the cause and the ground truth."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FILE = Path(__file__).with_name("anomalies.toml")

Span = tuple[float, float]


class AnomalyKind(StrEnum):
    """What an anomaly does to histograms; anomalies.toml says what `size` means for each."""

    CHARGE_SHIFT = "charge_shift"
    RESIDUAL_SHIFT = "residual_shift"
    WRONG_PILEUP = "wrong_pileup"
    LOST_EFFICIENCY = "lost_efficiency"
    DEAD_REGION = "dead_region"
    HOT_SPOT = "hot_spot"
    NOISY = "noisy"


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One injected anomaly; `x` and `y` are spans on the axes for the kinds that act on a region."""

    name: str
    workspace: str
    run: int
    mes: tuple[str, ...]
    first_ls: int
    last_ls: int
    kind: AnomalyKind
    size: float
    description: str
    enough_statistics: bool
    certified_bad: bool
    x: Span = (-np.inf, np.inf)
    y: Span = (-np.inf, np.inf)

    def concerns(self, workspace: str, run: int, me: str) -> bool:
        """Whether the anomaly changes this ME in this run at all."""
        return (
            workspace == self.workspace
            and run == self.run
            and any(re.fullmatch(pattern, me) for pattern in self.mes)
        )

    def covers(self, ls: NDArray[np.int64]) -> NDArray[np.bool_]:
        """For each LS number whether the anomaly is there."""
        return (ls >= self.first_ls) & (ls <= self.last_ls)


@lru_cache(maxsize=1)
def load_truth() -> tuple[Anomaly, ...]:
    """All injected anomalies, in the order of the file."""
    with _FILE.open("rb") as file:
        tables: list[dict[str, Any]] = tomllib.load(file)["anomaly"]
    return tuple(_anomaly(table) for table in tables)


def _anomaly(table: dict[str, Any]) -> Anomaly:
    fields = dict(table, kind=AnomalyKind(table["kind"]), mes=tuple(table["mes"]))
    for axis in ("x", "y"):
        if axis in fields:
            low, high = fields[axis]
            fields[axis] = (float(low), float(high))
    return Anomaly(**fields)
