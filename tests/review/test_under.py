"""What can stand under the trend, and ranges of lumisections that a person marks or types."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.model.conditions import DCS_ONLY_FLAGS
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState
from dqmtui.review.ls_ranges import LSRange, read_range, window_around
from dqmtui.review.under import (
    UNDER,
    UnknownUnderError,
    flags_at,
    masks_at,
    numbers_under,
    prescale_at,
    under_named,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RUN = RunKey("tracker", 14, 379011)
LS = np.array([1, 2, 3])


def table(
    columns: Mapping[str, Sequence[object]] | None = None, rate: SourceState = SourceState.LOADED
) -> LSTable:
    """LS 1 to 3; OMS knows all of them, the rate only LS 1 and 3."""
    oms = {name: Values.of(items) for name, items in (columns or {}).items()}
    rates = {"rate_hz": Values(np.array([47.5, 0.0]), np.ones(2, dtype=np.bool_), "Hz")}
    return LSTable(
        RUN,
        {
            DIALS: Source(LS, {}, SourceState.LOADED),
            OMS: Source(LS, oms, SourceState.LOADED),
            RATE: Source(np.array([1, 3]), rates, rate),
        },
    )


def test_J2_a_rate_of_zero_an_absent_row_and_one_that_has_not_come_are_three_things() -> None:
    known = numbers_under("rate", table())
    coming = numbers_under("rate", table(rate=SourceState.LOADING))
    assert known is not None
    assert coming is not None
    assert known.values[[0, 2]].tolist() == [47.5, 0.0]
    assert math.isnan(known.values[1])
    assert known.missing(1) == "absent"
    assert coming.missing(1) == "not loaded"
    assert known.unit == "Hz"


def test_the_recorded_share_is_a_gap_where_nothing_was_delivered() -> None:
    found = numbers_under(
        "recorded/delivered",
        table(
            {
                "recorded_lumi_per_lumisection": [0.25, 0.0, None],
                "delivered_lumi_per_lumisection": [0.5, 0.0, 0.5],
            }
        ),
    )
    assert found is not None
    assert found.values[0] == 0.5
    assert np.isnan(found.values[1:]).all()


@pytest.mark.parametrize("name", ["prescale", "flags", "masks", "ml", "scores", "nothing"])
def test_what_is_no_number_has_none(name: str) -> None:
    assert numbers_under(name, table()) is None


def test_names_may_be_cut_short_and_an_unknown_one_is_told_what_is_near() -> None:
    assert [under_named(text) for text in ("rate", "PILE", "recorded", "recorded/", "ml")] == [
        *("rate", "pileup", "recorded", "recorded/delivered", "ml")
    ]
    with pytest.raises(UnknownUnderError, match="did you mean pileup"):
        under_named("pielup")
    with pytest.raises(UnknownUnderError, match="did you mean rate or recorded"):
        under_named("r")
    assert all(under_named(name) == name for name in UNDER)


def test_the_flags_of_an_ls_say_what_is_wrong_with_it() -> None:
    flags: dict[str, list[object]] = {name: [True, True, None] for name in DCS_ONLY_FLAGS}
    flags["bpix_ready"] = [True, False, None]
    flags["fpix_ready"] = [True, None, None]
    found = table(flags)
    assert [flags_at(found, row) for row in range(3)] == ["all true", "not bpix_ready", "absent"]
    flags["bpix_ready"] = [True, True, None]
    unknown = table(flags)
    assert flags_at(unknown, 1) == "unknown: fpix_ready"


def test_prescale_and_masks_of_an_ls_are_named() -> None:
    found = table({"prescale_name": ["2p0E34", None, "Emergency"]})
    assert [prescale_at(found, row) for row in range(3)] == ["2p0E34", "absent", "Emergency"]
    good, excluded = LSMask.of(1, 2), LSMask.of(2)
    assert [masks_at(ls, good, excluded) for ls in (1, 2, 3)] == ["good", "good, excluded", "not good"]
    golden = [masks_at(ls, good, excluded, LSMask.of(2)) for ls in (1, 2)]
    assert golden == ["good, not golden", "good, excluded, golden"]


def test_an_open_range_goes_along_with_the_cursor_in_either_direction() -> None:
    marked = LSRange(RUN, 40)
    assert [marked.span(ls) for ls in (40, 45, 30, None)] == [(40, 40), (40, 45), (30, 40), (40, 40)]
    ended = marked.closed(30)
    assert not ended.is_open
    assert ended.span(99) == (30, 40)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("100-200", (100, 200)), ("100-", (100, 415)), ("120", (120, 120)), ("1-9999", (1, 415))],
)
def test_a_range_is_typed_in_several_ways(text: str, expected: tuple[int, int]) -> None:
    assert read_range(text, 1, 415) == expected


@pytest.mark.parametrize("text", ["abc", "1-2,5-9", "20-10", "0-5", "500-600"])
def test_what_is_no_range_of_the_run_is_answered_with_what_to_type(text: str) -> None:
    with pytest.raises(ValueError, match=r"type|The run has LS 1-415"):
        read_range(text, 1, 415)


@pytest.mark.parametrize(
    ("ls", "expected"), [(200, (170, 229)), (5, (1, 60)), (410, (356, 415)), (1, (1, 60))]
)
def test_a_window_stays_within_the_run(ls: int, expected: tuple[int, int]) -> None:
    assert window_around(ls, 60, 1, 415) == expected


def test_a_short_run_is_its_own_window() -> None:
    assert window_around(3, 60, 1, 5) == (1, 5)
