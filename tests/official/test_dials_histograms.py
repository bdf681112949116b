"""Histograms: our client and cmsdials read the same bins, axes, entries and files, page for page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.official.clients import (
    HOLE,
    HUGE_HOLE,
    PLAIN,
    RATE_HOLES,
    SHORT,
    WORKSPACE,
    Ours,
    Place,
    assert_same_histograms,
    everything,
)

if TYPE_CHECKING:
    from dqmtui.model.keys import MonitoringElement
    from dqmtui.services.records import HistogramPage

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
PLUS = "PixelPhase1/Tracks/PXForward/charge_PXDisk_+1"
SPACE = "SiStrip/MechanicalView/MainDiagonal Position"
MAP = "PixelPhase1/Tracks/clusterposition_zphi_ontrack"
CHIPS = (
    "PixelPhase1/Phase1_MechanicalView/PXBarrel/"
    "digi_occupancy_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_4"
)


async def element_of(ours: Ours, name: str) -> MonitoringElement:
    (element,) = await ours.dials.mes(WORKSPACE, name=name)
    return element


async def pages_of(
    ours: Ours, place: Place, element: MonitoringElement, page_size: int | None = None, first_ls: int = 1
) -> list[HistogramPage]:
    pages = ours.dials.histogram_pages(
        WORKSPACE,
        await ours.dataset_id(place),
        place.run,
        element,
        first_ls=first_ls,
        page_size=page_size,
    )
    return [page async for page in pages]


@pytest.mark.parametrize("name", [CHARGE, PLUS, SPACE])
@pytest.mark.parametrize("place", [PLAIN, RATE_HOLES, HUGE_HOLE], ids=lambda place: str(place.run))
async def test_whole_runs_of_1d_histograms(ours: Ours, theirs: Any, place: Place, name: str) -> None:
    element = await element_of(ours, name)
    other = everything(
        theirs.h1d, dataset_id=await ours.dataset_id(place), run_number=place.run, me_id=element.me_id
    )
    assert {(row.me, row.dataset_id, row.run_number) for row in other.results} == {
        (name, await ours.dataset_id(place), place.run)
    }
    assert_same_histograms(await pages_of(ours, place, element), other.results)


async def test_small_pages_join_to_the_same(ours: Ours, theirs: Any) -> None:
    element = await element_of(ours, CHARGE)
    asked = {"dataset_id": await ours.dataset_id(HUGE_HOLE), "run_number": HUGE_HOLE.run, "me": CHARGE}
    as_it_comes = theirs.h1d.list_all(theirs.h1d.filter_class(**asked)).results
    pages = await pages_of(ours, HUGE_HOLE, element, page_size=7)
    assert len(pages) > 50
    assert_same_histograms(pages, as_it_comes)


@pytest.mark.parametrize("name", [MAP, CHIPS])
async def test_whole_runs_of_2d_histograms(ours: Ours, theirs: Any, name: str) -> None:
    element = await element_of(ours, name)
    asked = {"dataset_id": await ours.dataset_id(SHORT), "run_number": SHORT.run, "me_id": element.me_id}
    pages = await pages_of(ours, SHORT, element)
    assert len(pages) > 1
    assert_same_histograms(pages, everything(theirs.h2d, **asked).results)


async def test_2d_histograms_on_both_sides_of_a_hole(ours: Ours, theirs: Any) -> None:
    element = await element_of(ours, MAP)
    asked = {"dataset_id": await ours.dataset_id(HOLE), "run_number": HOLE.run, "me_id": element.me_id}
    other = everything(theirs.h2d, ls_number__gte=1311, **asked).results
    assert other[0].ls_number < 1320
    assert other[-1].ls_number > 1353
    assert_same_histograms(await pages_of(ours, HOLE, element, first_ls=1311), other)


async def test_trap_the_clients_upper_limit_of_ls_is_ignored(ours: Ours, theirs: Any) -> None:
    element = await element_of(ours, CHARGE)
    dataset_id = await ours.dataset_id(PLAIN)
    asked = {"dataset_id": dataset_id, "run_number": PLAIN.run, "me_id": element.me_id}
    other = everything(theirs.h1d, ls_numbet__lte=3, **asked).results
    assert other[-1].ls_number > 3
    pages = ours.dials.histogram_pages(WORKSPACE, dataset_id, PLAIN.run, element, last_ls=3)
    mine = [page async for page in pages]
    assert_same_histograms(mine, [row for row in other if row.ls_number <= 3])


async def test_trap_a_run_without_its_dataset_mixes_datasets(ours: Ours, theirs: Any) -> None:
    element = await element_of(ours, CHARGE)
    mixed = everything(theirs.h1d, run_number=PLAIN.run, me_id=element.me_id, ls_number=100).results
    assert len({row.dataset_id for row in mixed}) == len(mixed) > 1
    for row in mixed:
        pages = ours.dials.histogram_pages(
            WORKSPACE, row.dataset_id, PLAIN.run, element, first_ls=100, last_ls=100
        )
        assert_same_histograms([page async for page in pages], [row])
