from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.lsmask import OPEN_END
from dqmtui.review.ranges import plan_ranges

runs = st.lists(st.integers(1, 20_000), min_size=0, max_size=900, unique=True).map(
    lambda numbers: np.array(sorted(numbers), dtype=np.int64)
)


@given(runs, st.integers(1, 20_000), st.integers(1, 200), st.integers(1, 600))
def test_ranges_touch_and_cover_every_lumisection_once(
    expected: np.ndarray, cursor: int, nearest: int, most: int
) -> None:
    ranges = sorted(plan_ranges(expected, cursor, nearest, most), key=lambda piece: piece.first)
    assert ranges[0].first == 1
    assert ranges[-1].last == OPEN_END
    for left, right in zip(ranges, ranges[1:], strict=False):
        assert right.first == left.last + 1
    for piece in ranges:
        inside = np.count_nonzero((expected >= piece.first) & (expected <= piece.last))
        assert inside == piece.expected


@given(runs, st.integers(1, 20_000), st.integers(1, 200), st.integers(1, 600))
def test_the_range_around_the_cursor_comes_first_and_is_small(
    expected: np.ndarray, cursor: int, nearest: int, most: int
) -> None:
    ranges = plan_ranges(expected, cursor, nearest, most)
    distances = [piece.distance(cursor) for piece in ranges]
    assert distances == sorted(distances)
    assert ranges[0].expected <= max(nearest, most)
    if cursor in expected:
        assert ranges[0].first <= cursor <= ranges[0].last
        assert ranges[0].expected <= nearest


def test_an_849_ls_run_needs_at_most_two_requests_more_than_pages_of_500() -> None:
    expected = np.arange(1, 850)
    for cursor in (1, 120, 400, 849):
        ranges = plan_ranges(expected, cursor, 100, 500)
        requests = sum(-(-piece.expected // 500) for piece in ranges)
        assert requests <= 2 + 2


def test_a_short_run_is_one_request() -> None:
    assert [piece.expected for piece in plan_ranges(np.arange(1, 41), 12, 100, 500)] == [40]
