"""The injected anomalies are what anomalies.toml says: there, and nowhere else."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.demo.cms.source import synthetic_source
from dqmtui.demo.cms.truth import Anomaly, AnomalyKind, load_truth
from dqmtui.demo.cms.world import World

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from dqmtui.demo.cms.records import Element

PAD = 3
TRUTH = load_truth()


@pytest.fixture(scope="module")
def spoilt() -> World:
    return World(synthetic_source(), TRUTH)


@pytest.fixture(scope="module")
def clean() -> World:
    return World(synthetic_source(), ())


def dataset_of(world: World, anomaly: Anomaly) -> int:
    return next(
        dataset.dataset_id
        for dataset in world.datasets
        if dataset.reconstruction == "prompt"
        and anomaly.run in world.dataset_runs(anomaly.workspace, dataset.dataset_id)
    )


def targets(world: World, anomaly: Anomaly) -> list[Element]:
    return [
        element
        for element in world.elements(anomaly.workspace)
        if any(re.fullmatch(pattern, element.me) for pattern in anomaly.mes)
    ]


def around(world: World, anomaly: Anomaly, me_id: int) -> NDArray[np.int64]:
    """Lumisections of the anomaly's ends and of the neighbours on both sides."""
    ls = world.coverage(anomaly.workspace, dataset_of(world, anomaly), anomaly.run, me_id)
    near = (np.abs(ls - anomaly.first_ls) <= PAD) | (np.abs(ls - anomaly.last_ls) <= PAD)
    return ls[near]


def test_there_are_a_dozen_anomalies_short_and_long_in_several_runs() -> None:
    assert 12 <= len(TRUTH) <= 14
    assert {381065, 381080, 381151} <= {anomaly.run for anomaly in TRUTH}
    lengths = [anomaly.last_ls - anomaly.first_ls + 1 for anomaly in TRUTH]
    assert lengths.count(3) >= 4
    assert max(lengths) >= 200
    assert {anomaly.kind for anomaly in TRUTH} == set(AnomalyKind)
    assert {anomaly.enough_statistics for anomaly in TRUTH} == {True, False}
    assert len({anomaly.name for anomaly in TRUTH}) == len(TRUTH)


@pytest.mark.parametrize("anomaly", TRUTH, ids=lambda anomaly: anomaly.name)
def test_every_pattern_names_elements_that_exist(spoilt: World, anomaly: Anomaly) -> None:
    names = [element.me for element in spoilt.elements(anomaly.workspace)]
    for pattern in anomaly.mes:
        assert any(re.fullmatch(pattern, name) for name in names)


@pytest.mark.parametrize("anomaly", TRUTH, ids=lambda anomaly: anomaly.name)
def test_an_anomaly_is_in_its_lumisections_and_in_no_other(
    spoilt: World, clean: World, anomaly: Anomaly
) -> None:
    dataset = dataset_of(spoilt, anomaly)
    for element in targets(spoilt, anomaly):
        ls = around(spoilt, anomaly, element.me_id)
        key = (anomaly.workspace, dataset, anomaly.run, element.me_id, ls)
        _, bad = spoilt.histograms(*key)
        _, good = clean.histograms(*key)
        changed = (bad != good).reshape(ls.size, -1).any(axis=1)
        inside = (ls >= anomaly.first_ls) & (ls <= anomaly.last_ls)
        assert inside.sum() >= 2
        assert not changed[~inside].any()
        assert changed[inside].all()


@pytest.mark.parametrize("run", sorted({anomaly.run for anomaly in TRUTH}))
def test_other_elements_of_the_run_are_untouched(spoilt: World, clean: World, run: int) -> None:
    here = [anomaly for anomaly in TRUTH if anomaly.run == run]
    for workspace in {anomaly.workspace for anomaly in here}:
        concerned = [anomaly for anomaly in here if anomaly.workspace == workspace]
        touched = {element.me_id for anomaly in concerned for element in targets(spoilt, anomaly)}
        dataset = dataset_of(spoilt, concerned[0])
        for element in spoilt.elements(workspace):
            if element.me_id in touched:
                continue
            ls = spoilt.coverage(workspace, dataset, run, element.me_id)
            ls = ls[np.isin(ls, [anomaly.first_ls for anomaly in concerned])]
            bad = spoilt.histograms(workspace, dataset, run, element.me_id, ls)
            good = clean.histograms(workspace, dataset, run, element.me_id, ls)
            assert np.array_equal(bad[1], good[1])


def test_an_anomaly_is_in_every_dataset_of_its_run(spoilt: World, clean: World) -> None:
    anomaly = TRUTH[0]
    express = next(
        d.dataset_id for d in spoilt.datasets if d.dataset == "/StreamExpress/Run2024E-Express-v1/DQMIO"
    )
    key = (anomaly.workspace, express, anomaly.run, targets(spoilt, anomaly)[0].me_id)
    ls = np.array([anomaly.first_ls])
    assert not np.array_equal(spoilt.histograms(*key, ls)[1], clean.histograms(*key, ls)[1])


