"""What each endpoint of the embedded DIALS answers, once a request has been let in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from dqmtui.demo.web import dials_filters as known
from dqmtui.demo.web import dials_rows as tables
from dqmtui.demo.web.cost import charge
from dqmtui.demo.web.dials_filters import Filters
from dqmtui.demo.web.dials_histograms import HistogramTable
from dqmtui.demo.web.dials_paging import read_page
from dqmtui.demo.web.replies import RefusedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request

    from dqmtui.demo.cms.records import Element
    from dqmtui.demo.cms.world import World
    from dqmtui.demo.web.dials_paging import Table
    from dqmtui.demo.web.oms import Oms

CERTIFICATION_KINDS = frozenset({"golden", "muon", "dcs"})


@dataclass(frozen=True, slots=True)
class Call:
    """One authorised request; of a repeated parameter the last value wins."""

    request: Request
    world: World
    parameters: Mapping[str, str]

    @property
    def workspace(self) -> str:
        """Workspace of the header, or the default one; RefusedError 404 for one that does not exist."""
        name = self.request.headers.get("workspace") or self.world.default_workspace
        if name not in self.world.workspaces:
            raise RefusedError(404, {"detail": f"Workspace '{name}' not found"})
        return name

    @property
    def fields(self) -> frozenset[str] | None:
        """Fields to send; None for all."""
        text = self.parameters.get("fields")
        return frozenset(text.split(",")) if text else None

    def project(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Give the part of a row that is to be sent."""
        fields = self.fields
        return row if fields is None else {name: row[name] for name in row if name in fields}

    def numbers(self) -> tuple[int, ...]:
        """Numbers of the path, in their order; RefusedError 404 for what is none."""
        try:
            return tuple(int(part) for part in self.request.path_params.values())
        except ValueError as error:
            raise RefusedError(404, {"detail": "Not found."}) from error


Handler: TypeAlias = "Callable[[Call], object]"
"""Makes the body of a reply."""
TableMaker: TypeAlias = "Callable[[World, str, Filters], tables.KeyedTable | tables.LumisectionTable]"


def _listing(make: TableMaker, filters: known.Known) -> Handler:
    def handle(call: Call) -> object:
        table = make(call.world, call.workspace, Filters(filters, call.parameters))
        return _page(call, table)

    return handle


def _counting(make: TableMaker, filters: known.Known) -> Handler:
    def handle(call: Call) -> object:
        return {"count": make(call.world, call.workspace, Filters(filters, call.parameters)).count()}

    return handle


def _detail(make: TableMaker, model: str, *, projects: bool = False) -> Handler:
    def handle(call: Call) -> object:
        row = _row(make(call.world, call.workspace, Filters({}, {})), call.numbers(), model)
        return call.project(row) if projects else row

    return handle


def _page(call: Call, table: Table) -> dict[str, Any]:
    page = read_page(table, str(call.request.url), call.parameters)
    page["results"] = [call.project(row) for row in page["results"]]
    return page


def _row(table: Table, key: tuple[int, ...], model: str) -> Mapping[str, Any]:
    try:
        return table.rows([key])[0]
    except KeyError as error:
        raise RefusedError(404, {"detail": f"No {model} matches the given query."}) from error


def _histograms(dim: int) -> Handler:
    def handle(call: Call) -> object:
        filters = Filters(known.HISTOGRAM, call.parameters)
        page = _page(call, HistogramTable(call.world, call.workspace, filters, dim=dim, fields=call.fields))
        rows = page["results"]
        if dim == 1:
            charge(call.request, th1_rows=len(rows))
        else:
            charge(call.request, th2_cells=sum(row["data"].size for row in rows if "data" in row))
        return page

    return handle


def _histogram(dim: int) -> Handler:
    def handle(call: Call) -> object:
        table = HistogramTable(call.world, call.workspace, Filters({}, {}), dim=dim)
        return _row(table, call.numbers(), f"TH{dim}")

    return handle


def _element_row(call: Call, element: Element, *, with_count: bool) -> dict[str, Any]:
    row: dict[str, Any] = {"me_id": element.me_id, "me": element.me}
    if with_count:
        row["count"] = call.world.row_count(call.workspace, element.me_id)
    return {**row, "dim": element.dim}


def _elements(call: Call) -> object:
    filters = Filters(known.MES, call.parameters)
    return [
        call.project(_element_row(call, element, with_count=True))
        for element in call.world.elements(call.workspace)
        if filters.accept("me", element.me) and filters.accept("dim", element.dim)
    ]


