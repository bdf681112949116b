"""The OMS side of the synthetic world: what all runs have in common with real ones."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.demo.cms.certification import dcs_lumisections
from dqmtui.demo.cms.ranges import parse_ranges, to_ranges
from dqmtui.demo.cms.world import World, build_world

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.demo.cms.records import RunRecord

LUMISECTION_SECONDS = 23.31040958
LAST_RUN_OF_THE_DCS_FILE = 381309
LUMI_COLUMNS = ("delivered_lumi_per_lumisection", "recorded_lumi_per_lumisection", "pileup")


@pytest.fixture(scope="module")
def world() -> World:
    return build_world()


def column(record: RunRecord, name: str) -> dict[object, object]:
    columns = record.lumisections
    return dict(zip(columns["lumisection_number"], columns[name], strict=True))


def where(record: RunRecord, name: str, value: object) -> list[list[int]]:
    numbers = [ls for ls, one in column(record, name).items() if one is value]
    return to_ranges(np.array(numbers, np.int64))


def test_the_runs_look_like_a_year(world: World) -> None:
    assert 22 <= len(world.runs) <= 30
    assert {record.attributes["era"] for record in world.runs.values()} == {
        "2024B",
        "2024C",
        "2024D",
        "2024E",
        "2024F",
    }
    starts = [str(record.attributes["start_time"]) for record in world.runs.values()]
    assert starts == sorted(starts)


def test_N7_the_dcs_rule_gives_the_official_dcs_ranges(world: World, shared_data: Path) -> None:
    official = json.loads((shared_data / "json_DCSONLY_2024.txt").read_text())
    runs = [run for run in world.runs if run <= LAST_RUN_OF_THE_DCS_FILE]
    ours = {run: to_ranges(dcs_lumisections(world.runs[run])) for run in runs}
    assert ours == {run: official.get(str(run), []) for run in runs}
    assert sum(map(bool, ours.values())) >= 14


def test_all_columns_of_a_run_are_aligned_on_sorted_lumisection_numbers(world: World) -> None:
    for record in world.runs.values():
        numbers = record.lumisections["lumisection_number"]
        assert numbers == np.unique(np.array(numbers, np.int64)).tolist()
        assert {len(values) for values in record.lumisections.values()} == {len(numbers)}


def test_a_finished_run_ends_in_a_block_without_cms_active_and_without_prescales(world: World) -> None:
    for record in world.runs.values():
        if record.attributes["end_time"] is None:
            continue
        active = list(column(record, "cms_active").values())
        assert active[0] is True
        assert active[-4:] == [False] * 4
        last_active = len(active) - active[::-1].index(True)
        prescales = record.lumisections["prescale_index"]
        assert all(index is None for index in prescales[last_active - 1 :])
        assert all(index is not None for index in prescales[: last_active - 1])
        assert [index is None for index in prescales] == [
            name is None for name in record.lumisections["prescale_name"]
        ]


def test_flags_of_an_ended_run_can_stay_true_and_flags_can_be_unknown(world: World) -> None:
    assert where(world.runs[381065], "bpix_ready", value=True) == [[34, 849]]
    assert column(world.runs[381065], "gem_ready")[100] is None
    assert where(world.runs[381151], "rpc_ready", value=None) == [[300, 312]]


def test_an_unknown_tracker_flag_is_not_ready_for_the_dcs_selection(world: World) -> None:
    record = world.runs[382250]
    assert where(record, "tecm_ready", value=None) == [[201, 204]]
    assert not np.isin(np.arange(201, 205), dcs_lumisections(record)).any()


def test_an_attribute_can_be_absent_from_a_card(world: World) -> None:
    without = [run for run, record in world.runs.items() if "fill_number" not in record.attributes]
    assert without == [380147]


def test_every_rate_is_a_whole_count_per_lumisection(world: World) -> None:
    for record in world.runs.values():
        for rates in (*record.hlt.values(), *record.datasets.values()):
            for rate_hz, counter in zip(rates.rate_hz, rates.counter, strict=True):
                if rate_hz is None:
                    assert counter is None
                else:
                    assert isinstance(counter, int)
                    assert rate_hz == counter / LUMISECTION_SECONDS


def test_rate_rows_are_never_simply_the_lumisections(world: World) -> None:
    finished = [record for record in world.runs.values() if record.attributes["end_time"] is not None]
    for record in finished:
        for rates in record.hlt.values():
            assert list(rates.first_lumisection_number) != record.lumisections["lumisection_number"]


def test_lumi_units_vary_between_records(world: World) -> None:
    units = {record.lumisection_units["init_lumi"] for record in world.runs.values()}
    assert len(units) >= 4
    assert {record.units["delivered_lumi"] for record in world.runs.values()} == {
        "pb^{-1}",
        "{\\mu}b^{-1}",
    }


def test_lumi_agrees_with_its_units(world: World) -> None:
    scale = {"pb^{-1}": 1.0, "{\\mu}b^{-1}": 1e-6}
    for run in (381065, 379011, 379356):
        record = world.runs[run]
        ls = 300
        pileup, init = column(record, "pileup")[ls], column(record, "init_lumi")[ls]
        delivered = column(record, "delivered_lumi_per_lumisection")[ls]
        assert isinstance(pileup, float)
        assert isinstance(init, float)
        assert isinstance(delivered, float)
        exponent = int(record.lumisection_units["init_lumi"].removeprefix("10^{")[:2])
        inv_pb = delivered * scale[record.lumisection_units["delivered_lumi_per_lumisection"]]
        assert init * 10.0**exponent * LUMISECTION_SECONDS / 1e36 == pytest.approx(inv_pb, rel=1e-5)


def test_delivered_lumi_goes_on_from_run_to_run_of_a_fill(world: World) -> None:
    first, second = world.runs[381065], world.runs[381067]
    assert first.attributes["fill_number"] == second.attributes["fill_number"]
    end = first.lumisections["delivered_lumi"][-1]
    step = second.lumisections["delivered_lumi_per_lumisection"][0]
    assert isinstance(end, float)
    assert isinstance(step, float)
    assert second.lumisections["delivered_lumi"][0] == pytest.approx(end + step)


def test_luminosity_and_pileup_can_be_a_little_negative_without_beams(world: World) -> None:
    dark = [value for value in column(world.runs[381065], "pileup").values() if isinstance(value, float)]
    assert -0.01 < min(dark) < 0


def test_zero_bias_is_told_apart_from_paths_that_begin_alike(world: World) -> None:
    names = [path for path in world.runs[381065].hlt if path.startswith("HLT_ZeroBias")]
    assert "HLT_ZeroBias_v11" in names
    assert len(names) >= 3


def test_a_dataset_fed_by_one_path_has_the_events_of_that_path(world: World) -> None:
    record = world.runs[381113]
    assert record.datasets["ZeroBias"] == record.hlt["HLT_ZeroBias_v11"]


def test_the_run_that_goes_on_has_no_end_and_an_open_last_lumisection(world: World) -> None:
    record = world.runs[382329]
    assert record.attributes["end_time"] is None
    assert record.attributes["duration"] is None
    assert record.lumisections["end_time"][-1] is None
    assert record.lumisections["cms_active"][-1] is True
    assert all(rates.rate_hz[-1] is None for rates in record.hlt.values())
    assert all(rates.rate_hz[-2] is not None for rates in record.hlt.values())


def test_cosmics_have_no_luminosity_on_their_card(world: World) -> None:
    card = world.runs[381208].attributes
    assert card["fill_type_runtime"] == "COSMICS"
    assert card["delivered_lumi"] is None
    assert card["recorded_lumi"] is None


def test_the_card_agrees_with_the_columns(world: World) -> None:
    for record in world.runs.values():
        card, columns = record.attributes, record.lumisections
        assert card["last_lumisection_number"] == columns["lumisection_number"][-1]
        assert card["stable_beam"] == any(columns["beams_stable"])
        assert card["initial_prescale_index"] == columns["prescale_index"][0]
        assert card["start_time"] == columns["start_time"][0]


def test_level_one_rows_are_counted_and_follow_the_pileup(world: World) -> None:
    rows = world.runs[381065].l1
    assert [row["first_lumisection_number"] for row in rows] == list(range(1, 850))
    before, stable = rows[9]["l1a_physics"], rows[399]["l1a_physics"]
    assert isinstance(before, dict)
    assert isinstance(stable, dict)
    assert stable["counter"] > 10 * before["counter"]
    assert stable["rate"] == pytest.approx(stable["counter"] / LUMISECTION_SECONDS)
    assert rows[0]["physics_generated_fdl_gt"] == {"counter": None, "rate": None}
    assert rows[-1] == rows[848]
    assert rows[2:4] == [rows[2], rows[3]]
    with pytest.raises(IndexError):
        rows[849]


def test_deadtimes_have_a_counter_and_a_percentage(world: World) -> None:
    row = world.runs[381067].deadtime
    total = row["beamactive_total_deadtime"]
    assert isinstance(total, dict)
    assert total["percent"] == pytest.approx(
        world.runs[381067].attributes["beamactive_total_deadtime"], abs=1e-3
    )
    assert total["counter"] > 0


def test_prescale_changes_are_the_steps_of_the_prescale_column(world: World) -> None:
    record = world.runs[381151]
    rows = record.prescale_changes
    assert [row["lumisection_number"] for row in rows] == [1, 54, 237, 457]
    assert [row["old_prescale_index"] for row in rows] == [None, 7, 9, 14]
    for row in rows:
        ls = row["lumisection_number"]
        assert column(record, "prescale_index")[ls] == row["new_prescale_index"]
        assert column(record, "prescale_name")[ls] == row["new_prescale_name"]


def test_fills_name_their_first_and_last_run(world: World) -> None:
    rows = {row["fill_number"]: row for row in world.fills}
    assert list(rows) == sorted(rows, key=str)
    assert (rows[9662]["first_run_number"], rows[9662]["last_run_number"]) == (381065, 381067)
    assert (rows[9665]["first_run_number"], rows[9665]["last_run_number"]) == (381115, 381115)
    assert rows[9673]["bunches_colliding"] is None
    assert rows[9772]["end_time"] is None
    assert 0 not in rows


def test_eras_follow_each_other_and_the_last_is_open(world: World) -> None:
    for era, following in pairwise(world.eras):
        end, start = era["end_fill"], following["start_fill"]
        assert isinstance(end, int)
        assert end + 1 == start
    assert world.eras[-1]["end_fill"] is None


def test_each_run_is_in_the_era_of_its_fill(world: World) -> None:
    for record in world.runs.values():
        fill = record.lumisections["fill_number"][0]
        assert isinstance(fill, int)
        names = [
            era["name"]
            for era in world.eras
            if int(str(era["start_fill"])) <= fill <= int(str(era["end_fill"] or 99999))
        ]
        assert names == [record.attributes["era"]]


def test_ranges_are_read_as_they_are_written() -> None:
    assert parse_ranges("5,1-3,2").tolist() == [1, 2, 3, 5]
    assert parse_ranges("").tolist() == []
    assert to_ranges(parse_ranges("1-3,5,7-8")) == [[1, 3], [5, 5], [7, 8]]
    assert to_ranges(parse_ranges("")) == []
