"""Which lumisections of the open run anomaly models flag, asked for when somebody wants to see it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.states import SourceState
from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from dqmtui.model.keys import RunKey
    from dqmtui.review.datalayer import DataLayer


@dataclass(frozen=True, slots=True, eq=False)
class MlMarks:
    """The LS of a run that models flag, and how many of them flag each; `models` that there are."""

    run: RunKey
    state: SourceState = SourceState.LOADING
    flagged: LSMask = field(default_factory=LSMask)
    count: Mapping[int, int] = field(default_factory=dict)
    models: int = 0

    def at(self, ls: int) -> str:
        """Say what the models say of an LS."""
        if self.state is not SourceState.LOADED:
            return str(self.state.value)
        if not self.models:
            return "no models"
        return f"{self.count.get(ls, 0)} of {self.models} models"


class MlMarking:
    """Loads the flags of one run after another.

    `start` runs a task beside the loading in place of the one before; `came` is called when it has ended.
    """

    def __init__(
        self,
        data: DataLayer,
        start: Callable[[Callable[[], Awaitable[None]]], None],
        came: Callable[[], None],
    ) -> None:
        self._data = data
        self._start = start
        self._came = came
        self._marks: MlMarks | None = None

    def of(self, run: RunKey) -> MlMarks:
        """Give what is known of a run by now, and ask for it if nobody has."""
        if self._marks is None or self._marks.run != run:
            self._marks = MlMarks(run)
            self._start(self._load)
        return self._marks

    def forget(self) -> None:
        """Let what failed be asked for again."""
        if self._marks is not None and self._marks.state is SourceState.FAILED:
            self._marks = None

    async def _load(self) -> None:
        marks = self._marks
        if marks is None:
            return
        run = marks.run
        try:
            models = await self._data.ml_models(run.workspace)
            flags = await self._data.ml_flags(run)
        except ServiceError:
            self._settle(marks, replace(marks, state=SourceState.FAILED))
            raise
        count = Counter(ls for ls, _ in {(flag.ls_number, flag.model_id) for flag in flags})
        n_models = len({*(model.model_id for model in models), *(flag.model_id for flag in flags)})
        self._settle(
            marks, MlMarks(run, SourceState.LOADED, LSMask.from_numbers(count.keys()), count, n_models)
        )

    def _settle(self, before: MlMarks, now: MlMarks) -> None:
        if self._marks is before:
            self._marks = now
            self._came()
