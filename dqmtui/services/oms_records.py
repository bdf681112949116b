"""What the client of OMS gives back. Importing this module imports neither numpy nor httpx."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from dqmtui.services.records import Float64Array, Int64Array

OmsValue: TypeAlias = "bool | int | float | str | list[OmsValue] | dict[str, OmsValue] | None"
"""An attribute as OMS sent it, texts escaped; None is null or absent."""


@dataclass(frozen=True, slots=True)
class RunCard:
    """What OMS says about one run; None is null or absent.

    ``last_lumisection_number`` is a number, never a count. ``units`` holds the unit of each attribute that
    has one, by the name OMS uses; those of the luminosities differ from run to run.
    """

    run_number: int
    fill_number: int | None = None
    era: str | None = None
    sequence: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    duration_s: float | None = None
    last_lumisection_number: int | None = None
    stable_beam: bool | None = None
    fill_type_runtime: str | None = None
    energy_gev: float | None = None
    b_field_t: float | None = None
    components: tuple[str, ...] = ()
    components_out: tuple[str, ...] = ()
    cmssw_version: str | None = None
    delivered_lumi: float | None = None
    recorded_lumi: float | None = None
    init_lumi: float | None = None
    end_lumi: float | None = None
    l1_rate_hz: float | None = None
    l1_triggers_counter: int | None = None
    hlt_physics_rate_hz: float | None = None
    hlt_physics_counter: int | None = None
    l1_key: str | None = None
    hlt_key: str | None = None
    l1_hlt_mode: str | None = None
    l1_menu: str | None = None
    trigger_mode: str | None = None
    initial_prescale_index: int | None = None
    tier0_transfer: bool | None = None
    clock_type: str | None = None
    beamactive_total_deadtime_percent: float | None = None
    units: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, OmsValue] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class FillCard:
    """What OMS says about one fill; None is null or absent, ``units`` as in RunCard."""

    fill_number: int
    era: str | None = None
    start_time: datetime | None = None
    end_time: datetime | None = None
    start_stable_beam: datetime | None = None
    end_stable_beam: datetime | None = None
    stable_beams: bool | None = None
    energy_gev: float | None = None
    bunches_colliding: int | None = None
    beta_star: float | None = None
    crossing_angle: float | None = None
    injection_scheme: str | None = None
    peak_lumi: float | None = None
    peak_pileup: float | None = None
    delivered_lumi: float | None = None
    recorded_lumi: float | None = None
    first_run_number: int | None = None
    last_run_number: int | None = None
    duration_s: float | None = None
    units: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class OmsColumns:
    """Records of one resource turned into columns: every list has one value per row.

    ``columns`` holds the values as they came, None for null and for an attribute that the record lacks.
    ``units`` holds the unit of an attribute whose records agree on it, ``mixed_units`` one unit per row
    where they do not; an attribute without unit is in neither.
    """

    resource: str
    n_rows: int
    columns: Mapping[str, list[OmsValue]]
    units: Mapping[str, str]
    mixed_units: Mapping[str, list[str | None]]

    def unit(self, attribute: str, row: int) -> str | None:
        """Return the unit of one value, None when the record named none."""
        if attribute in self.mixed_units:
            return self.mixed_units[attribute][row]
        return self.units.get(attribute)


@dataclass(frozen=True, slots=True, eq=False)
class RateRows:
    """The rate of one HLT path or dataset per LS, for the LS that have a row (an absent row is not a zero).

    ``name`` is the versioned path or the dataset; None when the run has no such path. ``ls`` int64 strictly
    increasing, ``rate_hz`` and ``counter`` float64 of the same length with NaN for null.
    """

    run_number: int
    name: str | None
    ls: Int64Array
    rate_hz: Float64Array
    counter: Float64Array


@dataclass(frozen=True, slots=True, eq=False)
class L1Rates:
    """The totals of the level-1 trigger per LS, for the LS that have a row.

    ``ls`` is int64 and strictly increasing. ``rate`` and ``counter`` hold float64 arrays of the same length
    by the name OMS uses (l1a_total, l1a_physics, ...), NaN for null. ``units`` has the unit that came with a
    rate, one per row; where None came it is Hz, which is how OMS defines a rate.
    """

    run_number: int
    ls: Int64Array
    rate: Mapping[str, Float64Array]
    counter: Mapping[str, Float64Array]
    units: Mapping[str, tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class Deadtime:
    """One kind of deadtime of a run: clock ticks lost, and their share in percent; None is null."""

    counter: int | None
    percent: float | None


@dataclass(frozen=True, slots=True)
class PrescaleChange:
    """A change of the prescale column at the beginning of an LS; the first LS of a run has no old one."""

    lumisection_number: int
    new_prescale_index: int | None
    new_prescale_name: str | None
    old_prescale_index: int | None


@dataclass(frozen=True, slots=True)
class Era:
    """A data-taking era and its fills; the one that goes on has no last fill."""

    name: str
    start_fill: int | None
    end_fill: int | None


@dataclass(frozen=True, slots=True)
class OmsRecord:
    """One record of any resource as it came: its id, its attributes, and the units named for them."""

    id: str
    attributes: Mapping[str, OmsValue]
    units: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OmsRecords:
    """What a query found: its records, and how many there are in all, None when OMS does not say."""

    records: list[OmsRecord]
    total: int | None

    @property
    def is_cut(self) -> bool:
        """Whether there are more than these."""
        return self.total is not None and self.total > len(self.records)


@dataclass(frozen=True, slots=True)
class AttributeMeta:
    """What OMS says about one attribute of a resource."""

    title: str | None = None
    description: str | None = None
    units: str | None = None
    api_type: str | None = None
    sortable: bool | None = None
    searchable: bool | None = None
    projectable: bool | None = None
