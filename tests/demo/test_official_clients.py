"""The official clients, unchanged, against the embedded services."""

from __future__ import annotations

import base64
import inspect
import json
import time
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import omsapi
import pytest
import requests
from cmsdials import Dials
from cmsdials.auth.client import AuthClient
from cmsdials.auth.client_credentials import Credentials as ClientCredentials
from cmsdials.auth.device import Credentials as DeviceCredentials
from cmsdials.auth.exceptions import PendingAuthorizationError
from cmsdials.filters import (
    DatasetIndexFilters,
    FileIndexFilters,
    LumisectionFilters,
    LumisectionHistogram1DFilters,
    LumisectionHistogram2DFilters,
    MEFilters,
    MLBadLumisectionFilters,
    MLModelsIndexFilters,
    OMSFilter,
    OMSPage,
    RunFilters,
)
from tsgauth import oidcauth

from dqmtui.services.login_kinds import DIALS_LOGIN, OMS_LOGIN

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.demo.process import DemoServices

RUN = 381065


@pytest.fixture(scope="module")
def auth(demo: DemoServices) -> AuthClient:
    return AuthClient(keycloak_url=demo.auth_url)


@pytest.fixture(scope="module")
def client(demo: DemoServices, auth: AuthClient) -> Dials:
    credentials = ClientCredentials(demo.client_id, demo.client_secret, client=auth)
    return Dials(credentials, "tracker", base_url=demo.dials_url)


@pytest.fixture(scope="module")
def dataset_id(client: Dials) -> int:
    """Id of the PromptReco dataset that holds the run."""
    runs = client.run.list_all(RunFilters(run_number=RUN, dataset__regex="PromptReco", page_size=500)).results
    return int(runs[0].dataset_id)


def test_device_sign_in(demo: DemoServices, auth: AuthClient, tmp_path: Path) -> None:
    device = auth.new_device()
    with pytest.raises(PendingAuthorizationError):
        auth.device_token(device.device_code)
    assert httpx.get(device.verification_uri_complete).status_code == 200
    token = auth.device_token(device.device_code)
    credentials = DeviceCredentials.from_authclient_token(token, cache_dir=str(tmp_path), client=auth)
    assert Dials(credentials, base_url=demo.dials_url).workspace.my_workspace() == {"workspace": "tracker"}

    old = credentials.token
    credentials.refresh()
    assert credentials.token != old
    assert "tracker" in Dials(credentials, base_url=demo.dials_url).workspace.list()["workspaces"]
    again = DeviceCredentials.from_creds_file(cache_dir=str(tmp_path), client=auth)
    assert again.token == credentials.token


def test_a_used_refresh_token_is_an_invalid_grant_to_the_client(auth: AuthClient) -> None:
    device = auth.new_device()
    httpx.get(device.verification_uri_complete)
    token = auth.device_token(device.device_code)
    auth.refresh_token(token.token_type, token.access_token, token.refresh_token)
    with pytest.raises(requests.HTTPError) as error:
        auth.refresh_token(token.token_type, token.access_token, token.refresh_token)
    assert DeviceCredentials._is_invalid_grant(error.value)


def test_wrong_client_credentials_are_401(auth: AuthClient, demo: DemoServices) -> None:
    with pytest.raises(requests.HTTPError) as error:
        ClientCredentials(demo.client_id, "wrong", client=auth)
    assert error.value.response is not None
    assert error.value.response.status_code == 401


def test_expired_credentials_renew_themselves(demo: DemoServices, auth: AuthClient, client: Any) -> None:
    credentials = ClientCredentials(demo.client_id, demo.client_secret, client=auth)
    old = credentials.token
    credentials.expires_at = type(credentials.expires_at).fromtimestamp(time.time() - 1)
    credentials.refresh_expires_at = None
    Dials(credentials, base_url=demo.dials_url).workspace.list()
    assert credentials.token != old


