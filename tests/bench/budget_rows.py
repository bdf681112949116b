"""The rows of the table of budgets: what was measured, beside what, and whether the budget holds."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOW, _HIGH = 0.1, 0.9


@dataclass(frozen=True, slots=True)
class Row:
    """A row: everything in words, the numbers behind them, and whether the budget holds.

    `holds` is None where other processes leave it open, and for what could not be measured.
    """

    what: str
    measured: str
    beside: str
    budget: str
    holds: bool | None
    numbers: dict[str, Any] = field(default_factory=dict)

    @property
    def verdict(self) -> str:
        """Say whether the budget holds."""
        return {True: "yes", False: "NO", None: "unclear"}[self.holds]


def spread(values: Sequence[float], unit: str, digits: int = 0) -> str:
    """Write a median, and between which values four of five were."""
    ordered = sorted(values)
    low, high = (ordered[round(share * (len(ordered) - 1))] for share in (_LOW, _HIGH))
    middle = statistics.median(values)
    return f"{middle:.{digits}f} {unit} ({low:.{digits}f} to {high:.{digits}f})"


def markdown(rows: Sequence[Row]) -> str:
    """Write the rows as a table in Markdown."""
    lines = ["| what | measured | beside | budget | holds |", "|---|---|---|---|---|"]
    lines += [
        f"| {row.what} | {row.measured} | {row.beside} | {row.budget} | {row.verdict} |" for row in rows
    ]
    return "\n".join(lines) + "\n"


def plain(rows: Sequence[Row]) -> str:
    """Write the rows for a terminal."""
    width = max(len(row.what) for row in rows)
    return "".join(
        f"{row.what:{width}}  {row.verdict:8}{row.measured}   budget: {row.budget}"
        + (f"   beside: {row.beside}" if row.beside else "")
        + "\n"
        for row in rows
    )
