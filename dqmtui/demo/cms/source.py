"""Where the runs of the world come from: the planned ones, made when they are looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.demo.cms.conditions import build_run, delivered_by_fill
from dqmtui.demo.cms.fills import eras, fills
from dqmtui.demo.cms.ordinary_runs import ORDINARY_RUNS
from dqmtui.demo.cms.patterns import PATTERN_RUNS
from dqmtui.demo.cms.records import Attributes, RunRecord

if TYPE_CHECKING:
    from dqmtui.demo.cms.plan import RunPlan

RUN_PLANS: Mapping[int, RunPlan] = {
    plan.run: plan for plan in sorted((*PATTERN_RUNS, *ORDINARY_RUNS), key=lambda plan: plan.run)
}
"""The planned runs by run number, sorted."""


@dataclass(frozen=True, slots=True)
class Placement:
    """Where DIALS has a run: the kinds of datasets it is in, and which LS differ from the triggered ones.

    `streams` are keys of `catalogue.STREAMS`; LS are written as `ranges.parse_ranges` reads them;
    `broken_files` are (status, LS) of files that were not read; `start` is an ISO time without zone, in UTC.
    """

    era: str
    start: str
    streams: tuple[str, ...]
    extra: str = ""
    missing: str = ""
    broken_files: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RunSource:
    """The runs of a world, their places in DIALS, and the fills and eras that belong to them."""

    runs: Mapping[int, RunRecord]
    placements: Mapping[int, Placement]
    fills: Callable[[], tuple[Attributes, ...]]
    eras: Callable[[], tuple[Attributes, ...]]


def synthetic_source() -> RunSource:
    """Make the source of all planned runs; it costs nothing until a run is looked at."""
    return planned_source(PlannedRuns(RUN_PLANS))


def planned_source(runs: PlannedRuns) -> RunSource:
    """Make the source of planned runs."""
    plans = runs.plans
    return RunSource(
        runs=runs,
        placements={
            run: Placement(
                plan.era, plan.start, plan.datasets, plan.dials_extra, plan.dials_missing, plan.broken_files
            )
            for run, plan in plans.items()
        },
        fills=lambda: fills(tuple(plans.values())),
        eras=eras,
    )


class PlannedRuns(Mapping[int, RunRecord]):
    """Records of planned runs by run number, each built once."""

    def __init__(self, plans: Mapping[int, RunPlan], built: dict[int, RunRecord] | None = None) -> None:
        self.plans = plans
        self._built: dict[int, RunRecord] = {} if built is None else built

    def with_plan(self, plan: RunPlan) -> PlannedRuns:
        """Give the same runs but for one, the highest, without building the others again."""
        # a copy is made in one go, while others may be adding to it
        built = dict(self._built)
        built.pop(plan.run, None)
        return PlannedRuns({**self.plans, plan.run: plan}, built)

    def __getitem__(self, run: int) -> RunRecord:
        if run not in self._built:
            plan = self.plans[run]
            fill = plan.fills[0][1]
            earlier = (
                before
                for before in self.plans.values()
                if before.run < run and any(number == fill for _, number in before.fills)
            )
            self._built[run] = build_run(plan, sum(delivered_by_fill(before)[fill] for before in earlier))
        return self._built[run]

    def __iter__(self) -> Iterator[int]:
        return iter(self.plans)

    def __len__(self) -> int:
        return len(self.plans)