def test_dataset_index(client: Any) -> None:
    page = client.dataset_index.list_all(DatasetIndexFilters(dataset__regex="ZeroBias.*PromptReco"))
    assert page.results
    first = page.results[0]
    assert client.dataset_index.list(DatasetIndexFilters(dataset=first.dataset)).results == [first]


def test_file_index(client: Any, dataset_id: int) -> None:
    page = client.file_index.list_all(
        FileIndexFilters(dataset_id=dataset_id, status="FINISHED", page_size=500)
    )
    assert page.results
    assert client.file_index.get(dataset_id, page.results[0].file_id) == page.results[0]


def test_runs(client: Any, dataset_id: int) -> None:
    page = client.run.list_all(RunFilters(dataset_id=dataset_id, page_size=2))
    numbers = [run.run_number for run in page.results]
    assert RUN in numbers
    assert numbers == sorted(set(numbers))
    assert client.run.get(dataset_id, RUN).ls_count > 0


def test_lumisections_page_by_page_and_all_at_once(client: Any, dataset_id: int) -> None:
    filters = LumisectionFilters(dataset_id=dataset_id, run_number=RUN, page_size=500)
    page = client.lumi.list_all(filters)
    assert len(page.results) == client.run.get(dataset_id, RUN).ls_count
    assert page.next is None
    cut = client.lumi.list_all(LumisectionFilters(dataset_id=dataset_id, run_number=RUN), max_pages=3)
    assert len(cut.results) == 30
    resumed = client.lumi.list_all(filters, resume_from=cut)
    assert [row.ls_number for row in resumed.results] == [row.ls_number for row in page.results]
    first = page.results[0]
    assert client.lumi.get(dataset_id, RUN, first.ls_number) == first


def test_mes(client: Any) -> None:
    mes = client.mes.list()
    assert {me.dim for me in mes} == {1, 2}
    two = client.mes.list(MEFilters(dim=2, me__regex="Tracks"))
    assert {me.dim for me in two} == {2}
    assert client.mes.get(two[0].me_id) == two[0]


def test_1d_histograms(client: Any, dataset_id: int) -> None:
    me = client.mes.list(MEFilters(dim=1))[0]
    filters = LumisectionHistogram1DFilters(
        dataset_id=dataset_id, run_number=RUN, me_id=me.me_id, ls_number__gte=101, page_size=500
    )
    page = client.h1d.list_all(filters)
    assert page.results[0].ls_number == 101
    assert all(len(row.data) == row.x_bin for row in page.results)
    frame = page.to_pandas()
    assert {"dataset", "me", "ls_number", "x_min", "x_max", "x_bin", "entries", "data"} < set(frame.columns)
    assert client.h1d.get(dataset_id, RUN, 101, me.me_id) == page.results[0]


def test_the_misspelt_upper_limit_of_the_client_is_ignored(client: Any, dataset_id: int) -> None:
    me = client.mes.list(MEFilters(dim=1))[0]
    query: dict[str, Any] = {"dataset_id": dataset_id, "run_number": RUN, "me_id": me.me_id, "page_size": 20}
    page = client.h1d.list(LumisectionHistogram1DFilters(**query, ls_numbet__lte=3))
    assert len(page.results) == 20


def test_2d_histograms(client: Any, dataset_id: int) -> None:
    me = client.mes.list(MEFilters(dim=2))[0]
    filters = LumisectionHistogram2DFilters(dataset_id=dataset_id, run_number=RUN, me=me.me, page_size=5)
    row = client.h2d.list(filters).results[0]
    assert np.shape(row.data) == (row.y_bin, row.x_bin)
    assert client.h2d.get(dataset_id, RUN, row.ls_number, me.me_id) == row


def test_an_unknown_workspace_or_row_is_an_http_error(
    demo: DemoServices, client: Any, dataset_id: int
) -> None:
    with pytest.raises(requests.HTTPError) as error:
        Dials(client.run.creds, "nowhere", base_url=demo.dials_url).run.list()
    assert error.value.response is not None
    assert error.value.response.status_code == 404
    with pytest.raises(requests.HTTPError):
        client.run.get(dataset_id, 1)


