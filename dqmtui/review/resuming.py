"""Going on where a session was left: the place first, what depends on lists as soon as these have come."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from dqmtui.model.rate_name import RateName
from dqmtui.review.choices import OtherRun
from dqmtui.review.comparing import Comparing
from dqmtui.review.facts import RunsChanged
from dqmtui.review.remembered import MOST_FOUND, Remembered, remember
from dqmtui.review.runlist import RunEntry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.facts import Fact
    from dqmtui.review.target import Target

_PLACE = ("workspace", "dataset", "dataset_id", "run", "ls", "ls_range", "trend_zoom")
_PAGE = ("layout", "per_page", "alone")
_COMPARED = ("references", "shows_reference")
_LATER = (*_PAGE, *_COMPARED)


class Resuming(Comparing):
    """What was remembered of a review, and what is to be remembered of it."""

    _target: Target

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        # of a session: what waits for its workspace, then for the elements
        self._place_to_come: Remembered | None = None
        self._page_to_come: Remembered | None = None
        self._resumed_run: RunEntry | None = None

    def _resume(self, target: Target) -> None:
        """Draw everything as it was; the place is opened with its workspace."""
        was = target.remembered
        if was is None:
            return
        self._place_to_come = self._page_to_come = was
        self._own |= {name: value for name, value in was.own.items() if name in self._own}
        if was.state.get("rate"):
            self.data.rate = RateName.read(was.state["rate"])
        self._replace(**{name: value for name, value in was.state.items() if name not in (*_PLACE, *_LATER)})

    def _resume_place(self, *, opens_run: bool) -> None:
        """Compare as before, and open the run that was open, in the workspace that has just been opened."""
        was, self._place_to_come = self._place_to_come, None
        if was is None or was.state.get("workspace", self.state.workspace) != self.state.workspace:
            return
        self._replace(**{name: was.state[name] for name in _COMPARED if name in was.state})
        run, ls = was.run, was.state.get("ls")
        if run is None or not opens_run:
            return
        entry = RunEntry(run.workspace, was.state.get("dataset", ""), run.dataset_id, run.run, 0)
        self._resumed_run = entry
        self._reopen(entry)
        ranges = {name: was.state[name] for name in ("ls_range", "trend_zoom") if name in was.state}
        # a place is shown at once; whether the LS is there still is found out when the table comes
        self._replace(**ranges, **({} if ls is None else {"ls": ls}))

    def _resume_page(self) -> None:
        """Show the page as it was, now that the element in focus has been found."""
        was = self._page_to_come
        if was is None or self.state.element is None:
            return
        self._page_to_come = None
        by_name = {element.me: element for element in self.elements}
        found = tuple(by_name[name] for name in was.found if name in by_name)
        if self.state.element in found:
            self.ring = found
            self._arrange()
        if self.state.layout is not None and was.overridden:
            self.show(**{name: value for name, value in self._own.items() if name in was.overridden})
        if was.state.get("per_page", self.state.per_page) != self.state.per_page:
            self.show_per_page(was.state["per_page"])
        if was.state.get("alone", False):
            self.show_alone(True)

    def remembered(self) -> dict[str, object] | None:
        """Give what a session keeps, as plain data; None as long as nothing is looked at.

        What has not come back yet of the session before is kept as it was.
        """
        if not self.state.workspace or self._place_to_come is not None:
            return None
        waits = self._page_to_come if self.state.element is None else None
        state, element = self.state, ""
        own: dict[str, Any] = dict(self._own)
        overridden = frozenset(self._overridden)
        found = [one.me for one in self.ring] if len(self.ring) <= MOST_FOUND else []
        if waits is not None:
            state = replace(state, **{name: waits.state[name] for name in _PAGE if name in waits.state})
            element, own, overridden, found = waits.element, {**waits.own}, waits.overridden, [*waits.found]
        data = remember(state, self.listed, found, own, overridden)
        return {**data, "element": element} if element else data

    @property
    def listed(self) -> str:
        """The text by which the datasets were chosen whose runs are listed."""
        return self._target.dataset

    @property
    def is_beginning(self) -> bool:
        """Whether it is not known yet which workspace to open."""
        return "begin" in self._tasks and not self.state.workspace

    @property
    def awaited(self) -> str:
        """Say which run or element that was asked for is still being looked for, "" for none."""
        begins = "begin" in self._tasks
        target, state = self._target, self.state
        if self.awaited_run:
            return self.awaited_run
        if state.element is None and target.me and (begins or "elements" in self._tasks):
            return f"{target.me.rpartition('/')[2]} is coming ..."
        return ""

    @property
    def awaited_run(self) -> str:
        """Say which run that was asked for is still being looked for, "" for none."""
        run, is_sought = self._target.run, "begin" in self._tasks or "find run" in self._tasks
        return f"Run {run} is coming ..." if run is not None and is_sought and self.state.run is None else ""

    def _idle(self, group: str) -> None:
        super()._idle(group)
        if group in {"begin", "find run", "elements"} and self.state.run is None:
            # what is said to be coming is not
            self._tell(RunsChanged())

    def _reopen(self, entry: RunEntry) -> None:
        """Open a run that was looked at before, and find out whether it is still there."""
        raise NotImplementedError


def left_at(was: Remembered, typed: Target) -> Remembered:
    """Give what is left of what is remembered where the person has said where to open.

    What belongs to another workspace, run or element than the one typed goes.
    """
    left = was
    if typed.workspace and typed.workspace != left.state.get("workspace"):
        references = tuple(one for one in left.references if not isinstance(one, OtherRun))
        left = replace(_elsewhere(left), listed="", element="", found=())
        left = replace(left, state={**left.state, "references": references})
        left = left.without("workspace", "layout", "per_page", "alone", "run_filter")
    if typed.dataset:
        left = replace(left, listed="")
        if typed.dataset.lower() not in str(left.state.get("dataset", "")).lower():
            left = _elsewhere(left)
    if typed.run is not None and (left.run is None or left.run.run != typed.run):
        left = _elsewhere(left)
    if typed.ls is not None:
        left = left.without("ls")
    if typed.me or typed.layout is not None:
        left = replace(left, element="", found=()).without("layout", "per_page", "alone")
    if typed.reference is not None:
        left = left.without("references", "shows_reference")
    return left


def _elsewhere(what: Remembered) -> Remembered:
    """Forget the run, and what has a meaning in it alone."""
    return what.without("run", "dataset", "dataset_id", "ls", "ls_range", "trend_zoom")


def resumed(typed: Target, was: Remembered | None, workspace: str, dataset: str) -> Target:
    """Complete what was typed by what was looked at, as far as it goes with that, or else by the settings."""
    if was is None:
        return replace(typed, workspace=typed.workspace or workspace, dataset=typed.dataset or dataset)
    return replace(
        typed,
        workspace=typed.workspace or was.state.get("workspace", "") or workspace,
        dataset=typed.dataset or was.listed,
        # what is left of the place is of the run that was typed: its dataset is known then
        run=typed.run if was.run is None else None,
        me=typed.me or was.element,
        ls=typed.ls if typed.ls is not None else was.state.get("ls"),
        layout=typed.layout or was.state.get("layout"),
        remembered=was,
    )
