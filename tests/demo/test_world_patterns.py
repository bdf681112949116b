"""Each run of the table of real patterns has its pattern, at the real lumisection numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.demo.cms.certification import dcs_lumisections
from dqmtui.demo.cms.ranges import parse_ranges, to_ranges
from dqmtui.demo.cms.world import World, build_world

if TYPE_CHECKING:
    from dqmtui.demo.cms.records import RateColumns, RunRecord

STRIPS = ("tibtid", "tob", "tecp", "tecm")


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


def dataset_id(world: World, name: str) -> int:
    return next(dataset.dataset_id for dataset in world.datasets if dataset.dataset == name)


def rows(record: RunRecord) -> list[list[int]]:
    return to_ranges(np.array(record.lumisections["lumisection_number"], np.int64))


def where(record: RunRecord, name: str, value: object = 1) -> list[list[int]]:
    """LS ranges in which a column has a value; a flag that is true equals 1."""
    columns = record.lumisections
    picked = [
        ls for ls, one in zip(columns["lumisection_number"], columns[name], strict=True) if one == value
    ]
    return to_ranges(np.array(picked, np.int64))


def zero_bias(record: RunRecord) -> RateColumns:
    return next(rates for path, rates in record.hlt.items() if path.rpartition("_v")[0] == "HLT_ZeroBias")


def rate_rows(rates: RateColumns) -> list[list[int]]:
    return to_ranges(np.array(rates.first_lumisection_number, np.int64))


def zeros(rates: RateColumns) -> list[list[int]]:
    pairs = zip(rates.first_lumisection_number, rates.counter, strict=True)
    return to_ranges(np.array([ls for ls, counter in pairs if counter == 0], np.int64))


def test_378981_has_single_lumisections_without_pixels(world: World) -> None:
    run = world.runs[378981]
    stable = set(parse_ranges("51-888").tolist())
    bpix_off = sorted(stable - set(parse_ranges(text(where(run, "bpix_ready"))).tolist()))
    fpix_off = sorted(set(range(54, 889)) - set(parse_ranges(text(where(run, "fpix_ready"))).tolist()))
    assert bpix_off[:9] == [52, 88, 89, 101, 113, 137, 149, 161, 173]
    assert [ls for ls in fpix_off if ls != 281][:3] == [280, 305, 317]
    assert {ls for flag in STRIPS for _, ls in where(run, f"{flag}_ready")} == {888}
    assert where(run, "bpix_ready")[-1][1] == where(run, "fpix_ready")[-1][1] == 889
    assert rows(run) == [[1, 994], [998, 1098], [1100, 1125]]
    assert rate_rows(zero_bias(run))[-1][1] == 924


def text(ranges: list[list[int]]) -> str:
    return ",".join(f"{first}-{last}" for first, last in ranges)


def test_379011_lacks_a_rate_row_every_33_lumisections(world: World) -> None:
    run = world.runs[379011]
    rates = zero_bias(run)
    missing = sorted(set(range(1, 398)) - set(rates.first_lumisection_number))
    assert missing == list(range(8, 372, 33))
    assert rates.first_lumisection_number[-1] == 397
    assert zeros(rates) == [[392, 397]]
    assert where(run, "beams_stable")[-1][1] > 397


def test_379011_has_histograms_without_a_rate_row(world: World) -> None:
    dataset = dataset_id(world, "/ZeroBias/Run2024B-PromptReco-v1/DQMIO")
    assert 41 not in zero_bias(world.runs[379011]).first_lumisection_number
    entries, _ = world.histograms("tracker", dataset, 379011, 5, np.array([40, 41, 42]))
    assert entries[1] == pytest.approx((entries[0] + entries[2]) / 2, rel=0.15)


def test_379356_never_has_pixels_and_runs_on_the_emergency_column(world: World) -> None:
    run = world.runs[379356]
    assert where(run, "bpix_ready") == where(run, "fpix_ready") == []
    assert all(where(run, f"{flag}_ready") for flag in STRIPS)
    assert where(run, "prescale_name", "Emergency") == [[1, 7], [587, 631]]


def test_381065_is_the_plain_one(world: World) -> None:
    run = world.runs[381065]
    assert rows(run) == [[1, 849]]
    assert where(run, "cms_active") == [[1, 825]]
    assert where(run, "beams_stable") == [[34, 849]]
    assert rate_rows(zero_bias(run)) == [[1, 819]]
    assert (
        world.lumisections(
            "tracker", dataset_id(world, "/ZeroBias/Run2024E-PromptReco-v1/DQMIO"), 381065
        ).size
        == 819
    )


def test_381067_loses_its_luminosity_to_dead_time(world: World) -> None:
    run = world.runs[381067]
    columns = run.lumisections
    lost = [
        ls
        for ls, delivered, recorded, active in zip(
            *(columns[name] for name in ("lumisection_number", "delivered_lumi_per_lumisection")),
            columns["recorded_lumi_per_lumisection"],
            columns["cms_active"],
            strict=True,
        )
        if active and float(str(recorded)) < 0.3 * float(str(delivered))
    ]
    assert to_ranges(np.array(lost, np.int64)) == [[333, 334], [339, 346]]
    assert rate_rows(zero_bias(run)) == [[1, 340]]


def test_381075_has_holes_in_its_rates(world: World) -> None:
    rates = zero_bias(world.runs[381075])
    assert set(range(1, 511)) - set(rates.first_lumisection_number) == {495, 498}
    assert rates.counter[rates.first_lumisection_number.index(494)] == 0


def test_381080_ramps_its_tracker_down_while_beams_stay_stable(world: World) -> None:
    run = world.runs[381080]
    assert {where(run, f"{flag}_ready")[-1][1] for flag in STRIPS} == {337}
    assert {where(run, f"{flag}_ready")[-1][1] for flag in ("bpix", "fpix")} == {339}
    assert where(run, "beams_stable") == [[1, 381]]


def test_381113_does_not_know_its_luminosity_in_stable_beams(world: World) -> None:
    run = world.runs[381113]
    for name in ("delivered_lumi_per_lumisection", "recorded_lumi_per_lumisection", "pileup"):
        assert where(run, name, None) == [[213, 219]]
    assert where(run, "beams_stable") == [[59, 337]]
    assert set(range(213, 220)) <= set(zero_bias(run).first_lumisection_number)


def test_381115_has_a_hole_two_fills_and_one_rate_row_less(world: World) -> None:
    run = world.runs[381115]
    assert rows(run) == [[1, 1319], [1354, 1375]]
    assert len(run.lumisections["lumisection_number"]) == 1341
    assert rate_rows(zero_bias(run)) == [[1, 407], [409, 1317]]
    assert where(run, "fill_number", 9664) == [[1, 1319], [1354, 1369]]
    assert where(run, "fill_number", 9665) == [[1370, 1375]]
    dataset = dataset_id(world, "/ZeroBias/Run2024E-PromptReco-v1/DQMIO")
    known = world.lumisections("tracker", dataset, 381115)
    assert not np.isin(np.arange(1320, 1354), known).any()


def test_381208_is_a_long_cosmics_run_without_zero_bias(world: World) -> None:
    run = world.runs[381208]
    assert rows(run) == [[1, 2382], [2387, 2395]]
    assert len(run.lumisections["lumisection_number"]) == 2391
    assert not any(path.startswith("HLT_ZeroBias_v") for path in run.hlt)
    assert where(run, "beams_stable") == []
    assert where(run, "physics_flag") == [[1, 2275]]


def test_381226_loses_its_fill_number_for_two_lumisections(world: World) -> None:
    assert where(world.runs[381226], "fill_number", 0) == [[119, 120]]


def test_380147_has_a_rate_row_for_a_lumisection_that_oms_lacks(world: World) -> None:
    run = world.runs[380147]
    assert 186 not in run.lumisections["lumisection_number"]
    assert all(186 in rates.first_lumisection_number for rates in run.hlt.values())


def test_381597_has_394_rows_and_a_last_lumisection_of_16766(world: World) -> None:
    run = world.runs[381597]
    assert len(run.lumisections["lumisection_number"]) == 394
    assert run.lumisections["lumisection_number"][-1] == 16766
    assert run.attributes["last_lumisection_number"] == 16766


def test_380238_is_short_and_its_reference_379765_long(world: World) -> None:
    short, long = world.runs[380238], world.runs[379765]
    assert len(zero_bias(short).rate_hz) == 40
    assert len(zero_bias(long).rate_hz) == 1736
    assert zeros(zero_bias(short)) == [[37, 40]]
    assert to_ranges(dcs_lumisections(short)) == [[1, 35]]
    assert to_ranges(dcs_lumisections(long)) == [[43, 1738]]
    references = {
        row["reference_run_number"] for row in world.reference_runs() if row["run_number"] == 380238
    }
    assert references == {379765}


def test_a_rate_of_zero_makes_empty_rows_and_an_absent_rate_none(world: World) -> None:
    dataset = dataset_id(world, "/ZeroBias/Run2024C-PromptReco-v1/DQMIO")
    known = world.lumisections("tracker", dataset, 380238)
    assert known.tolist() == list(range(1, 41))
    entries, data = world.histograms("tracker", dataset, 380238, 5, np.arange(35, 41))
    assert entries[0] > 0
    assert entries[2:].tolist() == [0, 0, 0, 0]
    assert data[2:].sum() == 0
