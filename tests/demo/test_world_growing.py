"""The run that is being taken while one looks: it gains a lumisection for each that passes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest

from dqmtui.demo.cms.growing import GROWING_RUN, MOST_GAINED, GrowingWorld, Growth
from dqmtui.demo.cms.ranges import to_ranges
from dqmtui.demo.cms.world import build_world
from dqmtui.demo.web.app import create_app
from dqmtui.demo.web.sign_in import SignIn
from dqmtui.demo.web.tokens import DIALS_AUDIENCE, OMS_AUDIENCE, Issuer
from tests.demo.serving import PATIENCE_S, serve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from dqmtui.demo.cms.world import World

LUMISECTION_SECONDS = 23.31040958
RUN = 382329
CHARGE_LAYER_1 = 5
FIRST_LAST_LS = 214
BEHIND = 39
"""LS of the run that OMS has and DIALS has not read yet."""


class Clock:
    """A time that goes on when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s

    def pass_ls(self, n: float) -> None:
        self.now_s += n * LUMISECTION_SECONDS + 1e-3


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def growing(clock: Clock) -> GrowingWorld:
    return GrowingWorld(Growth(clock))


def dataset_of_run(world: World) -> int:
    (dataset,) = (one for one in world.datasets if RUN in world.dataset_runs("tracker", one.dataset_id))
    return dataset.dataset_id


def read(world: World) -> NDArray[np.int64]:
    """LS of the run that DIALS has."""
    return world.lumisections("tracker", dataset_of_run(world), RUN)


def test_without_being_asked_nothing_grows(growing: GrowingWorld) -> None:
    still = build_world()
    assert still.now() is still
    assert growing.now() is growing
    assert dict(growing.runs[RUN].attributes) == dict(still.runs[RUN].attributes)
    assert read(growing).tolist() == read(still).tolist()


@pytest.mark.parametrize("n", [1, 11, 12, 36, 200])
def test_dials_and_oms_gain_the_same_lumisections(growing: GrowingWorld, clock: Clock, n: int) -> None:
    clock.pass_ls(n + 0.5)
    before, now = growing, growing.now()
    last = FIRST_LAST_LS + n
    record = now.runs[RUN]
    assert record.lumisections["lumisection_number"] == list(range(1, last + 1))
    assert record.attributes["last_lumisection_number"] == last
    assert record.attributes["end_time"] is None
    assert record.lumisections["end_time"][-2:] == [record.lumisections["start_time"][-1], None]
    assert all(rates.first_lumisection_number[-1] == last for rates in record.hlt.values())
    assert all(rates.rate_hz[-2] is not None and rates.rate_hz[-1] is None for rates in record.hlt.values())
    assert [row["first_lumisection_number"] for row in record.l1][-1] == last
    new = np.setdiff1d(read(now), read(before))
    # of some LS the express stream has nothing
    assert 0.9 * n - 1 < new.size <= n
    assert new.min() > FIRST_LAST_LS - BEHIND
    assert new.max() <= last - BEHIND


def test_what_was_closed_stays_as_it_was(growing: GrowingWorld, clock: Clock) -> None:
    clock.pass_ls(30)
    before, now = growing.runs[RUN], growing.now().runs[RUN]
    for name, values in before.lumisections.items():
        # the last one was still open
        assert now.lumisections[name][: FIRST_LAST_LS - 1] == values[:-1], name
    for path, rates in before.hlt.items():
        assert now.hlt[path].counter[: FIRST_LAST_LS - 1] == rates.counter[:-1]
    ls = read(growing)
    key = ("tracker", dataset_of_run(growing), RUN, CHARGE_LAYER_1)
    for one, other in zip(growing.histograms(*key, ls), growing.now().histograms(*key, ls), strict=True):
        np.testing.assert_array_equal(one, other)
    new = np.setdiff1d(read(growing.now()), ls)
    assert (growing.now().histograms(*key, new)[0] > 0).all()


