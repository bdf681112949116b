"""Scans of many elements of the open run, and going through what they found."""

from __future__ import annotations

import asyncio
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.scan_conditions import judgeable
from dqmtui.model.judging.scan_explained import Judging
from dqmtui.model.judging.scan_ranges import EXPECTED_FALSE_ALARMS, Suspicion, ranges
from dqmtui.model.judging.scan_trend import LEAST_LS
from dqmtui.review.facts import (
    Notice,
    ScanChanged,
    ScoresChanged,
    Severity,
    StateChanged,
)
from dqmtui.review.histograms import LoadState
from dqmtui.review.scan_state import Scan, ScanPhase
from dqmtui.review.scan_words import (
    found_by,
    in_ls_order,
    no_more,
    not_to_be_scored,
    nothing_scanned,
    told,
    too_few,
    waiting,
)
from dqmtui.review.scans import ReferenceRun, Scorer, judged_ls, scan_run
from dqmtui.review.scoring import Scoring, is_coming
from dqmtui.services.errors import NotLoggedIn, ServiceDown

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

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
    judging: Judging | None = None
    scorer: Scorer | None = None


class Scanning(Scoring):
    """The last scan of each run, and the way from one suspicious range to the next."""

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        self._scans: dict[RunKey, tuple[Scan, _Work]] = {}
        self._jump = 0

    @property
    def suspicions(self) -> tuple[Suspicion, ...]:
        """The suspicious ranges of the element on screen: of its scores, else those that the scan found."""
        element = self.state.element
        if (scored := self.scored) is not None:
            return scored.suspicions
        if (scan := self.scan) is None or element is None:
            return ()
        return tuple(one for one in scan.result.suspicions if one.element == element)

    def _tell(self, fact: Fact) -> None:
        super()._tell(fact)
        match fact:
            case StateChanged(before, after) if before.run != after.run:
                self._leave_scan(before.run)
            case ScoresChanged() if self._jump:
                step, self._jump = self._jump, 0
                # that nothing could be judged has been said
                if self.state.shows_scores and not self.unjudged:
                    self.step_suspicion(step)

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
        if work.judging is not None:
            self._watch.start("rank", lambda: self._rank(run, ScanPhase.STOPPED))

    def _scan_is(self, scan: Scan) -> None:
        self._scans[scan.run] = scan, self._scans[scan.run][1]
        self._tell(ScanChanged())

    async def _scan(self, run: RunKey) -> None:
        _, work = self._scans[run]
        if (scorer := await self._scorer(run, work)) is None:
            self._stop(run)
            return
        begun, begun_at = self._scans[run][0].done, time.monotonic()
        ranked_at = begun_at
        pages = scan_run(
            self.data, scorer, tuple(work.left), cursor=self.state.ls or 1, give_way=self._screen_first
        )
        async with aclosing(pages):
            async for one in pages:
                if isinstance(one.error, ServiceDown | NotLoggedIn):
                    await self._rank(run, ScanPhase.WAITING)
                    self._tell(Notice(waiting(self._scans[run][0], one.error.message), Severity.WARNING))
                    self._look_into(one.error)
                    return
                scan, now = self._take(run, work, one), time.monotonic()
                eta_s = (scan.total - scan.done) * (now - begun_at) / max(1, scan.done - begun)
                self._scan_is(replace(scan, eta_s=eta_s))
                if work.left and now - ranked_at > RANK_EVERY_S:
                    await self._rank(run, ScanPhase.RUNNING)
                    ranked_at = time.monotonic()
        await self._rank(run, ScanPhase.DONE)
        self._notice(found_by(self._scans[run][0]))

    async def _scorer(self, run: RunKey, work: _Work) -> Scorer | None:
        """Give what scores all elements of a scan alike, also after a pause; None with too few good LS."""
        if work.scorer is not None and work.scores:
            return work.scorer
        table = await self._whole_table(run)
        good, why = judged_ls(table, work.expression, self._named_of(run))
        work.judging = Judging(table, good)
        number, of = (int(np.count_nonzero(m.selects(table.ls))) for m in (judgeable(table, good), good))
        if number < LEAST_LS:
            self._error(too_few(LEAST_LS, work.expression, why, of - number))
            return None
        work.scorer = Scorer(table, good, await self._scan_reference(work))
        work.judging = work.scorer.judging
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

    async def _rank(self, run: RunKey, phase: ScanPhase) -> None:
        """Rank what a scan has; while it goes on, by the threshold that the whole of it will have."""
        scan, work = self._scans[run]
        goes_on = phase in {ScanPhase.RUNNING, ScanPhase.WAITING}
        share = max(scan.done, 1) / scan.total if goes_on else 1.0
        scores, judging = tuple(work.scores), work.judging
        result = await asyncio.to_thread(ranges, scores, judging, EXPECTED_FALSE_ALARMS, share=share)
        if phase is ScanPhase.DONE:
            # the ranges are what remains; the scores of all elements of a long run are tens of megabytes
            work.scores, work.scorer = [], None
        eta_s = scan.eta_s if phase is ScanPhase.RUNNING else None
        self._scan_is(replace(self._scans[run][0], result=result, phase=phase, eta_s=eta_s))

    async def _whole_table(self, run: RunKey) -> LSTable:
        known = self.table if self.table is not None and self.table.key == run else None
        if known is not None and not is_coming(known):
            return known
        return await self.data.load_table(run, lambda _table, _source: None, known, self._look_into)

    async def _scan_reference(self, work: _Work) -> ReferenceRun | None:
        if work.reference is None:
            return None
        return self._reference_run(work.reference, await self._reference_table_of(work.reference.run))

    async def _reference_table_of(self, run: RunKey) -> LSTable:
        known = self.reference_table
        if known is not None and known.key == run and not is_coming(known):
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
            if why := not_to_be_scored(self.state, self.load):
                self._error(why)
                return
            scored = self.scored
            if scored is None or self.is_scoring:
                # what there is may be of other good LS
                self._jump, self._is_silent = step, True
                self._notice("Scoring the LS of this element ...")
                self.show_scores(on=True)
                return
            if why := self.unjudged:
                self._error(why)
                return
            found = scored.suspicions
        if scan is not None and not found and not scan.result.lumisections and scan.is_over:
            self._error(nothing_scanned(scan))
            return
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
