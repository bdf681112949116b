"""What recorded OMS columns do not tell, made so that it agrees with them: times, and rates of triggers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.beams import LUMISECTION_SECONDS, lumisection_times
from dqmtui.demo.cms.rates import usual_path_rates
from dqmtui.demo.cms.state import pileup_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dqmtui.demo.cms.records import RateColumns

_NUMBERS = "lumisection_number"
FIRST_START = "2024-05-20T00:00:00"
BETWEEN_RUNS_S = 600
"""Seconds from the end of one run to the beginning of the next, where no times are recorded."""

Columns = dict[str, list[object]]


def is_time(value: object) -> bool:
    """Whether a value is a time as OMS writes it."""
    if not (isinstance(value, str) and value.endswith("Z")):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def run_starts(columns: Mapping[int, Columns]) -> dict[int, str]:
    """When each run began, as ISO times without zone in UTC: as recorded, else after the run before it."""
    starts: dict[int, str] = {}
    next_start = datetime.fromisoformat(FIRST_START)
    for run in sorted(columns):
        start = _recorded_start(columns[run]) or next_start
        starts[run] = start.isoformat()
        next_start = start + timedelta(seconds=_seconds(_last(columns[run])) + BETWEEN_RUNS_S)
    return starts


def with_times(columns: Columns, start: str) -> Columns:
    """Add when each LS began and ended, where that is not recorded."""
    starts, ends = lumisection_times(start, np.array(columns[_NUMBERS], np.int64))
    return {"start_time": [*starts], "end_time": [*ends], **columns}


def card_times(columns: Columns, start: str) -> dict[str, object]:
    """When a run began and ended and how many seconds it took, by its highest LS number."""
    began, duration = datetime.fromisoformat(start), _seconds(_last(columns))
    ended = began + timedelta(seconds=duration)
    return {
        "start_time": f"{began.isoformat()}Z",
        "end_time": f"{ended.isoformat()}Z",
        "duration": duration,
    }


def fill_times(fill: int, runs: Iterable[Mapping[str, list[object]]]) -> dict[str, object]:
    """When a fill began and ended, and when its beams were stable, as far as these runs (with times) tell."""
    in_fill = [
        (began, ended, stable)
        for columns in runs
        for number, began, ended, stable in _fills(columns)
        if number == fill
    ]
    began = [one for one, _, _ in in_fill if isinstance(one, str)]
    ended = [one for _, one, _ in in_fill if isinstance(one, str)]
    if not began or not ended:
        return {}
    row: dict[str, object] = {
        "start_time": min(began),
        "end_time": max(ended),
        "duration": int(_moment(max(ended)) - _moment(min(began))),
    }
    stable = [(one, other) for one, other, is_stable in in_fill if is_stable is True]
    stable_times = [(one, other) for one, other in stable if isinstance(one, str) and isinstance(other, str)]
    if stable_times:
        row["start_stable_beam"] = min(one for one, _ in stable_times)
        row["end_stable_beam"] = max(other for _, other in stable_times)
    return row


def path_rates(run: int, era: str, columns: Columns) -> dict[str, RateColumns]:
    """Rates of trigger paths where CMS was active, as they usually are at the recorded pileup."""
    ls = np.array(columns[_NUMBERS], np.int64)
    if "cms_active" in columns:
        ls = ls[[active is True for active in columns["cms_active"]]]
    return usual_path_rates(run, era, ls, pileup_at(columns, ls), cosmics=not had_beams(columns))


def had_beams(columns: Mapping[str, list[object]]) -> bool:
    """Whether beams were stable in any LS."""
    return any(stable is True for stable in columns.get("beams_stable", []))


def _fills(columns: Mapping[str, list[object]]) -> Iterator[tuple[object, object, object, object]]:
    """Give fill number, beginning, end and whether beams were stable of each LS."""
    nothing: list[object] = [None] * len(columns[_NUMBERS])
    names = ("fill_number", "start_time", "end_time", "beams_stable")
    return zip(*(columns.get(name, nothing) for name in names), strict=True)


def _recorded_start(columns: Columns) -> datetime | None:
    """Give when LS 1 began, or would have, by the first LS with a recorded time."""
    for number, began in zip(columns[_NUMBERS], columns.get("start_time", []), strict=False):
        if isinstance(began, str) and isinstance(number, int):
            moment = datetime.fromisoformat(began).astimezone(UTC).replace(tzinfo=None, microsecond=0)
            return moment - timedelta(seconds=_seconds(number - 1))
    return None


def _last(columns: Columns) -> int:
    last = columns[_NUMBERS][-1]
    return last if isinstance(last, int) else 0


def _seconds(lumisections: int) -> int:
    """Give the whole seconds that so many LS take, cut off as the times of lumisections are."""
    return round(lumisections * LUMISECTION_SECONDS * 1e3) // 1000


def _moment(text: str) -> float:
    """Give a time in seconds since the epoch."""
    return datetime.fromisoformat(text).timestamp()
