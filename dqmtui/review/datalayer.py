"""The data layer: everything the program knows from DIALS and OMS, asked for once and kept."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from dqmtui.model.rate_name import RateName, RateNames
from dqmtui.model.states import CellState
from dqmtui.review import questions
from dqmtui.review.asking import Asking
from dqmtui.review.kept import KeptAnswers, KeptHistograms
from dqmtui.review.loads import MEMORY_BUDGET, Loads
from dqmtui.review.oms_source import oms_source
from dqmtui.review.run_folder import folder_of_run
from dqmtui.review.tables import Tables
from dqmtui.services.dials_lists import ShortList
from dqmtui.services.errors import BadReply, Incomplete, NotLoggedIn, ServiceDown, SwitchedOff
from dqmtui.store.frames import FrameKey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from contextlib import AbstractAsyncContextManager

    import numpy as np
    from numpy.typing import NDArray

    from dqmtui.model.histogram import HistogramStack
    from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
    from dqmtui.model.lstable import LSTable, Source
    from dqmtui.review.histograms import HistogramLoad
    from dqmtui.review.tables import Changed, Failed
    from dqmtui.services.dials import DialsClient
    from dqmtui.services.errors import ServiceError
    from dqmtui.services.oms import OmsClient
    from dqmtui.services.oms_records import L1Rates, OmsColumns, RateRows, RunCard
    from dqmtui.services.records import (
        CertificationJson,
        Dataset,
        FileStatus,
        LumisectionRows,
        MlFlag,
        MlModel,
        RunRow,
    )
    from dqmtui.services.run_registry import RunRegistry

T = TypeVar("T")

CARDS_PER_REQUEST = 400


class DataLayer(Asking):
    """DIALS and OMS behind one face: answers are kept, equal questions share one request.

    `rate_path` is the HLT path, or `dataset:NAME`, whose rate is the table's trigger rate; `rate` can be set
    to another one, and counts for all that is asked from then on. Without `oms` its columns are OFF. `kept`
    is the cache on disk, `fall_back` as Asking says; `memory_budget` is in bytes, `registry` the Run Registry
    where there is one. All methods raise ServiceError; all of it lives in one event loop.
    """

    def __init__(
        self,
        dials: DialsClient,
        oms: OmsClient | None,
        *,
        rate_path: str,
        kept: KeptAnswers | None = None,
        fall_back: Callable[[datetime], None] | None = None,
        memory_budget: int = MEMORY_BUDGET,
        registry: RunRegistry | None = None,
    ) -> None:
        super().__init__(kept or KeptAnswers(), fall_back)
        self.rate = RateName.read(rate_path)
        self.registry = registry
        self._dials = dials
        self._oms = oms
        self._cards: dict[int, RunCard] = {}
        self._dataset_names: dict[int, str] = {}
        self._tables = Tables(self)
        self._loads = Loads(dials, self._expected, self._find_kept, memory_budget)

    def forget(self, run: RunKey) -> None:
        """Forget what DIALS and OMS said of a run, in whichever dataset, so that it is asked for again."""
        self._of_runs.pop(run.run, None)
        self._cards.pop(run.run, None)
        self._loads.forget(run.run)

    async def silence(self, workspace: str) -> ServiceError | None:
        """Give why DIALS does not answer just now, None when it does, be it that it refuses the login."""
        return await self._dials.silence(workspace)

    async def warm_up(self) -> None:
        """Load, in a thread, what reading the cache takes."""
        await self._kept.warm_up()

    # -- lists -------------------------------------------------------------------------------------------

    async def workspaces(self) -> list[str]:
        """List the workspaces."""
        return await self._ask(self._lists, questions.workspaces(), self._dials.workspaces)

    async def default_workspace(self) -> str:
        """Name the workspace that the service gives to this login."""
        return await self._ask(self._lists, questions.default_workspace(), self._dials.default_workspace)

    async def datasets(self, workspace: str) -> list[Dataset]:
        """List the datasets of a workspace."""
        return await self._ask(
            self._lists, questions.datasets(workspace), lambda: self._dials.datasets(workspace)
        )

    async def runs(self, workspace: str, dataset_id: int) -> list[RunRow]:
        """List the runs of a dataset."""
        rows = await self._ask(
            self._lists,
            questions.runs(workspace, dataset_id),
            lambda: self._dials.runs(workspace, dataset_id=dataset_id),
        )
        self.name_datasets(rows)
        return rows

    async def find_run(self, workspace: str, run: int) -> list[RunRow]:
        """List the datasets' rows of one run number as they are now: a run may come in later.

        Raise BadReply when DIALS counts some and sends none: then it is not known that there is no such run.
        """
        rows = await self._ask(
            self._lists,
            questions.datasets_of_run(workspace, run),
            lambda: self._dials.runs(workspace, run_number=run),
            anew=True,
        )
        if not rows and isinstance(rows, ShortList):
            message = f"DIALS counts run {run} in its list of runs, but does not send it. Ask again later."
            raise BadReply(message, service="DIALS")
        self.name_datasets(rows)
        return rows

    def name_datasets(self, rows: Iterable[RunRow]) -> None:
        """Learn the names of datasets, by which the cache keeps histograms."""
        self._dataset_names.update((row.dataset_id, row.dataset) for row in rows)

    def name_dataset(self, dataset_id: int, name: str) -> None:
        """Learn the name of a dataset as `name_datasets` does, from who knows it before any list has come."""
        if name:
            self._dataset_names.setdefault(dataset_id, name)

    async def files_of_run(self, workspace: str, run: int) -> list[FileStatus]:
        """List the files of a run, in whichever dataset, with their status as it is now."""
        return await self._lists.fresh(
            ("files of", workspace, run), lambda: self._dials.files(workspace, name_regex=folder_of_run(run))
        )

    async def files(self, workspace: str, dataset_id: int) -> list[FileStatus]:
        """List the files of a dataset with their status as it is now."""
        return await self._lists.fresh(
            ("files", workspace, dataset_id), lambda: self._dials.files(workspace, dataset_id=dataset_id)
        )

    async def elements(self, workspace: str) -> tuple[MonitoringElement, ...]:
        """List the monitoring elements of a workspace, by name."""

        async def ask() -> tuple[MonitoringElement, ...]:
            return tuple(sorted(await self._dials.mes(workspace), key=lambda element: element.me))

        return await self._ask(self._lists, questions.elements(workspace), ask)

    async def run_elements(self, run: RunKey) -> tuple[MonitoringElement, ...]:
        """List the elements of a run's lowest LS, which is all that DIALS lists of a run, by name."""

        async def ask() -> tuple[MonitoringElement, ...]:
            elements = await self._dials.run_mes(run.workspace, run.dataset_id, run.run)
            return tuple(sorted(elements, key=lambda element: element.me))

        return await self._ask(self._of(run.run), questions.run_elements(run), ask)

    # -- run cards ---------------------------------------------------------------------------------------

    async def kept_cards(self, runs: Sequence[int]) -> dict[int, RunCard]:
        """Give the cards of some runs that an earlier session was told of."""
        blocks = sorted({run // questions.RUNS_PER_FILE for run in runs})
        found = await asyncio.gather(*(self.kept(questions.cards(block)) for block in blocks))
        cards = {number: card for kept in found if kept is not None for number, card in kept.value.items()}
        return {run: cards[run] for run in runs if run in cards}

    async def run_cards(self, runs: Sequence[int]) -> dict[int, RunCard]:
        """Give the OMS cards of some runs; a run that OMS does not know is missing.

        Incomplete has the cards that came where OMS left some out.
        """
        cards = {run: self._cards[run] for run in runs if run in self._cards}
        wanted = sorted(set(runs) - cards.keys())
        cut: Incomplete | None = None
        for start in range(0, len(wanted), CARDS_PER_REQUEST):
            try:
                cards |= await self._new_cards(tuple(wanted[start : start + CARDS_PER_REQUEST]))
            except Incomplete as error:
                cards |= error.came
                cut = error
        if cut is not None:
            raise Incomplete(cut.message, service=cut.service, came=cards, url=cut.url)
        return cards

    async def _new_cards(self, runs: tuple[int, ...]) -> dict[int, RunCard]:
        if self._oms is None:
            return {}
        oms = self._oms
        blocks = sorted({run // questions.RUNS_PER_FILE for run in runs})
        cut: Incomplete | None = None
        try:
            found = await self._lists.fresh(("cards", runs), lambda: oms.runs(numbers=runs))
        except Incomplete as error:
            found, cut = error.came, error
        except (ServiceDown, NotLoggedIn) as error:
            for block in blocks:
                self.age.failed(questions.cards(block).key)
            kept = await self.kept_cards(runs) if self._may_fall_back(error) else {}
            if not kept:
                raise
            return kept
        cards = {card.run_number: card for card in found}
        now = datetime.now(UTC)
        for block in blocks:
            question = questions.cards(block)
            self.age.came(question.key)
            new = {number: cards[number] for number in cards if number // questions.RUNS_PER_FILE == block}
            self._kept.change(question, partial(_with_new, new), now)
        # the card of a run that is still being taken changes
        self._cards.update({number: card for number, card in cards.items() if card.end_time is not None})
        if cut is not None:
            raise Incomplete(cut.message, service=cut.service, came=cards, url=cut.url)
        return cards

    # -- one run -----------------------------------------------------------------------------------------

    async def lumisections(self, run: RunKey) -> LumisectionRows:
        """Give the LS that DIALS has of a run."""
        return (await self._lumisections(run))[0]

    async def _lumisections(self, run: RunKey) -> tuple[LumisectionRows, datetime]:
        """Give the LS that DIALS has of a run, and when it said so."""
        return await self._ask_dated(
            self._of(run.run),
            questions.lumisections(run),
            lambda: self._dials.lumisections(run.workspace, run.dataset_id, run.run),
        )

    async def conditions(self, run: int) -> OmsColumns:
        """Give OMS's lumisections of a run as they came, which is too large to be kept in memory."""
        oms = self._needs_oms()
        question = questions.conditions(run)
        return await self._ask(self._of(run), question, lambda: oms.lumisections(run), anew=True)

    async def conditions_source(self, run: int) -> Source:
        """Give OMS's lumisections of a run as a source of the LS table."""

        async def ask() -> Source:
            # 30 ms for a run of 2400 LS, for which the event loop must not wait
            return await asyncio.to_thread(oms_source, await self.conditions(run))

        return await self._of(run).get("conditions as a source", ask)

    async def rates(self, run: int, path: str | None = None) -> RateRows:
        """Give the rate of an HLT path per LS, of one version if it is named; by default the trigger rate."""
        if path is None and self.rate.is_dataset:
            return await self.dataset_rates(run, self.rate.name)
        oms = self._needs_oms()
        name = path or self.rate.name
        return await self._ask(self._of(run), questions.rates(run, name), lambda: oms.hlt_rates(run, name))

    async def rate_names(self, run: int) -> RateNames:
        """List the HLT paths and primary datasets that a run has rates of."""
        oms = self._needs_oms()

        async def ask() -> RateNames:
            paths, datasets = await asyncio.gather(oms.hlt_paths(run), oms.dataset_names(run))
            return RateNames(tuple(paths), tuple(datasets))

        return await self._ask(self._of(run), questions.rate_names(run), ask)

    async def dataset_rates(self, run: int, dataset: str) -> RateRows:
        """Give the rate of a primary dataset per LS."""
        oms = self._needs_oms()
        question = questions.dataset_rates(run, dataset)
        return await self._ask(self._of(run), question, lambda: oms.dataset_rates(run, dataset))

    async def hlt_paths(self, run: int, prefix: str = "") -> list[str]:
        """List the versioned names of the HLT paths of a run that begin so."""
        oms = self._needs_oms()
        return await self._of(run).get(("paths", prefix), lambda: oms.hlt_paths(run, prefix))

    async def l1_rates(self, run: int) -> L1Rates:
        """Give the totals of the level-1 trigger per LS."""
        oms = self._needs_oms()
        return await self._ask(self._of(run), questions.l1_rates(run), lambda: oms.l1_rates(run))

    def _needs_oms(self) -> OmsClient:
        if self._oms is None:
            raise SwitchedOff("OMS is switched off; set oms_route to proxy or direct.", service="OMS")
        return self._oms

    @property
    def rate_path(self) -> str:
        """What the trigger rate is of, in words: the name of an HLT path, or `dataset NAME`."""
        return str(self.rate)

    @property
    def has_oms(self) -> bool:
        """Whether there is a route to OMS."""
        return self._oms is not None

    # -- LS tables ---------------------------------------------------------------------------------------

    def loading_table(self, run: RunKey, known: LSTable | None = None) -> LSTable:
        """Give a run's table before its sources come: loading or OFF; those that came in `known` stay."""
        return self._tables.loading(run, known)

    async def load_table(
        self, run: RunKey, changed: Changed, known: LSTable | None = None, failed: Failed = lambda _: None
    ) -> LSTable:
        """Load the LS table of a run from all sources side by side, but those that came already in `known`.

        `changed` gets the table, and the name of the source, whenever one has come or failed; a source that
        fails is FAILED in the table with the reason, one that lacks records PARTIAL; `failed` gets the error,
        and the others go on. What the
        cache has of a source stands in the table, as loading, until the service answers, and stays when it
        does not. Returns the last table.
        """
        return await self._tables.load(run, changed, known, failed)

    async def refresh_table(self, run: RunKey, changed: Changed, known: LSTable, failed: Failed) -> LSTable:
        """Ask all sources of a run that is still being taken; what `known` has stays until one answers."""
        self._of_runs.pop(run.run, None)
        return await self._tables.refresh(run, changed, known, failed)

    # -- histograms --------------------------------------------------------------------------------------

    def histograms(self, key: HistogramKey, element: MonitoringElement, cursor: int) -> HistogramLoad:
        """Give the load of an element's histograms in a run, started unless somebody did already.

        The ranges nearest to the LS `cursor` come first.
        """
        return self._loads.get(key, element, cursor)

    def borrowed(
        self, key: HistogramKey, element: MonitoringElement, cursor: int
    ) -> AbstractAsyncContextManager[HistogramLoad]:
        """Give a load as `histograms` does for as long as the context lasts: for who looks at many in turn.

        It takes no place from what a person looks at, and is let go of in the end.
        """
        return self._loads.borrowed(key, element, cursor)

    async def one_histogram(self, key: HistogramKey, element: MonitoringElement, ls: int) -> HistogramStack:
        """Give a stack that knows of this LS alone, read without the rest of the run.

        Where a service that is down is fallen back on the cache, the stack knows all that is there.
        """
        try:
            return await self._loads.one(key, element, ls)
        except ServiceDown as error:
            if not self._may_fall_back(error):
                raise
            load = self._loads.get(key, element, ls)
            await load.wait()
            if load.stack is None or load.stack.state_of(ls) is CellState.NOT_LOADED:
                raise
            return load.stack

    def dataset_name(self, dataset_id: int) -> str:
        """Give the name of a dataset, "" of one that has not been heard of."""
        return self._dataset_names.get(dataset_id, "")

    # -- models and certification ------------------------------------------------------------------------

    async def ml_models(self, workspace: str) -> list[MlModel]:
        """List the anomaly models of a workspace."""
        return await self._ask(
            self._lists, questions.ml_models(workspace), lambda: self._dials.ml_models(workspace)
        )

    async def ml_flags(self, run: RunKey) -> list[MlFlag]:
        """List the LS of a run that anomaly models call bad."""
        return await self._ask(
            self._of(run.run),
            questions.ml_flags(run),
            lambda: self._dials.ml_flags(run.workspace, run.dataset_id, run.run),
        )

    async def certification(self, workspace: str, class_name: str, kind: str) -> CertificationJson:
        """Give the newest certification JSON, for example of `Collisions24`; kind golden, muon or dcs."""
        return await self._ask(
            self._lists,
            questions.certification(class_name, kind),
            lambda: self._dials.certification_json(workspace, class_name, kind),
        )

    # -- loading histograms ------------------------------------------------------------------------------

    async def _expected(self, run: RunKey) -> tuple[NDArray[np.int64], datetime]:
        rows, asked_at = await self._lumisections(run)
        return rows.ls, asked_at

    def _find_kept(self, key: HistogramKey, element: MonitoringElement) -> KeptHistograms | None:
        """Give the place of histograms in the cache; without the name of their dataset they have none."""
        name = self.dataset_name(key.run.dataset_id)
        return None if not name else KeptHistograms(self._kept, FrameKey.of(key, element, name))

    async def close(self) -> None:
        """Stop every load, and write down what has come."""
        await self._loads.close()
        await self._kept.settled()


def _with_new(new: dict[int, RunCard], old: dict[int, RunCard] | None) -> dict[int, RunCard]:
    return {**(old or {}), **new}
