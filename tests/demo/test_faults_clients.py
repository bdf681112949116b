"""Clients of misbehaving services: they end with the right values or with an error of their own kind."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pytest
import requests
from cmsdials import Dials
from cmsdials.auth.client import AuthClient
from cmsdials.auth.client_credentials import Credentials
from cmsdials.filters import RunFilters

from dqmtui.demo.process import DemoServices
from dqmtui.services.dials import DialsClient
from dqmtui.services.errors import ServiceError
from dqmtui.services.oms import OmsClient, ProxyRoute
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from dqmtui.model.keys import MonitoringElement

T = TypeVar("T")

RUN = 381065
TEMPORARY = (
    "500=0.03,502=0.03,503=0.03:retry-after=1,504=0.03,reset=0.04,midreset=0.03,truncated=0.03,"
    "malformed=0.03,slow=0.02:0.05,slowbody=0.02:0.05"
)
ROUNDS = 5


@dataclass(frozen=True, slots=True)
class Sought:
    """What the tests ask for: one ME of one run in one dataset."""

    dataset_id: int
    me: MonitoringElement


@dataclass(frozen=True, slots=True)
class Clients:
    """Our clients of the services of one process, on one transport."""

    dials: DialsClient
    oms: OmsClient

    async def runs(self) -> Any:
        return await self.dials.runs("tracker")

    async def rates(self) -> Any:
        rates = await self.oms.hlt_rates(RUN, "HLT_ZeroBias")
        return rates.name, rates.ls.tolist(), rates.rate_hz.tolist()

    async def histograms(self, sought: Sought) -> Any:
        # so that a histogram that is left out can be told from one that is absent
        await self.dials.lumisections("tracker", sought.dataset_id, RUN)
        pages = self.dials.histogram_pages("tracker", sought.dataset_id, RUN, sought.me, page_size=200)
        found = [page async for page in pages]
        assert [page.complete for page in found] == [False] * (len(found) - 1) + [True]
        assert not any(page.unreadable for page in found)
        filled = [page for page in found if page.ls.size]
        return [
            np.concatenate([getattr(page, name) for page in filled]).tolist()
            for name in ("ls", "entries", "file_id", "data")
        ]


async def asked(
    services: DemoServices, options: TransportOptions, ask: Callable[[Clients], Awaitable[T]]
) -> T:
    """Ask with clients whose transport does not wait between its attempts."""

    async def at_once(_seconds: float) -> None:
        await asyncio.sleep(0)

    async with Transport(options, sleep=at_once) as transport:
        tokens = FixedToken(services.token)
        return await ask(
            Clients(
                DialsClient(transport, tokens, services.dials_url),
                OmsClient(transport, tokens, ProxyRoute(services.dials_url)),
            )
        )


@pytest.fixture(scope="module")
def sought(demo: DemoServices) -> Sought:
    async def find(clients: Clients) -> Sought:
        found = await clients.dials.runs("tracker", run_number=RUN)
        dataset_id = next(row.dataset_id for row in found if row.dataset.startswith("/ZeroBias/"))
        return Sought(
            dataset_id, next(element for element in await clients.dials.mes("tracker") if element.dim == 1)
        )

    return asyncio.run(asked(demo, TransportOptions(), find))


@pytest.fixture(scope="module")
def right(demo: DemoServices, sought: Sought) -> Any:
    """What the services answer when nothing is wrong with them."""

    async def everything(clients: Clients) -> Any:
        return await clients.runs(), await clients.rates(), await clients.histograms(sought)

    return asyncio.run(asked(demo, TransportOptions(), everything))


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_what_passes_by_itself_is_not_even_noticed(seed: int, sought: Sought, right: Any) -> None:
    async def everything(clients: Clients) -> Any:
        return await clients.runs(), await clients.rates(), await clients.histograms(sought)

    with DemoServices.start(["--faults", f"{TEMPORARY},seed={seed}"]) as services:
        for _ in range(ROUNDS):
            assert await asked(services, TransportOptions(attempts=10), everything) == right


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
async def test_a_mix_of_everything_ends_right_or_in_a_service_error(
    seed: int, sought: Sought, right: Any
) -> None:
    ended = {"right": 0, "wrong": 0, "error": 0}
    options = TransportOptions(read_timeout_s=1.0)
    asks: list[Callable[[Clients], Awaitable[Any]]] = [
        Clients.runs,
        Clients.rates,
        lambda clients: clients.histograms(sought),
    ]
    with DemoServices.start(["--faults", f"mix=0.2,seed={seed}"]) as services:
        for _ in range(ROUNDS):
            for ask, expected in zip(asks, right, strict=True):
                try:
                    found = await asked(services, options, ask)
                except ServiceError:
                    ended["error"] += 1
                else:
                    ended["right" if found == expected else "wrong"] += 1
    assert ended["wrong"] == 0
    assert ended["right"] > ended["error"]


async def test_services_that_come_back_are_used_again(right: Any) -> None:
    with DemoServices.start(["--faults", "down=1:5"]) as services:

        async def thrice(clients: Clients) -> Any:
            first = await clients.dials.datasets("tracker")
            with pytest.raises(ServiceError, match="broke off its answer"):
                await clients.dials.datasets("tracker")
            assert await clients.dials.datasets("tracker") == first
            return await clients.runs()

        assert await asked(services, TransportOptions(attempts=4), thrice) == right[0]


def test_the_official_client_gets_through_by_asking_again(demo: DemoServices) -> None:
    def client(services: DemoServices) -> Any:
        tokens = Credentials(
            services.client_id, services.client_secret, client=AuthClient(keycloak_url=services.auth_url)
        )
        return Dials(tokens, "tracker", base_url=services.dials_url)

    filters = RunFilters(page_size=500)
    expected = client(demo).run.list(filters).results
    with DemoServices.start(["--faults", f"{TEMPORARY},only=dials,seed=5"]) as services:
        official = client(services)
        failures = 0
        for _ in range(30):
            try:
                assert official.run.list(filters).results == expected
            except (requests.RequestException, ValueError):
                failures += 1
        assert 0 < failures < 20
