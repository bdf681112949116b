"""Good lumisections of reviewed runs: notes taken out, certifications combined, rules applied."""

from __future__ import annotations

import gzip
import json
import operator
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.conditions import DCS_ONLY_FLAGS, dcs_only_mask
from dqmtui.model.golden import WAYS, by_logic, combine, compare, taken_out
from dqmtui.model.json_logic import UnknownVariableError
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS, LSTable, Source, Values
from dqmtui.model.notes import NoteVerdict
from dqmtui.model.states import SourceState
from tests.model.note_samples import Desk, content, masks, whole_masks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

certifications = st.dictionaries(st.integers(1, 4), whole_masks, max_size=4)
EVERY_LS = np.arange(1, 500)


def has(certification: dict[int, LSMask], run: int) -> set[int]:
    return set(EVERY_LS[certification.get(run, LSMask()).selects(EVERY_LS)].tolist())


@given(st.lists(certifications, min_size=1, max_size=4), st.sampled_from(WAYS))
def test_certifications_combine_ls_by_ls_like_sets(found: list[dict[int, LSMask]], way: str) -> None:
    ways: dict[str, Callable[[set[int], set[int]], set[int]]] = {
        "and": operator.and_,
        "or": operator.or_,
        "minus": operator.sub,
        "xor": operator.xor,
    }
    work = ways[way]
    together = combine(found, way)
    for run in range(1, 6):
        assert has(together, run) == reduce(work, (has(one, run) for one in found))


@given(certifications, certifications)
def test_a_comparison_accounts_for_every_ls(first: dict[int, LSMask], second: dict[int, LSMask]) -> None:
    found = {one.run: one for one in compare(first, second)}
    for run in range(1, 6):
        if run not in found:
            assert has(first, run) == has(second, run) == set()
            continue
        one = found[run]
        parts = [{run: mask} for mask in (one.both, one.first_only, one.second_only)]
        both, here, there = (has(part, run) for part in parts)
        assert both | here == has(first, run)
        assert both | there == has(second, run)
        assert not here & there
        assert one.is_same == (not here and not there)


@given(certifications)
def test_a_certification_is_the_same_as_itself(found: dict[int, LSMask]) -> None:
    assert all(one.is_same for one in compare(found, found))


@given(masks, masks)
def test_notes_take_out_what_is_bad_in_standby_or_excluded(bad: LSMask, fine: LSMask) -> None:
    desk = Desk()
    desk.note(
        content(str(bad)),
        content(str(fine), verdict=NoteVerdict.GOOD),
        content(str(fine), verdict=NoteVerdict.UNSURE),
        content("all", run=1),
    )
    notes = list(desk.journal.notes.values())
    assert (taken_out(notes, 380238), taken_out(notes, 2)) == (bad, LSMask())
    assert taken_out(notes, 380238, {NoteVerdict.UNSURE}) == fine


def test_notes_of_another_dataset_do_not_count_where_one_is_named() -> None:
    desk = Desk()
    desk.note(content("1", dataset="/A"), content("2", dataset="/B"), content("3"))
    notes = list(desk.journal.notes.values())
    assert str(taken_out(notes, 380238)) == "1-3"
    assert str(taken_out(notes, 380238, dataset="/A")) == "1,3"


def a_table(**columns: list[object]) -> LSTable:
    n = len(next(iter(columns.values())))
    values = {name: Values.of(items) for name, items in columns.items()}
    source = Source(np.arange(1, 2 * n + 1, 2), values, SourceState.LOADED)
    return LSTable(RunKey("", 0, 380238)).with_source(OMS, source)


def var(name: str) -> dict[str, str]:
    return {"var": name}


def test_a_rule_is_applied_by_ls_number_and_an_ls_without_row_is_never_good() -> None:
    table = a_table(bpix_ready=[True, False, None])
    assert by_logic({"==": [var("lumisection.oms.bpix_ready"), True]}, table, {}) == LSMask.parse("1")
    assert by_logic(True, table, {}) == LSMask.parse("1,3,5")


def test_a_rule_asks_oms_the_run_notes_and_what_was_given() -> None:
    table = a_table(pileup=[30.0, 50.0, 60.0, None])
    rule = {
        "and": [
            {">": [var("lumisection.oms.pileup"), 40]},
            {"==": [var("run.oms.run_number"), 380238]},
            {"==": [var("run.oms.energy"), 6800]},
            {"==": [var("lumisection.rr.tracker-pixel"), "GOOD"]},
        ]
    }
    pixel = "lumisection.rr.tracker-pixel"
    verdicts = [("tracker-pixel", LSMask.parse("5-9"), "BAD")]
    found = by_logic(rule, table, {"energy": 6800}, verdicts, {pixel: "GOOD"})
    assert found == LSMask.parse("3")
    with pytest.raises(UnknownVariableError, match=pixel):
        by_logic(rule, table, {"energy": 6800})


def recorded_table(run: int, columns: dict[str, list[Any]]) -> LSTable:
    values = {name: Values.of(items) for name, items in columns.items() if name != "lumisection_number"}
    source = Source(np.array(columns["lumisection_number"]), values, SourceState.LOADED)
    return LSTable(RunKey("", 0, run)).with_source(OMS, source)


def test_N7_the_dcs_only_rule_gives_the_official_mask_of_every_recorded_run(shared_data: Path) -> None:
    rule = {"and": [{"==": [var(f"lumisection.oms.{flag}"), True]} for flag in DCS_ONLY_FLAGS]}
    with gzip.open(shared_data / "oms_lumisections_2024E_subset.json.gz") as file:
        recorded: dict[str, Any] = json.load(file)
    official = json.loads((shared_data / "json_DCSONLY_2024.txt").read_text())
    both = sorted(recorded["runs"].keys() & official.keys())
    assert both
    for run in both[:6]:
        columns = recorded["runs"][run]["columns"]
        table = recorded_table(int(run), columns)
        assert by_logic(rule, table, {}).to_json() == official[run]
        assert by_logic(rule, table, {}) == dcs_only_mask(table)
