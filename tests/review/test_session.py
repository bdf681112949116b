"""From settings to a data layer: the services that are named, each by the route that is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.model.keys import RunKey
from dqmtui.model.lstable import DIALS, OMS
from dqmtui.model.states import SourceState
from dqmtui.review.session import connected
from dqmtui.services.errors import NotFound, NotLoggedIn
from dqmtui.services.records import Health
from dqmtui.store.settings import Settings, load_settings
from tests.review.little import Little, oms_lumisections
from tests.services.web import json_reply, until

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.demo.process import DemoServices
    from dqmtui.services.errors import ServiceName
    from dqmtui.services.records import ServiceState


def settings_on(little: Little, **more: object) -> Settings:
    flags = {"dials_url": little.web.url, "dials_token": "a-token", **more}
    return load_settings(flags, {})


async def test_the_embedded_services_are_reached_with_their_environment_alone(demo: DemoServices) -> None:
    async with connected(load_settings({}, demo.environment())) as data:
        (row,) = await data.find_run("tracker", 381208)
        table = await data.load_table(RunKey("tracker", row.dataset_id, row.run_number), lambda *_: None)
        assert [source.state for source in table.sources.values()] == [SourceState.LOADED] * 3
        assert table.source(OMS).ls.size == 2391


async def test_by_default_oms_is_asked_through_dials(little: Little) -> None:
    little.oms["lumisections"] = oms_lumisections([1, 2])
    async with connected(settings_on(little)) as data:
        assert (await data.conditions(381065)).n_rows == 2
    assert set(little.web.paths) == {"/api/v1/oms-proxy/"}


async def test_the_direct_route_asks_oms_itself_with_a_login_of_its_own(little: Little) -> None:
    def answer(request: Request) -> Response | None:
        if request.url.path.endswith("/api-access/token"):
            return json_reply({"access_token": "for-oms", "expires_in": 1200, "token_type": "Bearer"})
        if "/agg/" in request.url.path:
            return json_reply({"data": [], "meta": {"totalResourceCount": 0}})
        return None

    little.rule = answer
    url = little.web.url
    direct = {"oms_route": "direct", "oms_url": f"{url}/agg/api/v1", "auth_url": f"{url}/auth/"}
    application = {"client_id": "app", "client_secret": "hush"}
    async with connected(settings_on(little, **direct, **application)) as data:
        assert (await data.conditions(381065)).n_rows == 0
    login, *asked = little.web.requests
    assert login.url.path == "/auth/realms/cern/api-access/token"
    assert all(request.url.path.startswith("/agg/api/v1/lumisections") for request in asked)
    assert {request.headers["authorization"] for request in asked} == {"Bearer for-oms"}


async def test_switched_off_oms_is_never_asked(little: Little) -> None:
    async with connected(settings_on(little, oms_route="off")) as data:
        assert not data.has_oms
        with pytest.raises(NotFound):
            await data.conditions(381065)
    assert little.web.requests == []


async def test_the_path_of_the_trigger_rate_is_that_of_the_settings_in_the_version_of_the_run(
    little: Little,
) -> None:
    little.oms = {"hltpathinfo": [{"run_number": 381065, "path_name": "HLT_Physics_v9"}]}
    async with connected(settings_on(little, rate_path="HLT_Physics_v7")) as data:
        assert data.rate_path == "HLT_Physics"
        await data.rates(381065)
    (request,) = little.asked("hltpathrates")
    assert request.query_params["filter[path_name][EQ]"] == "HLT_Physics_v9"


async def test_without_a_token_nothing_is_asked_and_the_person_told_to_log_in(little: Little) -> None:
    async with connected(load_settings({"dials_url": little.web.url}, {})) as data:
        with pytest.raises(NotLoggedIn):
            await data.workspaces()
    assert little.web.requests == []


async def test_the_state_of_the_services_is_told(little: Little) -> None:
    heard: dict[ServiceName, ServiceState] = {}
    async with connected(settings_on(little), heard.__setitem__) as data:
        await data.load_table(RunKey("tracker", 11, 381065), lambda *_: None)
    assert heard["DIALS"].health is Health.OK
    assert heard["OMS"].health is Health.OK
    assert heard["DIALS"].in_flight == heard["OMS"].in_flight == 0


async def test_connections_are_closed_at_the_end_also_when_something_went_wrong(little: Little) -> None:
    async def stumble() -> None:
        async with connected(settings_on(little)) as data:
            table = await data.load_table(RunKey("tracker", 11, 381065), lambda *_: None)
            raise LookupError(table.source(DIALS).ls.size)

    with pytest.raises(LookupError, match="1200"):
        await stumble()
    await until(lambda: little.web.connections == 0)
