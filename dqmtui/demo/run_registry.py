"""What the embedded Run Registry says: statuses of the tracker's subsystems per range of lumisections."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any

from dqmtui.demo.cms.plan import TRACKER_FLAGS
from dqmtui.demo.cms.ranges import to_ranges
from dqmtui.model.json_logic import UnknownVariableError, evaluate, is_true

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from dqmtui.demo.cms.world import World

ONLINE = "online"
PIXEL, STRIP = TRACKER_FLAGS[:2], TRACKER_FLAGS[2:]
OMS_FLAGS = (*(f"{flag}_ready" for flag in TRACKER_FLAGS), "cms_active", "beams_stable")

Json = dict[str, Any]


def datasets_of(world: World, run: int) -> list[str]:
    """List the datasets in which a run is certified, `online` first; none for an unknown run."""
    if run not in world.runs:
        return []
    rows = [row for row in world.reference_runs() if row["run_number"] == run]
    named = {str(row["dataset"]) for row in rows if str(row["dataset"]).startswith("/")}
    return [ONLINE, *sorted(named)]


def joint_ranges(world: World, run: int, dataset: str) -> list[Json]:
    """Give ranges in which nothing changes, with the flags of OMS; none for what there is not."""
    if dataset not in datasets_of(world, run):
        return []
    said = [
        (ls, _of_ls(flags, certified=certified))
        for ls, flags, certified in _lumisections(world, run, dataset)
    ]
    ranges: list[Json] = []
    for _, members in groupby(enumerate(said), key=lambda item: (item[1][0] - item[0], str(item[1][1]))):
        found = [one for _, one in members]
        ranges.append({**found[0][1], "start": found[0][0], "end": found[-1][0]})
    return ranges


def made_json(world: World, rule: object, dataset: str) -> dict[str, list[list[int]]]:
    """Give the ranges of all runs of a dataset that a rule in JSON logic calls good."""
    import numpy as np  # noqa: PLC0415 - only who makes a JSON waits for it

    made = {}
    for run in world.runs:
        good: list[int] = []
        for one in joint_ranges(world, run, dataset):
            if _is_good(rule, {**_variables(world, run), **_of_range(one)}):
                good += range(one["start"], one["end"] + 1)
        if good:
            made[str(run)] = to_ranges(np.array(good, dtype=np.int64))
    return made


def _lumisections(world: World, run: int, dataset: str) -> Iterator[tuple[int, dict[str, bool], bool]]:
    """Give each LS with its flags, and whether reviewers found nothing bad in it."""
    columns = world.runs[run].lumisections
    numbers = [int(str(ls)) for ls in columns["lumisection_number"]]
    flags = {
        name: [value is True for value in columns.get(name, [None] * len(numbers))] for name in OMS_FLAGS
    }
    bad = set() if dataset == ONLINE else _found_bad(world, run)
    for at, ls in enumerate(numbers):
        yield ls, {name: values[at] for name, values in flags.items()}, ls not in bad


def _found_bad(world: World, run: int) -> set[int]:
    """Give the LS that are good by their flags and that reviewers took out."""
    try:
        dcs, golden = (world.certification("Collisions24", kind)["content"] for kind in ("dcs", "golden"))
    except KeyError:
        return set()

    def numbers(content: Any) -> set[int]:
        return {ls for first, last in content.get(str(run), []) for ls in range(first, last + 1)}

    return numbers(dcs) - numbers(golden)


def _of_ls(flags: Mapping[str, bool], *, certified: bool) -> Json:
    pixel = all(flags[f"{name}_ready"] for name in PIXEL)
    strip = all(flags[f"{name}_ready"] for name in STRIP)
    stable = flags["beams_stable"]
    if not stable:
        said = {name: _status("STANDBY", "") for name in ("tracker-pixel", "tracker-strip", "tracker-track")}
    else:
        said = {
            "tracker-pixel": _status("GOOD", "") if pixel else _status("BAD", "not ready"),
            "tracker-strip": _status("GOOD", "") if strip else _status("BAD", "not ready"),
            "tracker-track": _status("GOOD", "")
            if pixel and strip and certified
            else _status("BAD", "found bad in certification" if pixel and strip else "tracker not ready"),
        }
    return {**flags, **said}


def _status(status: str, cause: str) -> Json:
    return {"status": status, "comment": "", "cause": cause}


def _variables(world: World, run: int) -> Json:
    attributes = world.runs[run].attributes
    return {"run.oms.run_number": run, **{f"run.oms.{name}": value for name, value in attributes.items()}}


def _of_range(one: Json) -> Json:
    values: Json = {}
    for name, said in one.items():
        if isinstance(said, dict):
            values[f"lumisection.rr.{name}"] = said["status"]
        else:
            values[f"lumisection.oms.{name}"] = said
    return values


def _is_good(rule: object, values: Json) -> bool:
    try:
        return is_true(evaluate(rule, values))
    except UnknownVariableError:
        return False
