"""Fixtures: the official clients and ours, logged in to the embedded services."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import cmsdials
import omsapi
import pytest

from dqmtui.services.dials import DialsClient
from dqmtui.services.oms import DirectRoute, OmsClient, ProxyRoute
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from tests.official.clients import WORKSPACE, BearerToken, Ours

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from dqmtui.demo.process import DemoServices


@pytest.fixture(scope="session")
def theirs(demo: DemoServices) -> Any:
    """cmsdials."""
    return cmsdials.Dials(BearerToken(demo), WORKSPACE, base_url=demo.dials_url)


@pytest.fixture(scope="session")
def api(demo: DemoServices) -> Iterator[Any]:
    """omsapi, which is logged in as an application."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(omsapi, "cern_api_url", f"{demo.auth_url}realms/cern/api-access/token")
        client = omsapi.OMSAPI(api_url=demo.oms_url.removesuffix("/v1"), cert_verify=False, verbose=False)
        client.auth_oidc(demo.client_id, demo.client_secret)
        yield client


@pytest.fixture
async def ours(demo: DemoServices, api: Any) -> AsyncIterator[Ours]:
    async with Transport() as transport:
        dials_token = FixedToken(demo.token)
        oms_token = FixedToken(api.oms_auth.token_json["access_token"], service="OMS")
        yield Ours(
            DialsClient(transport, dials_token, demo.dials_url),
            OmsClient(transport, dials_token, ProxyRoute(demo.dials_url)),
            OmsClient(transport, oms_token, DirectRoute(demo.oms_url)),
        )
