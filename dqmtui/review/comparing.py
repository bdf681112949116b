"""What a review compares the histograms on screen with."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.model.divisors import COUNTS
from dqmtui.model.keys import HistogramKey, RunKey
from dqmtui.model.lstable import DIALS, RATE, Source
from dqmtui.model.notes import ExpressionSaved
from dqmtui.model.states import SourceState
from dqmtui.review.choices import GOOD_LS, MOST_REFERENCES, OtherRun, seen_from
from dqmtui.review.facts import Crashed, ReferenceChanged
from dqmtui.review.histograms import LoadState
from dqmtui.review.journal_choices import GOOD, choices_of, last_good, last_references, reference_event
from dqmtui.review.noting import Noting
from dqmtui.review.picture import Material, Picture, PictureMaker, Selections

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.model.divisors import Divisors
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.facts import Fact
    from dqmtui.review.histograms import HistogramLoad
    from dqmtui.review.picture import Other
    from dqmtui.review.plots import Plot
    from dqmtui.review.state import ReviewState


class Comparing(Noting):
    """The references, and the pictures that come of them; the journal knows those of each run."""

    def __init__(
        self,
        data: DataLayer,
        listener: Callable[[Fact], None],
        sleep: Callable[[float], Awaitable[None]],
    ) -> None:
        super().__init__(data, listener, sleep)
        self._reference_tables: dict[RunKey, LSTable] = {}
        self._reference_loads: dict[HistogramKey, HistogramLoad] = {}
        self._before_any_run = (self.state.references, self.state.good)
        self._is_recalling = False
        self._selections = Selections(lambda: data.rate_path)
        self._pictures: dict[MonitoringElement, PictureMaker] = {}

    # -- the good LS -------------------------------------------------------------------------------------

    @property
    def said_good(self) -> str:
        """Say how many of the LS that have data are good, and by what where that was chosen.

        As long as none has come there is nothing to count.
        """
        table, expression = self.table, self.state.good
        if table is None:
            return ""
        rows = table.source(DIALS)
        if not rows.ls.size and not rows.is_complete:
            return ""
        n, why = self._selections.counted(table, self._named_of(table.key), expression)
        by = "" if expression == GOOD_LS[0] else f" by {expression}"
        return f" good{by}: {n} of {rows.ls.size} LS{' so far' if why else ''} "

    # -- the references ----------------------------------------------------------------------------------

    @property
    def reference_table(self) -> LSTable | None:
        """The LS table of the first other run among the references."""
        choice = next(iter(self._other_runs()), None)
        return None if choice is None else self._reference_tables.get(choice.run)

    @property
    def reference_load(self) -> HistogramLoad | None:
        """The histograms of the plot in focus in the first other run among the references."""
        choice, element = next(iter(self._other_runs()), None), self.state.element
        if choice is None or element is None:
            return None
        return self._reference_loads.get(HistogramKey(choice.run, element.me_id))

    @property
    def reference_number(self) -> int | None:
        """The first other run among the references."""
        return next((choice.run.run for choice in self._other_runs()), None)

    def set_reference(self, choice: ReferenceChoice | None) -> None:
        """Compare with this alone, with nothing when it is None."""
        self._compare_with(() if choice is None else (choice,))

    def add_reference(self, choice: ReferenceChoice) -> None:
        """Compare with this, too; with what is compared already no longer."""
        now = self.state.references
        if choice in now:
            self._compare_with(tuple(one for one in now if one != choice))
        elif len(now) >= MOST_REFERENCES:
            self._error(f"More than {MOST_REFERENCES} references cannot be told apart; r begins anew.")
        else:
            self._compare_with((*now, choice))

    def _compare_with(self, choices: tuple[ReferenceChoice, ...]) -> None:
        if choices == self.state.references:
            return
        self._replace(references=choices, shows_reference=bool(choices))
        self._load_histograms()
        self._tell(ReferenceChanged())

    def _other_runs(self) -> list[OtherRun]:
        seen = [seen_from(choice, self.state.run) for choice in self.state.references]
        return [choice for choice in seen if isinstance(choice, OtherRun)]

    def _settle(self, before: ReviewState) -> None:
        super()._settle(before)
        if before.run != self.state.run:
            self.state = self._recalled()
        elif not self._is_recalling:
            self._remember(before)
        if before.references != self.state.references:
            self._arrange()

    # -- what stands in the journal ----------------------------------------------------------------------

    def _remember(self, before: ReviewState) -> None:
        """Put into the journal what was chosen for the open run."""
        state, pen = self.state, self.notebook.pen
        if state.run is None:
            self._before_any_run = (state.references, state.good)
            return
        if before.references != state.references:
            self._edited(pen.write(self.journal, reference_event(state.run, state.references)))
        if before.good != state.good:
            self._edited(pen.write(self.journal, ExpressionSaved(GOOD, state.good, state.run)))

    def _recalled(self) -> ReviewState:
        """Give the state with what was chosen for the open run, else with what was chosen last."""
        state, journal = self.state, self.journal
        if state.run is None:
            return state
        chosen, good = journal.compared.get(state.run), journal.expressions.get((state.run, GOOD))
        session = self.notebook.pen.session
        if chosen is None:
            chosen = last_references(journal.effective, session)
        references = self._before_any_run[0] if chosen is None else choices_of(state.run, chosen)
        good = good or last_good(journal.effective, session) or self._before_any_run[1]
        shows = state.shows_reference if references == state.references else bool(references)
        return replace(state, references=references, shows_reference=shows, good=good)

    def _recall_again(self) -> None:
        now = self._recalled()
        if (now.references, now.good) == (self.state.references, self.state.good):
            return
        self._is_recalling = True
        try:
            self._compare_with(now.references)
            self._replace(good=now.good)
        finally:
            self._is_recalling = False
        self._tell(ReferenceChanged())

    def _arrange(self) -> None:
        super()._arrange()
        runs = [choice.run for choice in self._other_runs()]
        for run in self._reference_tables.keys() - set(runs):
            self._watch.cancel(_task_of(run))
            del self._reference_tables[run]
        elements = [plot.element for plot in self.plots] if self.load is not None else []
        wanted = {HistogramKey(run, element.me_id) for run in runs for element in elements}
        for key in self._reference_loads.keys() - wanted:
            self._leave(self._reference_loads.pop(key))
        for element in self._pictures.keys() - set(elements):
            del self._pictures[element]

    def _load_histograms(self) -> bool:
        """Load the page, and when all of it has begun its histograms and conditions in other runs."""
        have_begun = super()._load_histograms()
        if have_begun:
            for choice in self._other_runs():
                self._load_reference(choice)
        return have_begun

    def _load_reference(self, choice: OtherRun) -> None:
        self.data.name_dataset(choice.run.dataset_id, choice.dataset)
        if choice.run not in self._reference_tables:
            self._load_table_of(choice.run, self.data.loading_table(choice.run))
        new = [
            element
            for element in self._by_turn()
            if HistogramKey(choice.run, element.me_id) not in self._reference_loads
        ]
        for element in new:
            key = HistogramKey(choice.run, element.me_id)
            load = self._reference_loads[key] = self.data.histograms(key, element, self.state.ls or 1)
            load.listeners.add(self._reference_came)
        if new:
            self._tell(ReferenceChanged())

    def _load_table_of(self, run: RunKey, known: LSTable) -> None:
        self._reference_tables[run] = known
        self._watch.start(_task_of(run), lambda: self._load_reference_table(run))

    def _reload_references(self) -> None:
        """Ask again for the conditions of other runs that failed; those that are coming still come."""
        for run, table in tuple(self._reference_tables.items()):
            again = self.data.loading_table(run, table)
            is_lacking = any(source.state is SourceState.LOADING for source in again.sources.values())
            if is_lacking and _task_of(run) not in self._watch:
                self._load_table_of(run, again)

    def _forget_reference_rates(self) -> None:
        """Ask for the rates of the other runs anew: they are those of something else now."""
        for run, table in tuple(self._reference_tables.items()):
            self._load_table_of(run, table.with_source(RATE, Source(state=SourceState.LOADING)))

    async def _load_reference_table(self, run: RunKey) -> None:
        def changed(table: LSTable, _source: str) -> None:
            if run in self._reference_tables:
                self._reference_tables[run] = table
                self._tell(ReferenceChanged())

        await self.data.load_table(run, changed, self._reference_tables.get(run), self._look_into)

    def _reference_came(self, load: HistogramLoad, _first: int, _last: int) -> None:
        if load.crash is not None:
            self._tell(Crashed(load.crash))
        elif load.error is not None and load.state in {LoadState.PARTIAL, LoadState.KEPT}:
            self._look_into(load.error)
        self._tell(ReferenceChanged())

    def _leave(self, load: HistogramLoad) -> None:
        load.listeners.discard(self._reference_came)
        super()._leave(load)

    def _looked_at(self) -> list[HistogramLoad]:
        return [*super()._looked_at(), *self._reference_loads.values()]

    def _forget_pictures(self) -> None:
        """Make all pictures anew: what they were made with means something else now."""
        self._selections = Selections(lambda: self.data.rate_path)
        self._pictures.clear()

    # -- the pictures ------------------------------------------------------------------------------------

    def picture(self, plot: Plot | None = None) -> Picture | None:
        """Give what stands in a plot, by default that in focus; None while there is nothing to be shown."""
        if plot is None:
            plot = self.plots[self.focus] if self.plots else None
        stack = None if plot is None or plot.load is None else plot.load.stack
        if plot is None or stack is None or self.table is None or self.state.ls is None:
            return None
        maker = self._pictures.get(plot.element)
        if maker is None:
            maker = self._pictures[plot.element] = PictureMaker(self._selections)
        state = self.state_of(plot)
        material = Material(stack, self.table, self._named_of(self.table.key))
        others = [self._other(choice, plot.element) for choice in state.references]
        return maker.picture(material, state, self.state.ls, others)

    def divisors(self, plot: Plot | None = None) -> Divisors:
        """Give what the LS of the open run are divided by in a plot, by default that in focus."""
        state = self.state if plot is None else self.state_of(plot)
        return COUNTS if self.table is None else self._selections.divisors(self.table, state.normalisation)

    def _other(self, choice: ReferenceChoice, element: MonitoringElement) -> Other:
        """Give what another run brings, or say why it brings nothing; None for no other run."""
        if not isinstance(choice, OtherRun):
            return None
        load = self._reference_loads.get(HistogramKey(choice.run, element.me_id))
        table = self._reference_tables.get(choice.run)
        if load is None or table is None or load.stack is None or load.stack.x is None:
            return _why_nothing(load, element)
        return Material(load.stack, table, self._named_of(choice.run), _trouble_of(load))


def _task_of(run: RunKey) -> str:
    return f"reference {run.dataset_id} {run.run}"


def _why_nothing(load: HistogramLoad | None, element: MonitoringElement) -> str:
    """Say why there are no histograms of another run."""
    match None if load is None else load.state:
        case None | LoadState.LOADING:
            return "its histograms are coming"
        case LoadState.CANCELLED:
            return "loading was stopped; ctrl+r goes on"
        case _ if load is not None and load.error is not None:
            return load.error.message
        case _:
            return f"it has no {element.short_name}"


def _trouble_of(load: HistogramLoad) -> str:
    """Say what is missing of the histograms of another run, "" when nothing is."""
    loaded, expected = load.progress
    match load.state:
        case LoadState.COMPLETE:
            return ""
        case LoadState.LOADING:
            return "so far"
        case LoadState.KEPT:
            return LoadState.KEPT.value
        case _:
            return f"{load.state.value}: {loaded} of {expected} LS came"
