"""What explains a suspicion: conditions that are otherwise in the lumisections it was compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.model.conditions import TRACKER_FLAGS, flag_in_words
from dqmtui.model.judging.outliers import median
from dqmtui.model.judging.scan_conditions import CHANGED, WINDOW
from dqmtui.model.judging.scan_scores import Against, Judged
from dqmtui.model.judging.scan_trend import NEAR
from dqmtui.model.lstable import OMS, RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from dqmtui.model.judging.scan_scores import Scores
    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.lstable import LSTable

    Flags = NDArray[np.bool_]

_RAMP_SHARE = 0.1
"""Share of the LS around, at either end of their pileup, that does not count for how much it changes."""

_LOW_LIVE = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What can be wrong in the LS of a run: `claims` are words, and in which rows of the table they hold."""

    table: LSTable
    claims: tuple[tuple[str, Flags], ...]

    @classmethod
    def of(cls, table: LSTable) -> Conditions:
        """Take beams, flags, a trigger rate of 0 and dead time, the most telling first.

        What is null, absent or not loaded is no claim: a rate row that is missing says nothing of the data.
        """
        flags = ("beams_stable", "cms_active", *TRACKER_FLAGS)
        claims = [(flag_in_words(flag), table.column(OMS, flag).is_false()) for flag in flags]
        delivered = table.column(OMS, "delivered_lumi_per_lumisection").floats()
        recorded = table.column(OMS, "recorded_lumi_per_lumisection").floats()
        dead = (delivered > 0) & (recorded < _LOW_LIVE * delivered)
        claims.append(("trigger rate 0", table.column(RATE, "rate_hz").floats() == 0))
        claims.append(("recorded less than 30 % of the luminosity", dead))
        return cls(table, tuple(claims))

    def usual_in(self, ls: NDArray[np.int64]) -> frozenset[str]:
        """Name the claims that hold in half of some LS (n,) or more; none without LS."""
        rows = np.isin(self.table.ls, ls)
        return frozenset(text for text, bad in self.claims if _share(bad, rows) is not None)

    def explain(self, first_ls: int, last_ls: int, usual: frozenset[str] = frozenset()) -> tuple[str, ...]:
        """Say which conditions can explain that something is odd in the LS from first to last, both included.

        Flags, beams, rate, prescale and pileup; nothing when all was well. `usual` are claims that hold as
        well where the LS were compared with, which make no difference.
        """
        table = self.table
        inside = (table.ls >= first_ls) & (table.ls <= last_ls)
        if not inside.any():
            return ("no conditions known",) if table.ls.size else ()
        shares = [(text, _share(bad, inside)) for text, bad in self.claims if text not in usual]
        reasons = [f"{text}{share}" for text, share in shares if share is not None]
        return (*reasons, *_prescale(table, inside), *_pileup(table, inside))


@dataclass(frozen=True, slots=True, eq=False)
class Judging:
    """Where elements were judged: the conditions of the run, its `good` LS, what is `usual_there`.

    The latter are claims of conditions that hold in the other run that shapes are compared with.
    """

    table: LSTable
    good: LSMask | None = None
    usual_there: frozenset[str] = frozenset()


class Explaining:
    """Explains the suspicions of one element after another."""

    def __init__(self, judging: Judging) -> None:
        self._conditions = Conditions.of(judging.table)
        self._usual_there = judging.usual_there
        self._calm = np.zeros(0, dtype=np.int64)
        self._usual = frozenset[str]()

    def look_at(self, scores: Scores, suspicious: Sequence[tuple[int, int]]) -> None:
        """Take the LS of an element as the reference: judged ones in no `suspicious` range of rows."""
        calm = scores.state == Judged.JUDGED
        for first, last in suspicious:
            calm[first : last + 1] = False
        self._calm = scores.ls[calm]
        self._usual = self._conditions.usual_in(self._calm)

    def explain(self, first_ls: int, last_ls: int, against: Against) -> tuple[str, ...]:
        """Say which conditions are otherwise in the LS that a range was compared with."""
        match against:
            case Against.OTHER_RUN:
                usual = self._usual_there
            case Against.REST:
                usual = self._usual
            case Against.NEIGHBOURS:
                before, after = self._calm[self._calm < first_ls], self._calm[self._calm > last_ls]
                usual = self._conditions.usual_in(np.concatenate((before[-NEAR:], after[:NEAR])))
        return self._conditions.explain(first_ls, last_ls, usual)


def _share(bad: Flags, inside: Flags) -> str | None:
    """Say how much of a range something holds for: nothing if all, None if less than half."""
    number, total = int(np.count_nonzero(bad & inside)), int(np.count_nonzero(inside))
    if 2 * number < total or not number:
        return None
    return "" if number == total else f" in {number} of {total} LS"


def _prescale(table: LSTable, inside: Flags) -> list[str]:
    """Name a prescale column that begins where the range does, give or take an LS."""
    index = table.column(OMS, "prescale_index").floats()
    first = int(np.argmax(inside))
    for row in range(max(first - 1, 1), min(first + 2, table.ls.size)):
        if np.isfinite(index[row - 1]) and index[row - 1] != index[row]:
            return [f"prescale changed at LS {int(table.ls[row])}"]
    return []


def _pileup(table: LSTable, inside: Flags) -> list[str]:
    """Tell of a pileup that is not that of the LS around, up to 15 on either side, or changes among them."""
    pileup = table.column(OMS, "pileup").floats()
    here = pileup[inside]
    rows = np.flatnonzero(inside)
    around = np.concatenate(
        (pileup[max(0, rows[0] - WINDOW) : rows[0]], pileup[rows[-1] + 1 : rows[-1] + 1 + WINDOW])
    )
    here, around = here[np.isfinite(here)], around[np.isfinite(around)]
    if not (here.size and around.size) or here.size > WINDOW:
        return []
    now, usual = median(here), median(around)
    if abs(now - usual) > CHANGED[1] * abs(usual):
        return [f"pileup {now:.3g} where the LS around have {usual:.3g}"]
    low, high = np.quantile(around, (_RAMP_SHARE, 1 - _RAMP_SHARE))
    if high - low > 2 * CHANGED[1] * abs(usual):
        return [f"pileup {now:.3g} where the LS around have {low:.3g} to {high:.3g}"]
    return []
