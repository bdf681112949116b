"""The masks of the runs of a review by their names, loaded when an expression first uses them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.ls_columns import ML_FLAGS
from dqmtui.model.run_registry import RR
from dqmtui.model.states import SourceState
from dqmtui.review.certified import CertifiedMasks
from dqmtui.review.choices import OtherRun
from dqmtui.review.facts import (
    Notice,
    ReferenceChanged,
    Severity,
    StateChanged,
    TableChanged,
    TrendChanged,
)
from dqmtui.review.looking import Looking
from dqmtui.review.ml_marks import MlMarking
from dqmtui.review.named import CERTIFIED, EXCLUDED, GOLDEN, ML, Named
from dqmtui.review.registry import Registered, registered_in_words
from dqmtui.review.under import MASKS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from dqmtui.model.keys import RunKey
    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.lstable import Source
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.facts import Fact
    from dqmtui.review.state import ReviewState

_MOST_RUNS = 16
"""Runs whose masks are kept: the open one and its references, and those before them."""


class Masking(Looking):
    """Which masks the expressions of a review may name, and what is known of each."""

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        self.certified = CertifiedMasks(data, self._watch.start, self._masks_came, self._tell)
        self.ml_marks = MlMarking(data, self._watch.start, self._flags_came)
        self.registered = Registered(data.registry, self._watch.start, self._registered_came)
        self._named: dict[RunKey, tuple[tuple[object, ...], Named]] = {}

    def named(self) -> Named | None:
        """Give the masks of the open run, None while none is open."""
        return None if self.state.run is None else self._named_of(self.state.run)

    @property
    def golden(self) -> LSMask | None:
        """The golden LS of the open run, None where they are not known."""
        run = self.state.run
        return None if run is None else self.certified.mask(GOLDEN, run, self._dataset_of(run))

    @property
    def golden_is_coming(self) -> bool:
        """Whether the golden JSON of the open run has been asked for and not come."""
        run = self.state.run
        return run is not None and self.certified.is_coming(GOLDEN, run, self._dataset_of(run))

    def golden_file(self, name: str) -> None:
        """Let a file stand for the golden JSON, "" for the newest published one again."""
        self._replace(golden=name)
        run = self.state.run
        if name and run is not None:
            # at once, so that a file that is none is said now and not when an expression first needs it
            self.certified.want(GOLDEN, run, self._dataset_of(run))

    def _excluded_of(self, run: RunKey) -> LSMask:
        """Give the LS of a run that the person left out."""
        raise NotImplementedError

    def _noted_of(self, _run: RunKey) -> Mapping[str, LSMask]:
        """Give masks of a run that come of notes, by name; the same objects until notes change."""
        return {}

    def _saved_of(self, _run: RunKey) -> Mapping[str, str]:
        """Give the saved expressions that count for a run, by name."""
        return {}

    def _named_of(self, run: RunKey) -> Named:
        """Give the masks of a run: the same object until one of them changes."""
        dataset = self._dataset_of(run)
        masks: dict[str, LSMask | None] = {EXCLUDED: self._excluded_of(run)}
        masks |= {name: self.certified.mask(name, run, dataset) for name in CERTIFIED}
        masks[ML] = self.ml_marks.mask(run)
        masks |= self._noted_of(run)
        saved = dict(self._saved_of(run))
        made_of = (*masks.items(), *saved.items())
        before = self._named.pop(run, None)
        now = before if before is not None and before[0] == made_of else (made_of, Named(masks, saved))
        self._named[run] = now
        if len(self._named) > _MOST_RUNS:
            del self._named[next(iter(self._named))]
        return now[1]

    def _dataset_of(self, run: RunKey) -> str:
        return self.data.dataset_name(run.dataset_id)

    # -- loading -----------------------------------------------------------------------------------------

    def _settle(self, before: ReviewState) -> None:
        super()._settle(before)
        self.certified.file = self.state.golden

    def _tell(self, fact: Fact) -> None:
        super()._tell(fact)
        if isinstance(fact, StateChanged):
            self._want_masks()

    def _want_masks(self) -> None:
        """Load what the expressions for the good LS use, and the golden JSON where masks are looked at."""
        state = self.state
        if state.run is not None and ML_FLAGS in state.ls_columns:
            self.ml_marks.of(state.run)
        if state.run is not None:
            self._want(state.run, state.good, always={GOLDEN} if state.under == MASKS else set())
            self._want(state.run, state.ls_filter)
        for choice in state.references:
            if isinstance(choice, OtherRun):
                self._want(choice.run, state.good_of_others)

    def _want(self, run: RunKey, expression: str, always: set[str] | None = None) -> None:
        dataset = self._dataset_of(run)
        for name in sorted(self._named_of(run).wanted(expression) | (always or set())):
            if name in CERTIFIED and dataset:
                self.certified.want(name, run, dataset)
            elif name == ML:
                self.ml_marks.of(run)

    def _reload_masks(self) -> None:
        """Ask again for what could not be had."""
        self.certified.forget()
        self.ml_marks.forget()
        self.registered.forget()
        self._want_masks()

    def _masks_came(self) -> None:
        self._want_masks()
        self._tell(ReferenceChanged())

    def _flags_came(self) -> None:
        self._tell(TrendChanged())
        self._tell(ReferenceChanged())

    def _registered_came(self, source: Source) -> None:
        self._tell(TableChanged(RR))
        severity = Severity.ERROR if source.state is SourceState.FAILED else Severity.INFO
        self._tell(Notice(registered_in_words(source), severity))