def _element(call: Call) -> object:
    (me_id,) = call.numbers()
    for element in call.world.elements(call.workspace):
        if element.me_id == me_id:
            return call.project(_element_row(call, element, with_count=True))
    raise RefusedError(404, {"detail": "No MEs matches the given query."})


def _elements_of_run(call: Call) -> object:
    """MEs of the run's lowest LS only; the backend stumbles over a run that it does not have."""
    dataset_id, run = call.numbers()
    ls = call.world.lumisections(call.workspace, dataset_id, run)
    if not len(ls):
        raise RefusedError(500)
    return [
        _element_row(call, element, with_count=False)
        for element in call.world.elements(call.workspace)
        if ls[0] in call.world.coverage(call.workspace, dataset_id, run, element.me_id)
    ]


def _certification(call: Call) -> object:
    class_name, kind = call.parameters.get("class_name"), call.parameters.get("kind")
    if class_name is None or kind not in CERTIFICATION_KINDS:
        raise RefusedError(500)
    try:
        return call.world.certification(class_name, kind)
    except KeyError as error:
        detail = "CAF entry for given class_name and kind could not be found"
        raise RefusedError(404, {"detail": detail}) from error


def _flag(call: Call) -> object:
    """One ML flag; the newer backend's path does not name the ME, which then is the first one flagged."""
    table = tables.ml_flag_table(call.world, call.workspace, Filters({}, {}))
    asked = call.numbers()
    found = next((key for key in table.keys(None, backwards=False) if key[: len(asked)] == asked), asked)
    return _row(table, found, "MLBadLumisection")


def _workspaces(call: Call) -> object:
    return {"workspaces": call.world.workspaces}


def _default_workspace(call: Call) -> object:
    return {"workspace": call.world.default_workspace}


def _oms_proxy(oms: Oms) -> Handler:
    def handle(call: Call) -> object:
        if "endpoint" not in call.parameters:
            raise RefusedError(500)
        passed = [item for item in call.request.query_params.multi_items() if item[0] != "endpoint"]
        answer = oms.answer(call.parameters["endpoint"], passed, call.request.url.netloc)
        if answer.status != 200:  # noqa: PLR2004 - HTTP's OK
            raise RefusedError(500)
        return answer.body

    return handle


def handlers(oms: Oms) -> dict[str, Handler]:
    """Give the handler of every path that is read with GET."""
    run = "/{dataset_id:int}/{run_number:int}/"
    lumisection = run + "{ls_number:int}/"
    histogram = lumisection + "{me_id:int}/"
    flag = "/ml-bad-lumisection/{model_id:int}" + lumisection
    return {
        "/dataset-index/": _listing(tables.dataset_table, known.DATASET_INDEX),
        "/dataset-index/{dataset_id}/": _detail(tables.dataset_table, "DatasetIndex", projects=True),
        "/file-index/": _listing(tables.file_table, known.FILE_INDEX),
        "/file-index/count/": _counting(tables.file_table, known.FILE_INDEX),
        "/file-index/{dataset_id:int}/{file_id:int}/": _detail(tables.file_table, "FileIndex"),
        "/run/": _listing(tables.run_table, known.RUN),
        "/run/count/": _counting(tables.run_table, known.RUN),
        "/run" + run: _detail(tables.run_table, "Run"),
        "/lumisection/": _listing(tables.LumisectionTable, known.LUMISECTION),
        "/lumisection/count/": _counting(tables.LumisectionTable, known.LUMISECTION),
        "/lumisection" + lumisection: _detail(tables.LumisectionTable, "Lumisection"),
        "/mes/": _elements,
        "/mes/{me_id}/": _element,
        "/mes" + run: _elements_of_run,
        "/th1/": _histograms(1),
        "/th1" + histogram: _histogram(1),
        "/th2/": _histograms(2),
        "/th2" + histogram: _histogram(2),
        "/ml-models-index/": _listing(tables.ml_model_table, known.ML_MODELS),
        "/ml-models-index/{id}/": _detail(tables.ml_model_table, "MLModelsIndex", projects=True),
        "/ml-bad-lumisection/": _listing(tables.ml_flag_table, known.ML_FLAGS),
        flag: _flag,
        flag + "{me_id:int}/": _flag,
        "/caf/": _certification,
        "/oms-proxy/": _oms_proxy(oms),
        "/auth/workspaces/": _workspaces,
        "/auth/user-default-workspace/": _default_workspace,
        "/workspaces/": _workspaces,
        "/workspaces/my-default/": _default_workspace,
    }
