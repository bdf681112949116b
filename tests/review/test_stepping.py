"""Moving along LS numbers and finding elements by name: pure, so tested alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.keys import MonitoringElement
from dqmtui.review.naming import elements_named
from dqmtui.review.stepping import neighbours, step_from

HOLE = np.array([*range(1310, 1320), *range(1354, 1376)])
"""The LS around the hole of run 381115."""

numbers = st.lists(st.integers(1, 60), unique=True).map(lambda ls: np.array(sorted(ls), dtype=np.int64))


def test_a_hole_is_one_step() -> None:
    assert step_from(1319, 1, HOLE) == 1354
    assert step_from(1354, -1, HOLE) == 1319
    assert step_from(1318, 3, HOLE) == 1355


def test_inside_a_hole_a_step_goes_to_its_edge() -> None:
    assert step_from(1330, 1, HOLE) == 1354
    assert step_from(1330, -1, HOLE) == 1319


def test_steps_stop_at_the_ends() -> None:
    assert step_from(1374, 10, HOLE) == 1375
    assert step_from(1375, 1, HOLE) == 1375
    assert step_from(1312, -10, HOLE) == 1310


def test_beyond_the_ends_a_step_never_goes_back() -> None:
    assert step_from(1400, 1, HOLE) == 1400
    assert step_from(1, -1, HOLE) == 1
    assert step_from(1400, -1, HOLE) == 1375


def test_without_any_number_one_stays() -> None:
    assert step_from(7, 1, np.zeros(0, dtype=np.int64)) == 7


@given(numbers, st.integers(0, 61), st.integers(-70, 70))
def test_J7_a_step_ends_on_a_number_that_is_there_on_the_side_that_was_asked(
    known: np.ndarray, ls: int, step: int
) -> None:
    end = step_from(ls, step, known)
    assert end == ls or end in known
    assert (end - ls) * step >= 0
    passed = np.count_nonzero((known > min(ls, end)) & (known < max(ls, end)))
    if end != ls:
        assert passed <= abs(step) - 1
        assert passed == abs(step) - 1 or end in {known[0], known[-1]}


def test_the_neighbours_of_an_ls_stand_on_either_side() -> None:
    assert neighbours(3, np.array([1, 2, 5, 9])) == [2, 5]
    assert neighbours(400, np.array([1, 2, 5, 9])) == [9]
    assert neighbours(0, np.array([1, 2, 5, 9])) == [1]
    assert neighbours(1, np.array([7])) == [7]
    assert neighbours(1, np.zeros(0, dtype=np.int64)) == []


ELEMENTS = [
    MonitoringElement(number, name, 1)
    for number, name in enumerate(
        ["A/PXDisk_+1/charge", "A/PXDisk_+10/charge", "B/size (x)", "B/size (x) more", "C/[x]/charges"]
    )
]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("A/PXDisk_+1/charge", [0]),
        ("size (x)", [2]),
        ("charge", [0, 1]),
        ("PXDisk_+1/", [0]),
        ("[x]", [4]),
        ("pxdisk_+10", [1]),
        ("nothing like it", []),
    ],
)
def test_a_name_means_an_element_of_that_name_or_those_that_contain_it(name: str, found: list[int]) -> None:
    assert sorted(element.me_id for element in elements_named(ELEMENTS, name)) == found
