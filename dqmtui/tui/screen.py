"""The review screen: composes the panes and lets them show what happened in the review."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from dqmtui.review.facts import (
    Crashed,
    DatasetWanted,
    ElementsLoaded,
    ElementWanted,
    Fact,
    HistogramsChanged,
    LoginWanted,
    NotesChanged,
    NotesKept,
    Notice,
    RangesOfRunsChanged,
    ReferenceChanged,
    RunsChanged,
    ScanChanged,
    ScoresChanged,
    Severity,
    StateChanged,
    TableChanged,
    TrendChanged,
)
from dqmtui.review.histograms import LoadState
from dqmtui.tui.actions import bindings, digit_bindings
from dqmtui.tui.column_chooser import ColumnChooser
from dqmtui.tui.exporting import Exporting
from dqmtui.tui.file_line import FileLine
from dqmtui.tui.filter_line import FilterLine
from dqmtui.tui.footer import KeyLine
from dqmtui.tui.framing import Framing
from dqmtui.tui.good_ls import GoodLS
from dqmtui.tui.help import HelpPanel
from dqmtui.tui.leaving import Leaving
from dqmtui.tui.login.panel import LoginPanel
from dqmtui.tui.message_panel import MessagePanel
from dqmtui.tui.ml_flags import MlFlags
from dqmtui.tui.moves import Moves
from dqmtui.tui.note_form import NoteForm
from dqmtui.tui.note_list import NoteList
from dqmtui.tui.noting import Noting
from dqmtui.tui.palette import Finding
from dqmtui.tui.panes.lumisections import LumisectionsPane
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.panes.runs import RunsPane
from dqmtui.tui.panes.status import LineView, MessageLine, PlaceLine
from dqmtui.tui.panes.trend import TrendPane
from dqmtui.tui.places import SMALLEST
from dqmtui.tui.playing import Playing
from dqmtui.tui.prompt import Prompt
from dqmtui.tui.rating import Rating
from dqmtui.tui.registering import Registering
from dqmtui.tui.remembering import Remembering
from dqmtui.tui.scanning import Scanning
from dqmtui.tui.shooting import Shooting
from dqmtui.tui.signing_in import SigningIn
from dqmtui.tui.sizing import Sizing
from dqmtui.tui.summary_panel import SummaryPanel
from dqmtui.tui.suspicions import SuspicionList
from dqmtui.tui.tabling import Tabling
from dqmtui.tui.theming import Theming
from dqmtui.tui.titling import Titling
from dqmtui.tui.trending import Trending
from dqmtui.tui.widgets.hit_list import HitList
from dqmtui.tui.widgets.layer import Layer
from dqmtui.tui.widgets.picker import Picker
from dqmtui.tui.widgets.table import TableView
from dqmtui.tui.wire.composing import ThriftyCompositor

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from dqmtui.review.review import Review
    from dqmtui.review.state import ReviewState
    from dqmtui.services.records import ServiceState
    from dqmtui.store.settings import Settings
    from dqmtui.tui.look import Look

MOST_YOUNG = 10_000
"""Objects made and not gone again until a garbage collection."""
LATE_S = 0.3
"""Seconds until pages are drawn that do not hold the LS under the cursor."""


class ReviewScreen(
    Titling,
    Leaving,
    Theming,
    Shooting,
    Exporting,
    Playing,
    Framing,
    GoodLS,
    MlFlags,
    Registering,
    Trending,
    Tabling,
    Moves,
    Scanning,
    Noting,
    Rating,
    SigningIn,
    Sizing,
    Finding,
    Remembering,
):
    """Runs, lumisections, plot and trend around one LS cursor."""

    BINDINGS: ClassVar[list[BindingType]] = [*digit_bindings()]

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._compositor = ThriftyCompositor()
        self.look = look
        # the keys as they are now, over those that every screen of Textual has
        for key in ("tab", "shift+tab"):
            self._bindings.key_to_bindings.pop(key, None)
        for binding in bindings(look.keymap.actions):
            self._bindings.key_to_bindings[binding.key] = [binding]
        self.services = {}
        self._late_drawing: Timer | None = None

    def compose(self) -> ComposeResult:
        """Lay out the lines, the panes and what is shown over them."""
        yield PlaceLine(id="place")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield RunsPane(id="runs", classes="pane")
                yield LumisectionsPane(id="lumisections", classes="pane")
            with Vertical(id="right"):
                yield PlotPane(id="plot", classes="pane")
                yield TrendPane(id="trend", classes="pane")
        yield MessageLine(id="message")
        yield KeyLine(id="keys")
        yield Picker(id="picker")
        yield HelpPanel(id="help")
        yield MessagePanel(id="messages")
        yield SuspicionList(id="suspicions")
        yield ColumnChooser(id="columns")
        yield FilterLine(id="filter")
        yield NoteForm(id="note")
        yield NoteList(id="notes")
        yield LoginPanel(id="login")
        yield FileLine(id="file")
        yield SummaryPanel(id="summary")
        yield Prompt(id="prompt")
        yield Static(id="too-small", markup=False)

    def on_mount(self) -> None:
        """Name the panes and begin at the runs."""
        if not self.display:
            # left before it was there: the panes are being taken away already
            return
        self.set_class(self.look.charset.name == "ascii", "-ascii", update=False)
        for table in self.query(TableView):
            table.ellipsis = self.look.charset.ellipsis
        for hits in self.query(HitList):
            hits.ellipsis = self.look.charset.ellipsis
        self.query_one(Prompt).ellipsis = self.look.charset.ellipsis
        for line in self.query(LineView):
            line.ellipsis = self.look.charset.ellipsis
        self._has_panes = True
        self.place()
        self.name_panes()
        self.go_to_pane(self.at)
        self.show_all()
        self.show_lines()

    def on_unmount(self) -> None:
        """Draw nothing any more: services go on telling how they do until the connections are closed."""
        self._has_panes = False

    def on_resize(self, event: events.Resize) -> None:
        """Say so when there is no room for anything useful; the panes arrange themselves."""
        if not self.is_ready:
            event.prevent_default()
            return
        if event.size != self.app.size:
            # the layout for a size before tells of it again, and would be answered by the next one's for ever
            event.prevent_default()
            event.stop()
            return
        self._say_too_small()
        self.call_after_refresh(self._fit_lines)

    def _say_too_small(self) -> None:
        """Write what stands there instead of everything else in a terminal that is too small."""
        width, height = self.app.size
        least = f"The terminal is {width}x{height}; dqmtui needs at least {SMALLEST[0]}x{SMALLEST[1]}."
        asked = f"\n\n{self.on_line.text}" if self.is_asking else ""
        self.query_one("#too-small", Static).update(least + asked)

    def _fit_lines(self) -> None:
        """Fit what is cut to the width into the new one."""
        if not self.is_ready:
            return
        for layer in self.query(Layer):
            layer.fit()
        self.name_panes()
        self.show_lines()

    def on_descendant_focus(self) -> None:
        """Show the pane that has the keys now; the event may tell of one that has lost them since."""
        if not self.is_ready:
            return
        self.keep_or_hide_covers()
        if not self.is_covered:
            self.at_pane(self.pane_in_focus())
        self._show_keys()

    def place(self) -> None:
        """Arrange the panes, and remember how they are."""
        super().place()
        self.session_changed()

    def at_pane(self, pane: str) -> None:
        """Show a pane, and fit the titles into what room the panes have then."""
        super().at_pane(pane)
        self.call_after_refresh(self.name_panes)

    # -- the review -----------------------------------------------------------------------------------------

    def attach(self, review: Review, settings: Settings) -> None:
        """Show a review on the services of the settings."""
        self.review, self.settings = review, settings
        self.show_all()

    def change_look(self, look: Look) -> None:
        """Draw everything in another theme."""
        self.look = look
        self.show_all()
        for layer in self.query(Layer):
            if layer.is_open:
                layer.change_look(look)

    def service_changed(self, service: str, state: ServiceState) -> None:
        """Show how a service does."""
        self.services[service] = state
        self.show_lines()

    def take(self, fact: Fact) -> None:
        """Let the panes show what happened."""
        review = self.review
        if review is None or not self.is_ready:
            return
        match fact:
            case StateChanged(before, now):
                self._state_changed(review, before, now)
                self.session_changed()
            case RunsChanged():
                self.query_one(RunsPane).show(review, self.look)
                self.name_panes()
                if review.table is None:
                    # whether one is to be chosen or is still coming
                    self.query_one(LumisectionsPane).show(review, self.look)
                    self.query_one(PlotPane).show(review, self.look)
            case TableChanged():
                self.query_one(LumisectionsPane).show(review, self.look)
                self._draw(review)
            case HistogramsChanged(first, last):
                self._histograms_came(review, first, last)
            case RangesOfRunsChanged():
                self.ranges_of_runs_came()
            case ElementsLoaded():
                # most of what lives as long as the program is there now: collections need not look at it
                gc.freeze()
                # a step makes thousands of objects that go by themselves: to look for cycles among so few of
                # them, as is usual, takes a tenth of it
                gc.set_threshold(MOST_YOUNG)
                self.name_panes()
                self.elements_came()
            case NotesKept():
                self.notes_kept()
            case _:
                self._say(fact)
        self.tables_follow(fact)
        self.show_lines()

    def _draw(self, review: Review) -> None:
        self.query_one(PlotPane).show(review, self.look)
        self.query_one(TrendPane).show(review, self.look)

    def _say(self, fact: Fact) -> None:
        """Tell the person what is no change of a pane, or ask for what is wanted."""
        match fact:
            case Notice(text, severity, details, element):
                # the review knows the default keys alone
                self.notice(self.look.keymap.said(text), severity, details)
                self.on_line = replace(self.on_line, element=element)
            case ReferenceChanged():
                self._draw_histograms()
            case TrendChanged():
                self.trend_changed()
                self.flags_may_have_come()
            case ScoresChanged():
                self.scores_changed()
            case ScanChanged():
                self.scan_changed()
            case NotesChanged():
                self.notes_changed()
            case DatasetWanted() | ElementWanted():
                self.ask_which(fact)
            case LoginWanted(error):
                self.login_wanted(error)
            case Crashed(error):
                # raised as a message of the screen: there it ends the program, while whoever tells of it
                # is a callback of the event loop, which would only write it to a log
                self.call_later(self._crash, error)

    def _histograms_came(self, review: Review, first: int, last: int) -> None:
        """Draw what came at once where the person looks, the rest a little later, many pages at a time."""
        ls, loads = review.state.ls, [plot.load for plot in review.plots]
        loading = any(load is not None and load.state is LoadState.LOADING for load in loads)
        if not loading or not first or ls is None or first <= ls <= last:
            self._draw_histograms()
        elif self._late_drawing is None:
            self._late_drawing = self.set_timer(LATE_S, self._draw_histograms)

    def _draw_histograms(self) -> None:
        if self._late_drawing is not None:
            self._late_drawing.stop()
            self._late_drawing = None
        if self.review is not None and self.is_ready:
            self.query_one(PlotPane).show(self.review, self.look)
            # one after the other, so that neither keeps keys and other panes waiting for both
            self.call_after_refresh(self._draw_trend)

    def _draw_trend(self) -> None:
        if self.review is not None and self.is_ready:
            self.query_one(TrendPane).show(self.review, self.look)

    @staticmethod
    def _crash(error: BaseException) -> None:
        raise error

    def _state_changed(self, review: Review, before: ReviewState, now: ReviewState) -> None:
        if before.run != now.run or before.workspace != now.workspace:
            if before.run is not None or before.workspace not in {"", now.workspace}:
                # what was said was about what was looked at before
                self.on_line = Notice("")
            self.show_run_open(now.run is not None)
            if before.workspace == now.workspace and now.run is None:
                self.go_to_pane("runs")
            self.run_was_opened(now)
            self.show_all()
            self.query_one(RunsPane).show(review, self.look, to_opened=True)
            return
        about, is_word = self.on_line.element, self.on_line.severity is Severity.INFO
        if before.element not in {None, now.element} and (is_word or about not in {None, now.element}):
            # what was said was about the element before
            self.on_line = Notice("")
        if before.ls != now.ls:
            if before.ls is not None or self.on_line.severity is not Severity.ERROR:
                # of a run that has just been opened nobody has chosen the LS
                self.on_line = self.note_here(review)
            self.query_one(LumisectionsPane).stand_on(now.ls, self.look)
        self.query_one(TrendPane).state_changed(before, now)
        if (before.element, before.layout, before.per_page) != (now.element, now.layout, now.per_page):
            self.name_panes()
        self.query_one(PlotPane).show(review, self.look)
        self.follow_zoom(now)

    def show_all(self) -> None:
        """Draw every pane anew."""
        review = self.review
        self._show_keys()
        if review is None or not self.is_mounted:
            return
        self.query_one(RunsPane).show(review, self.look)
        self.query_one(LumisectionsPane).show(review, self.look)
        self.query_one(PlotPane).show(review, self.look)
        self.query_one(TrendPane).show(review, self.look)
        self.name_panes()
        self.show_lines()

    def _show_keys(self) -> None:
        """Show the keys of what has them."""
        self.query_one(KeyLine).show(self.look, self.pane_of_person(), next(iter(self.covers), None))

    def show_lines(self) -> None:
        """Bring the lines at the top and the bottom up to date."""
        if not self.is_ready:
            return
        self._show_keys()
        if self.is_too_small:
            self._say_too_small()
        insecure = self.settings is not None and self.settings.insecure
        self.query_one(MessageLine).show(
            self.review, self.look, self.on_line, self.services, insecure=insecure
        )
        review, line = self.review, self.query_one(PlaceLine)
        if self.glimpse.says_where and (review is None or review.awaited or not review.state.workspace):
            line.show_parts(((self.glimpse.line(self.app.size.width), ""),))
        elif review is not None:
            line.show(review, self.look, str(self._count) or self.playing)
