"""What a scan says: in words, in fields for programs, and as a ranked list for people."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Any

from dqmtui.cli.table import Column, aligned
from dqmtui.cli.talk import tell
from dqmtui.model.judging.scan_scores import JUDGED_TEXTS
from dqmtui.model.text import harmless
from dqmtui.review.scan_words import not_judged

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.cli.scan import Scan
    from dqmtui.model.judging.scan_ranges import ScanResult, Suspicion
    from dqmtui.review.runlist import RunEntry

FIELDS = (
    *("run_number", "dataset", "me", "dim", "first_ls", "last_ls", "peak_ls", "score", "threshold", "test"),
    *("why", "n", "reference", "normalisation", "conditions"),
)
_MOST_TOLD = 5
_SHORT = 4
"""Columns that stand on one line of a terminal."""

_INDENT = "    "


def say(scan: Scan, result: ScanResult, entry: RunEntry, expression: str) -> None:
    """Say what stands next to the scores, and what could not be scored."""
    of_all = f"{scan.done} of {scan.total}" if scan.done < scan.total else f"{scan.total}"
    absent = f" ({scan.absent} not in this run)" if scan.absent else ""
    explained = sum(bool(one.conditions) for one in result.suspicions)
    n = len(result.suspicions)
    judged = f"{result.lumisections} of {result.good} good LS ({expression})"
    tell(
        f"run {entry.run}  {entry.dataset}: {n} suspicious range{'s' * (n != 1)}, {explained} explained by "
        f"conditions, in {of_all} MEs{absent} and {judged}"
    )
    if rest := not_judged(result):
        tell(f"of the good LS {'; '.join(rest)}")
    against = " or ".join(dict.fromkeys(one.reference for one in scan.scores))
    tell(f"shapes are compared with: {against or 'nothing'}")
    tell(
        f"|z| > {result.threshold:.2f} in {result.trials} trials, {result.expected_false_alarms:g} false "
        f"alarm{'s' * (result.expected_false_alarms != 1)} expected; histograms not judged: "
        f"{result.low_statistics} low statistics, {result.not_comparable} not comparable, "
        f"{result.unreadable} not finite; a score is a sort key, not a verdict"
    )
    for what, some in (("not scored", scan.failed), ("some LS are missing", scan.partial)):
        for one in some[:_MOST_TOLD]:
            tell(f"{what}: {one.element.me}: {one.why}")
        if len(some) > _MOST_TOLD:
            tell(f"{what}: {len(some) - _MOST_TOLD} more")


def about(scan: Scan, result: ScanResult, entry: RunEntry, expression: str) -> dict[str, Any]:
    """Give what stands next to the list, for programs: which LS and elements were judged, and by what."""
    return {
        "run_number": entry.run,
        "dataset": entry.dataset,
        "good": expression,
        "good_ls": result.good,
        "judged_ls": result.lumisections,
        "not_judged": {JUDGED_TEXTS[state]: number for state, number in result.not_judged},
        "without_data": result.without_data,
        "entries_per": result.per.removeprefix("the "),
        "entries_not_judged": result.without,
        "mes": len(scan.scores),
        "mes_absent": scan.absent,
        "mes_failed": {one.element.me: one.why for one in scan.failed},
        "mes_partial": {one.element.me: one.why for one in scan.partial},
        "tests": list(scan.tests),
        "references": list(dict.fromkeys(one.reference for one in scan.scores)),
        "trials": result.trials,
        "threshold": result.threshold,
        "false_alarms_expected": result.expected_false_alarms,
        "low_statistics": result.low_statistics,
        "not_comparable": result.not_comparable,
        "not_finite": result.unreadable,
    }


def fields(entry: RunEntry, one: Suspicion, result: ScanResult) -> dict[str, Any]:
    """Give a suspicion for programs, with all that stands next to its score."""
    return {
        "run_number": entry.run,
        "dataset": entry.dataset,
        "me": one.element.me,
        "dim": one.element.dim,
        "first_ls": one.first_ls,
        "last_ls": one.last_ls,
        "peak_ls": one.peak_ls,
        "score": one.score,
        "threshold": result.threshold,
        "test": one.test,
        "why": one.why,
        "n": one.n,
        "reference": one.reference,
        "normalisation": one.normalisation,
        "conditions": list(one.conditions),
    }


def lines(found: Sequence[Suspicion], width: int) -> list[str]:
    """Give the list for a terminal: a row for each range, and under it in full why, and what explains it."""
    title, *rows = aligned(columns(found)[:_SHORT], width).lines
    told = [title]
    for row, one in zip(rows, found, strict=True):
        explained = f"; explained by: {'; '.join(one.conditions)}" if one.conditions else ""
        text = harmless(f"{one.why}; n {one.n}{explained}")
        told += [row, *(f"{_INDENT}{line}" for line in wrap(text, max(20, width - len(_INDENT))))]
    return told


def columns(found: Sequence[Suspicion]) -> list[Column]:
    """Give the list as columns of a table."""
    spans = [
        str(one.first_ls) if one.first_ls == one.last_ls else f"{one.first_ls}-{one.last_ls}" for one in found
    ]
    return [
        Column("LS", spans, right=True),
        Column("score", [f"{one.score:.1f}" for one in found], right=True),
        Column("test", [one.test for one in found]),
        Column("ME", [one.element.me for one in found], least=20),
        Column("why", [one.why for one in found], least=20),
        Column("explained by", ["; ".join(one.conditions) for one in found], least=12),
        Column("n", [str(one.n) for one in found], right=True),
        Column("reference", [one.reference for one in found], least=12),
    ]
