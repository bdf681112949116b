"""What the embedded services serve: plain frozen records, named as DIALS and OMS name them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Attributes = Mapping[str, object]
"""Attribute names of a service and their JSON values (None = null); an absent name is an absent attribute."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Dataset:
    """One row of the DIALS dataset index; `dataset_id` is the same in every workspace."""

    dataset_id: int
    dataset: str
    era: str
    data_tier: str
    primary_ds_name: str
    processed_ds_name: str
    processing_version: int
    last_modification_date: str
    reconstruction: str


@dataclass(frozen=True, slots=True)
class Element:
    """One monitoring element of a workspace: `me_id` holds inside that workspace only.

    `kind` is the key of the function that draws its histograms; `dim` is 1 or 2; the axes are uniform,
    with `x_min` the low edge of the first and `x_max` the high edge of the last of `nx` bins.
    """

    me_id: int
    me: str
    dim: int
    kind: str
    nx: int
    x_min: float
    x_max: float
    ny: int = 0
    y_min: float = 0.0
    y_max: float = 0.0


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of the DIALS file index: `file_size` in bytes, `err_trace` only with an error status."""

    dataset_id: int
    dataset: str
    file_id: int
    file_size: int
    creation_date: str
    last_modification_date: str
    logical_file_name: str
    status: str
    err_trace: str | None


@dataclass(frozen=True, slots=True)
class RateColumns:
    """Rates per lumisection of one trigger path or dataset: a row only where OMS has one.

    `rate_hz` and `counter` are None where OMS sends null (a lumisection still being filled).
    """

    first_lumisection_number: tuple[int, ...]
    rate_hz: tuple[float | None, ...]
    counter: tuple[int | None, ...]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """Everything OMS knows of one run.

    `lumisections` and what hangs on it are in column form: every column is aligned with its
    "lumisection_number" column, which is sorted and has holes. A column that is missing is an attribute
    that OMS did not send. `units` and `lumisection_units` are what `meta.row.<attribute>.units` says.
    `hlt` is keyed by the versioned path name, `datasets` by the primary dataset's name. `l1` has the
    attributes of one `l1triggerrates` row per lumisection, `deadtime` those of the run's one `deadtimes`
    row (each `{"counter", "percent"}`). Fill number, run number and LS numbers are inside the attributes.
    """

    run_number: int
    attributes: Attributes
    units: Mapping[str, str]
    lumisections: Mapping[str, list[object]]
    lumisection_units: Mapping[str, str]
    hlt: Mapping[str, RateColumns]
    datasets: Mapping[str, RateColumns]
    l1: Sequence[Attributes]
    deadtime: Attributes
    prescale_changes: Sequence[Attributes]


class Deferred(Mapping[str, Value]):
    """A mapping that is made when something is first looked up in it."""

    def __init__(self, make: Callable[[], Mapping[str, Value]]) -> None:
        self._make: Callable[[], Mapping[str, Value]] | None = make
        self._made: Mapping[str, Value] = {}

    def _all(self) -> Mapping[str, Value]:
        make = self._make
        if make is not None:
            # Two threads may both come here; they make the same values.
            self._made = make()
            self._make = None
        return self._made

    def __getitem__(self, name: str) -> Value:
        return self._all()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())
