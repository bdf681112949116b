"""The clients against the embedded services, which speak the wire contracts of the real ones."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest

from dqmtui.services.dials import DialsClient
from dqmtui.services.errors import BadRequest, NotFound, NotLoggedIn
from dqmtui.services.oms import DirectRoute, OmsClient, ProxyRoute
from dqmtui.services.records import Health
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from dqmtui.demo.process import DemoServices
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.services.records import HistogramPage

RUN = 381065
CHARGE = "PixelPhase1/Tracks/charge_PXBarrel"
LS_S = 23.31040958


@pytest.fixture
async def transport() -> AsyncIterator[Transport]:
    async with Transport() as carrier:
        yield carrier


@pytest.fixture
def dials(transport: Transport, demo: DemoServices) -> DialsClient:
    return DialsClient(transport, FixedToken(demo.token), demo.dials_url)


@pytest.fixture
def oms(transport: Transport, demo: DemoServices) -> OmsClient:
    return OmsClient(transport, FixedToken(demo.token), ProxyRoute(demo.dials_url))


async def dataset_of(dials: DialsClient, run: int, primary: str = "ZeroBias") -> int:
    found = await dials.runs("tracker", run_number=run)
    (row,) = [row for row in found if row.dataset.startswith(f"/{primary}/")]
    return row.dataset_id


async def element_of(dials: DialsClient, dim: int) -> MonitoringElement:
    return next(element for element in await dials.mes("tracker") if element.dim == dim)


def official(demo: DemoServices, name: str) -> Any:
    """A client of the official package for the embedded services."""
    import importlib
    import logging

    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    package = importlib.import_module("cmsdials")
    root.handlers[:] = handlers
    root.setLevel(level)

    class Credentials:
        @staticmethod
        def before_request(headers: dict[str, str]) -> None:
            headers["Authorization"] = f"Bearer {demo.token}"

    return getattr(package.Dials(Credentials(), workspace="tracker", base_url=demo.dials_url), name)


async def test_what_is_there(dials: DialsClient) -> None:
    workspaces = await dials.workspaces()
    assert "tracker" in workspaces
    assert await dials.default_workspace() in workspaces
    datasets = await dials.datasets("tracker")
    assert {row.dataset_id for row in await dials.datasets("tracker", regex="^/ZeroBias/")} < {
        row.dataset_id for row in datasets
    }
    assert all(row.dataset.endswith("/DQMIO") for row in datasets)


async def test_a_run_has_a_row_in_each_of_its_datasets(dials: DialsClient) -> None:
    found = await dials.runs("tracker", run_number=RUN)
    assert len({row.dataset_id for row in found}) == len(found) > 1
    for row in found:
        assert await dials.runs("tracker", dataset_id=row.dataset_id, run_number=RUN) == [row]
        ls = (await dials.lumisections("tracker", row.dataset_id, RUN)).ls
        assert ls.size == row.ls_count
        assert (np.diff(ls) > 0).all()


async def test_histograms_are_those_that_the_official_client_reads(
    dials: DialsClient, demo: DemoServices
) -> None:
    dataset_id = await dataset_of(dials, RUN)
    for element, name, size in [
        (await element_of(dials, 1), "h1d", 20),
        (await element_of(dials, 2), "h2d", 7),
    ]:
        pages: list[HistogramPage] = [
            page
            async for page in dials.histogram_pages(
                "tracker", dataset_id, RUN, element, first_ls=11, last_ls=50, page_size=size
            )
        ]
        client = official(demo, name)
        filters = client.filter_class(
            dataset_id=dataset_id, run_number=RUN, me_id=element.me_id, ls_number__gte=11, page_size=40
        )
        theirs = (await asyncio.to_thread(client.list, filters)).results
        assert [row.ls_number for row in theirs] == np.concatenate([page.ls for page in pages]).tolist()
        assert [row.entries for row in theirs] == np.concatenate([page.entries for page in pages]).tolist()
        assert [row.file_id for row in theirs] == np.concatenate([page.file_id for page in pages]).tolist()
        np.testing.assert_array_equal(
            np.array([row.data for row in theirs]), np.concatenate([page.data for page in pages])
        )
        assert len(pages) > 1
        assert all(page.x == (theirs[0].x_bin, theirs[0].x_min, theirs[0].x_max) for page in pages)


async def test_many_elements_side_by_side(dials: DialsClient, transport: Transport) -> None:
    dataset_id = await dataset_of(dials, RUN)
    elements = [element for element in await dials.mes("tracker") if element.dim == 1][:8]

    async def rows_of(element: MonitoringElement) -> int:
        pages = dials.histogram_pages("tracker", dataset_id, RUN, element, first_ls=1, last_ls=200)
        return sum([page.ls.size async for page in pages])

    assert await asyncio.gather(*map(rows_of, elements)) == [200] * 8
    assert transport.state("DIALS").health in {Health.OK, Health.SLOW}


async def test_a_run_that_dials_does_not_have(dials: DialsClient) -> None:
    dataset_id = await dataset_of(dials, RUN)
    assert await dials.runs("tracker", run_number=1) == []
    assert (await dials.lumisections("tracker", dataset_id, 1)).ls.size == 0
    with pytest.raises(NotFound):
        await dials.run_mes("tracker", dataset_id, 1)
    pages = [
        page async for page in dials.histogram_pages("tracker", dataset_id, 1, await element_of(dials, 1))
    ]
    assert [(page.ls.size, page.complete) for page in pages] == [(0, True)]


async def test_mistakes_are_told_by_their_kind(dials: DialsClient) -> None:
    with pytest.raises(NotFound, match="no-such-workspace"):
        await dials.datasets("no-such-workspace")
    with pytest.raises(BadRequest, match="pattern"):
        await dials.datasets("tracker", regex="(((")


async def test_a_bad_token_is_not_logged_in(transport: Transport, demo: DemoServices) -> None:
    client = DialsClient(transport, FixedToken("not-a-token"), demo.dials_url)
    with pytest.raises(NotLoggedIn) as caught:
        await client.datasets("tracker")
    assert caught.value.status == 403


async def test_plus_signs_in_names_are_found(dials: DialsClient) -> None:
    found = await dials.mes("tracker", regex=r"PXDisk_\+1")
    assert found
    assert all("PXDisk_+1" in element.me for element in found)
    assert await dials.mes("tracker", name=found[0].me) == [found[0]]


async def test_conditions_have_their_holes(oms: OmsClient) -> None:
    found = await oms.lumisections(381115)
    numbers = found.columns["lumisection_number"]
    assert (found.n_rows, numbers[-1]) == (1341, 1375)
    assert not set(range(1320, 1354)) & {number for number in numbers if isinstance(number, int)}
    assert len({fill for fill in found.columns["fill_number"] if fill}) == 2
    nulls = await oms.lumisections(381113)
    pileup = dict(zip(nulls.columns["lumisection_number"], nulls.columns["pileup"], strict=True))
    assert [ls for ls, value in pileup.items() if value is None] == list(range(213, 220))


async def test_rates_are_joined_by_number_and_absent_where_oms_has_none(oms: OmsClient) -> None:
    rates = await oms.hlt_rates(379011, "HLT_ZeroBias")
    assert rates.name is not None
    assert rates.name.startswith("HLT_ZeroBias_v")
    assert not set(range(8, 372, 33)) & set(rates.ls.tolist())
    assert rates.ls[-1] == 397
    np.testing.assert_allclose(rates.rate_hz * LS_S, rates.counter, atol=0.01)
    np.testing.assert_array_equal(rates.rate_hz[rates.ls >= 392], 0)


async def test_a_run_of_cosmics_has_no_zero_bias(oms: OmsClient) -> None:
    rates = await oms.hlt_rates(381208, "HLT_ZeroBias")
    assert (rates.name, rates.ls.size) == (None, 0)
    assert (await oms.lumisections(381208)).n_rows == 2391


async def test_primary_datasets_have_rates(oms: OmsClient) -> None:
    names = await oms.dataset_names(RUN)
    assert "ZeroBias" in names
    rates = await oms.dataset_rates(RUN, "ZeroBias")
    assert rates.ls.size > 800
    assert np.isfinite(rates.rate_hz).all()


async def test_cards_of_runs_and_fills(oms: OmsClient) -> None:
    cards = await oms.runs(numbers=[381115, RUN, 1])
    assert [card.run_number for card in cards] == [RUN, 381115]
    assert cards == await oms.runs(numbers=[RUN, 381115])
    assert {card.run_number for card in await oms.runs(first=RUN, last=381115)} >= {RUN, 381115}
    assert cards[0].fill_number is not None
    fill = await oms.fill(cards[0].fill_number)
    assert fill.fill_number == cards[0].fill_number
    assert cards[0].units["delivered_lumi"]
    assert "pileup" in await oms.meta("lumisections")


async def test_both_routes_to_oms_give_the_same(
    oms: OmsClient, transport: Transport, demo: DemoServices
) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": demo.client_id,
        "client_secret": demo.client_secret,
        "audience": "cmsoms-prod",
    }
    async with httpx.AsyncClient() as sign_in:
        reply = await sign_in.post(f"{demo.auth_url}realms/cern/api-access/token", data=form)
    direct = OmsClient(transport, FixedToken(reply.json()["access_token"]), DirectRoute(demo.oms_url))
    one, other = await oms.lumisections(RUN), await direct.lumisections(RUN)
    assert (one.columns, one.units) == (other.columns, other.units)
    assert await oms.runs(numbers=[RUN]) == await direct.runs(numbers=[RUN])
    assert await oms.hlt_paths(RUN) == await direct.hlt_paths(RUN)
    mine, theirs = await oms.hlt_rates(RUN, "HLT_ZeroBias"), await direct.hlt_rates(RUN, "HLT_ZeroBias")
    np.testing.assert_array_equal(mine.rate_hz, theirs.rate_hz)


async def test_anomaly_models_and_their_flags(dials: DialsClient) -> None:
    models = {model.model_id for model in await dials.ml_models("tracker")}
    dataset_id = await dataset_of(dials, RUN)
    flags = await dials.ml_flags("tracker", dataset_id, RUN)
    assert flags
    assert {flag.model_id for flag in flags} <= models
    one = flags[0].model_id
    assert await dials.ml_flags("tracker", dataset_id, RUN, model_ids=[one]) == [
        flag for flag in flags if flag.model_id == one
    ]


@pytest.mark.parametrize("kind", ["golden", "dcs"])
async def test_the_newest_certification_json(dials: DialsClient, kind: str) -> None:
    found = await dials.certification_json("tracker", "Collisions24", kind)
    assert RUN in found.ranges
    assert all(first <= last for ranges in found.ranges.values() for first, last in ranges)
