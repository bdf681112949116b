"""Merging bins exactly."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.axis import Axis
from dqmtui.model.rebin import coarser, merged, merging


def test_J6_bins_merge_where_the_coarser_edges_are_edges_of_the_finer() -> None:
    how = merging(Axis(6, 0.0, 6.0), Axis(2, 0.0, 6.0))
    assert how is not None
    assert (how.factor, how.first, how.dropped) == (3, 0, 0)
    assert merged(np.array([1.0, 2, 3, 4, 5, 6]), how).tolist() == [6.0, 15.0]
    assert str(how) == "3 bins merged into 1"


def test_J6_bins_outside_the_coarser_axis_are_left_out_and_counted() -> None:
    how = merging(Axis(6, 0.0, 6.0), Axis(2, 1.0, 5.0))
    assert how is not None
    assert merged(np.array([1.0, 2, 3, 4, 5, 6]), how).tolist() == [5.0, 9.0]
    assert str(how) == "2 bins merged into 1, 2 bins outside [1, 5] left out"


@pytest.mark.parametrize(
    "coarse",
    [
        Axis(4, 0.0, 6.0),  # edges at 1.5
        Axis(3, 0.5, 6.5),  # shifted by half a bin
        Axis(2, 0.0, 12.0),  # reaches beyond
        Axis(12, 0.0, 6.0),  # finer
        Axis(2, -6.0, 6.0),  # starts before
    ],
)
def test_J6_other_edges_are_refused(coarse: Axis) -> None:
    assert merging(Axis(6, 0.0, 6.0), coarse) is None


def test_J6_edges_that_came_as_float32_are_the_same() -> None:
    fine = Axis(32, float(np.float32(-3.141592654)), float(np.float32(3.141592654)))
    how = merging(fine, Axis(32, -3.141592654, 3.141592654))
    assert how is not None
    assert not how.changes


def test_J6_the_coarser_of_two_axes_is_common_whichever_comes_first() -> None:
    fine, coarse = Axis(6, 0.0, 6.0), Axis(2, 0.0, 6.0)
    assert coarser(fine, coarse) == coarser(coarse, fine) == coarse
    assert coarser(Axis(2, 0.0, 6.0), Axis(3, 0.0, 6.0)) is None


def test_J6_maps_merge_along_each_dimension() -> None:
    how = merging(Axis(2, 0.0, 2.0), Axis(1, 0.0, 2.0))
    assert how is not None
    values = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    assert merged(values, how, 0).tolist() == [[5.0, 7.0, 9.0]]


@given(st.data(), st.integers(1, 6), st.integers(1, 8), st.floats(-1e3, 1e3), st.floats(1e-3, 1e3))
def test_J6_merging_conserves_every_count(
    data: st.DataObject, factor: int, n: int, low: float, width: float
) -> None:
    counts = np.array(data.draw(st.lists(st.integers(0, 2**30), min_size=n * factor, max_size=n * factor)))
    fine, coarse = Axis(n * factor, low, low + n * factor * width), Axis(n, low, low + n * factor * width)
    how = merging(fine, coarse)
    assert how is not None
    found = merged(counts.astype(np.float64), how)
    assert found.sum() == counts.sum()
    assert found.tolist() == [counts[i * factor : (i + 1) * factor].sum() for i in range(n)]
