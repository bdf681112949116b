"""What the keys do: every action of the table turned into a move of the review or of the screen."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeVar

from textual import on
from textual.screen import Screen

from dqmtui.model.normalise import Normalisation
from dqmtui.model.trend import STATISTICS_1D, STATISTICS_2D
from dqmtui.review.facts import Severity
from dqmtui.review.state import YRange
from dqmtui.tui.actions import BY_ID
from dqmtui.tui.counts import LAST_PANE, LASTS_S, Count
from dqmtui.tui.help import HelpPanel
from dqmtui.tui.panes.lumisections import LumiRows
from dqmtui.tui.panes.runs import RunsPane
from dqmtui.tui.panes.trend import TrendPane
from dqmtui.tui.prompt import Do, GoToLS, GoToRun, Prompt, PromptError, read_command
from dqmtui.tui.widgets.picker import Picker
from dqmtui.tui.widgets.table import TableView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.widget import Widget

    from dqmtui.review.review import Review
    from dqmtui.review.runlist import RunEntry
    from dqmtui.tui.look import Look

T = TypeVar("T")

PANES = ("runs", "lumisections", "plot", "trend")

_ME, _DATASET, _RUN_DATASET = "monitoring element", "dataset", "dataset of a run"
_ALL_DATASETS = "all datasets"


def after(items: Sequence[T], item: T) -> T:
    """Give the next of some items, going round."""
    return items[(items.index(item) + 1) % len(items)] if item in items else items[0]


class Moves(Screen[None]):
    """The actions of the review screen."""

    look: Look
    review: Review | None = None
    is_ready = False
    """Whether the panes are there."""

    _count = Count()
    _times = 1
    _choices: tuple[RunEntry, ...] = ()
    _origin = PANES[0]

    def notice(self, text: str, severity: Severity = Severity.INFO) -> None:
        """Say something on the message line."""
        raise NotImplementedError

    def show_lines(self) -> None:
        """Bring the lines at the top and the bottom up to date."""
        raise NotImplementedError

    def name_panes(self) -> None:
        """Put the element and the statistic into the titles of their panes."""
        raise NotImplementedError

    async def action_act(self, action_id: str) -> None:
        """Do an action of the table; a number typed before repeats it, or is forgotten."""
        action = BY_ID[action_id]
        times = self._count.times(time.monotonic())
        if not action.handler.startswith("digit"):
            if times is not None:
                # its first digit was the beginning of a number, not the name of a pane
                self.go_to_pane(self._count.origin)
            self._count = Count()
        self._times = times if action.counted and times is not None else 1
        await self.app.run_action(action.handler, self)
        self._times = 1
        self.show_lines()

    # -- panes ---------------------------------------------------------------------------------------------

    def target(self, pane: str) -> Widget:
        """Give the widget of a pane that takes the keys."""
        widget = self.query_one(f"#{pane}")
        return widget.query_one(TableView) if pane in {"runs", "lumisections"} else widget

    def pane_in_focus(self) -> str:
        """Name the pane in focus, the plot when it is none of them."""
        focused = self.focused
        for pane in PANES:
            if focused is not None and self.query_one(f"#{pane}") in focused.ancestors_with_self:
                return pane
        return "plot"

    def go_to_pane(self, pane: str) -> None:
        """Give a pane the keys, unless something is shown over the panes, which keeps them."""
        self.at_pane(pane)
        if not self.is_covered:
            self.set_focus(self.target(pane))

    def go_back(self) -> None:
        """Give the keys back to the pane that had them before finder or prompt were opened."""
        self.go_to_pane(self._origin)

    def at_pane(self, pane: str) -> None:
        """In a narrow terminal or with a zoomed pane, show this pane in place of the others."""
        for other in PANES:
            self.set_class(other == pane, f"-at-{other}")
        if self.has_class("-zoom"):
            self._zoom(pane)

    @property
    def covers(self) -> list[Picker | Prompt | HelpPanel]:
        """Which of finder, prompt and help lie over the panes."""
        layers = (*self.query(Picker), *self.query(Prompt), *self.query(HelpPanel))
        return [layer for layer in layers if layer.is_open]

    @property
    def is_covered(self) -> bool:
        """Whether anything lies over the panes."""
        return bool(self.covers)

    def hide_left_covers(self) -> None:
        """Hide what lies over the panes but has lost the keys, to a click beside it: it could not be left."""
        focused = self.focused
        for layer in self.covers:
            if focused is not None and layer not in focused.ancestors_with_self:
                layer.hide()

    def _remember_pane(self) -> None:
        """Remember which pane has the keys, unless something has been opened over it already."""
        if not self.is_covered:
            self._origin = self.pane_in_focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Let keys go to what lies over the panes; before the panes are there, only quit is possible."""
        if not self.is_ready:
            return parameters == ("quit",) or action == "quit"
        if self.is_covered:
            return False
        return super().check_action(action, parameters)

    def _table(self) -> TableView | None:
        """Give the table in focus."""
        return self.focused if isinstance(self.focused, TableView) else None

    def action_cursor(self, step: int) -> None:
        """Move in the table in focus."""
        if (table := self._table()) is not None:
            table.move_by(step * self._times)

    def action_cursor_page(self, pages: int) -> None:
        """Move in the table in focus by pages."""
        if (table := self._table()) is not None:
            table.move_by(pages * self._times * table.page)

    def action_cursor_end(self, side: int) -> None:
        """Move to the first or last row of the table in focus."""
        if (table := self._table()) is not None:
            table.move_by(side * table.row_count)

    def action_open(self) -> None:
        """Open what is under the cursor: a run, a lumisection's plot; without an element, the finder."""
        match self.pane_in_focus():
            case "runs":
                self._run_opened()
            case "lumisections":
                self.go_to_pane("plot")
            case _ if self.review is not None and self.review.state.element is None:
                self.action_find()

    def action_digit(self, digit: int) -> None:
        """Go to a pane, and go on with the number that is perhaps being typed."""
        self._count = self._count.typed(digit, time.monotonic(), self.pane_in_focus())
        if 1 <= digit <= LAST_PANE:
            self.go_to_pane(PANES[digit - 1])
        self.set_timer(LASTS_S, self._count_expired)
        self.show_lines()

    def _count_expired(self) -> None:
        if self._count.digits and self._count.times(time.monotonic()) is None:
            self._count = Count()
            self.show_lines()

    def action_next_pane(self, step: int) -> None:
        """Go to the next or previous pane."""
        self.go_to_pane(PANES[(PANES.index(self.pane_in_focus()) + step) % len(PANES)])

    def action_zoom(self) -> None:
        """Let the pane in focus fill the screen, or give the others their place back."""
        self._zoom(None if self.has_class("-zoom") else self.pane_in_focus())

    def _zoom(self, pane: str | None) -> None:
        """Let a pane fill the screen, none with None."""
        zoomed = None if pane is None else self.query_one(f"#{pane}")
        shown = () if zoomed is None else (zoomed, zoomed.parent)
        self.set_class(zoomed is not None, "-zoom")
        for widget in self.query("#panes, #panes Vertical, .pane"):
            widget.set_class(widget in shown, "-zoomed")

    # -- lumisections, elements, runs ------------------------------------------------------------------

    def action_step_ls(self, step: int) -> None:
        """Step through the LS that have data."""
        if self.review is not None:
            self.review.step_ls(step * self._times)

    def action_end_ls(self, side: int) -> None:
        """Go to the first or last LS."""
        if self.review is not None:
            self.review.end_ls(side)

    def action_step_me(self, step: int) -> None:
        """Step through the elements found last."""
        if self.review is not None:
            self.review.step_element(step * self._times)

    def action_step_run(self, step: int) -> None:
        """Open the next or previous run."""
        if self.review is not None:
            self.review.step_run(step * self._times)

    def action_find(self) -> None:
        """Open the finder of monitoring elements."""
        self._remember_pane()
        self.query_one(Picker).open(_ME, "Find a monitoring element", *self._element_names())

    def _element_names(self) -> tuple[list[str], list[str]]:
        """Give the names of the elements and their dimensions."""
        elements = () if self.review is None else self.review.elements
        return [element.me for element in elements], [f"{element.dim}D" for element in elements]

    def elements_came(self) -> None:
        """Fill the finder if it was opened before the elements were there."""
        picker = self.query_one(Picker)
        if picker.is_open and picker.subject == _ME:
            picker.names_changed(*self._element_names())

    def action_datasets(self) -> None:
        """Choose the dataset whose runs are listed."""
        review = self.review
        if review is None or not review.datasets:
            self.notice("The datasets have not come yet.")
            return
        self._remember_pane()
        names = [_ALL_DATASETS, *(dataset.dataset for dataset in review.datasets)]
        self.query_one(Picker).open(_DATASET, "Show the runs of", names)

    def choose_dataset_of(self, run: int, candidates: tuple[RunEntry, ...]) -> None:
        """Ask which dataset of a run is meant."""
        self._remember_pane()
        self._choices = candidates
        notes = [f"{entry.ls_count} LS" for entry in candidates]
        names = [entry.dataset for entry in candidates]
        self.query_one(Picker).open(
            _RUN_DATASET, f"Run {run} is in several datasets; choose one", names, notes
        )

    @on(Picker.Chosen)
    def _chosen(self, event: Picker.Chosen) -> None:
        review = self.review
        if review is None:
            return
        match event.subject:
            case "monitoring element":
                ring = [review.elements[index] for index in event.hits]
                review.select_element(review.elements[event.index], ring)
                self.name_panes()
                self.go_to_pane("plot")
            case "dataset":
                review.show_dataset("" if event.index == 0 else review.datasets[event.index - 1].dataset)
                self.go_to_pane("runs")
            case _:
                review.open_run(self._choices[event.index])
                self.go_to_pane("lumisections" if self._origin == "runs" else self._origin)

    @on(Picker.Closed)
    def _picker_closed(self) -> None:
        self.go_back()

    @on(TableView.Opened, "#run-table")
    def _run_opened(self) -> None:
        review = self.review
        entry = None if review is None else self.query_one(RunsPane).entry(review)
        if review is not None and entry is not None:
            review.open_run(entry)
            self.go_to_pane("lumisections")

    @on(TableView.Moved, "#run-table")
    def _run_moved(self) -> None:
        if self.review is not None:
            self.query_one(RunsPane).show_card(self.review)

    @on(TableView.Opened, "#ls-table")
    def _ls_opened(self) -> None:
        self.go_to_pane("plot")

    @on(TableView.Moved, "#ls-table")
    def _ls_moved(self, event: TableView.Moved) -> None:
        rows = event.rows
        if self.review is None or not isinstance(rows, LumiRows):
            return
        if rows.table.key == self.review.state.run:
            # the rows that the person saw: there may be more by now, and then others have this number
            self.review.go_to_ls(rows.ls(event.row))

    @on(TrendPane.Pointed)
    def _pointed(self, event: TrendPane.Pointed) -> None:
        if self.review is not None:
            self.review.go_to_ls(event.ls)

    # -- picture --------------------------------------------------------------------------------------------

    def action_toggle_log(self) -> None:
        """Linear or log."""
        if self.review is not None:
            self.review.show(log_y=not self.review.state.log_y)

    def action_toggle_range(self) -> None:
        """Range of this LS or of the run."""
        if self.review is not None:
            chosen = after(tuple(YRange), self.review.state.y_range)
            self.review.show(y_range=chosen)
            self.notice(f"Range: {chosen.value}")

    def action_normalise(self) -> None:
        """Take the next normalisation that means something for the element."""
        review = self.review
        if review is None or review.load is None or review.load.stack is None:
            return
        if review.load.stack.is_ratio:
            self.notice("This element is a ratio or a difference: its bins are no counts to be normalised.")
            return
        chosen = after(tuple(Normalisation), review.state.normalisation)
        review.show(normalisation=chosen)
        self.notice(f"Normalisation: {chosen.value}")

    def action_statistic(self) -> None:
        """Take the next statistic of the trend."""
        review = self.review
        if review is None or review.state.element is None:
            return
        offered = STATISTICS_1D if review.state.element.dim == 1 else STATISTICS_2D
        review.show(statistic=after(offered, review.state.statistic))

    # -- program ---------------------------------------------------------------------------------------------

    def action_prompt(self) -> None:
        """Open the line that reads a command."""
        self._remember_pane()
        self.query_one(Prompt).open()

    @on(Prompt.Given)
    async def _command_given(self, event: Prompt.Given) -> None:
        review = self.review
        self.go_back()
        try:
            command = read_command(event.text)
        except PromptError as error:
            self.notice(str(error), Severity.ERROR)
            return
        match command:
            case Do(action_id):
                await self.action_act(action_id)
            case GoToLS(ls) if review is not None:
                review.go_to_ls(ls)
            case GoToRun(run) if review is not None:
                review.go_to_run(run)
            case _:
                self.notice("There is no connection yet.", Severity.WARNING)

    @on(Prompt.Closed)
    def _prompt_closed(self) -> None:
        self.go_back()

    def action_cancel(self) -> None:
        """Stop loading, else give the zoomed pane its place back, else forget what was said and typed."""
        if self.review is not None and self.review.cancel():
            self.notice("Stopped; what came stays. ctrl+r goes on.")
        elif self.has_class("-zoom"):
            self._zoom(None)
        else:
            self.notice("")
        self.show_lines()

    def action_reload(self) -> None:
        """Ask again for what is missing."""
        if self.review is not None:
            self.notice("")
            self.review.reload()

    def action_help(self) -> None:
        """Show the keys."""
        self.query_one(HelpPanel).open(self.look)
