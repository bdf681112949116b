"""Scoring the lumisections of one monitoring element."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.conditions import dcs_only_mask
from dqmtui.model.judging.scan_conditions import Surroundings, untriggered
from dqmtui.model.judging.scan_counts import count_tests
from dqmtui.model.judging.scan_ratios import ratio_tests
from dqmtui.model.judging.scan_scores import Judged, LongProblem, Scores, TestScores, joined
from dqmtui.model.judging.scan_tests import ENTRIES, TESTS
from dqmtui.model.judging.scan_trend import LEAST_LS
from dqmtui.model.normalise import Normalisation

if TYPE_CHECKING:
    from collections.abc import Collection

    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.lstable import LSTable


@dataclass(frozen=True, slots=True, eq=False)
class OtherRun:
    """A reference run: the sum of its good LS, `bins` (nx,) or (ny, nx), and what it is called on screen."""

    bins: NDArray[np.floating]
    name: str


class Scanner:
    """Scores the elements of one run under one choice of good LS and reference.

    `good` are the LS to be judged and compared with, by default the DCS-only good ones; where the trigger
    rate is 0 nothing was triggered, and nothing is judged. Entries are judged `by` a normalisation, and all
    by the `tests` of these names (see `TESTS`), by default by all. Keeps what the elements have in common, so
    use one for a whole scan.
    """

    def __init__(
        self,
        table: LSTable,
        good: LSMask | None = None,
        *,
        by: Normalisation = Normalisation.PER_HZ,
        tests: Collection[str] = TESTS,
    ) -> None:
        self._table = table
        self.good = dcs_only_mask(table) if good is None else good
        self._untriggered = untriggered(table)
        self._by = by
        self._tests = tests
        self._surroundings: dict[bytes, Surroundings] = {}

    def score(self, stack: HistogramStack, other_run: OtherRun | None = None) -> Scores:
        """Score the LS of one element.

        Each LS is compared with its neighbours among the good LS, itself left out, and the shape of its bins
        with the rest of the run, or with another run where one is given. What cannot be judged has no score
        and a state that says why.
        """
        n = stack.ls.size
        state = np.full(n, Judged.ABSENT, dtype=np.uint8)
        present = stack.present
        state[present] = Judged.NOT_GOOD
        state[present & self.good.selects(stack.ls)] = Judged.JUDGED
        state[(state == Judged.JUDGED) & self._untriggered.selects(stack.ls)] = Judged.NO_TRIGGER
        finite = np.isfinite(stack.totals) & np.isfinite(stack.lowest) & np.isfinite(stack.highest)
        is_ratio = stack.is_ratio
        if not is_ratio:
            state[(state == Judged.JUDGED) & ~finite] = Judged.UNREADABLE
        rows = np.flatnonzero(state == Judged.JUDGED)
        if rows.size < LEAST_LS or stack.x is None:
            reference = f"fewer than {LEAST_LS} good LS: nothing to compare with"
            return joined(stack.element, stack.ls, state, stack.entries, (), (), reference)
        around = self._around(stack.ls[rows])
        if is_ratio:
            found = ratio_tests(stack, rows, around)
        else:
            found = count_tests(stack, rows, around, None if other_run is None else other_run.bins)
        found = found.only(self._tests)
        state[rows[found.low & ~found.counted]] = Judged.LOW_STATISTICS
        tests = tuple(_on_all_rows(test, rows, n) for test in found.tests)
        numbers = stack.ls[rows]
        problems = tuple(
            LongProblem(int(numbers[one.first]), int(numbers[one.last]), abs(one.z), test, why)
            for test, one, why in found.departures
        )
        name = "the same run, without the LS itself" if other_run is None or is_ratio else other_run.name
        scores = joined(stack.element, stack.ls, state, stack.entries, tests, problems, name)
        if is_ratio or ENTRIES not in self._tests:
            return scores
        unknown = np.zeros(n, dtype=np.bool_)
        unknown[rows] = ~np.isfinite(around.exposure)
        without = stack.ls[unknown & (scores.state == Judged.JUDGED)]
        return replace(scores, per=around.per, without=without)

    def _around(self, ls: NDArray[np.int64]) -> Surroundings:
        key = ls.tobytes()
        known = self._surroundings.get(key)
        if known is None:
            known = self._surroundings[key] = Surroundings.of(self._table, ls, self._by)
        return known


def score(
    stack: HistogramStack,
    table: LSTable,
    good: LSMask | None = None,
    other_run: OtherRun | None = None,
) -> Scores:
    """Score the LS of one element: see `Scanner.score`."""
    return Scanner(table, good).score(stack, other_run)


def _on_all_rows(test: TestScores, rows: NDArray[np.intp], n: int) -> TestScores:
    """Put the scores of judged rows where these stand in the stack."""
    z = np.full(n, np.nan)
    z[rows] = test.z
    inner = test.why

    def why(row: int) -> str:
        return inner(int(np.searchsorted(rows, row)))

    return replace(test, z=z, why=why)
