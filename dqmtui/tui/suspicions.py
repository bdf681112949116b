"""The ranked list of what a scan found, shown over the panes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual import on
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import Input, Static

from dqmtui.model.text import harmless, shortened
from dqmtui.review.scan_state import ScanPhase
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.ordered_input import OrderedInput
from dqmtui.tui.widgets.table import TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult

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


class SuspicionList(Layer):
    """What a scan found, unexplained first, the most suspicious first; typing filters, enter goes there."""

    DEFAULT_CSS = """
    SuspicionList {
        width: 98%;
        max-width: 180;
        height: 90%;
        offset: 0 1;
        border: round $primary;
        padding: 0 1;
        & Input { border: none; height: 1; padding: 0; background: $panel; }
        & .suspicions--state { height: auto; color: $text-muted; }
        & .suspicions--one { height: auto; min-height: 5; border-top: solid $border-blurred; }
        & TableView { background: $panel; height: 1fr; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close", show=False, priority=True),
        Binding("up,ctrl+k", "move(-1)", "Up", show=False, priority=True),
        Binding("down,ctrl+j", "move(1)", "Down", show=False, priority=True),
        Binding("pageup", "move(-10)", "Page up", show=False, priority=True),
        Binding("pagedown", "move(10)", "Page down", show=False, priority=True),
    ]

    @dataclass
    class Chosen(Message):
        """A suspicion was chosen."""

        suspicion: Suspicion

    @dataclass
    class Closed(Message):
        """The list was closed without a choice."""

    _scan: Scan | None = None
    _look: Look | None = None
    _found: Sequence[Suspicion] = ()
    _at: Suspicion | None = None
    _filter = ""

    def compose(self) -> ComposeResult:
        """Lay out the line for the filter, what stands next to the scores, the list and its row in full."""
        yield Static(classes="suspicions--state", markup=False)
        yield OrderedInput(placeholder="type to filter", select_on_focus=False, compact=True)
        rows = TableView()
        rows.can_focus = False
        yield rows
        yield Static(classes="suspicions--one", markup=False)

    def open(self, scan: Scan, look: Look) -> None:
        """Show what a scan has found, at the suspicion that was looked at last."""
        if self._scan is None or self._scan.run != scan.run:
            self._at = None
        self._scan, self._look = scan, look
        self.border_subtitle = look.charset.text("enter go there   type to filter   esc close")
        self.query_one(TableView).ellipsis = look.charset.ellipsis
        self.display = True
        line = self.query_one(OrderedInput)
        line.begin("", self._choose)
        self.screen.set_focus(line)
        self._show()
        self.call_after_refresh(self._show)

    def scan_changed(self, scan: Scan) -> None:
        """Show how far the scan has come; the row under the cursor stays under it."""
        is_new = self._scan is None or scan.result is not self._scan.result
        self._scan = scan
        if is_new:
            self._show()
        else:
            self._say()

    @on(Input.Changed)
    def _text_changed(self, event: Input.Changed) -> None:
        event.stop()
        self._show()

    def _show(self) -> None:
        """Show what fits the filter."""
        scan, look = self._scan, self._look
        if scan is None or look is None or not self.is_open:
            return
        self._filter = self.query_one(Input).value
        words = self._filter.casefold().split()
        self._found = [one for one in scan.result.suspicions if _fits(one, words)]
        rows = SuspicionRows(self._found, max(40, self.size.width), look)
        at = next((row for row, one in enumerate(self._found) if _is_same(one, self._at)), 0)
        self.query_one(TableView).show_rows(rows, message=_nothing(scan, words), cursor=at)
        self._say()
        self._show_one()

    def _say(self) -> None:
        """Say what the scores are of and what stands against them."""
        scan, look = self._scan, self._look
        if scan is not None and look is not None:
            self.border_title = f"Suspicious LS in run {scan.run.run}: {scan.scope}"
            text = look.charset.text(state_of(scan, len(self._found)))
            self.query_one(".suspicions--state", Static).update(Text(harmless(text)))

    def _show_one(self) -> None:
        """Show the row under the cursor in full."""
        row, look = self.query_one(TableView).cursor, self._look
        shown = self.query_one(".suspicions--one", Static)
        if row is None or look is None or row >= len(self._found):
            self._at = None
            shown.update("")
            return
        self._at = self._found[row]
        shown.update(in_full(self._at, look, max(20, self.scrollable_content_region.width)))

    def on_resize(self) -> None:
        """Shorten the names to the new width."""
        self._show()

    def action_move(self, step: int) -> None:
        """Move in the list."""
        self.query_one(TableView).move_by(step)

    @on(TableView.Moved)
    def _moved(self, event: TableView.Moved) -> None:
        event.stop()
        self._show_one()

    @on(TableView.Opened)
    def _opened(self, event: TableView.Opened) -> None:
        event.stop()
        self._choose()

    def _choose(self) -> bool:
        """Go to the row under the cursor, and tell whether there is one."""
        if self.query_one(Input).value != self._filter:
            # the last letters came with enter
            self._show()
        row = self.query_one(TableView).cursor
        if row is None or row >= len(self._found):
            return False
        self._at = self._found[row]
        self.hide()
        self.post_message(self.Chosen(self._at))
        return True

    def action_close(self) -> None:
        """Close without a choice."""
        self.hide()
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
    parts.append(f"{result.low_statistics} low statistics")
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


def _is_same(one: Suspicion, other: Suspicion | None) -> bool:
    """Tell whether two are about the same, though a scan that goes on may move their ends."""
    return other is not None and (one.element, one.peak_ls) == (other.element, other.peak_ls)


def _nothing(scan: Scan, words: Sequence[str]) -> str:
    if words and scan.result.suspicions:
        return "nothing fits"
    return "nothing suspicious" if scan.is_over else "nothing suspicious so far"
