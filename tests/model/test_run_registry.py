"""Ranges of the Run Registry as columns of the LS table."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, LSTable, Source
from dqmtui.model.run_registry import (
    CAUSE,
    LARGEST_LS,
    ONLINE,
    RR,
    RegistryError,
    read_ranges,
    registry_dataset,
    registry_source,
    registry_verdicts,
    subsystems_of,
)
from dqmtui.model.states import CellState

NAMES = ["online", "/Express/Collisions2024/DQM", "/PromptReco/Collisions2024/DQM"]


def said(status: str, cause: str = "") -> dict[str, str]:
    return {"status": status, "comment": "", "cause": cause}


RANGES: list[Any] = [
    {
        "start": 4,
        "end": 6,
        "beams_stable": True,
        "tracker-pixel": said("BAD", "HV trip"),
        "dt-dt": said("GOOD"),
    },
    {"start": 1, "stop": 3, "beams_stable": True, "tracker-pixel": said("GOOD")},
]


def test_ranges_become_a_column_of_statuses_and_one_of_causes() -> None:
    table = LSTable(RunKey("tracker", 1, 2)).with_source(RR, registry_source(read_ranges(RANGES)))
    assert table.ls.tolist() == [1, 2, 3, 4, 5, 6]
    pixel, cause = (table.column(RR, name) for name in ("tracker_pixel", f"tracker_pixel{CAUSE}"))
    assert [pixel.item(row) for row in range(6)] == ["GOOD"] * 3 + ["BAD"] * 3
    assert [cause.item(row) for row in range(6)] == [None] * 3 + ["HV trip"] * 3
    dt = table.column(RR, "dt_dt")
    assert [dt.item(row) for row in range(6)] == [None] * 3 + ["GOOD"] * 3


def test_an_ls_that_the_registry_does_not_have_is_absent_there() -> None:
    table = LSTable(RunKey("tracker", 1, 2)).with_source(RR, registry_source(read_ranges(RANGES)))
    table = table.with_source(DIALS, Source(registry_source(read_ranges([{"start": 6, "end": 8}])).ls))
    column = table.column(RR, "tracker_pixel")
    assert table.ls.tolist() == list(range(1, 9))
    assert [CellState(state) for state in column.state[-3:].tolist()] == [
        CellState.VALUE,
        CellState.ABSENT,
        CellState.ABSENT,
    ]


def test_flags_of_oms_between_them_are_no_subsystem() -> None:
    assert subsystems_of(read_ranges(RANGES)) == ["dt-dt", "tracker-pixel"]
    assert subsystems_of(read_ranges(RANGES), "tracker") == ["tracker-pixel", "dt-dt"]


def test_verdicts_are_what_rules_ask_for() -> None:
    assert registry_verdicts(read_ranges(RANGES)) == [
        ("tracker-pixel", LSMask.of([1, 3]), "GOOD"),
        ("tracker-pixel", LSMask.of([4, 6]), "BAD"),
        ("dt-dt", LSMask.of([4, 6]), "GOOD"),
    ]


@pytest.mark.parametrize(
    "reply",
    [
        {},
        None,
        "GOOD",
        [5],
        [{"start": 1}],
        [{"start": 0, "end": 3}],
        [{"start": 3, "end": 2}],
        [{"start": "1", "end": "3"}],
        [{"start": True, "end": 3}],
        [{"start": 1, "end": LARGEST_LS + 1}],
        [{"start": 1, "end": 10**12}],
    ],
)
def test_what_is_no_list_of_ranges_is_refused(reply: object) -> None:
    with pytest.raises(RegistryError):
        read_ranges(reply)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_whatever_comes_is_read_or_refused(reply: Any) -> None:
    try:
        found = read_ranges([{"start": 1, "end": 2, "tracker-pixel": reply}])
    except RegistryError:
        return
    assert registry_source(found).ls.tolist() == [1, 2]


@pytest.mark.parametrize(
    ("dataset", "chosen"),
    [
        ("/ZeroBias/Run2024E-PromptReco-v1/DQMIO", NAMES[2]),
        ("/StreamExpress/Run2024E-Express-v1/DQMIO", NAMES[1]),
        ("/ZeroBias/Run2024E-22Jan2025-v1/DQMIO", ONLINE),
        ("", ONLINE),
    ],
)
def test_the_dataset_of_the_same_reconstruction_is_chosen(dataset: str, chosen: str) -> None:
    assert registry_dataset(NAMES, dataset) == chosen
    assert registry_dataset([], dataset) == ONLINE
