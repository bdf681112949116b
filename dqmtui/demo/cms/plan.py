"""How the course of one synthetic run is written down."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

TRACKER_FLAGS = ("bpix", "fpix", "tibtid", "tob", "tecp", "tecm")

Prescales = tuple[tuple[int, int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """One run as data: which LS exist, which flags are up, how the luminosity goes, where rates are missing.

    LS are written as `ranges.parse_ranges` reads them; `start` is UTC.

    `rows` are the LS that OMS lists and `rates` those with rate rows. `ready` holds for all six tracker
    partitions, `ready_of` replaces it for one, `not_ready` takes LS out, `unknown` makes a flag null.
    `pileup` are knots "LS:interactions per crossing" joined by straight lines; none means cosmics. `absent`
    are attributes that OMS does not send with the run's card. `live` are (LS, fraction of triggers taken).
    `prescales` are (first LS, index, name); the last active LS and all after it have none. DIALS has the LS
    with rate rows, plus `dials_extra`, minus `dials_missing`.
    """

    run: int
    era: str
    start: str
    rows: str
    active: str
    rates: str
    fills: tuple[tuple[int, int], ...]
    datasets: tuple[str, ...]
    stable: str = ""
    physics: str | None = None
    ready: str = ""
    ready_of: Mapping[str, str] = field(default_factory=dict)
    not_ready: Mapping[str, str] = field(default_factory=dict)
    unknown: Mapping[str, str] = field(default_factory=dict)
    pileup: str = ""
    bunches: int = 2340
    lumi_null: str = ""
    absent: tuple[str, ...] = ()
    live: tuple[tuple[str, float], ...] = ()
    zero_bias_zero: str = ""
    prescales: Prescales = ((1, 7, "2p0E34"),)
    dials_extra: str = ""
    dials_missing: str = ""
    broken_files: tuple[tuple[str, str], ...] = ()
    ongoing: bool = False

    @property
    def cosmics(self) -> bool:
        """Whether the run has no colliding beams at all."""
        return not self.pileup
