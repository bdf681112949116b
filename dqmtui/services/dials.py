"""The client of DIALS.

Every list is read to its end. Patterns are PostgreSQL's regular expressions: case-sensitive, unanchored.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.services import dials_decode, dials_grammar
from dqmtui.services.blame import SERVER_ERROR
from dqmtui.services.dials_histograms import HistogramReader, check_dimension
from dqmtui.services.dials_lists import DialsLists
from dqmtui.services.errors import NotFound, ServiceDown
from dqmtui.services.histogram_decode import HistogramQuery
from dqmtui.services.records import LumisectionRows

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.services.errors import ServiceError
    from dqmtui.services.paging import OnProgress
    from dqmtui.services.records import (
        CertificationJson,
        Dataset,
        FileStatus,
        HistogramPage,
        MlFlag,
        MlModel,
        RunRow,
    )
    from dqmtui.services.tokens import TokenSource
    from dqmtui.services.transport import Transport

PRODUCTION_URL = "https://cmsdials-api.web.cern.ch/"


class DialsClient:
    """DIALS at one address with one login; every method raises ServiceError.

    ``progress``, where there is one, is called after every page. Lists of runs, lumisections and files are
    compared with a count of DIALS, and read again when rows were left out. Histograms have no count: once
    the lumisections of their run have been listed, an LS without a histogram is called absent only when a
    list of the histograms without their bins lacks it as well. Where rows of runs or files stay away
    ``tell`` gets a sentence, and who asked a ShortList. What is left out of the lists of datasets, elements
    and models cannot be noticed.
    """

    def __init__(
        self,
        transport: Transport,
        tokens: TokenSource,
        base_url: str = PRODUCTION_URL,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        address = f"{base_url.rstrip('/')}/{dials_grammar.API_PATH}"
        channel = transport.channel("DIALS", address, tokens)
        self._lists = DialsLists(channel, tell)
        self._histograms = HistogramReader(channel)

    async def ping(self, workspace: str) -> bool:
        """Return whether DIALS answers just now, be it that it refuses the login.

        One cheap request, tried once; a failure is not told to the observer of the transport.
        """
        return await self._lists.ping(workspace)

    async def silence(self, workspace: str) -> ServiceError | None:
        """Return why DIALS does not answer just now, None when it does; asked for as ``ping`` asks."""
        return await self._lists.silence(workspace)

    async def workspaces(self) -> list[str]:
        """Return the names of the workspaces the person may use."""
        return await self._lists.either(dials_grammar.WORKSPACES, dials_decode.workspaces)

    async def default_workspace(self) -> str:
        """Return the person's own workspace."""
        return await self._lists.either(dials_grammar.DEFAULT_WORKSPACE, dials_decode.default_workspace)

    async def datasets(
        self, workspace: str, *, regex: str | None = None, progress: OnProgress | None = None
    ) -> list[Dataset]:
        """Return the datasets, those whose name matches ``regex`` when it is given."""
        return await self._lists.paged(
            workspace,
            dials_grammar.DATASETS,
            dials_grammar.DATASETS.params(dataset__regex=regex),
            dials_decode.dataset,
            key=lambda row: row.dataset_id,
            progress=progress,
        )

    async def runs(
        self,
        workspace: str,
        *,
        dataset_id: int | None = None,
        run_number: int | None = None,
        first: int | None = None,
        last: int | None = None,
        progress: OnProgress | None = None,
    ) -> list[RunRow]:
        """Return runs of one dataset, or of all datasets when it is None: then a run has several rows."""
        params = dials_grammar.RUNS.params(
            dataset_id=dataset_id, run_number=run_number, run_number__gte=first, run_number__lte=last
        )
        return await self._lists.paged(
            workspace,
            dials_grammar.RUNS,
            params,
            partial(dials_decode.run_row, dataset_id=dataset_id, run_number=run_number),
            key=lambda row: (row.dataset_id, row.run_number),
            progress=progress,
            counts=[self._lists.count(workspace, dials_grammar.RUNS, params)],
        )

    async def lumisections(
        self, workspace: str, dataset_id: int, run_number: int, *, progress: OnProgress | None = None
    ) -> LumisectionRows:
        """Return the LS that DIALS has of a run, sorted by number; none for a run it does not know."""
        params = dials_grammar.LUMISECTIONS.params(
            dataset_id=dataset_id, run_number=run_number, fields=dials_decode.LUMISECTION_FIELDS
        )
        rows = await self._lists.paged(
            workspace,
            dials_grammar.LUMISECTIONS,
            params,
            partial(dials_decode.lumisection, dataset_id=dataset_id, run_number=run_number),
            key=lambda row: row[0],
            progress=progress,
            counts=[
                self._lists.count_of_run(workspace, dataset_id, run_number),
                self._lists.count(workspace, dials_grammar.LUMISECTIONS, params),
            ],
        )
        table = np.array(sorted(rows), dtype=np.int64).reshape(-1, 3)
        ls, th1_count, th2_count = np.ascontiguousarray(table.T)
        self._histograms.expect(workspace, dataset_id, run_number, ls)
        return LumisectionRows(dataset_id, run_number, ls, th1_count, th2_count)

    async def mes(
        self, workspace: str, *, name: str | None = None, regex: str | None = None, dim: int | None = None
    ) -> list[MonitoringElement]:
        """Return the monitoring elements of a workspace."""
        params = dials_grammar.MES.params(me=name, me__regex=regex, dim=dim)
        return await self._lists.whole(
            workspace, dials_grammar.MES.path, params, dials_decode.monitoring_element
        )

    async def run_mes(self, workspace: str, dataset_id: int, run_number: int) -> list[MonitoringElement]:
        """Return the monitoring elements of the lowest LS of a run; others may appear in later LS.

        Raise NotFound for a run that DIALS does not have.
        """
        path = f"{dials_grammar.MES.path}{dataset_id}/{run_number}/"
        read = partial(self._lists.whole, workspace, path, [], dials_decode.monitoring_element)
        try:
            return await read(insist=False)
        except ServiceDown as error:
            if error.status != SERVER_ERROR:
                raise
        # For a run it does not have DIALS fails with status 500; its list of runs tells the two apart.
        if await self.runs(workspace, dataset_id=dataset_id, run_number=run_number):
            return await read()
        message = (
            f"DIALS has no run {run_number} in this dataset. Choose another dataset or wait for its files."
        )
        raise NotFound(message, service="DIALS", status=SERVER_ERROR)

    async def files(
        self,
        workspace: str,
        *,
        dataset_id: int | None = None,
        dataset: str | None = None,
        dataset_regex: str | None = None,
        name_regex: str | None = None,
        status: str | None = None,
        progress: OnProgress | None = None,
    ) -> list[FileStatus]:
        """Return the DQMIO files of a dataset and how far each of them is."""
        params = dials_grammar.FILES.params(
            dataset_id=dataset_id,
            dataset=dataset,
            dataset__regex=dataset_regex,
            logical_file_name__regex=name_regex,
            status=status,
        )
        return await self._lists.paged(
            workspace,
            dials_grammar.FILES,
            params,
            dials_decode.file_status,
            key=lambda row: (row.dataset_id, row.file_id),
            progress=progress,
            counts=[self._lists.count(workspace, dials_grammar.FILES, params)],
        )

    def histogram_pages(
        self,
        workspace: str,
        dataset_id: int,
        run_number: int,
        me: MonitoringElement,
        *,
        first_ls: int | None = None,
        last_ls: int | None = None,
        page_size: int | None = None,
    ) -> AsyncGenerator[HistogramPage, None]:
        """Yield the histograms of the LS from ``first_ls`` to ``last_ls`` in order; None is an open end.

        Every page has one binning, so a reply in which the binning changes gives several. The last page is
        ``complete``; it has no rows when none are left. Without ``page_size`` pages are of about 1 MB. Raise
        BadReply when DIALS keeps leaving out histograms that it lists.
        """
        check_dimension(me)
        query = HistogramQuery(dataset_id, run_number, me.me_id, me.dim, first_ls, last_ls)
        return self._histograms.pages(workspace, query, page_size)

    async def ml_models(self, workspace: str) -> list[MlModel]:
        """Return the anomaly models of a workspace."""
        return await self._lists.paged(
            workspace, dials_grammar.ML_MODELS, [], dials_decode.ml_model, key=lambda row: row.model_id
        )

    async def ml_flags(
        self, workspace: str, dataset_id: int, run_number: int, *, model_ids: Sequence[int] = ()
    ) -> list[MlFlag]:
        """Return the LS of a run that anomaly models called bad, of all models when none are named."""
        params = dials_grammar.ML_BAD_LUMISECTIONS.params(
            dataset_id=dataset_id, run_number=run_number, model_id__in=tuple(model_ids) or None
        )
        return await self._lists.paged(
            workspace,
            dials_grammar.ML_BAD_LUMISECTIONS,
            params,
            partial(dials_decode.ml_flag, dataset_id=dataset_id, run_number=run_number),
            key=lambda row: (row.model_id, row.ls_number, row.me_id),
        )

    async def certification_json(self, workspace: str, class_name: str, kind: str) -> CertificationJson:
        """Return the newest certification JSON, for example of ``Collisions24``; kind golden, muon or dcs."""
        params = [("class_name", class_name), ("kind", kind)]
        return await self._lists.one(
            workspace, dials_grammar.CERTIFICATION_JSON, params, dials_decode.certification_json
        )
