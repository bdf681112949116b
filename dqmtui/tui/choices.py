"""Choosing by name: elements, datasets, workspaces, and which dataset of a run is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from dqmtui.review.facts import DatasetWanted
from dqmtui.tui.focus import Focus
from dqmtui.tui.widgets.picker import Picker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.facts import ElementWanted
    from dqmtui.review.runlist import RunEntry

_ME = "monitoring element"
_ALL_DATASETS = "all datasets"


class Choices(Focus):
    """The actions that open the picker, and what is done with the choice."""

    _then: Callable[[Picker.Chosen], None] | None = None

    def choose(
        self,
        subject: str,
        title: str,
        names: Sequence[str],
        notes: Sequence[str] = (),
        *,
        details: Sequence[str] = (),
        text: str = "",
        then: Callable[[Picker.Chosen], None],
    ) -> None:
        """Open the picker; `then` is called with the choice, and not if there is none.

        `text` is looked for at once.
        """
        self.remember_pane()
        self._then = then
        self.query_one(Picker).open(subject, title, names, notes, details=details, text=text)

    def name_panes(self) -> None:
        """Put the element and the statistic into the titles of their panes."""
        raise NotImplementedError

    def action_find(self) -> None:
        """Open the finder of monitoring elements."""
        self.choose(_ME, "Find a monitoring element", *self._element_names(), then=self._element_chosen)

    def ask_which(self, wanted: DatasetWanted | ElementWanted) -> None:
        """Let the person choose where what was asked for is not one thing alone."""
        if isinstance(wanted, DatasetWanted):
            self.choose_dataset_of(wanted.run, wanted.candidates)
        else:
            self.find_wanted(wanted.name, wanted.near)

    def find_wanted(self, name: str, near: Sequence[MonitoringElement]) -> None:
        """Open the finder, once nothing else is open, for a name that is not that of one element."""

        def find() -> None:
            review = self.review
            if review is None or review.state.element is not None:
                return
            has_it = any(name.casefold() in element.me.casefold() for element in near)
            what = f"Several elements have {name!r} in their name"
            title = what if has_it else f"No element is called {name!r}"
            # what finds nothing would only have to be taken out again
            text = name if near else ""
            names = self._element_names()
            self.choose(_ME, f"{title}; find one", *names, text=text, then=self._element_chosen)

        self.when_uncovered(_ME, find)

    def _element_chosen(self, choice: Picker.Chosen) -> None:
        review = self.review
        if review is not None:
            ring = [review.elements[index] for index in choice.hits]
            review.select_element(review.elements[choice.index], ring)
            self.name_panes()
            self.go_to_pane("plot")

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
        names = [_ALL_DATASETS, *(dataset.dataset for dataset in review.datasets)]

        def chosen(choice: Picker.Chosen) -> None:
            review.show_dataset("" if choice.index == 0 else names[choice.index])
            self.go_to_pane("runs")

        self.choose("dataset", "Show the runs of", names, then=chosen)

    def action_workspaces(self) -> None:
        """Choose another workspace."""
        review = self.review
        if review is None or not review.workspaces:
            self.notice("The workspaces have not come yet.")
            return
        names = review.workspaces
        notes = ["open" if name == review.state.workspace else "" for name in names]

        def chosen(choice: Picker.Chosen) -> None:
            review.change_workspace(names[choice.index])
            self.go_to_pane("runs")

        self.choose("workspace", "Change to the workspace", names, notes, then=chosen)

    def choose_dataset_of(self, run: int, candidates: tuple[RunEntry, ...]) -> None:
        """Ask which dataset of a run is meant, once nothing else is open."""
        self.when_uncovered("dataset of a run", lambda: self._ask_dataset_of(run, candidates))

    def _ask_dataset_of(self, run: int, candidates: tuple[RunEntry, ...]) -> None:
        notes = [f"{entry.ls_count} LS" for entry in candidates]
        names = [entry.dataset for entry in candidates]

        def chosen(choice: Picker.Chosen) -> None:
            if self.review is not None:
                self.review.open_run(candidates[choice.index])
            self.go_to_pane("lumisections" if self._origin == "runs" else self._origin)

        title = f"Run {run} is in several datasets; choose one"
        self.choose("dataset of a run", title, names, notes, then=chosen)

    @on(Picker.Chosen)
    def _chosen(self, event: Picker.Chosen) -> None:
        then, self._then = self._then, None
        if then is not None:
            then(event)
        self.open_what_waits()

    @on(Picker.Closed)
    def _picker_closed(self) -> None:
        self.go_back()
        self.open_what_waits()
