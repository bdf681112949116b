"""The resources of the embedded OMS, made from the world: which records each has, at which granularity."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

from dqmtui.demo.cms.beams import LUMISECTION_SECONDS
from dqmtui.demo.web.oms_query import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dqmtui.demo.cms.records import Attributes, RateColumns, RunRecord
    from dqmtui.demo.cms.world import World

SAMPLED_RUNS = 5
SAMPLED_ROWS = 50

Accepts: TypeAlias = "Callable[[str, object], bool]"
"""Whether a value of an attribute can pass the query: what fails need not be made."""
PerRun: TypeAlias = "Callable[[RunRecord, Accepts, frozenset[str] | None], Iterator[Record]]"
"""Records of one run; the last argument are the attributes that matter, None for all."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One resource: its records per run for each granularity (the default one first), or all in `whole`."""

    name: str
    per_run: Mapping[str, PerRun] | None = None
    whole: Callable[[World], Iterator[Record]] | None = None
    relationships: tuple[str, ...] = ()

    def records(
        self,
        world: World,
        accepts: Accepts,
        *,
        granularity: str | None = None,
        needed: frozenset[str] | None = None,
    ) -> Iterator[Record]:
        """Give the records in the order of their keys; KeyError for a granularity that there is not."""
        if self.whole is not None:
            yield from self.whole(world)
        if self.per_run is not None:
            make = self.per_run[granularity or next(iter(self.per_run))]
            for run in sorted(world.runs):
                if accepts("run_number", run):
                    yield from make(world.runs[run], accepts, needed)

    def samples(self, world: World) -> Iterator[Record]:
        """Give enough records to learn the attributes from: all, or of rows per LS some of some runs."""
        if self.whole is not None:
            yield from self.whole(world)
        if self.per_run is None:
            return
        runs = sorted(world.runs)
        make = self.per_run.get("lumisection")
        if make is None:
            (make,) = self.per_run.values()
        else:
            runs = runs[:: max(1, len(runs) // SAMPLED_RUNS)]
        for run in runs:
            yield from islice(make(world.runs[run], _anything, None), SAMPLED_ROWS)


def _anything(_attribute: str, _value: object) -> bool:
    return True


def _runs(run: RunRecord, _accepts: Accepts, _needed: frozenset[str] | None) -> Iterator[Record]:
    yield Record(str(run.run_number), run.attributes, run.units)


def _lumisections(run: RunRecord, accepts: Accepts, needed: frozenset[str] | None) -> Iterator[Record]:
    columns = dict(run.lumisections)
    numbers = columns["lumisection_number"]
    columns.setdefault("run_number", [run.run_number] * len(numbers))
    names = [name for name in columns if needed is None or name in needed]
    for number, *values in zip(numbers, *(columns[name] for name in names), strict=True):
        if accepts("lumisection_number", number):
            attributes = dict(zip(names, values, strict=True))
            yield Record(f"{run.run_number}_{number}", attributes, run.lumisection_units)


def _path_names(run: RunRecord, _accepts: Accepts, _needed: frozenset[str] | None) -> Iterator[Record]:
    for path in sorted(run.hlt):
        yield Record(f"{run.run_number}_{path}", {"path_name": path, "run_number": run.run_number})


def _path_rates(run: RunRecord, accepts: Accepts, _needed: frozenset[str] | None) -> Iterator[Record]:
    for path in sorted(run.hlt):
        if accepts("path_name", path):
            for first, rate_hz, counter in _rate_rows(run.hlt[path]):
                yield Record(
                    f"{run.run_number}_{path}_{first}",
                    {
                        "path_name": path,
                        "run_number": run.run_number,
                        "first_lumisection_number": first,
                        "last_lumisection_number": first,
                        "rate": rate_hz,
                        "counter": counter,
                    },
                    {"rate": "Hz"},
                )


def _path_rates_of_run(run: RunRecord, accepts: Accepts, _needed: frozenset[str] | None) -> Iterator[Record]:
    for path in sorted(run.hlt):
        if accepts("path_name", path) and run.hlt[path].first_lumisection_number:
            summed = {"path_name": path, "run_number": run.run_number, **_summed(run.hlt[path], "counter")}
            yield Record(f"{run.run_number}_{path}", summed, {"rate": "Hz"})


def _dataset_rates(run: RunRecord, accepts: Accepts, _needed: frozenset[str] | None) -> Iterator[Record]:
    columns = run.lumisections
    place_of = {number: place for place, number in enumerate(columns["lumisection_number"])}
    last = run.attributes.get("last_lumisection_number")
    for dataset in sorted(run.datasets):
        if accepts("dataset_name", dataset):
            for first, rate_hz, counter in _rate_rows(run.datasets[dataset]):
                place = place_of.get(first)
                yield Record(
                    f"{run.run_number}_{dataset}_{first}",
                    {
                        "dataset_name": dataset,
                        "run_number": run.run_number,
                        "first_lumisection_number": first,
                        "last_lumisection_number": first,
                        "last_lumisection_in_run": last,
                        "rate": rate_hz,
                        "events": counter,
                        "cms_active": _at(columns, "cms_active", place),
                        "start_time": _at(columns, "start_time", place),
                    },
                    {"rate": "Hz"},
                )


def _dataset_rates_of_run(
    run: RunRecord, accepts: Accepts, _needed: frozenset[str] | None
) -> Iterator[Record]:
    for dataset in sorted(run.datasets):
        if accepts("dataset_name", dataset) and run.datasets[dataset].first_lumisection_number:
            attributes = {
                "dataset_name": dataset,
                "run_number": run.run_number,
                "last_lumisection_in_run": run.attributes.get("last_lumisection_number"),
                "start_time": run.attributes.get("start_time"),
                **_summed(run.datasets[dataset], "events"),
            }
            yield Record(f"{run.run_number}_{dataset}", attributes, {"rate": "Hz"})


def _l1_rates(run: RunRecord, _accepts: Accepts, _needed: frozenset[str] | None) -> Iterator[Record]:
    for attributes in run.l1:
        yield Record(f"{run.run_number}_{attributes['first_lumisection_number']}", attributes)


def _l1_rates_of_run(run: RunRecord, _accepts: Accepts, _needed: frozenset[str] | None) -> Iterator[Record]:
    """One record of the whole run: counters summed, rates over the LS that have one, percentages averaged."""
    if not run.l1:
        return
    attributes: dict[str, object] = {}
    rows = list(run.l1)
    for name, first in rows[0].items():
        values: list[Any] = [row.get(name) for row in rows]
        if isinstance(first, dict):
            counters = [one["counter"] for one in values if one and one["counter"] is not None]
            counter = sum(counters) if counters else None
            rate_hz = None if counter is None else counter / (len(counters) * LUMISECTION_SECONDS)
            attributes[name] = {"counter": counter, "rate": rate_hz}
        elif name == "last_lumisection_number":
            attributes[name] = values[-1]
        elif isinstance(first, float):
            known = [one for one in values if one is not None]
            attributes[name] = sum(known) / len(known)
        else:
            attributes[name] = first
    yield Record(str(run.run_number), attributes)


def _deadtimes(run: RunRecord, _accepts: Accepts, _needed: frozenset[str] | None) -> Iterator[Record]:
    yield Record(str(run.run_number), run.deadtime)


def _prescale_changes(run: RunRecord, _accepts: Accepts, _needed: frozenset[str] | None) -> Iterator[Record]:
    for attributes in run.prescale_changes:
        yield Record(f"{run.run_number}_{attributes['lumisection_number']}", attributes)


def _fills(world: World) -> Iterator[Record]:
    for attributes in world.fills:
        yield _with_units(str(attributes["fill_number"]), attributes)


def _eras(world: World) -> Iterator[Record]:
    for attributes in world.eras:
        yield _with_units(str(attributes["name"]), attributes)


def _with_units(identity: str, attributes: Attributes) -> Record:
    units = {"beta_star": "cm", "crossing_angle": "{\\mu}rad", "energy": "GeV", "duration": "s"}
    return Record(identity, attributes, {name: unit for name, unit in units.items() if name in attributes})


def _rate_rows(rates: RateColumns) -> Iterator[tuple[int, float | None, int | None]]:
    return zip(rates.first_lumisection_number, rates.rate_hz, rates.counter, strict=True)


def _summed(rates: RateColumns, counter_name: str) -> dict[str, object]:
    counters = [counter for counter in rates.counter if counter is not None]
    return {
        "first_lumisection_number": rates.first_lumisection_number[0],
        "last_lumisection_number": rates.first_lumisection_number[-1],
        counter_name: sum(counters),
        "rate": sum(counters) / (len(counters) * LUMISECTION_SECONDS) if counters else None,
    }


def _at(columns: Mapping[str, list[object]], name: str, place: int | None) -> object:
    """Value of a column for one LS; None when the column or the LS is not there."""
    return None if place is None or name not in columns else columns[name][place]


RESOURCES: dict[str, Resource] = {
    resource.name: resource
    for resource in (
        Resource(
            "runs",
            per_run={"run": _runs},
            relationships=(
                "runkeys",
                "l1configurationkey",
                "l1algorithmtriggers",
                "hltconfigdata",
                "deadtime",
                "daqreadouts",
                "fill",
                "l1triggerrate",
                "lumisections",
            ),
        ),
        Resource("lumisections", per_run={"lumisection": _lumisections}),
        Resource("datasetrates", per_run={"lumisection": _dataset_rates, "run": _dataset_rates_of_run}),
        Resource("hltpathinfo", per_run={"run": _path_names}),
        Resource("hltpathrates", per_run={"lumisection": _path_rates, "run": _path_rates_of_run}),
        Resource("l1triggerrates", per_run={"run": _l1_rates_of_run, "lumisection": _l1_rates}),
        Resource("deadtimes", per_run={"run": _deadtimes}),
        Resource("prescalechanges", per_run={"run": _prescale_changes}),
        Resource("fills", whole=_fills),
        Resource("eras", whole=_eras),
    )
}
