"""The ranked list of what a scan found, shown over the panes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.message import Message

from dqmtui.model.text import harmless, shortened
from dqmtui.review.scan_state import ScanPhase
from dqmtui.review.scan_words import judged_of_good
from dqmtui.tui.widgets.filtered_list import FilteredList
from dqmtui.tui.widgets.table import TableColumn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.model.judging.scan_ranges import Suspicion
    from dqmtui.review.scan_state import Scan
    from dqmtui.tui.look import Look
    from dqmtui.tui.widgets.table import Cell

ROOMY = 120
"""Cells from which on a row says why, too; below, the lines under the list do."""

_ME_SHARE = 0.36


def ls_range(one: Suspicion) -> str:
    """Write the LS of a suspicion: 305 or 300-310."""
    return str(one.first_ls) if one.first_ls == one.last_ls else f"{one.first_ls}-{one.last_ls}"


class SuspicionRows:
    """Suspicions as rows: what explains one takes its colour away."""

    def __init__(self, found: Sequence[Suspicion], width: int, look: Look) -> None:
        self.found = found
        self._look = look
        longest = max((len(ls_range(one)) for one in found), default=0)
        tests = max((len(one.test) for one in found), default=0)
        fixed = [TableColumn("LS", max(longest, 5), right=True), TableColumn("score", 6, right=True)]
        fixed.append(TableColumn("test", max(tests, 4)))
        left = width - sum(column.width + 1 for column in fixed) - 3
        self._is_roomy = width >= ROOMY
        me = int(_ME_SHARE * left) if self._is_roomy else left
        self.columns = [*fixed, TableColumn("monitoring element", max(10, me))]
        if self._is_roomy:
            self.columns.append(TableColumn("why, and what explains it", max(10, left - me - 1)))

    def __len__(self) -> int:
        return len(self.found)

    def cells(self, row: int) -> Sequence[Cell]:
        """Give the cells of a row."""
        one, roles, ellipsis = self.found[row], self._look.theme.roles, self._look.charset.ellipsis
        color = roles.label if one.conditions else ""
        score = roles.label if one.conditions else roles.bad
        name = shortened(one.element.me, self.columns[3].width, ellipsis=ellipsis)
        cells = [(ls_range(one), color), (f"{one.score:.1f}", score), (one.test, color), (name, color)]
        if self._is_roomy:
            explained = f"[{'; '.join(one.conditions)}] " if one.conditions else ""
            cells.append((self._look.charset.text(f"{explained}{one.why}"), color))
        return cells


class SuspicionList(FilteredList["Suspicion"]):
    """What a scan found, unexplained first, the most suspicious first; typing filters, enter goes there."""

    @dataclass
    class Chosen(Message):
        """A suspicion was chosen."""

        suspicion: Suspicion

    @dataclass
    class Closed(Message):
        """The list was closed without a choice."""

    _scan: Scan | None = None

    def open(self, scan: Scan, look: Look) -> None:
        """Show what a scan has found, at the suspicion that was looked at last."""
        if self._scan is None or self._scan.run != scan.run:
            self.at = None
        self._scan = scan
        self.say_keys(look.charset.text("enter go there   type to filter   esc close"))
        self.begin(look)

    def scan_changed(self, scan: Scan) -> None:
        """Show how far the scan has come; the row under the cursor stays under it."""
        is_new = self._scan is None or scan.result is not self._scan.result
        self._scan = scan
        if is_new:
            self.show_found()
        else:
            self.show_state()

    def find(self, text: str) -> Sequence[Suspicion]:
        """Give what has all words of a text in what is said of it."""
        words = text.casefold().split()
        found = () if self._scan is None else self._scan.result.suspicions
        return [one for one in found if _fits(one, words)]

    def rows_of(self, found: Sequence[Suspicion], width: int, look: Look) -> SuspicionRows:
        """Give suspicions as rows."""
        return SuspicionRows(found, width, look)

    def nothing(self, text: str) -> str:
        """Say that nothing fits, or that nothing was found."""
        return "" if self._scan is None else _nothing(self._scan, text.split())

    def say(self, found: Sequence[Suspicion], text: str, look: Look) -> str:  # noqa: ARG002 - it says no more
        """Say what the scores are of and what stands against them."""
        if self._scan is None:
            return ""
        self.border_title = f"Suspicious LS in run {self._scan.run.run}: {self._scan.scope}"
        return harmless(look.charset.text(state_of(self._scan, len(found))))

    def in_full(self, one: Suspicion, look: Look, width: int) -> Text:
        """Write a suspicion with all that must stand next to its score."""
        return in_full(one, look, width)

    def is_same(self, one: Suspicion, other: Suspicion) -> bool:
        """Tell whether two are about the same, though a scan that goes on may move their ends."""
        return (one.element, one.peak_ls) == (other.element, other.peak_ls)

    def chosen(self, one: Suspicion) -> None:
        """Tell which one is to be looked at."""
        self.post_message(self.Chosen(one))

    def closed(self) -> None:
        """Tell that none is."""
        self.post_message(self.Closed())


def state_of(scan: Scan, shown: int) -> str:
    """Say how far a scan has come, what its scores were made against, and what they are worth."""
    result = scan.result
    total = len(result.suspicions)
    ranges = f"{total} range{'s' * (total != 1)}" if shown == total else f"{shown} of {total} ranges"
    explained = sum(bool(one.conditions) for one in result.suspicions)
    last = f", the last {explained} explained by conditions" if explained else ""
    parts = [f"{ranges}{last}"]
    parts.append(progress_of(scan))
    parts.append(f"|z| > {result.threshold:.2f}")
    parts.append(f"{result.trials} trials")
    parts.append(f"{result.expected_false_alarms:g} false alarm expected")
    parts.append(judged_of_good(result))
    parts.append(f"{result.low_statistics} histograms of low statistics")
    if result.not_comparable:
        parts.append(f"{result.not_comparable} not comparable")
    if scan.failed:
        element, why = scan.failed[0]
        parts.append(f"{len(scan.failed)} MEs could not be scored ({element.short_name}: {why})")
    if scan.partial:
        element, why = scan.partial[0]
        parts.append(f"of {len(scan.partial)} MEs some LS are missing ({element.short_name}: {why})")
    parts.append(f"LS: {scan.good}")
    if scan.rate:
        parts.append(f"rate of {scan.rate}")
    parts.append("a score is a sort key, not a verdict")
    return "; ".join(parts)


def progress_of(scan: Scan) -> str:
    """Say how far a scan has come."""
    of_all = f"{scan.done} of {scan.total} MEs" if scan.done < scan.total else f"{scan.total} MEs"
    of_all = f"{of_all}, {scan.histograms} histograms"
    absent = f", {scan.absent} not in this run" if scan.absent else ""
    match scan.phase:
        case ScanPhase.RUNNING:
            to_go = "" if scan.eta_s is None else f", {scan.eta_s:.0f} s to go"
            return f"scanning: {of_all}{to_go}"
        case ScanPhase.WAITING:
            return f"waits for the service after {of_all}"
        case ScanPhase.STOPPED:
            return f"stopped after {of_all}{absent}"
        case ScanPhase.DONE:
            return f"{of_all}{absent}"


def in_full(one: Suspicion, look: Look, width: int) -> Text:
    """Write a suspicion with all that must stand next to its score."""
    roles, text = look.theme.roles, look.charset.text
    peak = f" (highest in LS {one.peak_ls})" if one.first_ls != one.last_ls else ""
    shown = Text()
    name = shortened(one.element.me, width, ellipsis=look.charset.ellipsis)
    shown.append(f"{text(name)}\n", style=roles.title)
    shown.append(f"LS {ls_range(one)}{peak}: {text(harmless(one.why))}\n")
    beside = f"{one.test} {one.score:.1f}   n {one.n}   against {one.reference}"
    shown.append(f"{text(harmless(beside))}\n{one.normalisation}   ", style=roles.label)
    conditions = "; ".join(one.conditions)
    if conditions:
        shown.append(f"explained by: {text(harmless(conditions))}", style=roles.note)
    else:
        shown.append("no condition explains it", style=roles.label)
    return shown


def _fits(one: Suspicion, words: Sequence[str]) -> bool:
    """Tell whether all words stand in what is said of a suspicion."""
    told = " ".join((one.element.me, ls_range(one), one.test, one.why, *one.conditions)).casefold()
    return all(word in told for word in words)


def _nothing(scan: Scan, words: Sequence[str]) -> str:
    if words and scan.result.suspicions:
        return "nothing fits"
    return "nothing suspicious" if scan.is_over else "nothing suspicious so far"
