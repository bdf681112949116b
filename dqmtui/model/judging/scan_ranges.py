"""From scores of many elements to a ranked list of suspicious ranges of lumisections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.judging.compare_tails import z_of_log_p
from dqmtui.model.judging.scan_conditions import explain
from dqmtui.model.judging.scan_scores import Judged

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from dqmtui.model.judging.scan_scores import LongProblem, Scores
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.lstable import LSTable

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
    `peak_ls`; `conditions` what explains it, empty where nothing does.
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
    are beyond `threshold` by chance; `low_statistics` and `not_comparable` could not be judged.
    """

    suspicions: tuple[Suspicion, ...]
    threshold: float
    expected_false_alarms: float
    trials: int
    elements: int
    lumisections: int
    low_statistics: int
    not_comparable: int


def threshold_for(trials: int, expected_false_alarms: float = EXPECTED_FALSE_ALARMS) -> float:
    """Give the |z| that so many of the trials exceed by chance; never below 3."""
    share = min(1.0, expected_false_alarms / max(trials, 1))
    return max(LEAST_THRESHOLD, float(z_of_log_p(np.log(share))))


def ranges(
    scores: Iterable[Scores],
    table: LSTable | None = None,
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
    for one in listed:
        for first, last, problem in _spans(one, threshold):
            found.append(_suspicion(one, first, last, problem, table))
    found.sort(key=lambda item: (bool(item.conditions), -item.score, item.element.me, item.first_ls))
    states = np.concatenate([one.state for one in listed]) if listed else np.zeros(0, dtype=np.uint8)
    return ScanResult(
        tuple(found),
        threshold,
        expected_false_alarms,
        trials,
        len(listed),
        int(np.unique(np.concatenate([one.ls[one.state == Judged.JUDGED] for one in listed])).size)
        if listed
        else 0,
        int(np.count_nonzero(states == Judged.LOW_STATISTICS)),
        int(np.count_nonzero(states == Judged.NOT_COMPARABLE)),
    )


def _suspicion(
    scores: Scores, first: int, last: int, problem: LongProblem | None, table: LSTable | None
) -> Suspicion:
    inside = scores.score[first : last + 1]
    peak = first + int(np.argmax(np.where(np.isfinite(inside), inside, -1.0)))
    height = float(scores.score[peak])
    judged = inside[np.isfinite(inside)]
    first_ls, last_ls = int(scores.ls[first]), int(scores.ls[last])
    if problem is not None and not (judged.size and np.median(judged) >= problem.z):
        score, why, test = problem.z, problem.why, f"{problem.test}, step"
    else:
        score, why, test = height, scores.why(int(scores.ls[peak])), scores.test_name(peak)
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
        normalisation=scores.normalisation,
        conditions=() if table is None else explain(first_ls, last_ls, table),
    )


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
