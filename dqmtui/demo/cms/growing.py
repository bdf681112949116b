"""A world in which the run that is still being taken gains a lumisection every 23 s of real time."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.beams import LUMISECTION_SECONDS
from dqmtui.demo.cms.catalogue import dataset_of
from dqmtui.demo.cms.files import LS_PER_FILE
from dqmtui.demo.cms.ordinary_runs import ORDINARY_RUNS
from dqmtui.demo.cms.source import RUN_PLANS, PlannedRuns, planned_source
from dqmtui.demo.cms.truth import load_truth
from dqmtui.demo.cms.world import World

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.demo.cms.plan import RunPlan

GROWING_RUN = next(plan for plan in ORDINARY_RUNS if plan.ongoing)
MOST_GAINED = 1000
"""LS after which the run stays as it is: six and a half hours."""


@dataclass(frozen=True, slots=True)
class Growth:
    """How many lumisections have passed since it was made; `clock` gives seconds."""

    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "began", self.clock())

    def gained(self) -> int:
        """Count the LS gained so far, MOST_GAINED at the most."""
        return min(int((self.clock() - self.began) / LUMISECTION_SECONDS), MOST_GAINED)


def grown(plan: RunPlan, gained: int) -> RunPlan:
    """Give the plan of a run that goes on, so many LS later.

    OMS and DIALS have that many LS more, DIALS as far behind as before, and its files go the same way from
    waiting to finished. What there was stays as it was but for the last LS, which is open no longer.
    """
    last = int(plan.rows.partition("-")[2]) + gained
    n_read = int(plan.dials_missing.partition("-")[0]) - 1 + gained

    def longer(text: str) -> str:
        return f"{text.partition('-')[0]}-{last}"

    # an LS that has been read is in a file of its own until those around it have been
    waiting = [
        (first, min(first + LS_PER_FILE - 1, last))
        for first in range(-(-n_read // LS_PER_FILE) * LS_PER_FILE + 1, last + 1, LS_PER_FILE)
    ]
    return replace(
        plan,
        rows=longer(plan.rows),
        active=longer(plan.active),
        rates=longer(plan.rates),
        stable=longer(plan.stable),
        ready=longer(plan.ready),
        ready_of={flag: longer(text) for flag, text in plan.ready_of.items()},
        dials_missing=f"{n_read + 1}-{last}",
        broken_files=tuple(
            ("PENDING" if at else "STARTED", f"{first}-{end}") for at, (first, end) in enumerate(waiting)
        ),
    )


class GrowingWorld(World):
    """The planned runs, of which one grows: `now` is a world as it is for as long as an LS lasts.

    It is itself the world of the beginning.
    """

    def __init__(self, growth: Growth) -> None:
        runs = PlannedRuns(RUN_PLANS)
        super().__init__(planned_source(runs), load_truth())
        self._growth = growth
        self._latest: tuple[int, PlannedRuns, World] = (0, runs, self)

    def now(self) -> World:
        """Give the world of this moment: who answers a request asks once, and sees one state of the run."""
        gained = self._growth.gained()
        known, runs, world = self._latest
        if gained != known:
            runs = runs.with_plan(grown(GROWING_RUN, gained))
            world = _world_of(runs, gained)
            # several threads may come here at once; they make the same
            self._latest = (gained, runs, world)
        return world


def _world_of(runs: PlannedRuns, gained: int) -> World:
    world = World(planned_source(runs), load_truth())
    taken = {dataset_of(stream, GROWING_RUN.era).dataset_id for stream in GROWING_RUN.datasets}
    world.datasets = tuple(
        replace(one, last_modification_date=_modified(one.last_modification_date, gained))
        if one.dataset_id in taken
        else one
        for one in world.datasets
    )
    return world


def _modified(text: str, gained: int) -> str:
    """Give the time of a modification so many LS later, written alike."""
    moment = np.datetime64(text.removesuffix("Z"), "us")
    later = moment + np.timedelta64(round(gained * LUMISECTION_SECONDS * 1e6), "us")
    return f"{later}Z"
