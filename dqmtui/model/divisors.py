"""What the bins of each lumisection are divided by, and why where they cannot be."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from dqmtui.model.lsindex import last_of_each
from dqmtui.model.lstable import OMS, RATE
from dqmtui.model.normalise import LS_SECONDS, Normalisation
from dqmtui.model.rate_name import without_version
from dqmtui.model.states import CellState
from dqmtui.model.trend import offers_rate

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.model.lstable import LSTable

RECORDED = "recorded_lumi_per_lumisection"
PILEUP = "pileup"

CUMULATIVE = frozenset({"delivered_lumi", "recorded_lumi"})
"""OMS columns that add up over the fill and so say nothing of one LS."""

_INVERSE_BARN = re.compile(r"([fpnum]?)b\^-1")
_POWERS = {"f": -15, "p": -12, "n": -9, "u": -6, "m": -3, "": 0}


class Reason(IntEnum):
    """Why an LS has no divisor."""

    NONE = 0
    """It has one."""
    NOT_LOADED = 1
    NO_ROW = 2
    UNKNOWN = 3
    NOT_A_NUMBER = 4
    NEGATIVE = 5
    ZERO = 6


_WORDS = {
    Reason.NONE: "",
    Reason.NOT_LOADED: "{} not loaded",
    Reason.NO_ROW: "no {} row",
    Reason.UNKNOWN: "{} unknown",
    Reason.NOT_A_NUMBER: "{} is no number",
    Reason.NEGATIVE: "{} below 0",
    Reason.ZERO: "{} 0",
}


class Joined(NamedTuple):
    """Numbers of some LS, both (n,): NaN wherever there is a `Reason` against them."""

    values: NDArray[np.float64]
    reasons: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Quantity:
    """A number per LS that bins may be divided by; `name` is what stands in labels and reasons.

    `ls` (n,) is sorted, each LS once; `values` (n,) are NaN where `reasons` (n,) is not NONE. `elsewhere` is
    the reason of every LS that is not in `ls`. Of a rate, `subject` is the HLT path or dataset it is of.
    """

    name: str
    ls: NDArray[np.int64]
    values: NDArray[np.float64]
    reasons: NDArray[np.uint8]
    unit: str | None = None
    elsewhere: Reason = Reason.NO_ROW
    subject: str = ""

    @classmethod
    def of_rows(
        cls,
        name: str,
        ls: NDArray[np.integer],
        values: NDArray[np.floating],
        unit: str | None = None,
        *,
        complete: bool = True,
    ) -> Quantity:
        """Take rows in any order, NaN for null; of an LS that stands there twice the later row counts.

        Unless `complete`, an LS without a row is not loaded rather than absent.
        """
        numbers = np.asarray(ls, dtype=np.int64)
        last = last_of_each(numbers)
        taken = np.asarray(values, dtype=np.float64)[last]
        null = np.isnan(taken)
        reasons = np.where(null, Reason.UNKNOWN, Reason.NONE).astype(np.uint8)
        elsewhere = Reason.NO_ROW if complete else Reason.NOT_LOADED
        return cls(name, numbers[last], *_judged(taken, reasons), unit, elsewhere)

    @classmethod
    def of_column(cls, name: str, table: LSTable, source: str, column: str) -> Quantity:
        """Take a column of a source of the LS table.

        Raises ValueError for a column that adds up over the fill.
        """
        if source == OMS and column in CUMULATIVE:
            raise ValueError(f"{column} adds up over the fill and is no number of one lumisection")
        cells = table.column(source, column)
        rows = table.has_row(source)
        reasons = np.full(table.ls.size, Reason.NONE, dtype=np.uint8)
        reasons[cells.state == CellState.ABSENT] = Reason.UNKNOWN
        reasons[rows.is_false()] = Reason.NO_ROW
        reasons[cells.state == CellState.NOT_LOADED] = Reason.NOT_LOADED
        complete = table.source(source).is_complete
        elsewhere = Reason.NO_ROW if complete else Reason.NOT_LOADED
        return cls(name, table.ls, *_judged(cells.floats(), reasons), cells.unit, elsewhere)

    def over(self, ls: NDArray[np.integer]) -> Joined:
        """Give the numbers of these LS, shape (n,), joined on the LS number."""
        values = np.full(len(ls), np.nan)
        reasons = np.full(len(ls), self.elsewhere, dtype=np.uint8)
        if self.ls.size:
            at = np.minimum(np.searchsorted(self.ls, ls), self.ls.size - 1)
            here = self.ls[at] == ls
            values[here] = self.values[at[here]]
            reasons[here] = self.reasons[at[here]]
        return Joined(values, reasons)


def _judged(values: NDArray[np.float64], reasons: NDArray[np.uint8]) -> Joined:
    """Find the values that nothing can be divided by."""
    open_to = reasons == Reason.NONE
    reasons[open_to & ~np.isfinite(values)] = Reason.NOT_A_NUMBER
    reasons[open_to & np.isfinite(values) & (values < 0)] = Reason.NEGATIVE
    reasons[open_to & (values == 0)] = Reason.ZERO
    return Joined(np.where(reasons == Reason.NONE, values, np.nan), reasons)


def trigger_rate(table: LSTable, path: str, source: str = RATE, column: str = "rate_hz") -> Quantity:
    """Take the rate (Hz) of an HLT path or a dataset; `path` is its name, of which a version is left out."""
    subject = without_version(path)
    return replace(Quantity.of_column(f"{subject} rate", table, source, column), subject=subject)


def recorded_luminosity(table: LSTable) -> Quantity:
    """Take the luminosity recorded in each LS, in the unit that came."""
    return Quantity.of_column("recorded luminosity", table, OMS, RECORDED)


def pileup(table: LSTable) -> Quantity:
    """Take the mean number of interactions per crossing in each LS."""
    return Quantity.of_column("pileup", table, OMS, PILEUP)


@dataclass(frozen=True, slots=True, eq=False)
class Divisors:
    """A normalisation with its numbers: the divisor of an LS is the product of `factors` and `scale`.

    Summed over LS the divisor is the sum of theirs: counts / exposure, as of one long lumisection. For counts
    that are Poisson with mean c times the exposure of their LS that is the maximum-likelihood c, and one LS
    estimates the same c, so that integral and LS are comparable. (The mean of the quotients would estimate it
    too, but an LS with hardly any exposure would have as much say as the others.)
    Counts have divisor 1 for any number of LS; the unit area comes from the bins themselves.
    """

    kind: Normalisation
    factors: tuple[Quantity, ...] = ()
    scale: float = 1.0

    @classmethod
    def of(
        cls,
        kind: Normalisation,
        *,
        rate: Quantity | None = None,
        luminosity: Quantity | None = None,
        pileup: Quantity | None = None,
    ) -> Divisors:
        """Make the divisors of a normalisation; raises ValueError when a quantity it needs is not given."""
        needed, scale = {
            Normalisation.COUNTS: ({}, 1.0),
            Normalisation.AREA: ({}, 1.0),
            Normalisation.PER_HZ: ({"rate": rate}, 1.0),
            Normalisation.PER_EVENT: ({"rate": rate}, LS_SECONDS),
            Normalisation.PER_LUMINOSITY: ({"luminosity": luminosity}, 1.0),
            Normalisation.PER_PILEUP_EVENT: ({"rate": rate, "pileup": pileup}, LS_SECONDS),
        }[kind]
        factors = tuple(factor for factor in needed.values() if factor is not None)
        if len(factors) < len(needed):
            missing = next(name for name, factor in needed.items() if factor is None)
            raise ValueError(f"the normalisation {kind.value} needs the {missing}")
        return cls(kind, factors, scale)

    @classmethod
    def of_table(
        cls, kind: Normalisation, table: LSTable, path: str, source: str = RATE, column: str = "rate_hz"
    ) -> Divisors:
        """Make the divisors from the LS table of a run; `path` is the HLT path or dataset of the rate."""
        return cls.of(
            kind,
            rate=trigger_rate(table, path, source, column),
            luminosity=recorded_luminosity(table),
            pileup=pileup(table),
        )

    @property
    def label(self) -> str:
        """What a normalised bin content is, with its unit."""
        names = " x ".join(factor.name for factor in self.factors)
        subject = self.factors[0].subject if self.factors else ""
        match self.kind:
            case Normalisation.COUNTS:
                return "counts"
            case Normalisation.AREA:
                return "unit area"
            case Normalisation.PER_HZ:
                return f"counts per Hz of {subject}" if subject else f"counts per Hz ({names})"
            case Normalisation.PER_EVENT:
                of, what = (f" of {subject}", "rate") if subject else ("", names)
                return f"counts per event{of} ({what} x {self.scale:.5g} s)"
            case Normalisation.PER_LUMINOSITY:
                return f"counts per {self.unit or 'unit, which did not come,'} ({names})"
            case Normalisation.PER_PILEUP_EVENT:
                return f"counts per event and pileup ({names} x {self.scale:.5g} s)"

    @property
    def unit(self) -> str | None:
        """The unit of a luminosity, as it came."""
        return self.factors[0].unit if self.kind is Normalisation.PER_LUMINOSITY else None

    def over(self, ls: NDArray[np.integer]) -> Joined:
        """Give the divisors of these LS, shape (n,); the reason is that of the first factor without a number.

        Raises ValueError for the unit area, whose divisor is the sum of the bins.
        """
        if self.kind is Normalisation.AREA:
            raise ValueError(
                "the area of a histogram is the sum of its bins, not a number of its lumisection"
            )
        values = np.full(len(ls), self.scale)
        reasons = np.full(len(ls), Reason.NONE, dtype=np.uint8)
        for factor in self.factors:
            found = factor.over(ls)
            values = values * found.values
            reasons = np.where(reasons == Reason.NONE, found.reasons, reasons)
        return Joined(values, reasons)

    def why(self, ls: int) -> str:
        """Say why an LS has no divisor, "" when it has one."""
        return self.reasons_in_words(np.array([ls]))[0]

    def reasons_in_words(self, ls: NDArray[np.integer]) -> list[str]:
        """Say for each of these LS why it has no divisor, "" when it has one."""
        words = [""] * len(ls)
        for factor in self.factors:
            for at, reason in enumerate(factor.over(ls).reasons.tolist()):
                words[at] = words[at] or _WORDS[Reason(reason)].format(factor.name)
        return words

    def in_unit(self, unit: str) -> Divisors | None:
        """Convert a luminosity to another unit, or None when one of the two is not understood."""
        mine, other = _power(self.unit), _power(unit)
        if mine is None or other is None:
            return None
        # 1 pb^-1 are 1e6 ub^-1: the larger cross section has the smaller inverse
        (factor,) = self.factors
        values = factor.values * 10.0 ** (other - mine)
        same = replace(factor, values=values, unit=unit)
        return Divisors(self.kind, (same,), self.scale)


COUNTS = Divisors(Normalisation.COUNTS)
"""No division."""

UNIT_AREA = Divisors(Normalisation.AREA)
"""Division by the sum of the bins."""


def _power(unit: str | None) -> int | None:
    r"""Read the power of ten of an inverse barn such as `pb^{-1}` or `{\mu}b^{-1}`."""
    if unit is None:
        return None
    plain = re.sub(r"[{}\s\\]|\$", "", unit).replace("mu", "u").replace("µ", "u").replace("μ", "u")
    match = _INVERSE_BARN.fullmatch(plain)
    return None if match is None else _POWERS[match[1]]


def trend_divided(
    statistic: str,
    values: NDArray[np.float64],
    ls: NDArray[np.int64],
    divisors: Divisors,
    *,
    is_ratio: bool,
) -> NDArray[np.float64] | None:
    """Divide a statistic of some LS, both (n,), by the divisors of the same LS.

    NaN, so masked, where there is no divisor. None where dividing means nothing: only what grows with the
    exposure (entries, sum, max) is divided, and nothing by an area.
    """
    if divisors.kind is Normalisation.AREA or not offers_rate(statistic, is_ratio=is_ratio):
        return None
    return values / divisors.over(ls).values