def test_me_ids_hold_inside_one_workspace_only(demo: DemoServices, client: Any) -> None:
    tracker = {me.me: me.me_id for me in client.mes.list()}
    others = [
        {me.me: me.me_id for me in Dials(client.run.creds, name, base_url=demo.dials_url).mes.list()}
        for name in client.workspace.list()["workspaces"]
        if name != "tracker"
    ]
    shared = [
        (me_id, other[name]) for other in others for name, me_id in tracker.items() if name in other
    ] or [(me, None) for other in others for me in set(other.values()) & set(tracker.values())]
    assert shared
    assert all(ours != theirs for ours, theirs in shared)


def test_ml_tables(client: Any) -> None:
    models = client.ml_models_index.list_all(MLModelsIndexFilters(active=True)).results
    assert models
    assert client.ml_models_index.get(models[0].id) == models[0]
    flags = client.ml_bad_lumis.list_all(
        MLBadLumisectionFilters(model_id__in=[model.id for model in models], page_size=500)
    ).results
    assert flags
    flag = flags[0]
    assert client.ml_bad_lumis.get(flag.model_id, flag.dataset_id, flag.run_number, flag.ls_number) == flag
    asked = {
        "model_id__in": [flag.model_id],
        "dataset_id__in": [flag.dataset_id],
        "run_number__in": [flag.run_number],
    }
    bad = client.ml_bad_lumis.cert_json(**asked)[str(flag.run_number)]
    assert bad[str(flag.ls_number)][0].keys() == {"model_id", "me_id", "filename", "me", "mse"}
    golden = client.ml_bad_lumis.golden_json(**asked)[str(flag.run_number)]
    assert not any(first <= flag.ls_number <= last for first, last in golden)


def test_oms_through_the_proxy(client: Any) -> None:
    reply = client.oms.query(
        "lumisections",
        [OMSFilter(attribute_name="run_number", operator="EQ", value=RUN)],
        [OMSPage(attribute_name="limit", value=5000)],
    )
    assert len(reply["data"]) == reply["meta"]["totalResourceCount"] == 849
    runs = client.oms.query("runs", [OMSFilter(attribute_name="sequence", operator="LIKE", value="GLOBAL%")])
    assert 0 < len(runs["data"]) <= 100


def test_an_oms_error_is_a_500_of_the_proxy(client: Any) -> None:
    with pytest.raises(requests.HTTPError) as error:
        client.oms.query("nothing", [])
    assert error.value.response is not None
    assert error.value.response.status_code == 500


@pytest.fixture
def oms(demo: DemoServices, monkeypatch: pytest.MonkeyPatch) -> omsapi.OMSAPI:
    monkeypatch.setattr(omsapi, "cern_api_url", f"{demo.auth_url}realms/cern/api-access/token")
    api = omsapi.OMSAPI(api_url=demo.oms_url.removesuffix("/v1"), cert_verify=False, verbose=False)
    api.auth_oidc(demo.client_id, demo.client_secret)
    return api


def test_omsapi_reads_filters_sorts_and_pages(oms: omsapi.OMSAPI, capsys: pytest.CaptureFixture[str]) -> None:
    query = oms.query("lumisections").attrs(["run_number", "lumisection_number", "pileup"])
    query.filter("run_number", RUN).filter("lumisection_number", 100, "LE").sort(
        "lumisection_number", asc=False
    )
    first = query.paginate(page=1, per_page=60).data().json()
    second = query.paginate(page=2, per_page=60).data().json()
    numbers = [row["attributes"]["lumisection_number"] for row in first["data"] + second["data"]]
    assert numbers == list(range(100, 0, -1))
    assert first["data"][0]["attributes"].keys() == {"run_number", "lumisection_number", "pileup"}
    assert capsys.readouterr().out == ""


def test_omsapi_gets_ten_rows_when_it_does_not_ask(oms: omsapi.OMSAPI) -> None:
    reply = oms.query("lumisections").filter("run_number", RUN).data().json()
    assert (len(reply["data"]), reply["meta"]["totalResourceCount"]) == (10, 849)


