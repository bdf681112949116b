"""Choosing by name: elements, datasets, workspaces, and which dataset of a run is meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on

from dqmtui.tui.focus import Focus
from dqmtui.tui.widgets.picker import Picker

if TYPE_CHECKING:
    from dqmtui.review.runlist import RunEntry

_ME, _DATASET, _RUN_DATASET, _WORKSPACE = (
    "monitoring element",
    "dataset",
    "dataset of a run",
    "workspace",
)
_ALL_DATASETS = "all datasets"


class Choices(Focus):
    """The actions that open the picker, and what is done with the choice."""

    _candidates: tuple[RunEntry, ...] = ()

    def reference_chosen(self, index: int) -> None:
        """Compare with what was chosen in the picker."""
        raise NotImplementedError

    def name_panes(self) -> None:
        """Put the element and the statistic into the titles of their panes."""
        raise NotImplementedError

    def action_find(self) -> None:
        """Open the finder of monitoring elements."""
        self.remember_pane()
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
        self.remember_pane()
        names = [_ALL_DATASETS, *(dataset.dataset for dataset in review.datasets)]
        self.query_one(Picker).open(_DATASET, "Show the runs of", names)

    def action_workspaces(self) -> None:
        """Choose another workspace."""
        review = self.review
        if review is None or not review.workspaces:
            self.notice("The workspaces have not come yet.")
            return
        self.remember_pane()
        notes = ["open" if name == review.state.workspace else "" for name in review.workspaces]
        self.query_one(Picker).open(_WORKSPACE, "Change to the workspace", review.workspaces, notes)

    def choose_dataset_of(self, run: int, candidates: tuple[RunEntry, ...]) -> None:
        """Ask which dataset of a run is meant, once nothing else is open."""
        self.when_uncovered("dataset of a run", lambda: self._ask_dataset_of(run, candidates))

    def _ask_dataset_of(self, run: int, candidates: tuple[RunEntry, ...]) -> None:
        self.remember_pane()
        self._candidates = candidates
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
            case "reference":
                self.reference_chosen(event.index)
            case "workspace":
                review.change_workspace(review.workspaces[event.index])
                self.go_to_pane("runs")
            case _:
                review.open_run(self._candidates[event.index])
                self.go_to_pane("lumisections" if self._origin == "runs" else self._origin)
        self.open_what_waits()

    @on(Picker.Closed)
    def _picker_closed(self) -> None:
        self.go_back()
        self.open_what_waits()
