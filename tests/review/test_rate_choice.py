"""Whose rate histograms are divided by, changed while a review goes on."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.model.lstable import DIALS, OMS, RATE
from dqmtui.model.normalise import Normalisation
from dqmtui.model.rate_name import RateName
from dqmtui.model.states import SourceState
from dqmtui.review.choices import OtherRun
from dqmtui.review.facts import TableChanged
from dqmtui.review.review import Target
from tests.review.little import CHARGE, Held, layer_on, oms_lumisections
from tests.review.test_review_offline import Naps
from tests.review.told import A, B, Told, entry, told_on
from tests.services.web import until

if TYPE_CHECKING:
    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.review import Review
    from tests.review.little import Little

ZERO_BIAS, MUON, DATASET = "HLT_ZeroBias", "HLT_IsoMu24", "Muon0"


def rates(field: str, name: str, run: int, per_ls: float, numbers: list[int]) -> list[dict[str, Any]]:
    return [
        {
            "run_number": run,
            field: name,
            "first_lumisection_number": ls,
            "last_lumisection_number": ls,
            "rate": per_ls * ls,
            "counter": ls,
        }
        for ls in numbers
    ]


@pytest.fixture(autouse=True)
def _rates(service: Little) -> None:
    """Rates of l, 2 l and 4 l Hz in LS l; the version of the muon path is another one in the other run."""
    numbers = {A: [2, 3, 5, 9], B: [20, 21, 22]}
    paths = {A: ("HLT_ZeroBias_v11", "HLT_IsoMu24_v19"), B: ("HLT_ZeroBias_v12", "HLT_IsoMu24_v22")}
    service.oms = {
        "lumisections": [row for run in (A, B) for row in oms_lumisections(numbers[run], run)],
        "hltpathinfo": [{"run_number": run, "path_name": name} for run in paths for name in paths[run]],
        "hltpathrates": [
            row
            for run, (zero_bias, muon) in paths.items()
            for row in (
                *rates("path_name", zero_bias, run, 1.0, numbers[run]),
                *rates("path_name", muon, run, 2.0, numbers[run][1:]),
            )
        ],
        "datasetrates": [
            row for run in (A, B) for row in rates("dataset_name", DATASET, run, 4.0, numbers[run])
        ],
        "datasetrates/datasets": [{"run_number": run, "datasets": [DATASET, "ZeroBias"]} for run in (A, B)],
    }
    # as OMS does, only the path or dataset that was asked for
    answer = service.reply

    def rule(request: Any) -> Any:
        for field in ("path_name", "dataset_name"):
            wanted = request.query_params.get(f"filter[{field}][EQ]")
            if wanted is not None:
                everything = dict(service.oms)
                name = request.query_params["endpoint"]
                service.oms = {name: [row for row in everything[name] if row[field] == wanted]}
                try:
                    return answer(request)
                finally:
                    service.oms = everything
        return None

    service.rule = rule


async def opened(told: Told, ls: int = 3) -> Review:
    told.review.begin(Target(run=A, me=CHARGE.me, ls=ls))
    review = await told.settled()
    review.show(normalisation=Normalisation.PER_HZ)
    told.facts.clear()
    return review


async def chosen(told: Told, name: str) -> Review:
    """Choose a rate, and wait until it has come."""
    told.review.set_rate(name)
    await until(lambda: bool(told.notices or told.errors))
    await until(lambda: told.is_settled and "rate" not in told.review._watch)
    return await told.settled()


def divided(review: Review) -> tuple[float, str]:
    """The first bin on screen, which holds as many counts as the LS has number, and what it is."""
    picture = review.picture()
    assert picture is not None
    return float(picture.current.values[0]), picture.current.label


async def test_any_path_divides_and_its_name_stands_in_the_label(told: Told) -> None:
    review = await opened(told)
    assert divided(review) == (3 / 3.0, "counts per Hz of HLT_ZeroBias")
    await chosen(told, MUON)
    # LS 3 has 3 counts in its first bin and a rate of 6 Hz
    assert divided(review) == (3 / 6.0, "counts per Hz of HLT_IsoMu24")
    assert told.notices == ["The rate is that of HLT_IsoMu24 now."]
    assert (review.rate, review.state.rate) == (RateName(MUON), MUON)


@pytest.mark.parametrize("name", [DATASET, f"dataset:{DATASET}", "muon0"])
async def test_a_primary_dataset_divides(told: Told, name: str) -> None:
    review = await opened(told)
    await chosen(told, name)
    assert divided(review) == (3 / 12.0, "counts per Hz of dataset Muon0")
    assert review.state.rate == "dataset:Muon0"


@pytest.mark.parametrize("name", ["HLT_IsoMu24_v19", "HLT_IsoMu24_v7", "HLT_IsoMu24", " hlt_isomu24 "])
async def test_versions_are_ignored(told: Told, service: Little, name: str) -> None:
    review = await opened(told)
    await chosen(told, name)
    assert divided(review)[1] == "counts per Hz of HLT_IsoMu24"
    asked = [request.query_params["filter[path_name][EQ]"] for request in service.asked("hltpathrates")]
    assert asked == ["HLT_ZeroBias_v11", "HLT_IsoMu24_v19"]


async def test_only_the_rates_are_asked_for_and_the_rest_stays_on_screen(told: Told, service: Little) -> None:
    review = await opened(told)
    assert review.table is not None
    before, load = review.table, review.load
    service.web.requests.clear()
    await chosen(told, MUON)
    asked = {request.query_params.get("endpoint") for request in service.web.requests}
    assert asked == {"hltpathinfo", "datasetrates/datasets", "hltpathrates"}
    assert review.table is not None
    assert review.table.source(DIALS) is before.source(DIALS)
    assert review.table.source(OMS) is before.source(OMS)
    assert review.load is load
    assert {fact.source for fact in told.of(TableChanged)} == {RATE}


async def test_a_rate_that_was_there_before_is_not_asked_for_again(told: Told, service: Little) -> None:
    review = await opened(told)
    await chosen(told, MUON)
    told.facts.clear()
    service.web.requests.clear()
    await chosen(told, ZERO_BIAS)
    assert divided(review) == (1.0, "counts per Hz of HLT_ZeroBias")
    assert service.web.requests == []


async def test_N2_an_ls_without_a_row_of_this_path_is_masked_with_the_reason(told: Told) -> None:
    review = await opened(told, ls=2)
    assert divided(review)[0] == 1.0
    await chosen(told, MUON)
    picture = review.picture()
    assert picture is not None
    assert picture.current.masked == "no HLT_IsoMu24 rate row"
    assert picture.current.counts[0] == 2


async def test_N4_the_reference_is_divided_by_the_rate_of_the_same_path_in_its_own_version(
    told: Told, service: Little
) -> None:
    review = await opened(told)
    other = entry(B)
    review.show(good="not excluded")
    review.set_reference(OtherRun(other.key, other.dataset))
    await until(lambda: (picture := review.picture()) is not None and picture.overlay is not None)
    await chosen(told, MUON)

    def is_there() -> bool:
        picture = review.picture()
        return picture is not None and picture.overlay is not None and picture.overlay.refused == ""

    await until(is_there)
    picture = review.picture()
    assert picture is not None
    assert picture.overlay is not None
    current, reference = picture.overlay.current, picture.overlay.reference
    assert current.label == reference.label == "counts per Hz of HLT_IsoMu24"
    # sum of counts over sum of rates: both grow as l, the rate as 2 l
    assert reference.values[0] == pytest.approx(0.5)
    assert reference.ls.tolist() == [21, 22]
    asked = [request.query_params["filter[path_name][EQ]"] for request in service.asked("hltpathrates")]
    # in any order: neither waits for the other
    assert sorted(asked[-2:]) == ["HLT_IsoMu24_v19", "HLT_IsoMu24_v22"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        (
            "HLT_IsoMu",
            "Run 381065 has neither a path nor a dataset 'HLT_IsoMu'; the nearest are: HLT_IsoMu24.",
        ),
        ("HLT_ZeroBas", "the nearest are: HLT_ZeroBias"),
        ("Muon1", "the nearest are: dataset:Muon0."),
        ("qqqq", "Run 381065 has neither a path nor a dataset 'qqqq'; it has others."),
        ("", "it has others."),
    ],
)
async def test_an_unknown_path_is_answered_with_the_nearest_and_changes_nothing(
    told: Told, name: str, says: str
) -> None:
    review = await opened(told)
    review = await chosen(told, name)
    (error,) = told.errors
    assert says in error
    assert divided(review) == (1.0, "counts per Hz of HLT_ZeroBias")


async def test_the_rate_that_is_in_use_is_said_to_be(told: Told) -> None:
    await opened(told)
    await chosen(told, "HLT_ZeroBias_v3")
    assert told.notices == ["The rate is that of HLT_ZeroBias already."]


async def test_without_a_run_there_is_nothing_to_choose_from(told: Told) -> None:
    told.review.set_rate(MUON)
    assert told.errors == ["There is no run open whose rates could be chosen from."]


async def test_without_oms_there_are_no_rates(service: Little) -> None:
    async with layer_on(service, with_oms=False) as data, told_on(data) as told:
        told.review.begin(Target(run=A))
        await told.settled()
        told.review.set_rate(MUON)
        assert "OMS is switched off" in told.errors[-1]


async def test_a_rate_that_comes_late_never_stands_under_the_name_of_the_next(
    data: DataLayer, service: Little
) -> None:
    key = entry(A).key
    rule = service.rule
    held = Held(service, "hltpathrates", when=lambda request: "ZeroBias" in str(request.query_params))
    loading = asyncio.create_task(data.load_table(key, lambda *_: None))
    await until(lambda: held.waiting == 1)
    data.rate = RateName.dataset(DATASET)
    service.rule = rule
    held._gate.open()
    table = await loading
    assert table.source(RATE).state is SourceState.LOADED
    np.testing.assert_array_equal(table.source(RATE).columns["rate_hz"].values, [8.0, 12.0, 20.0, 36.0])


async def test_the_rates_of_a_run_are_offered_by_name(told: Told) -> None:
    review = await opened(told)
    came: list[list[str]] = []
    review.list_rates(lambda names: came.append([rate.typed for rate in names.offered]))
    await until(lambda: bool(came))
    assert came == [["HLT_IsoMu24", "HLT_ZeroBias", "dataset:Muon0", "dataset:ZeroBias"]]


async def test_a_look_at_a_growing_run_brings_no_rate_of_before_under_the_name_of_another(
    data: DataLayer, service: Little
) -> None:
    naps = Naps()
    told = Told(data, naps)
    review = await opened(told)
    try:
        review.follow_run(True)
        await naps.until(1)
        answer = service.rule
        conditions = Held(service, "lumisections")
        service.rule = lambda request: conditions._rule(request) or answer(request)
        naps.end()
        await until(lambda: conditions.waiting == 1)
        review.set_rate(DATASET)
        await until(lambda: review.rate == RateName.dataset(DATASET) and "table" not in review._tasks)
        assert divided(review) == (3 / 12.0, f"counts per Hz of dataset {DATASET}")
        # what was asked before the choice comes after it
        told.facts.clear()
        conditions._gate.open()
        await until(lambda: any(fact.source == OMS for fact in told.of(TableChanged)))
        assert divided(review) == (3 / 12.0, f"counts per Hz of dataset {DATASET}")
    finally:
        await review.close()
