"""What the keys do about scores and scans: score this element, scan many, go to the next suspicion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from dqmtui.review.scan_state import ScanPhase
from dqmtui.tui.choices import Choices
from dqmtui.tui.panes.trend import TrendPane
from dqmtui.tui.program import Program
from dqmtui.tui.suspicions import SuspicionList

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.model.judging.scan_ranges import Suspicion
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.review import Review
    from dqmtui.tui.widgets.picker import Picker


class Scanning(Choices, Program):
    """The actions that score and scan."""

    _marked: tuple[Suspicion, ...] = ()
    _was_scanning = False
    _scanned_at: tuple[object, ...] = ()

    def action_scores(self) -> None:
        """Score the LS of the element on screen, or hide the scores."""
        review = self.review
        if review is None or review.state.run is None or review.state.element is None:
            find = self.look.key("me.find")
            self.notice(f"Scores are those of an element in a run: open a run, and {find} finds an element.")
            return
        shown = not review.state.shows_scores
        self.notice("Scoring the LS of this element ..." if shown else "No scores")
        review.show_scores(shown)

    def action_step_suspicion(self, step: int) -> None:
        """Go to the next or previous suspicious range."""
        if self.review is not None:
            self.review.step_suspicion(step * self._times)

    def action_scan(self) -> None:
        """Choose what is scanned, or look at the list of the last scan."""
        review = self.review
        if review is None or review.state.run is None:
            self.notice("There is no run open that could be scanned.")
            return
        scopes = _scopes(review)
        names, notes = [name for name, _ in scopes], [f"{len(some)} MEs" for _, some in scopes]
        scan = review.scan
        if scan is not None:
            n = len(scan.result.suspicions)
            names.insert(0, f"show the list: {n} suspicious range{'s' * (n != 1)}")
            notes.insert(0, f"{scan.done} of {scan.total} MEs, {scan.phase.value}")

        def chosen(choice: Picker.Chosen) -> None:
            if scan is not None and choice.index == 0:
                self.show_suspicions()
                return
            self.go_back()
            name, elements = scopes[choice.index - (scan is not None)]
            self._scanned_at = _place(review)
            # what was said before would stand in the way of how far the scan is
            self.notice("")
            review.start_scan(elements, name)

        self.choose("scan", f"Scan LS by LS in run {review.state.run.run}", names, notes, then=chosen)

    def show_suspicions(self) -> None:
        """Show the ranked list of the last scan."""
        review = self.review
        if review is None or review.scan is None:
            self.notice(f"No scan of this run has been made yet; {self.look.key('scan')} begins one.")
            return
        self.remember_pane()
        self.query_one(SuspicionList).open(review.scan, self.look)

    def scan_changed(self) -> None:
        """Show how far the scan has come; its list when it is done, if the person waits for it."""
        review = self.review
        if review is None:
            return
        panel, scan = self.query_one(SuspicionList), review.scan
        if panel.is_open:
            if scan is not None:
                panel.scan_changed(scan)
            else:
                panel.action_close()
        if review.suspicions != self._marked:
            self.scores_changed()
        ended = self._was_scanning and scan is not None and scan.phase is ScanPhase.DONE
        self._was_scanning = review.is_scanning
        if ended and self._scanned_at == _place(review) and not self.is_covered:
            self.show_suspicions()

    def scores_changed(self) -> None:
        """Mark in the trend what is suspicious now."""
        review = self.review
        if review is not None:
            self._marked = review.suspicions
            self.query_one(TrendPane).show(review, self.look)

    def action_cancel(self) -> None:
        """Say what a scan has when it is the scan that is stopped."""
        review = self.review
        was_scanning = review is not None and review.is_scanning
        super().action_cancel()
        if was_scanning and review is not None and review.scan is not None and not review.is_scanning:
            scan = review.scan
            keys = f"{self.look.key('scan')} shows the list, {self.look.key('reload')} goes on"
            self.notice(f"Stopped after {scan.done} of {scan.total} MEs; {keys}.")

    @on(SuspicionList.Chosen)
    def _suspicion_chosen(self, event: SuspicionList.Chosen) -> None:
        if self.review is not None:
            self.review.go_to_suspicion(event.suspicion)
            self.name_panes()
        self.go_to_pane("plot")
        self.open_what_waits()

    @on(SuspicionList.Closed)
    def _suspicions_closed(self) -> None:
        self.go_back()
        self.open_what_waits()


def _place(review: Review) -> tuple[object, ...]:
    """Give where the person is: who moves on does not wait for the list."""
    state = review.state
    return state.run, state.element, state.ls


def _scopes(review: Review) -> list[tuple[str, Sequence[MonitoringElement]]]:
    """List what can be scanned, the least first: name and elements."""
    scopes: list[tuple[str, Sequence[MonitoringElement]]] = []
    if review.state.layout is not None:
        scopes.append((f"the MEs of {review.state.layout.title}", review.arranged))
    if 0 < len(review.ring) < len(review.elements):
        scopes.append(("the MEs found last", review.ring))
    workspace = review.state.workspace
    scopes.append((f"all MEs of {workspace} that the run has", review.elements))
    one_dimensional = tuple(element for element in review.elements if element.dim == 1)
    scopes.append((f"all 1D MEs of {workspace} that the run has", one_dimensional))
    return scopes
