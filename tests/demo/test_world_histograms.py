"""The synthetic detector: rows depend on their key alone and follow the conditions of their lumisection."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.demo.cms.elements import elements
from dqmtui.demo.cms.kinds import COUNT_KINDS, RATIO_KINDS
from dqmtui.demo.cms.world import World, build_world

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.demo.cms.records import Element

ZERO_BIAS_E = 14711840
EXPRESS_E = 14711907
JETMET0_E = 14711862
COSMICS_E = 14712355
ZERO_BIAS_B = 14661044

CHARGE_LAYER_1 = 5
CHARGE_LAYER_3 = 7
VERTEX_COUNT = 12843058
PINNED_ENTRIES = 1049
PINNED_BINS = [30, 24, 33, 48, 59, 59, 54, 67, 60, 64, 72, 58, 52, 53, 47, 44, 36, 30, 26, 16]
VERTEX_FRACTION = 12843056
CHIPS_LAYER_1 = 15678


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


def every_element() -> list[tuple[str, int, Element]]:
    datasets = {"tracker": ZERO_BIAS_E, "jetmet": JETMET0_E}
    return [
        (workspace, dataset_id, element)
        for workspace, dataset_id in datasets.items()
        for element in elements(workspace)
    ]


def one_of_each_kind() -> list[tuple[str, int, Element]]:
    return list(
        {element.kind: (workspace, ds, element) for workspace, ds, element in every_element()}.values()
    )


def centres(element: Element) -> NDArray[np.float64]:
    return element.x_min + (np.arange(element.nx) + 0.5) * (element.x_max - element.x_min) / element.nx


def element_of(world: World, me_id: int) -> Element:
    return next(element for element in world.elements("tracker") if element.me_id == me_id)


def means(world: World, me_id: int, run: int, ls: NDArray[np.int64]) -> NDArray[np.float64]:
    _, data = world.histograms("tracker", ZERO_BIAS_E, run, me_id, ls)
    return np.asarray(data @ centres(element_of(world, me_id)) / data.sum(axis=1))


@pytest.mark.parametrize(
    ("workspace", "dataset_id", "element"), one_of_each_kind(), ids=lambda one: getattr(one, "kind", None)
)
def test_a_row_does_not_depend_on_the_rows_asked_for_with_it(
    world: World, workspace: str, dataset_id: int, element: Element
) -> None:
    ls = world.coverage(workspace, dataset_id, 381065, element.me_id)[95:131]
    entries, data = world.histograms(workspace, dataset_id, 381065, element.me_id, ls)
    some = np.array([20, 3, 35])
    alone = [world.histograms(workspace, dataset_id, 381065, element.me_id, ls[[i]]) for i in some]
    entries_again, data_again = world.histograms(workspace, dataset_id, 381065, element.me_id, ls[some])
    assert np.array_equal(data_again, data[some])
    assert np.array_equal(entries_again, entries[some])
    assert np.array_equal(np.concatenate([rows for _, rows in alone]), data[some])


def test_another_world_draws_the_same_rows(world: World) -> None:
    ls = np.arange(200, 210)
    for workspace, dataset_id, element in one_of_each_kind():
        if np.isin(ls, world.coverage(workspace, dataset_id, 381065, element.me_id)).all():
            mine = world.histograms(workspace, dataset_id, 381065, element.me_id, ls)
            other = build_world().histograms(workspace, dataset_id, 381065, element.me_id, ls)
            assert np.array_equal(mine[0], other[0])
            assert np.array_equal(mine[1], other[1])


def test_the_bins_of_a_row_are_these_for_ever(world: World) -> None:
    entries, data = world.histograms("tracker", ZERO_BIAS_E, 381065, VERTEX_COUNT, np.array([400]))
    assert entries.tolist() == [PINNED_ENTRIES]
    assert data[0, 30:50].astype(int).tolist() == PINNED_BINS


def test_rows_of_other_lumisections_elements_and_datasets_differ(world: World) -> None:
    def row(dataset_id: int, me_id: int, ls: int) -> list[float]:
        _, data = world.histograms("tracker", dataset_id, 381065, me_id, np.array([ls]))
        return [*data[0].tolist()]

    first = row(ZERO_BIAS_E, 28, 400)
    for other in (row(ZERO_BIAS_E, 28, 401), row(ZERO_BIAS_E, 30, 400), row(EXPRESS_E, 28, 400)):
        assert first != other


@pytest.mark.parametrize("workspace", ["tracker", "jetmet"])
def test_counts_are_whole_numbers_and_entries_cover_them(world: World, workspace: str) -> None:
    some_outside = 0
    for space, dataset_id, element in every_element():
        if space != workspace or element.kind in RATIO_KINDS:
            continue
        ls = world.coverage(workspace, dataset_id, 381065, element.me_id)[[20, 200, 500]]
        entries, data = world.histograms(workspace, dataset_id, 381065, element.me_id, ls)
        sums = data.reshape(3, -1).sum(axis=1)
        assert entries.dtype == np.int64
        assert data.dtype == np.float64
        assert data.min() >= 0
        assert np.array_equal(data, np.rint(data))
        assert (entries >= sums).all()
        some_outside += int((entries > sums).any())
    assert some_outside >= 4


def test_shapes_are_the_axes_of_the_element_with_y_first(world: World) -> None:
    for workspace, dataset_id, element in every_element():
        ls = world.coverage(workspace, dataset_id, 381065, element.me_id)[:2]
        entries, data = world.histograms(workspace, dataset_id, 381065, element.me_id, ls)
        assert entries.shape == (2,)
        assert data.shape == ((2, element.nx) if element.dim == 1 else (2, element.ny, element.nx))


def test_no_rows_asked_for_gives_no_rows(world: World) -> None:
    entries, data = world.histograms("tracker", ZERO_BIAS_E, 381065, CHIPS_LAYER_1, np.empty(0, np.int64))
    assert entries.shape == (0,)
    assert data.shape == (0, 26, 72)


def test_a_lumisection_without_a_row_is_an_error(world: World) -> None:
    for ls in (0, 820, 16766):
        with pytest.raises(KeyError):
            world.histograms("tracker", ZERO_BIAS_E, 381065, CHARGE_LAYER_1, np.array([100, ls]))


def test_N3_ratios_are_fractions_and_differences_can_be_negative(world: World) -> None:
    ls = np.arange(200, 205)
    entries, fraction = world.histograms("tracker", ZERO_BIAS_E, 381065, VERTEX_FRACTION, ls)
    assert 0 < fraction.max() <= 1
    assert not np.array_equal(fraction, np.rint(fraction))
    assert (entries > fraction.sum(axis=1)).all()
    difference = next(one for one in world.elements("jetmet") if "Difference" in one.me)
    _, values = world.histograms("jetmet", JETMET0_E, 381065, difference.me_id, ls)
    assert values.min() < 0 < values.max()


def test_every_workspace_with_elements_has_a_ratio(world: World) -> None:
    assert {kind for kind in RATIO_KINDS if any(e.kind == kind for e in world.elements("tracker"))}
    assert {kind for kind in RATIO_KINDS if any(e.kind == kind for e in world.elements("jetmet"))}


def test_every_kind_of_element_can_be_drawn_and_every_kind_is_used() -> None:
    used = {element.kind for _, _, element in every_element()}
    assert used == COUNT_KINDS.keys() | RATIO_KINDS.keys()


def test_counts_follow_the_trigger_rate(world: World) -> None:
    path = world.trigger_path(ZERO_BIAS_E, 381065)
    assert path == "HLT_ZeroBias_v11"
    rates = world.runs[381065].hlt[path]
    counter = dict(zip(rates.first_lumisection_number, rates.counter, strict=True))
    ls = np.arange(150, 750)
    ls = ls[np.isin(ls, world.coverage("tracker", ZERO_BIAS_E, 381065, VERTEX_COUNT))]
    entries, _ = world.histograms("tracker", ZERO_BIAS_E, 381065, VERTEX_COUNT, ls)
    events = np.array([counter[int(one)] or 0 for one in ls])
    assert events.min() < 0.7 * events.max()
    pulls = (entries - events) / np.sqrt(events)
    assert abs(pulls.mean()) < 0.2
    assert 0.8 < pulls.std() < 1.2


def test_each_dataset_follows_a_path_of_its_own(world: World) -> None:
    assert world.trigger_path(EXPRESS_E, 381065) == "HLT_Physics_v12"
    assert world.trigger_path(JETMET0_E, 381065) == "HLT_PFJet140_v25"
    assert world.trigger_path(COSMICS_E, 381208) == "HLT_L1SingleMuCosmics_v8"


def test_pileup_shapes_vertices_and_occupancy(world: World) -> None:
    record = world.runs[381115]
    pileup = dict(zip(record.lumisections["lumisection_number"], record.lumisections["pileup"], strict=True))
    early, late = np.arange(20, 30), np.arange(1250, 1260)
    ratio = np.mean([float(str(pileup[int(ls)])) for ls in late]) / np.mean(
        [float(str(pileup[int(ls)])) for ls in early]
    )
    assert ratio < 0.6
    vertices = (
        means(world, VERTEX_COUNT, 381115, late).mean() / means(world, VERTEX_COUNT, 381115, early).mean()
    )
    assert vertices == pytest.approx(ratio, rel=0.05)
    hits = [
        world.histograms("tracker", ZERO_BIAS_E, 381115, CHIPS_LAYER_1, ls)[0].sum() for ls in (early, late)
    ]
    assert hits[1] / hits[0] == pytest.approx(ratio, rel=0.15)


def test_charge_falls_a_few_percent_over_a_run(world: World) -> None:
    early = means(world, CHARGE_LAYER_3, 381065, np.arange(100, 130)).mean()
    late = means(world, CHARGE_LAYER_3, 381065, np.arange(780, 810)).mean()
    assert 0.01 < 1 - late / early < 0.05


def test_a_partition_that_is_not_ready_sees_next_to_nothing(world: World) -> None:
    bpix_off, fpix_off, good = 101, 305, 100
    assert world.runs[378981].lumisections["bpix_ready"][bpix_off - 1] is False
    assert world.runs[378981].lumisections["fpix_ready"][fpix_off - 1] is False

    def entries(me_id: int, ls: int) -> int:
        return int(world.histograms("tracker", ZERO_BIAS_B, 378981, me_id, np.array([ls]))[0][0])

    barrel, forward = CHARGE_LAYER_1, 13
    assert entries(barrel, bpix_off) < 0.05 * entries(barrel, good)
    assert entries(forward, bpix_off) > 0.4 * entries(forward, good)
    assert entries(forward, fpix_off) < 0.05 * entries(forward, good)
    assert entries(barrel, fpix_off) > 0.4 * entries(barrel, good)


def test_strips_that_ramp_down_take_the_tracks_with_them(world: World) -> None:
    before, after = np.array([330]), np.array([345])
    for me_id in (65, 85, CHARGE_LAYER_1, 10973350):
        full, _ = world.histograms("tracker", ZERO_BIAS_E, 381080, me_id, before)
        rest, _ = world.histograms("tracker", ZERO_BIAS_E, 381080, me_id, after)
        assert rest[0] < 0.05 * full[0]


def test_chip_maps_have_one_bin_per_chip_and_an_empty_cross_at_zero(world: World) -> None:
    sizes = {}
    for element in world.elements("tracker"):
        if element.kind != "map_chips":
            continue
        _, data = world.histograms("tracker", ZERO_BIAS_E, 381065, element.me_id, np.arange(200, 205))
        summed = data.sum(axis=0)
        x = centres(element)
        y = element.y_min + (np.arange(element.ny) + 0.5) * (element.y_max - element.y_min) / element.ny
        assert summed[:, np.abs(x) < 0.5].sum() == 0
        assert summed[np.abs(y) < 0.5, :].sum() == 0
        off_cross = summed[np.abs(y) > 0.5][:, np.abs(x) > 0.5]
        assert 0 < np.mean(off_cross == 0) < 0.05
        sizes[element.me.rpartition("_per_")[2]] = (element.nx, element.ny)
    assert sizes == {
        "SignedLadderCoord_PXLayer_1": (72, 26),
        "SignedLadderCoord_PXLayer_2": (72, 58),
        "SignedLadderCoord_PXLayer_3": (72, 90),
        "SignedLadderCoord_PXLayer_4": (72, 130),
        "SignedBladePanelCoord_PXRing_1": (56, 92),
        "SignedBladePanelCoord_PXRing_2": (56, 140),
    }


def test_what_is_dead_in_clusters_is_dead_in_digis(world: World) -> None:
    ls = np.arange(200, 205)
    clusters = world.histograms("tracker", ZERO_BIAS_E, 381065, CHIPS_LAYER_1, ls)[1].sum(axis=0)
    digis = world.histograms("tracker", ZERO_BIAS_E, 381065, CHIPS_LAYER_1 + 4, ls)[1].sum(axis=0)
    assert np.array_equal(clusters == 0, digis == 0)


def test_charge_has_a_landau_peak_and_signal_to_noise_one_near_25(world: World) -> None:
    for me_id, low, high in ((CHARGE_LAYER_1, 17e3, 25e3), (65, 22.0, 28.0)):
        _, data = world.histograms("tracker", ZERO_BIAS_E, 381065, me_id, np.arange(200, 210))
        x, counts = centres(element_of(world, me_id)), data.sum(axis=0)
        peak = x[counts.argmax()]
        assert low < peak < high
        assert np.average(x, weights=counts) > 1.05 * peak


def test_residuals_are_centred_with_a_width_of_one(world: World) -> None:
    x = centres(element_of(world, 28))
    counts = world.histograms("tracker", ZERO_BIAS_E, 381065, 28, np.arange(200, 210))[1].sum(axis=0)
    mean = np.average(x, weights=counts)
    assert abs(mean) < 0.15
    assert 0.9 < np.sqrt(np.average((x - mean) ** 2, weights=counts)) < 1.6


def test_counts_are_poisson_around_their_mean(world: World) -> None:
    ls = np.arange(200, 600)
    _, data = world.histograms("tracker", ZERO_BIAS_E, 381065, 25, ls)
    record = world.runs[381065]
    rates = record.hlt["HLT_ZeroBias_v11"]
    counter = dict(zip(rates.first_lumisection_number, rates.counter, strict=True))
    events = np.array([float(counter[int(one)] or 0) for one in ls])
    expected = np.outer(events, data.sum(axis=0) / events.sum())
    enough = expected.mean(axis=0) > 5
    pulls = (data - expected)[:, enough] / np.sqrt(expected[:, enough])
    assert pulls.std() == pytest.approx(1.0, abs=0.03)


def test_the_detector_takes_no_state_from_one_draw_to_the_next(world: World) -> None:
    ls = np.arange(300, 303)
    first = world.histograms("tracker", ZERO_BIAS_E, 381151, CHARGE_LAYER_1, ls)
    world.histograms("tracker", ZERO_BIAS_E, 381151, CHIPS_LAYER_1, ls)
    again = world.histograms("tracker", ZERO_BIAS_E, 381151, CHARGE_LAYER_1, ls)
    assert np.array_equal(first[1], again[1])