@pytest.mark.parametrize("n", [0, 1, 12, 25, 40])
def test_the_files_of_the_run_hold_each_lumisection_once(growing: GrowingWorld, clock: Clock, n: int) -> None:
    clock.pass_ls(n)
    world = growing.now()
    files = world.files("tracker")
    assert len({file.file_id for file in files}) == len(files)
    ours = [file for file in files if f"/000/382/{RUN % 1000}/" in file.logical_file_name]
    assert {file.status for file in ours} >= {"FINISHED", "STARTED"}
    finished = {file.file_id for file in ours if file.status == "FINISHED"}
    dataset = dataset_of_run(world)
    assert {world.file_id(dataset, RUN, ls) for ls in read(world).tolist()} == finished


def test_only_the_dataset_of_the_run_says_that_it_was_modified(growing: GrowingWorld, clock: Clock) -> None:
    clock.pass_ls(10)
    modified = {
        after.dataset_id: (before.last_modification_date, after.last_modification_date)
        for before, after in zip(growing.datasets, growing.now().datasets, strict=True)
    }
    changed = {dataset for dataset, (before, after) in modified.items() if before != after}
    assert changed == {dataset_of_run(growing)}
    before, after = (np.datetime64(text.removesuffix("Z"), "us") for text in modified[min(changed)])
    assert (after - before) / np.timedelta64(1, "s") == pytest.approx(10 * LUMISECTION_SECONDS)


def test_all_other_runs_are_not_even_made_again(growing: GrowingWorld, clock: Clock) -> None:
    others = [run for run in growing.runs if run != RUN]
    before = {run: growing.runs[run] for run in others}
    clock.pass_ls(1)
    world = growing.now()
    assert all(world.runs[run] is before[run] for run in others)
    assert growing.now() is world
    assert GROWING_RUN.run == RUN == max(world.runs)


def test_it_ends_some_time(growing: GrowingWorld, clock: Clock) -> None:
    clock.pass_ls(MOST_GAINED)
    world = growing.now()
    clock.pass_ls(MOST_GAINED)
    assert growing.now() is world
    assert to_ranges(np.array(world.runs[RUN].lumisections["lumisection_number"], np.int64)) == [
        [1, FIRST_LAST_LS + MOST_GAINED]
    ]


@pytest.fixture
def served(growing: GrowingWorld) -> Iterator[httpx.Client]:
    issuer = Issuer()
    with serve(create_app(growing, SignIn(issuer))) as url, httpx.Client(timeout=PATIENCE_S) as client:
        client.base_url = httpx.URL(url)
        client.headers["Authorization"] = f"Bearer {issuer.mint({}, audience=DIALS_AUDIENCE)}"
        client.headers["OMS"] = f"Bearer {issuer.mint({}, audience=OMS_AUDIENCE)}"
        yield client


def test_everything_that_is_served_agrees_on_how_far_the_run_is(
    served: httpx.Client, clock: Clock, growing: GrowingWorld
) -> None:
    def dials(path: str, **parameters: Any) -> Any:
        return served.get(f"/api/v1/{path}", params=parameters).json()

    def oms(path: str) -> Any:
        return served.get(f"/agg/api/v1/{path}", headers={"Authorization": served.headers["OMS"]}).json()

    def counts() -> tuple[int, ...]:
        row = dials("run/", run_number=RUN)["results"][0]
        return (
            row["ls_count"],
            dials("lumisection/count/", run_number=RUN)["count"],
            dials("th1/", run_number=RUN, me_id=CHARGE_LAYER_1, fields="ls_number", page_size=500)["results"][
                -1
            ]["ls_number"]
            + BEHIND,
            oms(f"runs/{RUN}")["data"]["attributes"]["last_lumisection_number"],
            oms(f"lumisections?filter[run_number]={RUN}")["meta"]["totalResourceCount"],
        )

    assert counts() == (*[read(growing).size] * 2, *[FIRST_LAST_LS] * 3)
    clock.pass_ls(20)
    assert counts() == (*[read(growing.now()).size] * 2, *[FIRST_LAST_LS + 20] * 3)
    fills = oms("fills?sort=-fill_number&page[limit]=1")["data"][0]["attributes"]
    card = oms(f"runs/{RUN}")["data"]["attributes"]
    assert fills["recorded_lumi"] == pytest.approx(card["recorded_lumi"])
    registered = served.post(
        "/rr/lumisections/joint_lumisection_ranges", json={"run_number": RUN, "dataset_name": "online"}
    ).json()
    assert registered[-1]["end"] == FIRST_LAST_LS + 20
