from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.lsmask import OPEN_END
from dqmtui.review.ranges import LSRange, plan_ranges

runs = st.lists(st.integers(1, 20_000), min_size=0, max_size=900, unique=True).map(
    lambda numbers: np.array(sorted(numbers), dtype=np.int64)
)


def rows_in(piece: LSRange, expected: np.ndarray) -> int:
    return int(np.count_nonzero((expected >= piece.first) & (expected <= piece.last)))


@given(runs, st.integers(1, 20_000), st.integers(1, 200), st.integers(1, 600))
def test_ranges_touch_and_cover_every_lumisection_once(
    expected: np.ndarray, cursor: int, nearest: int, most: int
) -> None:
    ranges = sorted(plan_ranges(expected, cursor, nearest, most), key=lambda piece: piece.first)
    assert ranges[0].first == 1
    assert ranges[-1].last == OPEN_END
    for left, right in pairwise(ranges):
        assert right.first == left.last + 1
    assert sum(rows_in(piece, expected) for piece in ranges) == expected.size
    assert all(rows_in(piece, expected) <= max(nearest, most) for piece in ranges)


@given(runs, st.integers(1, 20_000), st.integers(1, 200), st.integers(1, 600))
def test_the_range_around_the_cursor_comes_first_and_is_small(
    expected: np.ndarray, cursor: int, nearest: int, most: int
) -> None:
    ranges = plan_ranges(expected, cursor, nearest, most)
    distances = [piece.distance(cursor) for piece in ranges]
    assert distances == sorted(distances)
    if cursor in expected:
        assert ranges[0].first <= cursor <= ranges[0].last
        assert rows_in(ranges[0], expected) <= nearest


def test_an_849_ls_run_needs_at_most_two_requests_more_than_pages_of_500() -> None:
    expected = np.arange(1, 850)
    for cursor in (1, 120, 400, 849):
        ranges = plan_ranges(expected, cursor, 100, 500)
        requests = sum(-(-rows_in(piece, expected) // 500) for piece in ranges)
        assert requests <= 2 + 2


def test_a_short_run_is_one_request() -> None:
    assert plan_ranges(np.arange(1, 41), 12, 100, 500) == [LSRange(1, OPEN_END)]


def test_what_is_above_an_ls_is_what_is_left_of_a_range() -> None:
    piece = LSRange(10, 20)
    assert piece.after(4) == piece
    assert piece.after(12) == LSRange(13, 20)
    assert piece.after(19) == LSRange(20, 20)
    assert piece.after(20) is None
    assert piece.after(OPEN_END) is None
