"""From scores of many elements to a ranked list of suspicious ranges of lumisections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.compare_tails import z_of_log_p
from dqmtui.model.judging.scan_explained import Explaining
from dqmtui.model.judging.scan_scores import Against, Judged
from dqmtui.model.judging.scan_tests import ENTRIES
from dqmtui.model.lstable import DIALS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from dqmtui.model.judging.scan_explained import Judging
    from dqmtui.model.judging.scan_scores import LongProblem, Scores
    from dqmtui.model.keys import MonitoringElement

EXPECTED_FALSE_ALARMS = 1.0
"""False alarms that a scan of a whole run is allowed to expect."""

LEAST_THRESHOLD = 3.0
"""The |z| below which nothing is suspicious, however few the trials."""

_OWN_SHARE = 0.8
_STANDS_OUT = 2.0
_JOIN_ACROSS = 1


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A range of LS of one element that looks odd, with what must stand next to its score.

    `score` is the largest z in it, a sort key and no verdict; `n` the entries of the LS that has it,
    `peak_ls`; `conditions` what explains it, empty where nothing does: what is otherwise in the LS that it
    was compared with.
    """

    element: MonitoringElement
    first_ls: int
    last_ls: int
    score: float
    why: str
    n: int
    peak_ls: int
    test: str
    reference: str
    normalisation: str
    conditions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ScanResult:
    """A scan: suspicions, unexplained first, then by score, and what it could have found by chance.

    `trials` tests were made on `lumisections` LS of `elements` elements, and `expected_false_alarms` of them
    are beyond `threshold` by chance; histograms of `low_statistics` and `not_comparable` and `unreadable`
    ones could not be judged. Of `good` LS that have data those that were not judged in any element are
    counted in `not_judged` by their reason; `without_data` are more. Of `without` of the judged LS it is not
    known what their entries, judged `per` something, should be.
    """

    suspicions: tuple[Suspicion, ...]
    threshold: float
    expected_false_alarms: float
    trials: int
    elements: int
    lumisections: int
    low_statistics: int
    not_comparable: int
    unreadable: int = 0
    good: int = 0
    not_judged: tuple[tuple[Judged, int], ...] = ()
    without_data: int = 0
    per: str = ""
    without: int = 0


def threshold_for(trials: int, expected_false_alarms: float = EXPECTED_FALSE_ALARMS) -> float:
    """Give the |z| that so many of the trials exceed by chance; never below 3."""
    share = min(1.0, expected_false_alarms / max(trials, 1))
    return max(LEAST_THRESHOLD, float(z_of_log_p(np.log(share))))


def ranges(
    scores: Iterable[Scores],
    judging: Judging | None = None,
    expected_false_alarms: float = EXPECTED_FALSE_ALARMS,
    *,
    share: float = 1.0,
) -> ScanResult:
    """Join the suspicious LS of each element into ranges and rank them, unexplained ones first.

    `share` says how much of a scan the scores are: its threshold is that of the whole, with as many trials
    in the rest, so that what is listed early stays.

    An LS is suspicious when its score is above the threshold that the number of trials and the wanted number
    of false alarms give. LS that follow each other in the element's rows are joined, across holes in the
    numbers and across one LS that is not suspicious; a long problem joins all in it.
    """
    listed = list(scores)
    trials = sum(one.trials for one in listed)
    threshold = threshold_for(round(trials / share), expected_false_alarms)
    found: list[Suspicion] = []
    explaining = None if judging is None else Explaining(judging)
    for one in listed:
        spans = _spans(one, threshold)
        if explaining is not None and spans:
            explaining.look_at(one, [(first, last) for first, last, _ in spans])
        for first, last, problem in spans:
            found.append(_suspicion(one, first, last, problem, explaining))
    found.sort(key=lambda item: (bool(item.conditions), -item.score, item.element.me, item.first_ls))
    states = np.concatenate([one.state for one in listed]) if listed else np.zeros(0, dtype=np.uint8)
    histograms = np.bincount(states, minlength=len(Judged))
    lumisections = np.bincount(_best_states(listed, judging), minlength=len(Judged))
    without = [one.without for one in listed]
    return ScanResult(
        tuple(found),
        threshold,
        expected_false_alarms,
        trials,
        len(listed),
        int(lumisections[Judged.JUDGED]),
        int(histograms[Judged.LOW_STATISTICS]),
        int(histograms[Judged.NOT_COMPARABLE]),
        int(histograms[Judged.UNREADABLE]),
        int(lumisections.sum()),
        tuple((state, int(lumisections[state])) for state in _REASONS if lumisections[state]),
        _without_data(judging),
        next((one.per for one in listed if one.per), ""),
        int(np.unique(np.concatenate(without)).size) if without else 0,
    )


_REASONS = tuple(state for state in Judged if state not in {Judged.JUDGED, Judged.NOT_GOOD})


def _without_data(judging: Judging | None) -> int:
    """Count the good LS of which DIALS has nothing at all."""
    if judging is None or judging.good is None:
        return 0
    table = judging.table
    return int(np.count_nonzero(table.has_row(DIALS).is_false() & judging.good.selects(table.ls)))


