"""Scoring elements of a run one after another: for the screen and for the shell."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.integrate import integrate
from dqmtui.model.judging.compare import shape_chi2
from dqmtui.model.judging.scan import OtherRun, Scanner
from dqmtui.model.judging.scan_conditions import judgeable
from dqmtui.model.judging.scan_explained import Conditions, Judging
from dqmtui.model.judging.scan_ranges import LEAST_THRESHOLD
from dqmtui.model.judging.scan_tests import TESTS
from dqmtui.model.keys import HistogramKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.mask_syntax import MaskExpressionError
from dqmtui.model.normalise import Normalisation
from dqmtui.review.histograms import LoadState
from dqmtui.services.errors import BadReply

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Iterable

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.integrate import Integral
    from dqmtui.model.judging.scan_scores import Scores
    from dqmtui.model.keys import MonitoringElement, RunKey
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.histograms import HistogramLoad
    from dqmtui.review.named import Named
    from dqmtui.services.errors import ServiceError

AT_A_TIME = 2
"""Elements that a scan has under way: one is scored while the other loads."""


def judged_ls(table: LSTable, expression: str, named: Named) -> tuple[LSMask, str]:
    """Give the LS to be judged and compared with, and what of them is not as asked for, "" if nothing.

    Those of which the expression is true (see `dqmtui.model.masks`); one that cannot be read leaves out what
    is excluded alone.
    """
    try:
        selection = named.select(expression, table)
    except MaskExpressionError as error:
        good, why = LSMask.all() - named.excluded, error.message
    else:
        good = selection.good
        why = f"not loaded: {', '.join(selection.waiting)}" if selection.waiting else ""
    return good, why


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceRun:
    """Another run that shapes are compared with, its good LS, and how its data were made otherwise, or "".

    `usual` are claims of conditions that hold in most of those LS.
    """

    key: RunKey
    good: LSMask
    other: str = ""
    usual: frozenset[str] = frozenset()

    @classmethod
    def of(cls, table: LSTable, good: LSMask, other: str = "") -> ReferenceRun:
        """Take the good LS of a run but those in which nothing was triggered."""
        taken = judgeable(table, good)
        usual = Conditions.of(table).usual_in(table.ls[taken.selects(table.ls)])
        return cls(table.key, taken, other, usual)

    @property
    def name(self) -> str:
        """What stands on screen."""
        return f"run {self.key.run} ({self.other})" if self.other else f"run {self.key.run}"


class Scorer:
    """Scores elements of a run under one choice of good LS and reference; may be used in threads."""

    def __init__(
        self,
        table: LSTable,
        good: LSMask,
        reference: ReferenceRun | None = None,
        *,
        by: Normalisation = Normalisation.PER_HZ,
        tests: Collection[str] = TESTS,
    ) -> None:
        self._scanner = Scanner(table, good, by=by, tests=tests)
        self._judgeable = judgeable(table, good)
        usual_there = frozenset[str]() if reference is None else reference.usual
        self.judging = Judging(table, good, usual_there)
        self.key = table.key
        self.table = table
        self.reference = reference

    def score(self, stack: HistogramStack, other: HistogramStack | None = None) -> Scores:
        """Score an element; `other` are its histograms in the reference run.

        Without any that fit, shapes are compared with the same run, and the reference says why.
        """
        reference = self.reference
        if reference is None or stack.is_ratio:
            return self._scanner.score(stack)
        why = _why_no_reference(stack, other)
        if other is not None and not why:
            total = integrate(other, reference.good)
            why = total.masked
            if not why:
                name = f"{reference.name}, {total.n_ls} LS"
                scores = self._scanner.score(stack, OtherRun(total.counts, name))
                return replace(scores, reference=f"{name}{self._as_a_whole(stack, total)}")
        scores = self._scanner.score(stack)
        return replace(scores, reference=f"the same run: {reference.name} {why}")

    def _as_a_whole(self, stack: HistogramStack, other: Integral) -> str:
        """Say how far all good LS together are from another run.

        The scores do not tell: each LS is judged by how far the others of its run are from the reference.
        """
        mine = integrate(stack, self._judgeable)
        off = float(shape_chi2(mine.counts.ravel(), other.counts.ravel()).per_dof[0]) if mine.n_ls else np.nan
        return "" if np.isnan(off) else f", whole run chi2/dof {off:.3g}"


def _why_no_reference(stack: HistogramStack, other: HistogramStack | None) -> str:
    if other is None or other.x is None:
        return "has no such histograms"
    return "has other axes" if (stack.x, stack.y) != (other.x, other.y) else ""


@dataclass(frozen=True, slots=True, eq=False)
class Scored:
    """What a scan has of one element: its scores, or why there are none, or not of all LS.

    An element that the run does not have has neither scores nor a reason.
    """

    element: MonitoringElement
    scores: Scores | None
    error: ServiceError | None = None
    why: str = ""


async def scan_run(
    data: DataLayer,
    scorer: Scorer,
    elements: Iterable[MonitoringElement],
    *,
    cursor: int = 1,
    give_way: Callable[[], Awaitable[None]] | None = None,
) -> AsyncGenerator[Scored]:
    """Load and score elements, a few at a time, and give each as soon as it is done.

    An element that does not come says why, and the others go on; who closes the generator stops the rest.
    Histograms are let go of once they are scored, so that memory holds those of a few elements. The LS
    nearest to `cursor` are loaded first; `give_way` is waited for before each element.
    """
    waiting = iter(tuple(elements))
    under_way: set[asyncio.Task[Scored]] = set()
    try:
        while True:
            while len(under_way) < AT_A_TIME and (element := next(waiting, None)) is not None:
                if give_way is not None:
                    await give_way()
                under_way.add(asyncio.create_task(_score_one(data, scorer, element, cursor)))
            if not under_way:
                return
            done, under_way = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                yield task.result()
    finally:
        for task in under_way:
            task.cancel()
        if under_way:
            await asyncio.wait(under_way)


async def _score_one(data: DataLayer, scorer: Scorer, element: MonitoringElement, cursor: int) -> Scored:
    async with AsyncExitStack() as borrowed:
        key = HistogramKey(scorer.key, element.me_id)
        load = await borrowed.enter_async_context(data.borrowed(key, element, cursor))
        other: HistogramLoad | None = None
        if scorer.reference is not None:
            there = HistogramKey(scorer.reference.key, element.me_id)
            other = await borrowed.enter_async_context(data.borrowed(there, element, 1))
            await other.wait()
        await load.wait()
        for one in (load, other):
            if one is not None and (problem := _problem(one)) is not None:
                return Scored(element, None, one.error, problem)
        stack = load.stack
        if stack is None or not stack.rows_loaded:
            return Scored(element, None)
        theirs = None if other is None or other.stack is None else other.stack.as_now()
        # a run that is followed grows while it is scored
        scores = await asyncio.to_thread(_scores_alone, scorer, stack.as_now(), theirs)
        return Scored(element, scores, None, _what_is_missing(load))


def _scores_alone(scorer: Scorer, stack: HistogramStack, other: HistogramStack | None) -> Scores:
    return scorer.score(stack, other).without_histograms(LEAST_THRESHOLD)


def _problem(load: HistogramLoad) -> str | None:
    """Say why a load cannot be scored, None if it can."""
    loaded, expected = load.progress
    if load.state in {LoadState.COMPLETE, LoadState.KEPT}:
        return None
    if load.state is LoadState.PARTIAL and loaded and _is_lasting(load):
        return None
    how = load.state.value if load.error is None else load.error.message
    return f"{loaded} of {expected} LS came: {how}"


def _is_lasting(load: HistogramLoad) -> bool:
    """Tell whether what is missing in a load will not come: DIALS answers, but cannot send it."""
    return isinstance(load.error, BadReply)


def _what_is_missing(load: HistogramLoad) -> str:
    if load.state is not LoadState.PARTIAL or load.error is None:
        return ""
    loaded, expected = load.progress
    return f"{loaded} of {expected} LS came: {load.error.message}"