def named(name: str) -> Anomaly:
    return next(anomaly for anomaly in TRUTH if anomaly.name == name)


def mean_and_error(world: World, anomaly: Anomaly, element: Element, ls: int) -> tuple[float, float]:
    _, data = world.histograms(
        anomaly.workspace, dataset_of(world, anomaly), anomaly.run, element.me_id, np.array([ls])
    )
    x = element.x_min + (np.arange(element.nx) + 0.5) * (element.x_max - element.x_min) / element.nx
    mean = np.average(x, weights=data[0])
    spread = np.sqrt(np.average((x - mean) ** 2, weights=data[0]))
    return float(mean), float(spread / np.sqrt(data[0].sum()))


POSITIONS = [a for a in TRUTH if a.kind in {AnomalyKind.CHARGE_SHIFT, AnomalyKind.RESIDUAL_SHIFT}]


@pytest.mark.parametrize("anomaly", POSITIONS, ids=lambda anomaly: anomaly.name)
def test_enough_statistics_means_that_one_lumisection_shows_the_shift(
    spoilt: World, clean: World, anomaly: Anomaly
) -> None:
    element = targets(spoilt, anomaly)[0]
    bad, error = mean_and_error(spoilt, anomaly, element, anomaly.first_ls)
    good, _ = mean_and_error(clean, anomaly, element, anomaly.first_ls)
    significance = (bad - good) / (np.sqrt(2) * error)
    assert np.sign(significance) == np.sign(anomaly.size) or not anomaly.enough_statistics
    assert (abs(significance) > 5) == anomaly.enough_statistics


def test_the_dead_module_group_is_empty_and_the_hot_chip_hot(spoilt: World, clean: World) -> None:
    for name, kind in (("layer-2 module group dead", "dead"), ("layer-4 hot chip", "hot")):
        anomaly = named(name)
        element = targets(spoilt, anomaly)[0]
        key = (anomaly.workspace, dataset_of(spoilt, anomaly), anomaly.run, element.me_id)
        bad = spoilt.histograms(*key, np.array([anomaly.first_ls]))[1][0]
        good = clean.histograms(*key, np.array([anomaly.first_ls]))[1][0]
        x = element.x_min + (np.arange(element.nx) + 0.5) * (element.x_max - element.x_min) / element.nx
        y = element.y_min + (np.arange(element.ny) + 0.5) * (element.y_max - element.y_min) / element.ny
        in_x = (x > anomaly.x[0]) & (x < anomaly.x[1])
        in_y = (y > anomaly.y[0]) & (y < anomaly.y[1])
        region = np.outer(in_y, in_x)
        if kind == "dead":
            assert region.sum() == 64
            assert bad[region].sum() == 0 < good[region].sum()
        else:
            assert region.sum() == 1
            assert bad[region].sum() > 20 * good[region].sum()
        assert bad[~region].sum() == pytest.approx(good[~region].sum(), rel=0.01)


def test_lost_efficiency_takes_the_entries_and_leaves_the_shape(spoilt: World, clean: World) -> None:
    anomaly = named("TIB layer 2 lost")
    for element in targets(spoilt, anomaly):
        key = (anomaly.workspace, dataset_of(spoilt, anomaly), anomaly.run, element.me_id, np.array([620]))
        bad, good = spoilt.histograms(*key), clean.histograms(*key)
        assert bad[0][0] / good[0][0] == pytest.approx(anomaly.size, abs=0.02)
        assert bad[1][0].argmax() == pytest.approx(good[1][0].argmax(), abs=3)


def test_vertices_follow_a_wrong_pileup(spoilt: World, clean: World) -> None:
    anomaly = named("vertices do not follow pileup")
    for element in targets(spoilt, anomaly):
        bad, _ = mean_and_error(spoilt, anomaly, element, 450)
        good, _ = mean_and_error(clean, anomaly, element, 450)
        assert bad / good == pytest.approx(anomaly.size, abs=0.03)


def test_the_noise_burst_adds_events_at_the_end_of_the_axis(spoilt: World, clean: World) -> None:
    anomaly = named("strip noise burst")
    element = targets(spoilt, anomaly)[0]
    key = (anomaly.workspace, dataset_of(spoilt, anomaly), anomaly.run, element.me_id, np.array([201]))
    bad, good = spoilt.histograms(*key), clean.histograms(*key)
    assert bad[0][0] / good[0][0] == pytest.approx(1 + anomaly.size, abs=0.1)
    x = element.x_min + (np.arange(element.nx) + 0.5) * (element.x_max - element.x_min) / element.nx
    assert bad[1][0, x > 75e3].sum() > 5 * max(good[1][0, x > 75e3].sum(), 1)
