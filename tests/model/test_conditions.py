"""Data-taking conditions per lumisection."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.certification import read_certification
from dqmtui.model.conditions import (
    DCS_ONLY_FLAGS,
    STRIP_FLAGS,
    TRACKER_FLAGS,
    Verdict,
    dcs_only_mask,
    flags_mask,
    judge,
)
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, OMS, LSTable, Source, Values
from dqmtui.model.states import SourceState

if TYPE_CHECKING:
    from pathlib import Path

KEY = RunKey("tracker", 14, 381065)


def oms(ls: list[int], flags: dict[str, list[Any]], state: SourceState = SourceState.LOADED) -> Source:
    columns = {name: Values.of(items) for name, items in flags.items()}
    return Source(np.array(ls, dtype=np.int64), columns, state)


def good_run(n: int) -> dict[str, list[Any]]:
    return {flag: [True] * n for flag in DCS_ONLY_FLAGS}


def recorded_runs(shared_data: Path) -> dict[int, dict[str, list[Any]]]:
    with gzip.open(shared_data / "oms_lumisections_2024E_subset.json.gz") as file:
        runs = json.load(file)["runs"]
    return {int(run): content["columns"] for run, content in runs.items()}


def table_of(run: int, columns: dict[str, list[Any]]) -> LSTable:
    values = {name: Values.of(items) for name, items in columns.items() if name != "lumisection_number"}
    ls = np.array(columns["lumisection_number"], dtype=np.int64)
    return LSTable(RunKey("tracker", 14, run), {OMS: Source(ls, values, SourceState.LOADED)})


def test_N7_dcs_only_mask_reproduces_the_official_json(shared_data: Path) -> None:
    official = json.loads((shared_data / "json_DCSONLY_2024.txt").read_text())
    recorded = recorded_runs(shared_data)
    compared = {run for run in recorded if str(run) in official}
    assert len(compared) >= 5
    for run in compared:
        assert dcs_only_mask(table_of(run, recorded[run])).to_json() == official[str(run)], run


def test_N7_runs_that_the_official_json_lacks_have_no_good_ls(shared_data: Path) -> None:
    official = read_certification((shared_data / "json_DCSONLY_2024.txt").read_text())
    recorded = recorded_runs(shared_data)
    left_out = {run for run in recorded if run not in official and min(official) < run < max(official)}
    assert len(left_out) >= 3
    for run in left_out:
        assert dcs_only_mask(table_of(run, recorded[run])) == LSMask(), run


def test_N7_all_eight_flags_must_be_true() -> None:
    assert DCS_ONLY_FLAGS == (
        "bpix_ready", "fpix_ready", "tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready",
        "cms_active", "beams_stable",
    )  # fmt: skip
    assert set(STRIP_FLAGS) == {"tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready"}
    assert set(TRACKER_FLAGS) == {"bpix_ready", "fpix_ready", *STRIP_FLAGS}


@pytest.mark.parametrize("flag", DCS_ONLY_FLAGS)
@pytest.mark.parametrize("value", [False, None])
def test_N7_one_flag_that_is_not_true_is_enough(flag: str, value: bool | None) -> None:  # noqa: FBT001 - the value of a flag
    flags = good_run(4)
    flags[flag][2] = value
    table = LSTable(KEY, {OMS: oms([5, 6, 8, 9], flags)})
    assert set(dcs_only_mask(table)) == {5, 6, 9}


def test_N7_the_mask_holds_ls_numbers_and_breaks_at_holes() -> None:
    table = LSTable(KEY, {OMS: oms([9, 3, 4, 2], good_run(4)), DIALS: oms([1, 2, 3, 4, 5, 9, 10], {})})
    assert dcs_only_mask(table).to_json() == [[2, 4], [9, 9]]


def test_N7_a_flag_that_never_came_certifies_nothing() -> None:
    flags = good_run(3)
    del flags["tob_ready"]
    assert dcs_only_mask(LSTable(KEY, {OMS: oms([1, 2, 3], flags)})) == LSMask()


def test_J2_each_ls_is_good_bad_unknown_without_a_row_or_not_loaded() -> None:
    flags: dict[str, list[Any]] = {
        "bpix_ready": [True, True, None, None],
        "fpix_ready": [True, False, True, False],
    }
    complete = LSTable(KEY, {OMS: oms([1, 2, 3, 4], flags), DIALS: oms([7], {})})
    assert judge(complete, list(flags)).tolist() == [
        Verdict.GOOD,
        Verdict.BAD,
        Verdict.UNKNOWN,
        Verdict.BAD,
        Verdict.NO_ROW,
    ]
    partial = complete.with_state(OMS, SourceState.LOADING)
    assert judge(partial, list(flags)).tolist()[-1] == Verdict.NOT_LOADED
    assert judge(partial, list(flags)).tolist()[:4] == judge(complete, list(flags)).tolist()[:4]


def test_J2_before_oms_has_come_nothing_is_judged() -> None:
    table = LSTable(KEY, {DIALS: oms([1, 2], {})})
    assert judge(table, DCS_ONLY_FLAGS).tolist() == [Verdict.NOT_LOADED] * 2
    assert dcs_only_mask(table) == LSMask()


def test_no_flags_ask_for_nothing_but_a_row() -> None:
    table = LSTable(KEY, {OMS: oms([1, 3], {}), DIALS: oms([2], {})})
    assert judge(table, []).tolist() == [Verdict.GOOD, Verdict.NO_ROW, Verdict.GOOD]
    assert set(flags_mask(table, [])) == {1, 3}


@given(
    st.dictionaries(
        st.integers(1, 50), st.tuples(*[st.sampled_from([True, False, None])] * 3), min_size=1, max_size=20
    )
)
def test_a_mask_of_flags_is_the_set_of_ls_in_which_all_are_true(
    rows: dict[int, tuple[bool | None, ...]],
) -> None:
    names = ["a", "b", "c"]
    flags: dict[str, list[Any]] = {name: [row[at] for row in rows.values()] for at, name in enumerate(names)}
    table = LSTable(KEY, {OMS: oms(list(rows), flags)})
    assert set(flags_mask(table, names)) == {ls for ls, row in rows.items() if all(row)}
    by_ls = dict(zip(table.ls.tolist(), judge(table, names).tolist(), strict=True))
    for ls, row in rows.items():
        if False in row:
            assert by_ls[ls] == Verdict.BAD
        else:
            assert by_ls[ls] == (Verdict.UNKNOWN if None in row else Verdict.GOOD)


def test_N6_masks_of_different_origin_combine() -> None:
    flags = {"beams_stable": [False, True, True, True, True, True]}
    table = LSTable(KEY, {OMS: oms([1, 2, 3, 4, 5, 6], flags)})
    golden = read_certification('{"381065": [[1, 5]]}')[381065]
    excluded = LSMask.of(3, "7-9")
    good = (flags_mask(table, ["beams_stable"]) & golden) - excluded
    assert good.to_json() == [[2, 2], [4, 5]]


@pytest.mark.parametrize("value", ["true", "false", 1, [True]])
def test_a_value_that_is_no_flag_is_unknown_and_spoils_no_other_lumisection(value: object) -> None:
    flags: list[object] = [True, value, True, False]
    source = Source(np.arange(1, 5), {"bpix_ready": Values.of(flags)}, SourceState.LOADED)
    table = LSTable(RunKey("tracker", 14, 381065)).with_source(OMS, source)
    assert judge(table, ["bpix_ready"]).tolist() == [
        Verdict.GOOD,
        Verdict.UNKNOWN,
        Verdict.GOOD,
        Verdict.BAD,
    ]


def test_a_text_among_numbers_takes_only_its_own_value_away() -> None:
    source = Source(np.arange(1, 4), {"pileup": Values.of([57.5, "57.3", 56])}, SourceState.LOADED)
    table = LSTable(RunKey("tracker", 14, 381065)).with_source(OMS, source)
    numbers = table.column(OMS, "pileup").floats()
    assert numbers[[0, 2]].tolist() == [57.5, 56.0]
    assert np.isnan(numbers[1])