def _best_states(listed: Sequence[Scores], judging: Judging | None) -> NDArray[np.uint8]:
    """Give of every good LS that has data how far it could be judged at best, by any element, shape (n,).

    Without the good LS of the run at hand these are the LS that any element has as such.
    """
    good = None if judging is None else judging.good
    numbers = [one.ls[(one.state != Judged.NOT_GOOD) & (one.state != Judged.ABSENT)] for one in listed]
    if judging is not None and good is not None:
        there = ~judging.table.has_row(DIALS).is_false()
        numbers.append(judging.table.ls[there & good.selects(judging.table.ls)])
    ls = np.unique(np.concatenate(numbers)) if numbers else np.zeros(0, dtype=np.int64)
    best = np.full(ls.size, Judged.ABSENT, dtype=np.uint8)
    for one in listed:
        at = np.minimum(np.searchsorted(ls, one.ls), max(ls.size - 1, 0))
        here = (ls[at] == one.ls) & (one.state != Judged.NOT_GOOD) if ls.size else np.zeros(0, dtype=np.bool_)
        np.maximum.at(best, at[here], one.state[here])
    return best


def _suspicion(
    scores: Scores, first: int, last: int, problem: LongProblem | None, explaining: Explaining | None
) -> Suspicion:
    inside = scores.score[first : last + 1]
    peak = first + int(np.argmax(np.where(np.isfinite(inside), inside, -1.0)))
    height = float(scores.score[peak])
    judged = inside[np.isfinite(inside)]
    first_ls, last_ls = int(scores.ls[first]), int(scores.ls[last])
    if problem is not None and not (judged.size and np.median(judged) >= problem.z):
        # what steps up is compared with what is usual in all of the run
        score, why, test, against = problem.z, problem.why, f"{problem.test}, step", Against.REST
    else:
        score, why, test = height, scores.why(int(scores.ls[peak])), scores.test_name(peak)
        against = scores.tests[int(scores.test[peak])].against
    return Suspicion(
        element=scores.element,
        first_ls=first_ls,
        last_ls=last_ls,
        score=score,
        why=why,
        n=int(scores.entries[peak]),
        peak_ls=int(scores.ls[peak]),
        test=test,
        reference=scores.reference,
        normalisation=_normalisation(scores, test),
        conditions=() if explaining is None else explaining.explain(first_ls, last_ls, against),
    )


def _normalisation(scores: Scores, test: str) -> str:
    """Say what the numbers are that a test compared."""
    if test.partition(",")[0] != ENTRIES:
        return scores.normalisation
    return f"entries per {scores.per.removeprefix('the ')}" if scores.per else "entries per LS"


def _highest(scores: Scores, start: int, end: int) -> float:
    """Give the largest score of the rows from start to end, 0 if none has one."""
    inside = scores.score[start : end + 1]
    return float(inside[np.isfinite(inside)].max(initial=0.0))


_Span = tuple[int, int, "LongProblem | None"]


def _spans(scores: Scores, threshold: float) -> list[_Span]:
    """Give (first row, last row, long problem or None) of the suspicious ranges of one element, in order."""
    judged = np.flatnonzero(np.isfinite(scores.score))
    odd = scores.score[judged] >= threshold
    spans: list[_Span] = [(int(judged[a]), int(judged[b]), None) for a, b in _joined_runs(odd)]
    problems = sorted((one for one in scores.long_problems if one.z >= threshold), key=lambda one: -one.z)
    for problem in problems:
        spans = _with_problem(spans, scores, problem)
    return sorted(spans, key=lambda item: item[:2])


def _with_problem(spans: list[_Span], scores: Scores, problem: LongProblem) -> list[_Span]:
    """Add a long problem to ranges of LS: the ranges in it become one.

    A range that is nearly as long says better than the step where the problem begins and ends. One that
    stands out far more is a problem of its own.
    """
    first, last = (int(np.searchsorted(scores.ls, ls)) for ls in (problem.first_ls, problem.last_ls))
    own: list[_Span] = []
    inside: list[_Span] = []
    for span in spans:
        start, end, known = span
        shared = min(end, last) - max(start, first) + 1
        if shared >= _OWN_SHARE * (last - first + 1):
            return [(start, end, known or problem) if other is span else other for other in spans]
        alone = _highest(scores, start, end) > _STANDS_OUT * problem.z
        (inside if shared > 0 and not alone else own).append(span)
    start = min([first, *(span[0] for span in inside)])
    end = max([last, *(span[1] for span in inside)])
    return [*own, (start, end, problem)]


def _joined_runs(odd: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Give (first, last) of runs of true values, joined across single false ones."""
    at = np.flatnonzero(odd)
    if not at.size:
        return []
    cuts = np.flatnonzero(np.diff(at) > _JOIN_ACROSS + 1)
    firsts = np.concatenate((at[:1], at[cuts + 1]))
    lasts = np.concatenate((at[cuts], at[-1:]))
    return list(zip(firsts.tolist(), lasts.tolist(), strict=True))
