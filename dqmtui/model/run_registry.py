"""What the Run Registry says of the lumisections of a run: statuses and causes per subsystem, as columns."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import Source, Values
from dqmtui.model.states import SourceState

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

RR = "rr"
"""The name of the Run Registry among the sources of an LS table."""

CAUSE = "_cause"
"""Behind the name of a column of statuses: that of the causes, null where nobody gave one."""

ONLINE = "online"
"""The dataset of what the shifters in the control room said."""

LARGEST_LS = 50_000
"""No run has more lumisections, 13 days of them; what goes beyond is a mistake."""

_SUBSYSTEM = re.compile(r"[a-z0-9_]+-[a-z0-9_+-]+", re.ASCII)
_KINDS = ("prompt", "express", "rereco")


class RegistryError(ValueError):
    """A reply of the Run Registry that cannot be what was asked for."""


@dataclass(frozen=True, slots=True)
class RegistryRange:
    """What is said of the LS from `first` to `last`: status (GOOD, BAD, ...) and cause per subsystem."""

    first: int
    last: int
    statuses: Mapping[str, str]
    causes: Mapping[str, str]


def read_ranges(reply: object) -> list[RegistryRange]:
    """Read ranges of lumisections, joint ones with the flags of OMS as well, which are passed over.

    Each is an object with `start`, `end` (or `stop`), and an object with `status` and `cause` for every
    subsystem, such as `tracker-pixel`. Raises RegistryError.
    """
    if not isinstance(reply, list):
        raise RegistryError("it is no list of ranges of lumisections")
    return sorted((_range(row) for row in reply), key=lambda one: (one.first, one.last))


def registry_source(ranges: Sequence[RegistryRange]) -> Source:
    """Make columns of them: `tracker_pixel` has the status, `tracker_pixel_cause` why, null where unsaid.

    Of an LS in two ranges the later range counts.
    """
    names = sorted({name for one in ranges for name in one.statuses})
    rows: dict[int, RegistryRange] = {}
    for one in ranges:
        rows.update(dict.fromkeys(range(one.first, one.last + 1), one))
    numbers = sorted(rows)
    said = [rows[ls] for ls in numbers]
    columns: dict[str, Values] = {}
    for name in names:
        column = column_of(name)
        columns[column] = Values.of([one.statuses.get(name) for one in said])
        columns[column + CAUSE] = Values.of([one.causes.get(name) or None for one in said])
    return Source(np.array(numbers, dtype=np.int64), columns, SourceState.LOADED)


def column_of(subsystem: str) -> str:
    """Name the column of a subsystem's statuses, so that expressions can name it: `tracker_pixel`."""
    return subsystem.replace("-", "_")


def registry_verdicts(ranges: Iterable[RegistryRange]) -> list[tuple[str, LSMask, str]]:
    """Give subsystem, LS and status, as rules in JSON logic ask for them (`lumisection.rr.SUBSYSTEM`)."""
    return [
        (name, LSMask.of([one.first, one.last]), status)
        for one in ranges
        for name, status in one.statuses.items()
    ]


def subsystems_of(ranges: Iterable[RegistryRange], workspace: str = "") -> list[str]:
    """List the subsystems that are spoken of, those of a workspace of DIALS first."""
    names = {name for one in ranges for name in one.statuses}
    return sorted(names, key=lambda name: (not name.startswith(f"{workspace}-"), name))


def registry_dataset(names: Iterable[str], dataset: str) -> str:
    """Choose the dataset of the Run Registry that belongs to one of DIALS; `online` where none does.

    Prompt reconstruction belongs to `/PromptReco/...`, the express stream to `/Express/...`.
    """
    known = [name for name in names if name.isprintable()]
    low = dataset.lower()
    for kind in _KINDS:
        if kind in low:
            fits = [name for name in known if kind in name.lower()]
            if fits:
                return max(fits)
    return ONLINE


def _range(row: object) -> RegistryRange:
    if not isinstance(row, dict):
        raise RegistryError("a range of lumisections is no object")
    first = _number(row.get("start"))
    last = _number(row.get("end", row.get("stop")))
    if first is None or last is None or not 1 <= first <= last <= LARGEST_LS:
        raise RegistryError(f"a range of lumisections goes from {row.get('start')!r} to {row.get('end')!r}")
    statuses, causes = {}, {}
    for name, said in row.items():
        if isinstance(name, str) and _SUBSYSTEM.fullmatch(name) and isinstance(said, dict):
            status = said.get("status")
            if isinstance(status, str):
                statuses[name] = status
                causes[name] = _text(said.get("cause"))
    return RegistryRange(first, last, statuses, causes)


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
