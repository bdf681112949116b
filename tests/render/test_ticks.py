from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.charset import ASCII, UTF8
from dqmtui.render.scale import Scale
from dqmtui.render.ticks import si_number, x_ticks, y_ticks

PREFIXES = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
spans = st.floats(-12, 14).map(lambda exponent: 10**exponent)


def value_of(label: str) -> float:
    number = label.rstrip("kMGT")
    return float(number) * PREFIXES[label.removeprefix(number)]


@given(low=st.floats(-1e3, 1e3), span=spans, width=st.integers(1, 250), integer=st.booleans())
def test_horizontal_labels_are_exact_distinct_and_apart(
    low: float, span: float, width: int, *, integer: bool
) -> None:
    high = low + span
    if not low < high or span < 1e-9 * abs(low):
        return
    scale = Scale(low, high, integer=integer)
    ticks = x_ticks(scale, width, UTF8)
    margin = 2e-9 * span
    for value, label in ticks:
        assert low <= value <= high
        assert value_of(label) == pytest.approx(value, rel=1e-9, abs=margin)
        assert not integer or float(label).is_integer()
    assert len({label for _, label in ticks}) == len(ticks)
    cells = scale.cells([value for value, _ in ticks], width).tolist()
    for one, other, (_, left), (_, right) in zip(cells, cells[1:], ticks, ticks[1:], strict=False):
        assert other - one >= (len(left) + len(right)) / 2 + 2


@given(low=st.floats(-1e3, 1e3), span=spans, height=st.integers(1, 80))
def test_vertical_ticks_never_stand_on_neighbouring_rows(low: float, span: float, height: int) -> None:
    high = low + span
    if not low < high or span < 1e-9 * abs(low):
        return
    scale = Scale(low, high)
    ticks = y_ticks(scale, height, UTF8)
    rows = scale.tip_cells([value for value, _ in ticks], height).tolist()
    assert all(other - one > 1 for one, other in itertools.pairwise(rows))
    assert len(ticks) >= 2 or height < 12


@given(low=st.floats(-10, 9), decades=st.floats(0.01, 15), size=st.integers(1, 120))
def test_log_ticks_lie_on_the_axis_and_read_as_their_value(low: float, decades: float, size: int) -> None:
    scale = Scale(10**low, 10 ** (low + decades), log=True)
    for ticks in (x_ticks(scale, size, ASCII), y_ticks(scale, size, ASCII)):
        for value, label in ticks:
            assert scale.low <= value <= scale.high
            assert value_of(label) == pytest.approx(value, rel=1e-6)
        assert len({label for _, label in ticks}) == len(ticks)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (0, 1000, ["0", "200", "400", "600", "800", "1000"]),
        (0, 160_000, ["0", "20k", "40k", "60k", "80k", "100k", "120k", "140k", "160k"]),
        (0, 5e6, ["0", "1M", "2M", "3M", "4M", "5M"]),
        (381_000, 381_100, ["381000", "381020", "381040", "381060", "381080", "381100"]),
        (-3.2, 3.2, ["-3", "-2", "-1", "0", "1", "2", "3"]),
        (0.1, 0.9, ["0.2", "0.4", "0.6", "0.8"]),
        (0.3, 0.9, ["0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9"]),
        (0, 7e-5, ["0", "1e-5", "2e-5", "3e-5", "4e-5", "5e-5", "6e-5", "7e-5"]),
    ],
)
def test_round_numbers_in_their_shortest_form(low: float, high: float, labels: list[str]) -> None:
    width = 60 if high < 1 and low > 0 else 80
    assert [label for _, label in x_ticks(Scale(low, high), width, UTF8)] == labels


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [
        (1, 1e6, ["1", "10", "100", "1k", "10k", "100k", "1M"]),
        (1e-6, 1, ["10⁻⁶", "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "10⁰"]),
        (1, 100, ["1", "2", "5", "10", "20", "50", "100"]),
        (3, 30, ["5", "10", "20"]),
        (20, 26, ["20", "21", "22", "23", "24", "25", "26"]),
    ],
)
def test_log_axes_have_decades_or_what_is_round_inside(low: float, high: float, labels: list[str]) -> None:
    assert [label for _, label in y_ticks(Scale(low, high, log=True), 40, UTF8)] == labels


def test_ascii_decades_have_no_superscripts() -> None:
    ticks = y_ticks(Scale(1e-6, 1, log=True), 40, ASCII)
    assert [label for _, label in ticks] == ["1e-6", "1e-5", "1e-4", "1e-3", "1e-2", "1e-1", "1e0"]


def test_lumisections_have_whole_ticks_without_prefix() -> None:
    assert [label for _, label in x_ticks(Scale(0.5, 5.5, integer=True), 80, UTF8)] == list("12345")
    labels = [label for _, label in x_ticks(Scale(0.5, 16_766.5, integer=True), 60, UTF8)]
    assert labels == ["2500", "5000", "7500", "10000", "12500", "15000"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1"),
        (-12.345, "-12.3"),
        (1234, "1230"),
        (9_999, "10k"),
        (12_345, "12.3k"),
        (999_999, "1M"),
        (-1_234_567, "-1.23M"),
        (4.2e12, "4.2T"),
        (1e18, "1e18"),
        (0.01234, "0.0123"),
        (0.00001, "1e-5"),
        (math.nan, "nan"),
        (math.inf, "inf"),
    ],
)
def test_numbers_with_si_prefixes(value: float, text: str) -> None:
    assert si_number(value) == text
