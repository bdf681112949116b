"""Sets of lumisections, held against plain Python sets."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.lsmask import OPEN_END, LSMask, MaskError

LAST = 60
UNIVERSE = frozenset(range(1, LAST + 1))

numbers = st.frozensets(st.integers(1, LAST))
spans = st.tuples(st.integers(1, LAST), st.integers(0, 12)).map(lambda s: (s[0], min(s[0] + s[1], LAST)))
masks = st.builds(
    lambda ranges, tail: LSMask((*ranges, *([(tail, OPEN_END)] if tail else []))),
    st.lists(spans, max_size=8),
    st.none() | st.integers(1, LAST),
)


def members(mask: LSMask) -> set[int]:
    """Give the LS of the bounded universe that the ranges name, range by range."""
    return {ls for ls in UNIVERSE for first, last in mask.ranges if first <= ls <= last}


def test_M3_ranges_are_sorted_and_merged() -> None:
    assert LSMask.from_json([[30, 40], [1, 5], [35, 50], [6, 8]]).ranges == ((1, 8), (30, 50))


def test_M3_ranges_inside_others_vanish() -> None:
    assert LSMask.from_json([[1, 100], [20, 30], [100, 100]]).ranges == ((1, 100),)


def test_M3_ranges_that_touch_are_one_and_a_gap_of_one_stays() -> None:
    assert LSMask.from_json([[1, 3], [4, 6], [8, 9]]).ranges == ((1, 6), (8, 9))


@pytest.mark.parametrize("value", [[-1], [[-1]], [[-1, -1]]])
def test_M3_minus_one_is_the_whole_run(value: object) -> None:
    assert LSMask.from_json(value) == LSMask.all()
    assert LSMask.of(value) == LSMask.all()


def test_M3_minus_one_as_last_is_to_the_end() -> None:
    mask = LSMask.from_json([[3, 5], [10, -1]])
    assert mask.ranges == ((3, 5), (10, OPEN_END))
    assert mask.is_open
    assert 10**6 in mask
    assert 9 not in mask


def test_M3_one_ls_may_stand_alone_in_its_brackets() -> None:
    assert LSMask.from_json([[7], [9, 9]]).ranges == ((7, 7), (9, 9))


def test_M3_an_open_end_is_written_as_minus_one() -> None:
    assert LSMask.from_json([[10, -1]]).to_json() == [[10, -1]]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("1-5", "not a list of ranges"),
        (None, "not a list of ranges"),
        (5, "not a list of ranges"),
        (-1, "not a list of ranges"),
        ({"1": 5}, "not a list of ranges"),
        (b"\x01\x05", "not a list of ranges"),
        ([1, 35], "1 is not a range"),
        ([[1, 2, 3]], "[1, 2, 3] is not a range"),
        ([[]], "[] is not a range"),
        ([None], "None is not a range"),
        ([b"ab"], "is not a range"),
        (["1-5"], "'1-5' is not a range"),
        ([{"first": 1}], "is not a range"),
        ([["1", "5"]], "is not a range of lumisection numbers"),
        ([[1.0, 5.0]], "is not a range of lumisection numbers"),
        ([[True, 5]], "is not a range of lumisection numbers"),
        ([[None, 5]], "is not a range of lumisection numbers"),
        ([[5, 1]], "[5, 1] ends before it starts"),
        ([[0, 5]], "start at 1"),
        ([[-1, 5]], "start at 1"),
        ([[-5, -1]], "start at 1"),
        ([[1, -2]], "ends before it starts"),
        ([[10**12, 10**12]], "no run comes near"),
    ],
)
def test_M3_anything_else_is_an_error_that_quotes_it(value: object, said: str) -> None:
    with pytest.raises(MaskError) as raised:
        LSMask.from_json(value)
    assert said in str(raised.value)


def test_an_error_quotes_no_more_than_a_line() -> None:
    with pytest.raises(MaskError) as raised:
        LSMask.from_json([["x" * 100_000]])
    assert len(str(raised.value)) < 200


def test_ranges_beyond_every_run_have_no_end() -> None:
    assert LSMask(((5, 10**15),)) == LSMask(((5, OPEN_END),))
    assert LSMask.from_json([[5, 10**15]]).to_json() == [[5, -1]]


def test_a_mask_of_array_numbers_can_be_written_as_json() -> None:
    pair: Any = np.array([3, 5])
    mask = LSMask((tuple(pair),)) | LSMask.from_numbers(np.array([9, 8], dtype=np.int32))
    assert json.dumps(mask.to_json()) == "[[3, 5], [8, 9]]"


@given(st.lists(st.lists(st.integers(1, LAST), min_size=2, max_size=2).map(sorted)))
def test_M3_reading_what_was_written_changes_nothing(ranges: list[list[int]]) -> None:
    mask = LSMask.from_json(ranges)
    assert members(mask) == {ls for first, last in ranges for ls in range(first, last + 1)}
    assert LSMask.from_json(mask.to_json()) == mask
    assert LSMask.from_json(json.loads(json.dumps(mask.to_json()))) == mask


@given(masks)
def test_M3_open_masks_survive_json_too(mask: LSMask) -> None:
    assert LSMask.from_json(mask.to_json()) == mask


@given(masks)
def test_ranges_neither_overlap_nor_touch(mask: LSMask) -> None:
    for (_, last), (first, _) in zip(mask.ranges, mask.ranges[1:], strict=False):
        assert first > last + 1


@given(numbers)
def test_a_mask_holds_exactly_the_numbers_it_is_made_of(chosen: frozenset[int]) -> None:
    mask = LSMask.from_numbers(chosen)
    assert set(mask) == chosen
    assert list(mask) == sorted(chosen)
    assert len(mask) == len(chosen)
    assert bool(mask) == bool(chosen)
    assert mask == LSMask.from_numbers(np.array(sorted(chosen, reverse=True) * 2, dtype=np.int64))
    assert mask == LSMask.of(*chosen)


@given(masks, masks)
def test_algebra_is_that_of_sets(left: LSMask, right: LSMask) -> None:
    a, b = members(left), members(right)
    assert members(left | right) == a | b
    assert members(left & right) == a & b
    assert members(left - right) == a - b
    assert members(left ^ right) == a ^ b
    assert members(~left) == UNIVERSE - a


@given(masks, masks)
def test_equal_sets_are_equal_masks(left: LSMask, right: LSMask) -> None:
    same = members(left) == members(right) and left.is_open == right.is_open
    assert (left == right) == same
    assert (hash(left) == hash(right)) or not same


@given(masks, masks, masks)
def test_complement_obeys_the_laws_also_at_the_open_end(left: LSMask, right: LSMask, third: LSMask) -> None:
    assert ~~left == left
    assert left | ~left == LSMask.all()
    assert not left & ~left
    assert ~(left | right) == ~left & ~right
    assert (~left).is_open != left.is_open
    assert left & (right | third) == (left & right) | (left & third)
    assert left - right == left - (left & right)


def test_the_complement_of_all_but_the_last_number_comes_back() -> None:
    nearly = LSMask(((1, OPEN_END - 1),))
    assert (~nearly).ranges == ((OPEN_END, OPEN_END),)
    assert ~~nearly == nearly
    assert LSMask.parse(str(~nearly)) == ~nearly


@given(masks, st.lists(st.integers(-3, LAST + 15)))
def test_selects_is_membership(mask: LSMask, asked: list[int]) -> None:
    expected = [any(first <= ls <= last for first, last in mask.ranges) for ls in asked]
    assert mask.selects(np.array(asked, dtype=np.int64)).tolist() == expected
    assert mask.selects(np.array(asked, dtype=np.int32)).tolist() == expected
    assert [ls in mask for ls in asked] == expected


@given(masks, st.integers(-3, LAST), st.integers(-3, LAST))
def test_clip_keeps_what_lies_between_both_included(mask: LSMask, first: int, last: int) -> None:
    clipped = mask.clip(first, last)
    assert set(clipped) == {ls for ls in members(mask) if first <= ls <= last}


@given(masks)
def test_a_mask_reads_its_own_text(mask: LSMask) -> None:
    assert LSMask.parse(str(mask)) == mask


@given(
    masks, st.sampled_from([",", ", ", ";", " ", "\t", " , ; \n"]), st.sampled_from(["-", "..", ":", " - "])
)
def test_text_may_be_written_in_many_ways(mask: LSMask, comma: str, dash: str) -> None:
    bounded = mask.clip(1, LAST + 20)
    text = comma.join(f"{first}{dash}{last}" for first, last in bounded.ranges)
    assert LSMask.parse(text) == bounded


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("", ()),
        ("  ", ()),
        ("7", ((7, 7),)),
        ("50-", ((50, OPEN_END),)),
        ("50 - , 3", ((3, 3), (50, OPEN_END))),
        ("1-35, 40, 38-41", ((1, 35), (38, 41))),
        ("all", ((1, OPEN_END),)),
        (" ALL ", ((1, OPEN_END),)),
        ("*", ((1, OPEN_END),)),
        ("007", ((7, 7),)),
    ],
)
def test_text_of_a_person_is_understood(text: str, ranges: tuple[tuple[int, int], ...]) -> None:
    assert LSMask.parse(text).ranges == ranges


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("1-35, x", "'x'"),
        ("-5", "'-5'"),
        ("1-2-3", "'1-2-3'"),
        ("5-3", "'5-3'"),
        ("0-3", "'0-3'"),
        ("1.5", "'1.5'"),
        ("1,all", "'all'"),
        ("٣", "'٣'"),
        ("9" * 11, "999"),
        ("9" * 10, "999"),
        ("9" * 5000, "999"),
        ("1-" + "9" * 5000, "999"),
        ("[[1, 5]]", "'[[1'"),
    ],
)
def test_text_that_means_nothing_is_an_error_that_quotes_the_part(text: str, wrong: str) -> None:
    with pytest.raises(MaskError) as raised:
        LSMask.parse(text)
    assert wrong in str(raised.value)
    assert len(str(raised.value)) < 200


def test_a_mask_can_be_made_of_any_mix() -> None:
    golden = LSMask.from_json([[40, 41]])
    mask = LSMask.of(3, np.int64(5), [10, 12], "20-22,30", golden, [[50, 51], [60, 60]], [])
    expected = {3, 5, 10, 11, 12, 20, 21, 22, 30, 40, 41, 50, 51, 60}
    assert set(mask) == expected


def test_the_golden_style_ranges_of_a_run_are_a_part_of_a_mix() -> None:
    assert LSMask.of([[1, 3], [10, -1]], [8]).ranges == ((1, 3), (8, 8), (10, OPEN_END))


def test_a_list_of_two_numbers_is_always_a_range() -> None:
    assert LSMask.of([3, 9]).ranges == ((3, 9),)
    assert LSMask.of((3, 9)).ranges == ((3, 9),)
    assert LSMask.of(3, 9).ranges == ((3, 3), (9, 9))


@pytest.mark.parametrize("part", [[3, 9, 12], [3, [9, 12]], ["1-2", 7, 8]])
def test_a_longer_list_with_bare_numbers_is_refused_rather_than_guessed(part: object) -> None:
    with pytest.raises(MaskError, match="could be numbers or ranges"):
        LSMask.of(part)


@pytest.mark.parametrize("part", [True, 1.5, None, b"12", {"a": 1}, [True, 5], 0, -1, [9, 3]])
def test_what_is_no_part_of_a_mask_is_refused(part: object) -> None:
    with pytest.raises(MaskError):
        LSMask.of(part)


def test_a_mask_of_numbers_takes_no_fractions() -> None:
    with pytest.raises(TypeError):
        LSMask.from_numbers(np.array([1.5, 2.5]))


@pytest.mark.parametrize("number", [0, -1])
def test_lumisections_start_at_one(number: int) -> None:
    with pytest.raises(MaskError, match="start at 1"):
        LSMask.from_numbers([number])


def test_a_mask_without_an_end_is_neither_listed_nor_counted() -> None:
    mask = LSMask.parse("10-")
    with pytest.raises(MaskError, match="cannot be listed"):
        next(iter(mask))
    with pytest.raises(MaskError, match="cannot be counted"):
        len(mask)
    assert mask
    assert list(mask.clip(1, 12)) == [10, 11, 12]


def test_none_and_all_have_their_own_texts() -> None:
    assert str(LSMask()) == ""
    assert str(LSMask.all()) == "all"
    assert str(LSMask.of("1-3", 7, "9-")) == "1-3,7,9-"
    assert ~LSMask() == LSMask.all()
    assert ~LSMask.all() == LSMask()
