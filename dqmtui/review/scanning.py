"""Scores of the element on screen, and scans of many elements of the open run."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.scan_ranges import EXPECTED_FALSE_ALARMS, ScanResult, Suspicion, ranges
from dqmtui.model.judging.scan_trend import LEAST_LS
from dqmtui.model.states import SourceState
from dqmtui.review.comparing import Comparing
from dqmtui.review.facts import (
    HistogramsChanged,
    Notice,
    ReferenceChanged,
    ScanChanged,
    ScoresChanged,
    Severity,
    StateChanged,
    TableChanged,
)
from dqmtui.review.histograms import LoadState
from dqmtui.review.scan_state import Scan, ScanPhase
from dqmtui.review.scan_words import found_by, in_ls_order, no_more, summary, told, too_few, waiting
from dqmtui.review.scans import ReferenceRun, Scorer, judged_ls, scan_run
from dqmtui.services.errors import NotLoggedIn, ServiceDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.judging.scan_scores import Scores
    from dqmtui.model.keys import MonitoringElement, RunKey
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.choices import OtherRun
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.facts import Fact
    from dqmtui.review.scans import Scored

RANK_EVERY_S = 0.5
"""Seconds between two rankings of what a scan has so far."""

KEPT_SCANS = 8
"""Runs whose last scan is kept for when the person comes back to them."""


@dataclass(slots=True)
class _Work:
    """What a scan needs to go on: the scores so far, the elements to come, and by what all are scored."""

    left: list[MonitoringElement]
    expression: str
    reference: OtherRun | None
    scores: list[Scores]
    table: LSTable | None = None
    scorer: Scorer | None = None


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """Scores of the element on screen, what they were made of, and their ranges."""

    made_of: tuple[object, ...]
    scores: Scores
    result: ScanResult


class Scanning(Comparing):
    """The scores of the element on screen, made anew when what they come from changes, and the last scans."""

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        self._scored: _Scored | None = None
        self._scoring: tuple[object, ...] | None = None
        self._scans: dict[RunKey, tuple[Scan, _Work]] = {}
        self._jump = 0

    # -- the element on screen ---------------------------------------------------------------------------

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
    def suspicions(self) -> tuple[Suspicion, ...]:
        """The suspicious ranges of the element on screen: of its scores, else those that the scan found."""
        element = self.state.element
        if (scored := self._scored_on_screen()) is not None:
            return scored.result.suspicions
        if (scan := self.scan) is None or element is None:
            return ()
        return tuple(one for one in scan.result.suspicions if one.element == element)

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
            self._jump = 0
        self._replace(shows_scores=on)
        if not on:
            self._tell(ScoresChanged())

    def _tell(self, fact: Fact) -> None:
        super()._tell(fact)
        match fact:
            case StateChanged(before, after):
                if before.run != after.run:
                    self._leave_scan(before.run)
                self._score_anew()
            case TableChanged() | HistogramsChanged() | ReferenceChanged():
                self._score_anew()

    def _score_anew(self) -> None:
        """Score the element on screen unless that has been done with all that is there now."""
        if not self.state.shows_scores or self._listener is None:
            return
        stack, table = None if self.load is None else self.load.stack, self.table
        if self.load is None or self.load.state is LoadState.LOADING or stack is None or table is None:
            return
        other, reference_table = self._reference_of_scores()
        if _is_coming(table) or (reference_table is not None and _is_coming(reference_table)):
            return
        choice = self._scored_against()
        if choice is not None and other is None and self._reference_may_come():
            return
        excluded = self._excluded_of(table.key)
        made_of: tuple[object, ...] = (
            *(self.state.run, self.state.element, stack, stack.version, table, self.state.good, excluded),
            self.state.good_of_others,
            *(choice, reference_table, other, None if other is None else other.version),
        )
        if made_of == self._scoring or (self._scored is not None and made_of == self._scored.made_of):
            return
        self._scoring = made_of
        good, why = judged_ls(table, self.state.good, excluded)
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
        is_news = self._scored is None or self._scored.made_of[:2] != made_of[:2]
        self._scored, self._scoring = _Scored(made_of, scores, result), None
        if not result.lumisections:
            self._error(f"Nothing could be judged: {scores.reference}. {why}".rstrip())
        elif is_news and not self._jump:
            self._notice(summary(result, scores, why))
        self._tell(ScoresChanged())
        step, self._jump = self._jump, 0
        if step:
            self.step_suspicion(step)

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
        good, _ = judged_ls(table, self.state.good_of_others, self._excluded_of(choice.run))
        return ReferenceRun(choice.run, good)

    # -- scans -------------------------------------------------------------------------------------------

    @property
    def scan(self) -> Scan | None:
        """The last scan of the open run in this session, under way or over."""
        run = self.state.run
        return self._scans[run][0] if run in self._scans else None

    @property
    def is_scanning(self) -> bool:
        """Whether a scan is under way, be it that it waits for a service."""
        return self.scan is not None and not self.scan.is_over

    def start_scan(self, elements: Sequence[MonitoringElement], scope: str) -> None:
        """Scan elements of the open run, in place of its last scan; `scope` says what they are."""
        run, reference = self.state.run, self._scored_against()
        if run is None or not elements:
            self._error("There is nothing to scan: no run is open, or no elements are known.")
            return
        name = f"run {reference.run.run}" if reference is not None else "the same run, without the LS itself"
        work = _Work(list(elements), self.state.good, reference, [])
        # the ranking of a scan before this one is not that of this one
        self._watch.cancel("rank")
        self._scans.pop(run, None)
        rate = str(self.data.rate) if self.data.has_oms else ""
        scan = Scan(run, scope, len(elements), work.expression, name, ranges(()), rate=rate)
        self._scans[run] = scan, work
        for old in tuple(self._scans)[:-KEPT_SCANS]:
            del self._scans[old]
        self._tell(ScanChanged())
        self._watch.start("scan", lambda: self._scan(run))

    def stop_scan(self) -> bool:
        """Stop the scan, keeping what it has; tell whether there was one under way."""
        scan = self.scan
        if scan is None or scan.is_over:
            return False
        self._stop(scan.run)
        return True

    def resume_scan(self, *, stopped: bool) -> None:
        """Let a scan go on that waits for a service, with `stopped` also one that the person stopped."""
        scan = self.scan
        if scan is None or "scan" in self._watch:
            return
        if scan.phase is ScanPhase.WAITING or (stopped and scan.phase is ScanPhase.STOPPED):
            self._watch.cancel("rank")
            self._scan_is(replace(scan, phase=ScanPhase.RUNNING))
            self._watch.start("scan", lambda: self._scan(scan.run))

    def _leave_scan(self, run: RunKey | None) -> None:
        """Stop the scan of a run that is looked at no longer."""
        if run is not None and run in self._scans and not self._scans[run][0].is_over:
            self._stop(run)

    def _stop(self, run: RunKey) -> None:
        """Stop a scan, and rank what it has as all that there is."""
        scan, work = self._scans[run]
        self._watch.cancel("scan")
        self._scan_is(replace(scan, phase=ScanPhase.STOPPED, eta_s=None))
        if (table := work.table) is not None:
            self._watch.start("rank", lambda: self._rank(run, table, ScanPhase.STOPPED))

    def _scan_is(self, scan: Scan) -> None:
        self._scans[scan.run] = scan, self._scans[scan.run][1]
        self._tell(ScanChanged())

    async def _scan(self, run: RunKey) -> None:
        _, work = self._scans[run]
        if (scorer := await self._scorer(run, work)) is None:
            self._stop(run)
            return
        table = scorer.table
        begun, begun_at = self._scans[run][0].done, time.monotonic()
        ranked_at = begun_at
        pages = scan_run(
            self.data, scorer, tuple(work.left), cursor=self.state.ls or 1, give_way=self._screen_first
        )
        async with aclosing(pages):
            async for one in pages:
                if isinstance(one.error, ServiceDown | NotLoggedIn):
                    await self._rank(run, table, ScanPhase.WAITING)
                    self._tell(Notice(waiting(self._scans[run][0], one.error.message), Severity.WARNING))
                    self._look_into(one.error)
                    return
                scan, now = self._take(run, work, one), time.monotonic()
                eta_s = (scan.total - scan.done) * (now - begun_at) / max(1, scan.done - begun)
                self._scan_is(replace(scan, eta_s=eta_s))
                if work.left and now - ranked_at > RANK_EVERY_S:
                    await self._rank(run, table, ScanPhase.RUNNING)
                    ranked_at = time.monotonic()
        await self._rank(run, table, ScanPhase.DONE)
        self._notice(found_by(self._scans[run][0]))

    async def _scorer(self, run: RunKey, work: _Work) -> Scorer | None:
        """Give what scores all elements of a scan alike, also after a pause; None with too few good LS."""
        if work.scorer is not None and work.scores:
            return work.scorer
        table = work.table = await self._whole_table(run)
        good, why = judged_ls(table, work.expression, self._excluded_of(run))
        if np.count_nonzero(good.selects(table.ls)) < LEAST_LS:
            self._error(too_few(LEAST_LS, work.expression, why))
            return None
        work.scorer = Scorer(table, good, await self._scan_reference(work))
        return work.scorer

    def _take(self, run: RunKey, work: _Work, one: Scored) -> Scan:
        """Take in what became of an element."""
        work.left.remove(one.element)
        scan = replace(self._scans[run][0], done=self._scans[run][0].done + 1)
        if one.scores is not None:
            work.scores.append(one.scores)
            scan = replace(scan, histograms=scan.histograms + one.scores.ls.size)
            if one.why:
                scan = replace(scan, partial=(*scan.partial, (one.element, one.why)))
        elif one.why:
            scan = replace(scan, failed=(*scan.failed, (one.element, one.why)))
        else:
            scan = replace(scan, absent=scan.absent + 1)
        return scan

    async def _rank(self, run: RunKey, table: LSTable, phase: ScanPhase) -> None:
        """Rank what a scan has; while it goes on, by the threshold that the whole of it will have."""
        scan, work = self._scans[run]
        goes_on = phase in {ScanPhase.RUNNING, ScanPhase.WAITING}
        share = max(scan.done, 1) / scan.total if goes_on else 1.0
        scores = tuple(work.scores)
        result = await asyncio.to_thread(ranges, scores, table, EXPECTED_FALSE_ALARMS, share=share)
        if phase is ScanPhase.DONE:
            # the ranges are what remains; the scores of all elements of a long run are tens of megabytes
            work.scores, work.scorer = [], None
        eta_s = scan.eta_s if phase is ScanPhase.RUNNING else None
        self._scan_is(replace(self._scans[run][0], result=result, phase=phase, eta_s=eta_s))

    async def _whole_table(self, run: RunKey) -> LSTable:
        known = self.table if self.table is not None and self.table.key == run else None
        if known is not None and not _is_coming(known):
            return known
        return await self.data.load_table(run, lambda _table, _source: None, known, self._look_into)

    async def _scan_reference(self, work: _Work) -> ReferenceRun | None:
        if work.reference is None:
            return None
        return self._reference_run(work.reference, await self._reference_table_of(work.reference.run))

    async def _reference_table_of(self, run: RunKey) -> LSTable:
        known = self.reference_table
        if known is not None and known.key == run and not _is_coming(known):
            return known
        return await self.data.load_table(run, lambda _table, _source: None, None, self._look_into)

    async def _screen_first(self) -> None:
        """Wait for the histograms that the person waits for."""
        if (load := self.load) is not None and load.state is LoadState.LOADING:
            await load.wait()

    # -- going from one to the next ----------------------------------------------------------------------

    def step_suspicion(self, step: int) -> None:
        """Go to the next or previous suspicious range, to the LS that has its highest score.

        Of the scan of this run where there is one, across elements in the order of LS; else of the element
        on screen, which is scored first if need be.
        """
        scan = self.scan
        found = scan.result.suspicions if scan is not None and scan.done else None
        if found is None:
            if (scored := self.scored) is None:
                self._jump = step
                self._notice("Scoring the LS of this element ...")
                self.show_scores(on=True)
                return
            found = scored.suspicions
        place = self._place_beside(found, step)
        if place is None:
            self._notice(no_more(found, step))
            return
        ordered = in_ls_order(found)
        one = ordered[place]
        self.go_to_suspicion(one)
        self._notice(f"{place + 1} of {len(ordered)}: {told(one)}")

    def go_to_suspicion(self, one: Suspicion) -> None:
        """Look at the element and the LS that has the highest score of a suspicious range."""
        if one.element != self.state.element:
            self.select_element(one.element)
        self.go_to_ls(one.peak_ls)

    def _place_beside(self, found: Sequence[Suspicion], step: int) -> int | None:
        ls, element = self.state.ls, self.state.element
        if ls is None or not found:
            return None
        ordered = in_ls_order(found)
        here = [at for at, one in enumerate(ordered) if one.peak_ls == ls and one.element == element]
        if here:
            place = here[0] + step
        else:
            after = sum(one.peak_ls <= ls for one in ordered)
            before = sum(one.peak_ls < ls for one in ordered)
            place = after + step - 1 if step > 0 else before + step
        return place if 0 <= place < len(ordered) else None


def _score_and_rank(
    scorer: Scorer, stack: HistogramStack, other: HistogramStack | None
) -> tuple[Scores, ScanResult]:
    scores = scorer.score(stack, other)
    return scores, ranges([scores], scorer.table)


def _is_coming(table: LSTable) -> bool:
    return any(source.state is SourceState.LOADING for source in table.sources.values())