def test_omsapi_drops_a_filter_that_meta_does_not_list(oms: omsapi.OMSAPI) -> None:
    query = oms.query("runs").filter("no_such_attribute", 1)
    assert "no_such_attribute" not in query.data_query()
    assert query.data().json()["meta"]["totalResourceCount"] > 1


def test_omsapi_groups_includes_and_reads_dataset_names(oms: omsapi.OMSAPI) -> None:
    rates = oms.query("hltpathrates").filter("run_number", RUN).filter("path_name", "HLT_ZeroBias_v", "CT")
    grouped = rates.custom("group[granularity]", "run").include("meta").data().json()
    assert grouped["meta"]["totalResourceCount"] == len(grouped["data"]) > 0
    names = oms.query("datasetrates/datasets").filter("run_number", RUN).data().json()
    assert names["data"]["attributes"]["datasets"]


def test_people_log_in_to_dials_and_oms_as_the_official_clients_let_them() -> None:
    assert (DIALS_LOGIN.client_id, DIALS_LOGIN.audience) == (
        AuthClient.PRODUCTION_CLIENT_ID,
        AuthClient.PRODUCTION_AUDIENCE,
    )
    named = inspect.signature(omsapi.OMSAPI.auth_device).parameters
    assert (OMS_LOGIN.client_id, OMS_LOGIN.audience) == (
        named["client_id"].default,
        named["audience"].default,
    )


class NoWaiting:
    """The module `time` to tsgauth: in place of waiting for the person, the person agrees."""

    time = staticmethod(time.time)

    def __init__(self, said: pytest.CaptureFixture[str]) -> None:
        self._said = said

    def sleep(self, _seconds: float) -> None:
        (url,) = (line for line in self._said.readouterr().out.splitlines() if line.startswith("http"))
        httpx.get(url).raise_for_status()


def test_omsapi_logs_a_person_in_by_device_code(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    api = omsapi.OMSAPI(api_url=demo.oms_url.removesuffix("/v1"), cert_verify=False, verbose=False)
    api.auth_device(use_auth_file=False)
    # its addresses are CERN's, and so are the keys that it checks signatures with
    realm = f"{demo.auth_url}realms/cern/protocol/openid-connect"
    api.tsg_auth.token_url, api.tsg_auth.device_auth_url = f"{realm}/token", f"{realm}/auth/device"
    monkeypatch.setattr(oidcauth, "parse_token", lambda token, **_: unchecked(token))
    monkeypatch.setattr(oidcauth, "time", NoWaiting(capsys))
    query = api.query("lumisections").filter("run_number", RUN)
    assert query.data().json()["meta"]["totalResourceCount"] == 849
    claims = unchecked(api.tsg_auth.token())
    assert (claims["azp"], claims["aud"]) == (OMS_LOGIN.client_id, OMS_LOGIN.audience)


def unchecked(token: str) -> Any:
    """Give what a token says."""
    payload = token.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


def test_omsapi_without_a_token_is_sent_to_the_login_page(demo: DemoServices) -> None:
    api = omsapi.OMSAPI(api_url=demo.oms_url.removesuffix("/v1"), cert_verify=False, verbose=False)
    with pytest.raises(Exception, match="302"):
        api.query("runs")


def test_omsapi_asks_for_a_new_token_after_a_401(
    oms: omsapi.OMSAPI, capsys: pytest.CaptureFixture[str]
) -> None:
    oms.oms_auth.token_headers = {"Authorization": "Bearer stale"}
    oms.oms_auth.token_time = 0.0
    assert oms.query("eras").data().status_code == 200
    assert "Will try to obtain a new token" in capsys.readouterr().out


def test_credentials_are_cached_only_where_asked(
    tmp_path: Path, auth: AuthClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    device = auth.new_device()
    httpx.get(device.verification_uri_complete)
    cache = tmp_path / "cache"
    DeviceCredentials.from_authclient_token(
        auth.device_token(device.device_code), cache_dir=str(cache), client=auth
    )
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
