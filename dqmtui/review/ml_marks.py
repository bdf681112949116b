"""Which lumisections of the open run anomaly models flag, asked for when somebody wants to see it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.states import SourceState
from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

    from dqmtui.model.keys import MonitoringElement, RunKey
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.services.records import MlFlag, MlModel


@dataclass(frozen=True, slots=True)
class RankedFlag:
    """One LS that a model calls bad; `model` is None where the service does not tell of it."""

    flag: MlFlag
    model: MlModel | None

    @property
    def excess(self) -> float | None:
        """How many times the threshold of the model its metric is, None where one is not known."""
        threshold = None if self.model is None else self.model.anomaly_threshold
        metric = self.flag.metric
        return metric / threshold if metric is not None and threshold else None

    @property
    def name(self) -> str:
        """The model's name."""
        return f"model {self.flag.model_id}" if self.model is None else self.model.name

    def element_in(self, elements: Iterable[MonitoringElement]) -> MonitoringElement | None:
        """Find what the model looked at: by the flag's me_id, else by the name the model gives."""
        target = None if self.model is None else self.model.target_me
        found = [one for one in elements if one.me_id == self.flag.me_id or one.me == target]
        by_id = [one for one in found if one.me_id == self.flag.me_id]
        return next(iter(by_id or found), None)


def ranked(flags: Iterable[MlFlag], models: Iterable[MlModel]) -> tuple[RankedFlag, ...]:
    """Rank flags, the one farthest over the threshold of its model first, each LS of a model once.

    Metrics of different models have no common scale: those without a threshold come last, by metric.
    """
    by_id = {model.model_id: model for model in models}
    once = {(flag.model_id, flag.ls_number): RankedFlag(flag, by_id.get(flag.model_id)) for flag in flags}

    def order(one: RankedFlag) -> tuple[bool, float, float, int, int]:
        excess, metric = one.excess, one.flag.metric
        return (
            *(excess is None, -(excess or 0.0), -(metric or 0.0)),
            *(one.flag.ls_number, one.flag.model_id),
        )

    return tuple(sorted(once.values(), key=order))


@dataclass(frozen=True, slots=True, eq=False)
class MlMarks:
    """The LS of a run that models flag, and how many of them flag each; `models` that there are.

    `ranked` are the single flags, the one farthest over the threshold of its model first.
    """

    run: RunKey
    state: SourceState = SourceState.LOADING
    flagged: LSMask = field(default_factory=LSMask)
    count: Mapping[int, int] = field(default_factory=dict)
    models: int = 0
    ranked: tuple[RankedFlag, ...] = ()

    def at(self, ls: int) -> str:
        """Say what the models say of an LS."""
        if self.state is not SourceState.LOADED:
            return str(self.state.value)
        if not self.models:
            return "no models"
        return f"{self.count.get(ls, 0)} of {self.models} models"


class MlMarking:
    """Loads the flags of runs, each once.

    `start` runs a task of a group beside the loading; `came` is called when flags have come or failed to.
    """

    def __init__(
        self,
        data: DataLayer,
        start: Callable[[str, Callable[[], Awaitable[None]]], None],
        came: Callable[[], None],
    ) -> None:
        self._data = data
        self._start = start
        self._came = came
        self._marks: dict[RunKey, MlMarks] = {}

    def of(self, run: RunKey) -> MlMarks:
        """Give what is known of a run by now, and ask for it if nobody has."""
        if run not in self._marks:
            self._marks[run] = MlMarks(run)
            self._start(f"ml flags {run.dataset_id} {run.run}", lambda: self._load(run))
        return self._marks[run]

    def known(self, run: RunKey) -> MlMarks | None:
        """Give what is known of a run without asking, None where nobody has."""
        return self._marks.get(run)

    def mask(self, run: RunKey) -> LSMask | None:
        """Give the flagged LS of a run, None while they are not known."""
        marks = self._marks.get(run)
        return marks.flagged if marks is not None and marks.state is SourceState.LOADED else None

    def forget(self) -> None:
        """Let what failed be asked for again."""
        failed = [run for run, marks in self._marks.items() if marks.state is SourceState.FAILED]
        for run in failed:
            del self._marks[run]

    async def _load(self, run: RunKey) -> None:
        try:
            models = await self._data.ml_models(run.workspace)
            flags = await self._data.ml_flags(run)
        except ServiceError:
            self._settle(MlMarks(run, SourceState.FAILED))
            raise
        count = Counter(ls for ls, _ in {(flag.ls_number, flag.model_id) for flag in flags})
        n_models = len({*(model.model_id for model in models), *(flag.model_id for flag in flags)})
        flagged = LSMask.from_numbers(count.keys())
        self._settle(MlMarks(run, SourceState.LOADED, flagged, count, n_models, ranked(flags, models)))

    def _settle(self, now: MlMarks) -> None:
        self._marks[now.run] = now
        self._came()
