"""The trend of an element as rows: a true LS number, what is known of it, and the statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.cli.exits import Exit, Stop
from dqmtui.model.divisors import COUNTS, CUMULATIVE
from dqmtui.model.integrate import said_ls
from dqmtui.model.lstable import OMS, RATE
from dqmtui.model.masks import ALIASES
from dqmtui.model.normalise import Normalisation
from dqmtui.model.states import CellState
from dqmtui.model.trend import COMPARISONS, Trend, trend

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from dqmtui.cli.loading import Chosen
    from dqmtui.model.divisors import Divisors
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.lstable import LSTable

VALUE, EMPTY, LEFT_OUT, MASKED = "value", "empty", "left out", "masked"
_STATES = {
    CellState.VALUE: VALUE,
    CellState.ABSENT: "absent",
    CellState.NOT_LOADED: "not loaded",
    CellState.OTHER_BINNING: "other axes",
}
TOO_LARGE = "too large for a number"
TOO_FEW = "too few entries to be compared"
UNDER = {
    "rate": (RATE, "rate_hz"),
    "pileup": (OMS, "pileup"),
    "lumi": (OMS, ALIASES["lumi"]),
    "recorded": (OMS, ALIASES["lumi"]),
    "delivered": (OMS, "delivered_lumi_per_lumisection"),
    "instantaneous": (OMS, "init_lumi"),
}
"""What may stand under a trend, besides the columns of OMS by their names."""


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """Statistics of an element along a run: `ls`, `states` in words, `values`, each (n,); NaN is a gap.

    `why` says of the LS that have no value for want of a divisor, or because they were left out, what it is.
    """

    run: int
    element: MonitoringElement
    ls: NDArray[np.int64]
    states: list[str]
    why: list[str]
    values: Mapping[str, NDArray[np.float64]]
    label: str

    @property
    def statistics(self) -> list[str]:
        """The names of the statistics."""
        return list(self.values)

    def rows(
        self, dataset: str, zoom: tuple[int, int] | None, under: Mapping[str, Mapping[int, float]]
    ) -> Iterator[dict[str, Any]]:
        """Give a row per LS between the ends of `zoom`; `under` are numbers by name and LS.

        `dataset` is that of the run: one run may stand beside itself in another.
        """
        columns = {name: values.tolist() for name, values in self.values.items()}
        for at, ls in enumerate(self.ls.tolist()):
            if zoom is None or zoom[0] <= ls <= zoom[1]:
                yield {
                    "run_number": self.run,
                    "dataset": dataset,
                    "me": self.element.me,
                    "ls": ls,
                    "state": self.states[at],
                    "why": self.why[at],
                    **{name: values[at] for name, values in columns.items()},
                    **{name: values.get(ls, np.nan) for name, values in under.items()},
                }

    def masked_in_words(self) -> str:
        """Say which LS are masked, or lack what is too large, and why; "" when none is."""
        by_words: dict[str, list[int]] = {}
        for ls, state, words in zip(self.ls.tolist(), self.states, self.why, strict=True):
            if state == MASKED or words == TOO_LARGE:
                by_words.setdefault(words, []).append(ls)
        return "; ".join(f"{words}: {said_ls(numbers)}" for words, numbers in by_words.items())


def along(
    stack: HistogramStack,
    chosen: Chosen,
    statistic: str | None,
    divisors: Divisors = COUNTS,
    *,
    compared: NDArray[np.float64] | None = None,
) -> Along:
    """Make the trend over all LS that the run has; without `statistic` all of them, which are not divided.

    `compared` (n,) are the values of a statistic that compares the LS of the stack with a reference.
    """
    by_name = {} if compared is None or statistic is None else {statistic: compared}
    found = Trend(stack.ls, by_name) if by_name else trend(stack)
    numbers = np.union1d(chosen.run_ls, found.ls)
    at = np.searchsorted(numbers, found.ls)
    names = list(found.values) if statistic is None else [statistic]
    values = {name: np.full(numbers.size, np.nan) for name in names}
    for name in names:
        values[name][at] = found[name]
    states = [_state(stack, ls) for ls in numbers.tolist()]
    why = [""] * numbers.size
    for row in np.flatnonzero(chosen.without.selects(numbers)).tolist():
        words = [words for words, mask in chosen.why_not if int(numbers[row]) in mask]
        states[row], why[row] = LEFT_OUT, "; ".join(words)
    if divisors.kind not in {Normalisation.COUNTS, Normalisation.AREA}:
        words = divisors.reasons_in_words(numbers)
        for row, said in enumerate(words):
            if said and states[row] in {VALUE, EMPTY}:
                states[row], why[row] = MASKED, said
        for name in names:
            values[name] = values[name] / divisors.over(numbers).values
    _say_why_no_value(found, numbers, at, states, why, values)
    hidden = np.array([state in {LEFT_OUT, MASKED} for state in states], dtype=np.bool_)
    for name in names:
        values[name][hidden] = np.nan
    return Along(stack.key.run.run, stack.element, numbers, states, why, values, divisors.label)


def _say_why_no_value(
    found: Trend,
    numbers: NDArray[np.int64],
    at: NDArray[np.intp],
    states: list[str],
    why: list[str],
    values: Mapping[str, NDArray[np.float64]],
) -> None:
    """Say why LS with a histogram lack statistics; those without any of them are masked."""
    too_large = np.zeros(numbers.size, dtype=np.bool_)
    if found.too_large is not None:
        too_large[at] = found.too_large
    compared = COMPARISONS if values.keys() <= {*COMPARISONS} else ()
    for row in np.flatnonzero([state == VALUE for state in states]).tolist():
        missing = [name for name, column in values.items() if np.isnan(column[row])]
        if missing and (too_large[row] or compared):
            why[row] = TOO_LARGE if too_large[row] else TOO_FEW
            if len(missing) == len(values):
                states[row] = MASKED


def _state(stack: HistogramStack, ls: int) -> str:
    row = stack.row(ls)
    if row is not None and stack.empty[row]:
        return EMPTY
    return _STATES[stack.state_of(ls)]


def under_column(name: str, table: LSTable) -> dict[str, dict[int, float]]:
    """Give the numbers of a column by LS, NaN where there is none; raises Stop when it has no numbers."""
    source, column = UNDER.get(name, (OMS, name))
    known = table.source(source).columns
    if column not in known and not (source == RATE or name in UNDER):
        numbers = [one for one in known if known[one].values.dtype.kind in "iuf" and one not in CUMULATIVE]
        offered = list(dict.fromkeys([*UNDER, *numbers]))
        raise Stop(Exit.USAGE, f"There is no {name!r} to be put under a trend, but:", offered)
    cells = table.column(source, column)
    values = cells.floats()
    if column in known and known[column].known.any() and not np.isfinite(values).any():
        raise Stop(Exit.USAGE, f"{name} is no number to be put under a trend.")
    return {name: dict(zip(table.ls.tolist(), values.tolist(), strict=True))}
