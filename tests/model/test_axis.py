"""Uniform axes."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dqmtui.model.axis import Axis, AxisError

bounds = st.floats(-1e9, 1e9, allow_nan=False)


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    low, high = sorted((draw(bounds), draw(bounds)))
    n = draw(st.integers(1, 500))
    # bins wider than the steps of float64 at the edges
    assume(high - low > 1e-9 * n * max(1.0, abs(low), abs(high)))
    return Axis(n, low, high)


def test_A1_one_bin_on_0_to_4_has_its_centre_at_2() -> None:
    axis = Axis(1, 0, 4)
    assert axis.centres.tolist() == [2.0]
    assert axis.edges.tolist() == [0.0, 4.0]
    assert axis.width == 4.0


def test_A1_four_bins_on_minus_1_to_1() -> None:
    axis = Axis(4, -1.0, 1.0)
    assert axis.width == 0.5
    assert axis.centres.tolist() == [-0.75, -0.25, 0.25, 0.75]
    assert axis.edges.tolist() == [-1.0, -0.5, 0.0, 0.5, 1.0]


@given(axes())
def test_A1_edges_and_centres_are_those_of_numpy_histogram(axis: Axis) -> None:
    _, edges = np.histogram([], bins=axis.n, range=(axis.low, axis.high))
    scale = max(abs(axis.low), abs(axis.high))
    np.testing.assert_allclose(axis.edges, edges, rtol=0, atol=1e-15 * scale)
    np.testing.assert_allclose(axis.centres, (edges[:-1] + edges[1:]) / 2, rtol=0, atol=1e-14 * scale)
    assert (axis.edges[0], axis.edges[-1]) == (axis.low, axis.high)
    assert axis.centres.shape == (axis.n,)
    assert axis.edges.shape == (axis.n + 1,)


@given(axes(), st.floats(0, 1, exclude_max=True))
def test_a_value_is_found_in_the_bin_between_whose_edges_it_lies(axis: Axis, fraction: float) -> None:
    x = axis.low + fraction * (axis.high - axis.low)
    assume(x < axis.high)
    found = axis.find(x)
    assert found is not None
    assert axis.edges[found] <= x < axis.edges[found + 1]


@given(axes())
def test_every_edge_opens_its_bin_and_every_centre_is_in_it(axis: Axis) -> None:
    assert [axis.find(edge) for edge in axis.edges.tolist()] == [*range(axis.n), None]
    assert [axis.find(centre) for centre in axis.centres.tolist()] == list(range(axis.n))


@pytest.mark.parametrize("x", [-0.001, 1.0, 1.001, math.inf, -math.inf, math.nan])
def test_what_lies_outside_is_in_no_bin(x: float) -> None:
    assert Axis(10, 0.0, 1.0).find(x) is None


@pytest.mark.parametrize("x", [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])
def test_values_are_filled_like_numpy_does(x: float) -> None:
    counts, _ = np.histogram([x], bins=10, range=(0.0, 1.0))
    assert Axis(10, 0.0, 1.0).find(x) == int(counts.argmax())


@pytest.mark.parametrize(
    ("n", "low", "high"),
    [
        (0, 0.0, 1.0),
        (-1, 0.0, 1.0),
        (5, 1.0, 1.0),
        (5, 2.0, 1.0),
        (5, math.nan, 1.0),
        (5, 0.0, math.nan),
        (5, 0.0, math.inf),
        (5, -math.inf, 0.0),
        (5, -math.inf, math.inf),
        (5, -1e308, 1e308),
    ],
)
def test_numbers_that_make_no_axis_are_refused(n: int, low: float, high: float) -> None:
    with pytest.raises(AxisError):
        Axis(n, low, high)


def test_J6_axes_compare_by_their_numbers() -> None:
    assert Axis(10, 0, 5) == Axis(10, 0.0, 5.0)
    assert Axis(10, 0, 5) != Axis(5, 0, 5)
    assert Axis(10, 0, 5) != Axis(10, 0, 5.5)
    assert str(Axis(100, -0.5, 99.5)) == "100 bins on [-0.5, 99.5]"
