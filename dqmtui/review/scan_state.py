"""A scan of a run as far as it has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dqmtui.model.judging.scan_ranges import ScanResult
    from dqmtui.model.keys import MonitoringElement, RunKey


class ScanPhase(Enum):
    """How a scan is doing."""

    RUNNING = "running"
    WAITING = "waiting for the service"
    STOPPED = "stopped"
    DONE = "done"


@dataclass(frozen=True, slots=True, eq=False)
class Scan:
    """A scan of a run as far as it has come.

    `done` of `total` elements of `scope` have been looked at, with `histograms` histograms of single LS;
    `absent` of them the run does not have. `failed` could not be scored, for the reason that is told, and of
    `partial` LS are missing. `good` is the expression for the LS that are judged, `reference` what shapes are
    compared with, `rate` what the trigger rate is of that entries are judged by, "" without OMS. `eta_s` are
    the seconds to go, None while nobody can say.
    """

    run: RunKey
    scope: str
    total: int
    good: str
    reference: str
    result: ScanResult
    done: int = 0
    absent: int = 0
    histograms: int = 0
    failed: tuple[tuple[MonitoringElement, str], ...] = ()
    partial: tuple[tuple[MonitoringElement, str], ...] = ()
    phase: ScanPhase = ScanPhase.RUNNING
    eta_s: float | None = None
    rate: str = ""

    @property
    def is_over(self) -> bool:
        """Whether it has ended, be it that the person stopped it."""
        return self.phase in {ScanPhase.STOPPED, ScanPhase.DONE}
