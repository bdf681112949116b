"""A review of three runs on a bad day shows the same values as on a good one, whatever goes wrong."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import httpx
import pytest

from dqmtui.demo.process import DemoServices
from dqmtui.model.keys import HistogramKey, RunKey
from dqmtui.model.lstable import DIALS, OMS, RATE
from dqmtui.model.states import SourceState
from dqmtui.review.datalayer import DataLayer
from dqmtui.services.dials import DialsClient
from dqmtui.services.errors import ServiceError
from dqmtui.services.keycloak import Keycloak
from dqmtui.services.logins import StoredLogin
from dqmtui.services.oms import OmsClient, ProxyRoute
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions
from dqmtui.store.token_file import TokenFile

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from dqmtui.model.keys import MonitoringElement

T = TypeVar("T")

RUNS = (381065, 379011, 381115)
MOST_TRIES = 30
"""A person, or the review by itself, asks again for what ended in an error."""
BAD_DAY = "mix=0.2,slow=0.01:0.02,slowbody=0.01:0.05,stall=0.01:1,path=^/(api|agg)/"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is reviewed: three runs of one dataset, one ME of each dimension."""

    dataset_id: int
    elements: tuple[MonitoringElement, MonitoringElement]


@asynccontextmanager
async def review(
    services: DemoServices, state_dir: Path, read_timeout_s: float = 0.5
) -> AsyncIterator[tuple[DataLayer, DialsClient]]:
    """A data layer with the login of a person, whose transport hardly waits between its attempts."""

    async def soon(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.01))

    file = TokenFile(state_dir, services.auth_url)
    async with (
        Keycloak(services.auth_url, sleep=soon) as keycloak,
        httpx.AsyncClient() as browser,
        Transport(TransportOptions(read_timeout_s=read_timeout_s), sleep=soon) as transport,
    ):
        device = await keycloak.new_device()
        await browser.get(device.url)
        await asyncio.to_thread(file.write, await keycloak.device_tokens(device))
        login = StoredLogin(keycloak, file, sleep=soon)
        dials = DialsClient(transport, login, services.dials_url)
        oms = OmsClient(transport, login, ProxyRoute(services.dials_url))
        data = DataLayer(dials, oms, rate_path="HLT_ZeroBias")
        try:
            yield data, dials
        finally:
            await data.close()
            await login.aclose()


async def persistently(ask: Callable[[], Awaitable[T]]) -> T:
    """Ask until there is an answer; anything but a ServiceError is raised."""
    for _ in range(MOST_TRIES):
        try:
            return await ask()
        except ServiceError:
            continue
    pytest.fail("there was never an answer")


async def everything(data: DataLayer, asked: Asked) -> dict[Any, Any]:
    """All that a review shows of the runs, as plain values."""
    shown: dict[Any, Any] = {}
    cards = await persistently(lambda: data.run_cards(RUNS))
    shown["cards"] = sorted(cards.items())
    for run in RUNS:
        key = RunKey("tracker", asked.dataset_id, run)
        shown[run, "table"] = await table_of(data, key)
        rates = await persistently(partial(data.rates, run))
        shown[run, "rates"] = rates.name, rates.ls.tolist(), repr(rates.rate_hz.tolist())
        for element in asked.elements:
            shown[run, element.dim] = await histograms_of(data, HistogramKey(key, element.me_id), element)
    return shown


async def table_of(data: DataLayer, run: RunKey) -> Any:
    """Every column of the LS table of a run, with what is known of it."""
    table = data.loading_table(run)
    for _ in range(MOST_TRIES):
        table = await data.load_table(run, lambda *_: None, table)
        if all(table.source(name).state is SourceState.LOADED for name in (DIALS, OMS, RATE)):
            break
    shown = {}
    for name in (DIALS, OMS, RATE):
        source = table.source(name)
        columns = {
            column: (values.values.tolist(), values.known.tolist(), values.unit)
            for column, values in source.columns.items()
        }
        # NaN stands where nothing is known, and is not equal to itself
        shown[name] = source.state, source.ls.tolist(), repr(columns), source.note
    return shown


async def histograms_of(data: DataLayer, key: HistogramKey, element: MonitoringElement) -> Any:
    """All histograms of an ME in a run, and one that was asked for alone."""
    load = data.histograms(key, element, 100)
    for _ in range(MOST_TRIES):
        load.start()
        await load.wait()
        if load.state.value == "complete":
            break
    assert load.state.value == "complete", load.error
    assert load.stack is not None
    alone = await persistently(lambda: data.one_histogram(key, element, 100))
    return [{ls: _plain(stack.histogram(ls)) for ls in stack.ls.tolist()} for stack in (load.stack, alone)]


def _plain(histogram: Any) -> Any:
    if histogram is None:
        return None
    return histogram.entries, histogram.values.tolist(), histogram.x, histogram.y


@pytest.fixture(scope="module")
def asked_and_right(demo: DemoServices, tmp_path_factory: pytest.TempPathFactory) -> tuple[Asked, Any]:
    """What is asked, and what the services answer when nothing is wrong with them."""

    async def find() -> tuple[Asked, Any]:
        async with review(demo, tmp_path_factory.mktemp("good-day")) as (data, dials):
            rows = await dials.runs("tracker", run_number=RUNS[0])
            dataset_id = next(row.dataset_id for row in rows if row.dataset.startswith("/ZeroBias/"))
            elements = await dials.mes("tracker")
            one, two = (next(each for each in elements if each.dim == dim) for dim in (1, 2))
            asked = Asked(dataset_id, (one, two))
            return asked, await everything(data, asked)

    return asyncio.run(find())


@pytest.mark.parametrize("seed", range(1, 4))
async def test_a_review_at_a_mix_of_all_faults_shows_what_is_right(
    asked_and_right: tuple[Asked, Any], seed: int, tmp_path: Path
) -> None:
    asked, right = asked_and_right
    spec = f"{BAD_DAY},down=60:4,forbidden=after:45,seed={seed}"
    with DemoServices.start(["--device-interval", "0", "--faults", spec]) as services:
        async with review(services, tmp_path) as (data, _):
            shown = await everything(data, asked)
    assert shown.keys() == right.keys()
    for name, value in right.items():
        assert shown[name] == value, name


async def test_a_login_that_is_refused_again_and_again_is_refreshed(
    asked_and_right: tuple[Asked, Any], tmp_path: Path
) -> None:
    asked, right = asked_and_right
    spec = "forbidden=after:7,path=^/(api|agg)/"
    with DemoServices.start(["--device-interval", "0", "--faults", spec]) as services:
        # nothing stalls here, so that whatever takes long only takes long
        async with review(services, tmp_path, read_timeout_s=30.0) as (data, _):
            assert await data.run_cards(RUNS) == dict(right["cards"])
            for _ in range(3):
                key = RunKey("tracker", asked.dataset_id, RUNS[0])
                element = asked.elements[0]
                data.forget(key)
                load = data.histograms(HistogramKey(key, element.me_id), element, 1)
                await load.wait()
                assert load.state.value == "complete"
