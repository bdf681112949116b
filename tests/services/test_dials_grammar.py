"""The tables of DIALS against the official client, whose import is too slow for the program."""

from __future__ import annotations

import asyncio
import importlib
import logging
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.services import dials, dials_grammar
from dqmtui.services.dials_grammar import FIELDS, PAGING, Endpoint
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from tests.services.web import json_reply, without_counts

if TYPE_CHECKING:
    from tests.services.web import Web


@pytest.fixture(scope="module")
def clients() -> dict[str, Any]:
    """The modules of the official client; importing them sets up logging, which is undone here."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    names = ["dataset_index", "file_index", "run", "lumisection", "mes", "h1d", "h2d"]
    names += ["ml_models_index", "ml_bad_lumisection", "oms_proxy", "workspace"]
    modules = {name: importlib.import_module(f"cmsdials.clients.{name}.client") for name in names}
    root.handlers[:] = handlers
    root.setLevel(level)
    return modules


MISSPELT = "ls_numbet__lte"
"""The one name in the client that its service does not know; it means ls_number__lte."""

ENDPOINTS = [
    (dials_grammar.DATASETS, "dataset_index", "DatasetIndexClient", frozenset()),
    (dials_grammar.FILES, "file_index", "FileIndexClient", frozenset()),
    (dials_grammar.RUNS, "run", "RunClient", frozenset()),
    (dials_grammar.LUMISECTIONS, "lumisection", "LumisectionClient", frozenset()),
    (dials_grammar.MES, "mes", "MonitoringElementClient", frozenset()),
    (dials_grammar.TH1, "h1d", "LumisectionHistogram1DClient", frozenset({MISSPELT})),
    (dials_grammar.TH2, "h2d", "LumisectionHistogram2DClient", frozenset({MISSPELT})),
    (dials_grammar.ML_MODELS, "ml_models_index", "MLModelsIndexClient", frozenset()),
    (dials_grammar.ML_BAD_LUMISECTIONS, "ml_bad_lumisection", "MLBadLumisectionClient", frozenset()),
]


@pytest.mark.parametrize(
    ("endpoint", "module", "name", "misspelt"), ENDPOINTS, ids=lambda value: str(value)[:20]
)
def test_paths_and_filters_are_those_of_the_official_client(
    clients: dict[str, Any], endpoint: Endpoint, module: Any, name: str, misspelt: Any
) -> None:
    client = getattr(clients[module], name)
    theirs = frozenset(client.filter_class.model_fields)
    assert endpoint.path == client.lookup_url
    assert misspelt <= theirs
    assert endpoint.filters == theirs - misspelt | ({"ls_number__lte"} if misspelt else frozenset())


def test_every_client_of_the_package_has_its_table(clients: dict[str, Any]) -> None:
    known = {module for _, module, _, _ in ENDPOINTS}
    assert known | {"oms_proxy", "workspace"} == set(clients)
    package = importlib.import_module("cmsdials.cmsdials")
    made = {
        value.__module__.split(".")[2] for name, value in vars(package).items() if name.endswith("Client")
    }
    assert made == set(clients)


def test_the_other_paths_are_those_of_the_official_client(clients: dict[str, Any]) -> None:
    oms, workspace = clients["oms_proxy"].OMSProxyClient, clients["workspace"].WorkspaceClient
    assert oms.lookup_url == dials_grammar.OMS_PROXY
    assert workspace.lookup_url == dials_grammar.WORKSPACES[1]
    assert dials_grammar.DEFAULT_WORKSPACE[1] == f"{workspace.lookup_url}my-default/"
    assert dials.PRODUCTION_URL == oms.PRODUCTION_BASE_URL
    assert f"{dials_grammar.API_PATH}/" == oms.PRODUCTION_API_ROUTE + oms.PRODUCTION_API_VERSION


class Credentials:
    """What the official client asks of credentials."""

    @staticmethod
    def before_request(headers: Any) -> None:
        headers["Authorization"] = "Bearer a-token"


async def test_the_official_client_sends_what_ours_sends(clients: dict[str, Any], web: Web) -> None:
    """The same query through both clients, as the server sees it."""
    web.handler = lambda _: json_reply({"next": None, "previous": None, "results": []})
    web.aside = without_counts
    module = clients["run"]
    theirs = module.RunClient(Credentials(), "tracker", base_url=f"{web.url}/")
    asked = module.RunFilters(dataset_id=7, run_number__gte=1, run_number__lte=9, page_size=500)
    await asyncio.to_thread(theirs.list, asked)
    async with Transport() as transport:
        client = dials.DialsClient(transport, FixedToken("a-token"), web.url)
        await client.runs("tracker", dataset_id=7, first=1, last=9)
    one, other = web.requests
    assert one.url.path == other.url.path
    assert sorted(one.query_params.items()) == sorted(other.query_params.items())
    for header in ("authorization", "workspace", "accept"):
        assert one.headers[header] == other.headers[header]


def test_a_name_the_service_does_not_know_never_leaves() -> None:
    with pytest.raises(ValueError, match=MISSPELT):
        dials_grammar.TH1.params(**{MISSPELT: 5})
    with pytest.raises(ValueError, match="order_by"):
        dials_grammar.RUNS.params(order_by="run_number")


def test_filters_become_text() -> None:
    endpoint = Endpoint("x/", frozenset({"a", "b", "c", "d", "e"}))
    params = endpoint.params(a=1, b=None, c=True, d=(3, 5), e=r"PXDisk_\+1", fields="a,b")
    assert params == [("a", "1"), ("c", "true"), ("d", "3,5"), ("e", r"PXDisk_\+1"), (FIELDS, "a,b")]


def test_paging_is_part_of_every_paged_list() -> None:
    assert set(PAGING) <= dials_grammar.TH2.filters
    assert not set(PAGING) & dials_grammar.MES.filters
