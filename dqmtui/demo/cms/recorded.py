"""Recorded OMS columns in place of synthetic ones: those runs, served as they were recorded.

What the files do not tell is made up where nothing works without it: times, and rates of a run without any.

The files are JSON, plain or gzipped. Lumisections: {"runs": {"381065": {"era": "Run2024E", "columns":
{"lumisection_number": [..], "pileup": [..], ..}}}}, all columns of a run of one length, null = None, and if
wanted "_about": {"units": {column: unit}}. Rates: {"runs": {"381065": {"paths": {"HLT_ZeroBias_v11":
{"first_lumisection_number": [..], "rate": [..]}}}}}, in Hz.
"""

from __future__ import annotations

import gzip
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import orjson

from dqmtui.demo.cms.beams import LUMISECTION_SECONDS
from dqmtui.demo.cms.records import Attributes, Deferred, RateColumns, RunRecord
from dqmtui.demo.cms.source import Placement, RunSource
from dqmtui.demo.cms.unrecorded import (
    card_times,
    fill_times,
    had_beams,
    is_time,
    path_rates,
    run_starts,
    with_times,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_GZIP_MAGIC = b"\x1f\x8b"
_NUMBERS = "lumisection_number"
_COLLISION_STREAMS = ("zerobias", "express", "jetmet0")
_COSMIC_STREAMS = ("cosmics",)

Columns = dict[str, list[object]]


class RecordingError(ValueError):
    """A file of recorded columns that cannot be used: which one, and what is wrong with it."""

    def __init__(self, file: Path, what: str) -> None:
        super().__init__(f"{what}, in {file}")
        self.file = file


def recorded_source(lumisections: Path, rates: Path | None) -> RunSource:
    """Read the runs of recorded files; rates of runs that the first file lacks are left aside.

    Raises ValueError with the file's name and what is wrong with it.
    """
    about, runs = _read(lumisections)
    units = _units(lumisections, about)
    columns = {run: _columns(lumisections, run, content) for run, content in runs.items()}
    starts = run_starts(columns)
    hlt = (
        {}
        if rates is None
        else {run: _paths(rates, run, content) for run, content in _read(rates)[1].items()}
    )
    eras = {run: str(content.get("era", "")).removeprefix("Run") for run, content in runs.items()}
    records = {
        run: _record(run, eras[run], columns[run], starts[run], hlt.get(run), units) for run in sorted(runs)
    }
    return RunSource(
        runs=records,
        placements={run: _placement(eras[run], starts[run], record) for run, record in records.items()},
        fills=lambda: _fills(records),
        eras=lambda: _eras(records),
    )


def _read(file: Path) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
    """Read the "_about" object and the runs of a file."""
    try:
        raw = file.read_bytes()
        content = orjson.loads(gzip.decompress(raw) if raw.startswith(_GZIP_MAGIC) else raw)
    except (OSError, EOFError) as error:
        why = getattr(error, "strerror", None) or error
        raise RecordingError(file, f"cannot be read: {why}") from error
    except orjson.JSONDecodeError as error:
        raise RecordingError(file, f"is not JSON: {error}") from error
    runs = content.get("runs") if isinstance(content, dict) else None
    if not isinstance(runs, dict) or not runs:
        raise RecordingError(file, 'has no "runs" object with runs in it')
    for run, one in runs.items():
        if not (run.isascii() and run.isdigit()):
            raise RecordingError(file, f"{run!r} is no run number")
        if not isinstance(one, dict):
            raise RecordingError(file, f"run {run} is no object")
    about = content.get("_about")
    return about if isinstance(about, dict) else {}, {int(run): one for run, one in runs.items()}


def _units(file: Path, about: Mapping[str, Any]) -> dict[str, str]:
    units = about.get("units", {})
    if not isinstance(units, dict) or not all(isinstance(unit, str) for unit in units.values()):
        raise RecordingError(file, '"units" in "_about" is no object of texts')
    return units


def _columns(file: Path, run: int, content: Mapping[str, Any]) -> Columns:
    columns = content.get("columns")
    if not isinstance(columns, dict) or not all(isinstance(values, list) for values in columns.values()):
        raise RecordingError(file, f'run {run} has no "columns" object of lists')
    numbers = _ls_numbers(file, f"run {run}", columns.get(_NUMBERS), _NUMBERS)
    for name, values in columns.items():
        if len(values) != len(numbers):
            raise RecordingError(
                file, f"run {run}: column {name} has {len(values)} values for {len(numbers)} lumisections"
            )
        if any(isinstance(value, (list, dict)) for value in values):
            raise RecordingError(file, f"run {run}: column {name} has values that are lists or objects")
    pileup = columns.get("pileup", [])
    if not all(value is None or _is_number(value) for value in pileup):
        raise RecordingError(file, f"run {run}: column pileup has values that are no numbers")
    for name in ("start_time", "end_time"):
        if not all(value is None or is_time(value) for value in columns.get(name, [])):
            raise RecordingError(file, f"run {run}: column {name} has values that are no times")
    return columns


def _paths(file: Path, run: int, content: Mapping[str, Any]) -> dict[str, RateColumns]:
    paths = content.get("paths")
    if not isinstance(paths, dict):
        raise RecordingError(file, f'run {run} has no "paths" object')
    return {path: _rates(file, f"run {run}, {path}", rows) for path, rows in paths.items()}


def _rates(file: Path, where: str, rows: Any) -> RateColumns:
    if not isinstance(rows, dict):
        raise RecordingError(file, f"{where} is no object")
    name = "first_lumisection_number"
    numbers = _ls_numbers(file, where, rows.get(name), name) if rows.get(name) else []
    rates = rows.get("rate")
    if not isinstance(rates, list) or len(rates) != len(numbers):
        raise RecordingError(file, f'{where}: "rate" is no list with a value for each of {len(numbers)} rows')
    if not all(rate is None or (_is_number(rate) and rate >= 0) for rate in rates):
        raise RecordingError(file, f'{where}: "rate" has values that are no rates')
    counters = (None if rate is None else round(rate * LUMISECTION_SECONDS) for rate in rates)
    return RateColumns(tuple(numbers), tuple(rates), tuple(counters))


def _ls_numbers(file: Path, where: str, numbers: Any, name: str) -> list[int]:
    if not isinstance(numbers, list) or not numbers:
        raise RecordingError(file, f"{where} has no {name} column")
    if not all(type(number) is int and number > 0 for number in numbers):
        raise RecordingError(file, f"{where}: {name} has values that are no lumisection numbers")
    if any(later <= earlier for earlier, later in pairwise(numbers)):
        raise RecordingError(file, f"{where}: {name} is not sorted, or repeats a number")
    return numbers


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _record(
    run: int,
    era: str,
    columns: Columns,
    start: str,
    hlt: Mapping[str, RateColumns] | None,
    units: Mapping[str, str],
) -> RunRecord:
    return RunRecord(
        run_number=run,
        attributes={**_card(run, era, columns), **card_times(columns, start)},
        units={total: units[per_ls] for total, per_ls in _TOTALS.items() if per_ls in units},
        lumisections=with_times(columns, start),
        lumisection_units={name: unit for name, unit in units.items() if name in columns},
        hlt=Deferred(lambda: path_rates(run, era, columns)) if hlt is None else hlt,
        datasets={},
        l1=(),
        deadtime={"run_number": run},
        prescale_changes=_prescale_changes(run, columns),
    )


_TOTALS = {
    "delivered_lumi": "delivered_lumi_per_lumisection",
    "recorded_lumi": "recorded_lumi_per_lumisection",
}


def _card(run: int, era: str, columns: Columns) -> Attributes:
    """Make the run's card from its columns: what they do not tell is not in it."""
    card: dict[str, object] = {
        "run_number": run,
        "sequence": "GLOBAL-RUN",  # the services and their users look at no other runs
        "last_lumisection_number": columns[_NUMBERS][-1],
    }
    if era:
        card["era"] = era
    if fills := [fill for fill in columns.get("fill_number", []) if fill]:
        card["fill_number"] = fills[0]
    if "beams_stable" in columns:
        card["stable_beam"] = any(columns["beams_stable"])
    for total, per_ls in _TOTALS.items():
        known = [value for value in columns.get(per_ls, []) if isinstance(value, (int, float))]
        if known:
            card[total] = sum(known)
    indices = [index for index in columns.get("prescale_index", []) if index is not None]
    if indices:
        card["initial_prescale_index"] = indices[0]
    return card


def _prescale_changes(run: int, columns: Columns) -> list[Attributes]:
    if not {"prescale_index", "prescale_name"} <= columns.keys():
        return []
    rows: list[Attributes] = []
    old: object = None
    for ls, index, name in zip(
        columns[_NUMBERS], columns["prescale_index"], columns["prescale_name"], strict=True
    ):
        if index is not None and index != old:
            rows.append(
                {
                    "run_number": run,
                    "lumisection_number": ls,
                    "old_prescale_index": old,
                    "new_prescale_index": index,
                    "new_prescale_name": name,
                }
            )
            old = index
    return rows


def _placement(era: str, start: str, record: RunRecord) -> Placement:
    collisions = had_beams(record.lumisections) or any(
        path.startswith("HLT_ZeroBias_v") for path in record.hlt
    )
    streams = _COLLISION_STREAMS if collisions else _COSMIC_STREAMS
    return Placement(era or "2024E", start, streams)


def _fills(records: Mapping[int, RunRecord]) -> tuple[Attributes, ...]:
    runs_of: dict[int, list[int]] = {}
    for run, record in records.items():
        for fill in {fill for fill in record.lumisections.get("fill_number", []) if isinstance(fill, int)}:
            runs_of.setdefault(fill, []).append(run)
    return tuple(_fill(fill, runs, records) for fill, runs in sorted(runs_of.items()) if fill)


def _fill(fill: int, runs: Sequence[int], records: Mapping[int, RunRecord]) -> Attributes:
    first = records[runs[0]]
    row: dict[str, object] = {"fill_number": fill, "first_run_number": runs[0], "last_run_number": runs[-1]}
    if "era" in first.attributes:
        row["era"] = first.attributes["era"]
    if all("beams_stable" in records[run].lumisections for run in runs):
        row["stable_beams"] = any(any(records[run].lumisections["beams_stable"]) for run in runs)
    return {**row, **fill_times(fill, [records[run].lumisections for run in runs])}


def _eras(records: Mapping[int, RunRecord]) -> tuple[Attributes, ...]:
    fills_of: dict[str, list[int]] = {}
    for record in records.values():
        fill = record.attributes.get("fill_number")
        if "era" in record.attributes and isinstance(fill, int):
            fills_of.setdefault(str(record.attributes["era"]), []).append(fill)
    return tuple(
        {"name": era, "start_fill": min(fills), "end_fill": max(fills)}
        for era, fills in sorted(fills_of.items())
    )
