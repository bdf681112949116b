"""What the client of DIALS gives back: rows and pages with checked types.

A monitoring element is ``dqmtui.model.keys.MonitoringElement``.

Importing this module imports neither numpy nor httpx. Every text in a record has its control characters
escaped. Arrays are not to be changed by who receives them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.services.errors import ServiceError

    Float64Array: TypeAlias = NDArray[np.float64]
    Int64Array: TypeAlias = NDArray[np.int64]


class Health(StrEnum):
    """How a service is doing, as far as our own requests know."""

    UNKNOWN = "unknown"
    OK = "ok"
    SLOW = "slow"
    DOWN = "down"
    NOT_LOGGED_IN = "not logged in"
    UNUSABLE = "sends what cannot be used"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """The state of one service for a status line.

    ``latency_ms`` is the time of the last answered request; ``in_flight`` counts requests on the wire,
    ``pending`` all that have no answer yet; ``last_error`` is None after a success. ``insecure`` says that
    nobody checks who answers, because the person switched that off.
    """

    health: Health = Health.UNKNOWN
    latency_ms: float | None = None
    in_flight: int = 0
    pending: int = 0
    last_error: ServiceError | None = None
    insecure: bool = False


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a list has been read: rows and pages so far, bytes after decompression."""

    rows: int
    pages: int
    n_bytes: int


@dataclass(frozen=True, slots=True)
class Dataset:
    """One dataset that DIALS knows; ``dataset_id`` is the same in every workspace."""

    dataset_id: int
    dataset: str
    era: str | None = None
    data_tier: str | None = None
    primary_ds_name: str | None = None
    processed_ds_name: str | None = None
    processing_version: int | None = None
    last_modification_date: datetime | None = None


@dataclass(frozen=True, slots=True)
class FileStatus:
    """One DQMIO file of a dataset and how far its indexing is; ``file_size`` in bytes."""

    dataset_id: int
    dataset: str
    file_id: int
    logical_file_name: str
    status: str
    file_size: int | None = None
    creation_date: datetime | None = None
    last_modification_date: datetime | None = None
    err_trace: str | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run of one dataset; ``ls_count`` counts rows, it is not the last LS number."""

    dataset_id: int
    dataset: str
    run_number: int
    ls_count: int
    ls_completeness: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class LumisectionRows:
    """The LS that DIALS has of one run: int64 arrays of equal length, ``ls`` strictly increasing."""

    dataset_id: int
    run_number: int
    ls: Int64Array
    th1_count: Int64Array
    th2_count: Int64Array


class Binning(NamedTuple):
    """Uniform bins: their number, the low edge of the first and the high edge of the last."""

    n_bins: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, eq=False)
class HistogramPage:
    """Histograms of one ME for some LS of one run, all with one binning.

    ``ls``, ``entries`` and ``file_id`` are int64 (n,), ``ls`` strictly increasing; ``data`` is float64
    (n, nx) for 1D and (n, ny, nx) for 2D, row 0 of a map the lowest y. ``entries`` is the service's count,
    which includes fills outside the axis. ``x`` and ``y`` describe the axes; ``y`` is None for 1D, and both
    are None in a page without rows, which only ends a list.

    The page settles the LS from ``first_ls`` to ``last_ls``: those of them that are not in ``ls`` are absent.
    ``complete`` marks the last page: then every LS that was asked for is settled. ``unreadable`` names LS
    whose histogram the service has but cannot send; they are neither values nor absent, and no page settles
    them. ``n_bytes`` is the size of the reply this page came in.
    """

    ls: Int64Array
    entries: Int64Array
    file_id: Int64Array
    data: Float64Array
    x: Binning | None
    y: Binning | None
    first_ls: int
    last_ls: int
    complete: bool
    unreadable: tuple[int, ...] = ()
    n_bytes: int = 0


@dataclass(frozen=True, slots=True)
class MlModel:
    """One anomaly model; ``target_me`` is the ME it looks at when the service says so."""

    model_id: int
    name: str
    active: bool
    target_me: str | None = None
    anomaly_threshold: float | None = None


@dataclass(frozen=True, slots=True)
class MlFlag:
    """One LS that a model called bad; ``metric`` is the service's mse or metric_value."""

    model_id: int
    dataset_id: int
    run_number: int
    ls_number: int
    metric: float | None
    me_id: int | None = None


@dataclass(frozen=True, slots=True)
class CertificationJson:
    """The newest certification JSON of a kind: inclusive LS ranges by run, ``url`` says which file it is."""

    name: str
    url: str
    last_modified: datetime | None
    ranges: dict[int, tuple[tuple[int, int], ...]]
