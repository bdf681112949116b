"""What a scan says of one element: a score per lumisection, with all that must stand next to it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import Enum, IntEnum
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.lsindex import row_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from dqmtui.model.keys import MonitoringElement

    Floats = NDArray[np.float64]


class Judged(IntEnum):
    """How far one LS of one element could be judged."""

    ABSENT = 0
    """No row: absent, not loaded, or of another binning."""

    NOT_GOOD = 1
    """Not one of the LS to be judged."""

    NO_TRIGGER = 2
    """The trigger rate is 0: nothing was triggered."""

    UNREADABLE = 3
    """A bin is not finite."""

    LOW_STATISTICS = 4
    """Too few entries to tell: not significant, which is not bad."""

    NOT_COMPARABLE = 5
    """Nothing to compare with: too few good LS, or none in like conditions."""

    JUDGED = 6
    """There is a score."""


class Against(Enum):
    """Where the LS are that a test compares an LS with."""

    NEIGHBOURS = "the LS around"
    REST = "the rest of the run"
    OTHER_RUN = "another run"


_NO_Z: Floats = np.zeros(0)

JUDGED_TEXTS = {
    Judged.ABSENT: "no data",
    Judged.NOT_GOOD: "not a good LS",
    Judged.NO_TRIGGER: "trigger rate 0",
    Judged.UNREADABLE: "bins that are not finite",
    Judged.LOW_STATISTICS: "low statistics",
    Judged.NOT_COMPARABLE: "no LS in like conditions to compare with",
    Judged.JUDGED: "judged",
}
"""What a screen says for each state."""


@dataclass(frozen=True, slots=True, eq=False)
class TestScores:
    """One test of all LS of an element: `z` (n,), signed where a sign means something, NaN: not judged.

    `why` says in words what was found in a row; `spread` is what the null was found to be wider than chance:
    the factor of the error for shapes, the additional relative or absolute spread for numbers; `against` says
    what a row was compared with.
    """

    __test__ = False  # no test of pytest's

    name: str
    z: Floats
    why: Callable[[int], str]
    spread: float
    places: int = 0
    against: Against = Against.NEIGHBOURS


@dataclass(frozen=True, slots=True)
class LongProblem:
    """A number that jumped and stayed: LS `first_ls` to `last_ls`, the `z` of its edges, and why."""

    first_ls: int
    last_ls: int
    z: float
    test: str
    why: str


@dataclass(frozen=True, slots=True, eq=False)
class Scores:
    """The scores of one element, arrays (n,) over the LS `ls` of its stack.

    `score` is the largest |z| of the tests, NaN where `state` is not JUDGED; `test` which of `tests` gave it,
    -1 without a score; `entries` the number of entries n. A score is a sort key and no verdict: `reference`
    and the test's name, n and `normalisation` belong next to it. `trials` counts the LS and tests that could
    have raised an alarm. `per` is what the entries were judged against, "" for the LS around alone, and
    `without` (m,) are numbers of judged LS of which that is not known: their entries were not judged.
    """

    element: MonitoringElement
    ls: NDArray[np.int64]
    state: NDArray[np.uint8]
    score: Floats
    test: NDArray[np.int64]
    entries: NDArray[np.int64]
    tests: tuple[TestScores, ...]
    long_problems: tuple[LongProblem, ...]
    reference: str
    trials: int
    normalisation: str = "counts, scaled to the LS"
    per: str = ""
    without: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    def why(self, ls: int) -> str:
        """Say in words what stands behind the score of an LS, or why it has none."""
        row = row_of(ls, self.ls)
        state = Judged.ABSENT if row is None else Judged(int(self.state[row]))
        if row is None or state is not Judged.JUDGED:
            return JUDGED_TEXTS[state]
        return self.tests[int(self.test[row])].why(row)

    def without_histograms(self, least: float) -> Scores:
        """Give the same with its words written down, so that the histograms behind it can go.

        Only peaks from `least` on keep them: rows with a score that no neighbour tops.
        """
        size = np.where(np.isfinite(self.score), self.score, -1.0)
        edged = np.concatenate(([-1.0], size, [-1.0]))
        peaks = np.flatnonzero((size >= least) & (size >= edged[:-2]) & (size >= edged[2:]))
        texts = {row: self.tests[int(self.test[row])].why(row) for row in peaks.tolist()}

        def why(row: int) -> str:
            return texts.get(row, "")

        tests = tuple(replace(test, z=_NO_Z, why=why) for test in self.tests)
        return replace(self, tests=tests)

    def test_name(self, row: int) -> str:
        """Name the test that gave the score of a row; nothing without a score."""
        return self.tests[int(self.test[row])].name if self.test[row] >= 0 else ""


def joined(
    element: MonitoringElement,
    ls: NDArray[np.int64],
    state: NDArray[np.uint8],
    entries: NDArray[np.int64],
    tests: tuple[TestScores, ...],
    long_problems: tuple[LongProblem, ...],
    reference: str,
) -> Scores:
    """Take the largest |z| of all tests as the score of each LS that can be judged."""
    n = ls.size
    score, test = np.full(n, np.nan), np.full(n, -1, dtype=np.int64)
    state = state.copy()
    trials = 0
    if tests and n:
        sizes = np.abs(np.stack([one.z for one in tests]))
        sizes[:, state != Judged.JUDGED] = np.nan
        told = np.isfinite(sizes)
        trials = int(np.count_nonzero(told)) + sum(one.places for one in tests)
        any_told = told.any(axis=0)
        largest = np.where(told, sizes, -1.0).argmax(axis=0)
        score[any_told] = sizes[largest[any_told], np.flatnonzero(any_told)]
        test[any_told] = largest[any_told]
        state[(state == Judged.JUDGED) & ~any_told] = Judged.NOT_COMPARABLE
    else:
        state[state == Judged.JUDGED] = Judged.NOT_COMPARABLE
    return Scores(element, ls, state, score, test, entries, tests, long_problems, reference, trials)
