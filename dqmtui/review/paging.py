"""Which plots stand on a page, and the loads of their histograms, the one in focus first."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from dqmtui.model.keys import HistogramKey
from dqmtui.model.layouts import GRIDS, PlotOptions
from dqmtui.model.states import CellState
from dqmtui.model.trend import offered_statistics
from dqmtui.review.core import ReviewCore
from dqmtui.review.facts import Crashed, HistogramsChanged, Notice, Severity
from dqmtui.review.histograms import HistogramLoad, LoadState
from dqmtui.review.plots import AS_CHOSEN, Plot, page_of, place_of
from dqmtui.review.state import ReviewState

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.layouts import Layout
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.facts import Fact
    from dqmtui.review.plots import Page

OWN = tuple(
    one.name
    for one in fields(ReviewState)
    if one.name in {option.name for option in fields(PlotOptions)} and one.name != "y_range"
)
"""What both a person and a layout may choose; in the state stands what holds for the plot in focus."""

OVERRIDES = {"y_range": ("y_range",), "normalisation": ("y_range", "y_label")}
"""Options of a layout that go when a person changes something else: they were meant for what was before."""

NO_ELEMENT: dict[str, Any] = {"element": None, "layout": None, "per_page": 1, "alone": False}
"""The part of the state that says what is looked at, before anything is."""

_ARRANGING = ("element", "layout", "per_page", "run", *OWN)
_SHOWN_NOTES = 3


class Paging(ReviewCore):
    """The page: the element in focus and those beside it.

    `elements` are those of the workspace, `ring` those found last. A page is made of the elements of the
    layout, without one of the ring. `plots` are those of the page; `load` is that of the plot in focus.
    """

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        self.elements: tuple[MonitoringElement, ...] = ()
        self.ring: tuple[MonitoringElement, ...] = ()
        self.plots: tuple[Plot, ...] = ()
        self._of_layout: dict[MonitoringElement, PlotOptions] = {}
        # what the person chose by keys, and what of it overrides the layout
        self._own: dict[str, Any] = {name: getattr(self.state, name) for name in OWN}
        self._overridden: set[str] = set()
        self._loads: dict[MonitoringElement, HistogramLoad] = {}
        self._is_stopped = False

    # -- the set -----------------------------------------------------------------------------------------

    @property
    def arranged(self) -> tuple[MonitoringElement, ...]:
        """The elements that pages are made of."""
        return tuple(self._of_layout) if self.state.layout is not None else self.ring or self.elements

    @property
    def place(self) -> Page | None:
        """Where the plot in focus stands among those that pages are made of."""
        element = self.state.element
        return None if element is None else place_of(self.arranged, element, self.state.per_page)

    @property
    def focus(self) -> int:
        """Position of the plot in focus among those of the page, from 0."""
        return next((at for at, plot in enumerate(self.plots) if plot.element == self.state.element), 0)

    @property
    def is_stopped(self) -> bool:
        """Whether the person stopped the loading of the page."""
        return self._is_stopped

    @property
    def scope(self) -> str:
        """Say for what holds what a key changes now: all plots of a layout, where there is one."""
        layout = self.state.layout
        return "" if layout is None else f" on all plots of {layout.title}; p takes the layout's own again"

    def open_layout(self, layout: Layout, me: str = "") -> None:
        """Look at a layout from its first page on, or from the element of this name.

        What of it the workspace lacks is said; without anything to show all stays as it is.
        """
        if not self.elements:
            self._notice("The monitoring elements have not come yet.")
            return
        resolved = layout.resolve(self.elements)
        options: dict[MonitoringElement, PlotOptions] = {}
        twice = []
        for found in resolved.found:
            if found.element in options:
                twice.append(f"{found.element.me} stands twice, the first counts")
            else:
                options[found.element] = found.plot.options
        notes = [*resolved.notes, *twice, *layout.notes]
        said = "; ".join(notes[:_SHOWN_NOTES]) + ("; ..." if len(notes) > _SHOWN_NOTES else "")
        details = "\n".join(notes)
        if not options:
            text = f"{self.state.workspace} has none of the elements of {layout.title}: {said}"
            self._tell(Notice(text, Severity.ERROR, details))
            return
        self._of_layout, self._overridden = options, set()
        self._is_stopped = False
        names = {element.me: element for element in options}
        self._look_at(names.get(me) or next(iter(options)), layout=layout, per_page=layout.grid, alone=False)
        if notes:
            missing = len(layout.plots) - len(options)
            text = f"{layout.title}: {missing} of {len(layout.plots)} plots are missing: " if missing else ""
            severity = Severity.WARNING if missing else Severity.INFO
            self._tell(Notice(f"{text}{said}", severity, details))

    def leave_layout(self) -> None:
        """Look at the element in focus alone, drawn as the person has chosen."""
        self._look_at(self.state.element, layout=None, per_page=1, alone=False)

    def show_per_page(self, count: int) -> None:
        """Show so many plots on a page, one of `GRIDS`."""
        self._is_stopped = False
        self._replace(per_page=count if count in GRIDS else 1, alone=False)
        self._load_histograms()

    def show_alone(self, alone: bool) -> None:  # noqa: FBT001 - the one thing that is told
        """Let the plot in focus have the whole area, or give the others of the page their place back."""
        self._replace(alone=alone)

    def focus_on(self, position: int) -> None:
        """Give the focus to the plot at a position of the page, from 0."""
        if 0 <= position < len(self.plots):
            self._look_at(self.plots[position].element)

    # -- looking at an element ---------------------------------------------------------------------------

    def select_element(
        self, element: MonitoringElement, ring: Sequence[MonitoringElement] | None = None
    ) -> None:
        """Look at an element; `ring` are the elements that `step_element` goes through from here.

        A layout that does not have it is left.
        """
        if ring is not None:
            self.ring = tuple(ring)
        layout = self.state.layout
        if layout is not None and element not in self._of_layout:
            self._notice(f"{layout.title} is left, which has no {element.short_name}; p opens it again.")
            self._look_at(element, layout=None, per_page=1, alone=False)
        else:
            self._look_at(element)

    def step_element(self, step: int) -> None:
        """Give the focus to the next or previous element, turning the page at its end, going round."""
        elements = self.arranged
        if not elements:
            self._notice("The monitoring elements have not come yet.")
            return
        element = self.state.element
        at = elements.index(element) if element in elements else (-1 if step > 0 else 0)
        self._look_at(elements[(at + step) % len(elements)])

    def _look_at(self, element: MonitoringElement | None, **changes: Any) -> None:
        before = self.plots, self.state.element
        layout = changes.get("layout", self.state.layout)
        if layout is None:
            self._of_layout, self._overridden = {}, set()
        drawn = {} if element is None else self._drawn(element)
        self._replace(**{**drawn, **changes, "element": element})
        self._arrange()
        if self.plots is not before[0] or element != before[1]:
            self._is_stopped = False
            self._load_histograms()

    # -- how it is drawn ---------------------------------------------------------------------------------

    def show(self, **changes: Any) -> None:
        """Change how things are drawn: fields of `ReviewState` that load nothing.

        With a layout that holds for all of its plots, whatever it says, until it is opened again.
        """
        for name, value in changes.items():
            if name in self._own:
                self._own[name] = value
                self._overridden.add(name)
            self._overridden.update(OVERRIDES.get(name, ()))
        self._replace(**changes)
        if self.state.layout is not None:
            self._arrange()

    def state_of(self, plot: Plot) -> ReviewState:
        """Give the state as it holds for a plot of the page."""
        if plot.element == self.state.element or plot.options is AS_CHOSEN:
            return self.state
        chosen = {name: getattr(plot.options, name) for name in OWN}
        return replace(self.state, **{name: value for name, value in chosen.items() if value is not None})

    def _drawn(self, element: MonitoringElement) -> dict[str, Any]:
        """Give what holds for an element: of the layout, unless it was overridden, else the person's own."""
        options = self._of_layout.get(element, AS_CHOSEN)
        drawn = dict(self._own)
        for name in OWN:
            wanted = getattr(options, name)
            if wanted is not None and name not in self._overridden:
                drawn[name] = wanted
        statistics = offered_statistics(element.dim, is_compared=bool(self.state.references))
        offered = (drawn["statistic"], options.statistic, self._own["statistic"], statistics[0])
        drawn["statistic"] = next(name for name in offered if name in statistics)
        return drawn

    def _options_of(self, element: MonitoringElement) -> PlotOptions:
        """Give the options of a plot of a layout, all that the person has a say in included."""
        if self.state.layout is None:
            return AS_CHOSEN
        options = self._of_layout.get(element, AS_CHOSEN)
        kept = replace(options, **dict.fromkeys(self._overridden))
        return replace(kept, **self._drawn(element))

    # -- the loads of the page ---------------------------------------------------------------------------

    def _settle(self, before: ReviewState) -> None:
        super()._settle(before)
        if self.state.layout is None:
            self._of_layout, self._overridden = {}, set()
        if any(getattr(before, name) != getattr(self.state, name) for name in _ARRANGING):
            self._arrange()

    def _arrange(self) -> None:
        """Bring the plots into line with the state; what left the page is not looked at any more."""
        element = self.state.element
        on_page = () if element is None else page_of(self.arranged, element, self.state.per_page)
        for gone in self._loads.keys() - set(on_page):
            self._leave(self._loads.pop(gone))
        self.load = None if element is None else self._loads.get(element)
        wanted = [(one, self._loads.get(one), self._options_of(one)) for one in on_page]
        if wanted != [(plot.element, plot.load, plot.options) for plot in self.plots]:
            self.plots = tuple(Plot(*one) for one in wanted)

    def _by_turn(self) -> Iterator[MonitoringElement]:
        """Give the elements of the page, that in focus first."""
        at = self.focus
        for plot in (*self.plots[at:], *self.plots[:at]):
            yield plot.element

    def _load_histograms(self) -> bool:
        """Let the loads of the page begin one after another; tell whether all have.

        The next begins once the one before has what the LS under the cursor needs.
        """
        run, ls = self.state.run, self.state.ls
        if run is None or ls is None or self.state.element is None or self._is_stopped:
            return False
        for element in self._by_turn():
            load = self._loads.get(element)
            if load is None:
                load = self.data.histograms(HistogramKey(run, element.me_id), element, ls)
                self._loads[element] = load
                load.listeners.add(self._histograms_came)
                self._arrange()
                self._tell(HistogramsChanged(0, 0))
            if not _had_its_turn(load, ls):
                return False
        return True

    def _histograms_came(self, load: HistogramLoad, first: int, last: int) -> None:
        self._tell(HistogramsChanged(first, last))
        if load.crash is not None:
            self._tell(Crashed(load.crash))
        elif load.state is LoadState.PARTIAL and load.error is not None:
            if load is self.load:
                loaded, expected = load.progress
                came = f"{loaded} of {expected} LS of {load.element.short_name} came"
                text = f"Partial: {came}; ctrl+r goes on. {load.error.message}"
                self._tell(Notice(text, Severity.ERROR, load.error.details(), load.element))
            self._look_into(load.error)
        elif load.state is LoadState.KEPT and load.error is not None:
            self._look_into(load.error)
        elif load.state is LoadState.COMPLETE:
            self._recovery.calm()
        self._load_histograms()

    def _looked_at(self) -> list[HistogramLoad]:
        """Give the loads of all histograms that are looked at, that of the plot in focus first."""
        return [self._loads[element] for element in self._by_turn() if element in self._loads]

    def _stop_loads(self) -> bool:
        """Stop what is loading, keeping what came; tell whether anything was."""
        loading = [load for load in self._looked_at() if load.state is LoadState.LOADING]
        self._is_stopped = bool(loading)
        for load in loading:
            load.cancel()
        return bool(loading)

    def _restart_loads(self, *ended: LoadState) -> None:
        """Let those loads go on that ended so; after a stop by the person all others begin, too."""
        if LoadState.CANCELLED in ended:
            self._is_stopped = False
        again = [load for load in self._looked_at() if load.state in ended]
        for load in again:
            load.start()
        if again:
            self._tell(HistogramsChanged(0, 0))
        self._load_histograms()

    def _leave(self, load: HistogramLoad) -> None:
        """Look at histograms no more; a load that nobody looks at is cancelled."""
        load.listeners.discard(self._histograms_came)
        if not load.listeners:
            load.cancel()

    def _leave_load(self) -> None:
        """Stop looking at the histograms on screen."""
        for load in self._looked_at():
            self._leave(load)
        self._loads.clear()
        self._is_stopped = False
        self._arrange()


def _had_its_turn(load: HistogramLoad, ls: int) -> bool:
    """Tell whether a load has what an LS needs, or nothing comes of it any more."""
    if load.state is not LoadState.LOADING:
        return True
    return load.stack is not None and load.stack.state_of(ls) is not CellState.NOT_LOADED
