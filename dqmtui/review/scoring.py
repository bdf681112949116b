"""Scores of the lumisections of the element on screen."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.model.judging.scan_ranges import ScanResult, ranges
from dqmtui.model.reconstruction import differs
from dqmtui.model.states import SourceState
from dqmtui.review.comparing import Comparing
from dqmtui.review.facts import (
    HistogramsChanged,
    ReferenceChanged,
    ScoresChanged,
    StateChanged,
    TableChanged,
)
from dqmtui.review.histograms import LoadState
from dqmtui.review.scan_words import nothing_judged, summary
from dqmtui.review.scans import ReferenceRun, Scorer, judged_ls

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.judging.scan_scores import Scores
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.choices import OtherRun
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.facts import Fact


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """Scores of the element on screen, what they were made of, and their ranges."""

    made_of: tuple[object, ...]
    scores: Scores
    result: ScanResult
    why: str = ""


class Scoring(Comparing):
    """The scores of the element on screen, made anew when what they come from changes."""

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        self._scored: _Scored | None = None
        self._scoring: tuple[object, ...] | None = None
        # whether somebody else says what came of the scores that are coming
        self._is_silent = False

    @property
    def scores(self) -> Scores | None:
        """The scores of the element on screen; None while they are not wanted or not there."""
        scored = self._scored_on_screen()
        return None if scored is None else scored.scores

    @property
    def scored(self) -> ScanResult | None:
        """The ranges of `scores`, with threshold, trials and the false alarms to be expected."""
        scored = self._scored_on_screen()
        return None if scored is None else scored.result

    @property
    def unjudged(self) -> str:
        """Say why of the element on screen no LS could be judged; "" if any could, or nobody knows yet."""
        scored = self._scored_on_screen()
        if scored is None or scored.result.lumisections:
            return ""
        return nothing_judged(scored.scores, scored.why)

    @property
    def is_scoring(self) -> bool:
        """Whether scores are being made of what there is now."""
        return self._scoring is not None

    def _scored_on_screen(self) -> _Scored | None:
        scored, state = self._scored, self.state
        if scored is None or not state.shows_scores or scored.made_of[:2] != (state.run, state.element):
            return None
        return scored

    def show_scores(self, on: bool) -> None:  # noqa: FBT001 - the one thing that is told
        """Score the LS of the element on screen, now and whenever something changes, or do so no longer."""
        if on == self.state.shows_scores:
            return
        if not on:
            self._watch.cancel("scores")
            self._scored = self._scoring = None
            self._is_silent = False
        self._replace(shows_scores=on)
        if not on:
            self._tell(ScoresChanged())

    def _tell(self, fact: Fact) -> None:
        super()._tell(fact)
        if isinstance(fact, StateChanged | TableChanged | HistogramsChanged | ReferenceChanged):
            self._score_anew()

    def _score_anew(self) -> None:
        """Score the element on screen unless that has been done with all that is there now."""
        if not self.state.shows_scores or self._listener is None:
            return
        stack, table = None if self.load is None else self.load.stack, self.table
        if self.load is None or self.load.state is LoadState.LOADING or stack is None or table is None:
            return
        other, reference_table = self._reference_of_scores()
        if is_coming(table) or (reference_table is not None and is_coming(reference_table)):
            return
        choice = self._scored_against()
        if choice is not None and other is None and self._reference_may_come():
            return
        named = self._named_of(table.key)
        made_of: tuple[object, ...] = (
            *(self.state.run, self.state.element, stack, stack.version, table, self.state.good, named),
            self.state.good_of_others,
            *(choice, reference_table, other, None if other is None else other.version),
        )
        if made_of == self._scoring or (self._scored is not None and made_of == self._scored.made_of):
            return
        self._scoring = made_of
        good, why = judged_ls(table, self.state.good, named)
        scorer = Scorer(table, good, self._reference_run(choice, reference_table))
        # pages that come meanwhile would change the arrays under the thread's hands
        stack, other = stack.as_now(), None if other is None else other.as_now()
        self._watch.start("scores", lambda: self._score(made_of, scorer, stack, other, why))

    async def _score(
        self,
        made_of: tuple[object, ...],
        scorer: Scorer,
        stack: HistogramStack,
        other: HistogramStack | None,
        why: str,
    ) -> None:
        scores, result = await asyncio.to_thread(_score_and_rank, scorer, stack, other)
        before = self._scored
        # that nothing could be judged is no longer so
        is_news = before is None or before.made_of[:2] != made_of[:2] or not before.result.lumisections
        self._scored, self._scoring = _Scored(made_of, scores, result, why), None
        if not result.lumisections:
            self._error(nothing_judged(scores, why))
        elif is_news and not self._is_silent:
            self._notice(summary(result, scores, why))
        self._is_silent = False
        self._tell(ScoresChanged())

    def _scored_against(self) -> OtherRun | None:
        """Give the run whose shapes are the reference: the first of other runs; None for the same run."""
        return next(iter(self._other_runs()), None)

    def _reference_of_scores(self) -> tuple[HistogramStack | None, LSTable | None]:
        if self._scored_against() is None:
            return None, None
        load = self.reference_load
        if load is None or load.state is LoadState.LOADING:
            return None, self.reference_table
        return load.stack, self.reference_table

    def _reference_may_come(self) -> bool:
        return self.reference_load is None or self.reference_load.state is LoadState.LOADING

    def _reference_run(self, choice: OtherRun | None, table: LSTable | None) -> ReferenceRun | None:
        if choice is None or table is None:
            return None
        good, _ = judged_ls(table, self.state.good_of_others, self._named_of(choice.run))
        return ReferenceRun.of(table, good, differs(self.state.dataset, choice.dataset))


def _score_and_rank(
    scorer: Scorer, stack: HistogramStack, other: HistogramStack | None
) -> tuple[Scores, ScanResult]:
    scores = scorer.score(stack, other)
    return scores, ranges([scores], scorer.judging)


def is_coming(table: LSTable) -> bool:
    """Tell whether a source may still tell of more."""
    return any(source.state is SourceState.LOADING for source in table.sources.values())
