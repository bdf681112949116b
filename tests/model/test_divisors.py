"""What lumisections are divided by, and why where they cannot be."""

from __future__ import annotations

import numpy as np
import pytest

from dqmtui.model.divisors import (
    COUNTS,
    UNIT_AREA,
    Divisors,
    Quantity,
    Reason,
    pileup,
    recorded_luminosity,
    trend_divided,
    trigger_rate,
)
from dqmtui.model.lstable import OMS
from dqmtui.model.normalise import Normalisation
from dqmtui.model.states import SourceState
from tests.model.stacks import numbers, source_of, table_of

PATH = "HLT_ZeroBias"
RATE = Quantity.of_rows("HLT_ZeroBias rate", numbers(5, 2, 9), np.array([50.0, 20.0, 0.0]), "Hz")


def per(kind: Normalisation, rate: Quantity = RATE) -> Divisors:
    return Divisors.of(kind, rate=rate)


def test_N2_rates_are_joined_on_the_ls_number_never_by_position() -> None:
    found = per(Normalisation.PER_HZ).over(numbers(1, 2, 3, 5, 9))
    np.testing.assert_array_equal(found.values, [np.nan, 20, np.nan, 50, np.nan])
    assert found.reasons.tolist() == [Reason.NO_ROW, 0, Reason.NO_ROW, 0, Reason.ZERO]


def test_N2_per_event_multiplies_the_rate_with_the_length_of_an_ls() -> None:
    assert per(Normalisation.PER_EVENT).over(numbers(2)).values.tolist() == [20 * 23.31040958]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0.0, "HLT_ZeroBias rate 0"),
        (-0.1, "HLT_ZeroBias rate below 0"),
        (np.nan, "HLT_ZeroBias rate unknown"),
        (np.inf, "HLT_ZeroBias rate is no number"),
        (1.0, ""),
    ],
)
def test_N2_an_ls_that_cannot_be_divided_is_masked_with_the_reason(value: float, words: str) -> None:
    rate = Quantity.of_rows("HLT_ZeroBias rate", numbers(4), np.array([value]))
    divisors = per(Normalisation.PER_HZ, rate)
    assert divisors.why(4) == words
    assert np.isnan(divisors.over(numbers(4)).values[0]) == bool(words)


def test_N2_an_absent_rate_row_and_a_rate_of_zero_are_told_apart() -> None:
    assert per(Normalisation.PER_HZ).reasons_in_words(numbers(3, 9)) == [
        "no HLT_ZeroBias rate row",
        "HLT_ZeroBias rate 0",
    ]


def test_J2_a_rate_that_has_not_come_is_not_loaded_rather_than_absent() -> None:
    rate = Quantity.of_rows("HLT_ZeroBias rate", numbers(1), np.array([3.0]), complete=False)
    assert per(Normalisation.PER_HZ, rate).why(2) == "HLT_ZeroBias rate not loaded"
    table = table_of(source_of([1, 2], {"pileup": [1.0, 2.0]}))
    assert trigger_rate(table, PATH).over(numbers(1, 7)).reasons.tolist() == [Reason.NOT_LOADED] * 2


def test_J2_a_failed_source_leaves_what_came_before() -> None:
    rate = source_of([1], {"rate_hz": [4.0]}, state=SourceState.FAILED)
    table = table_of(source_of([1, 2], {}), rate)
    divisors = Divisors.of_table(Normalisation.PER_HZ, table, PATH)
    np.testing.assert_array_equal(divisors.over(numbers(1, 2)).values, [4.0, np.nan])
    assert divisors.why(2) == "HLT_ZeroBias rate not loaded"


def test_N2_of_a_table_null_and_missing_rows_are_told_apart() -> None:
    table = table_of(source_of([1, 2, 3], {}), source_of([1, 2], {"rate_hz": [None, 7.0]}))
    divisors = Divisors.of_table(Normalisation.PER_HZ, table, PATH)
    assert divisors.reasons_in_words(numbers(1, 2, 3, 4)) == [
        "HLT_ZeroBias rate unknown",
        "",
        "no HLT_ZeroBias rate row",
        "no HLT_ZeroBias rate row",
    ]


def test_N2_any_rate_column_can_divide_and_its_name_stands_in_the_label() -> None:
    table = table_of(source_of([1], {})).with_source("physics", source_of([1], {"hz": [2.0]}))
    divisors = Divisors.of_table(Normalisation.PER_HZ, table, "HLTPhysics", "physics", "hz")
    assert divisors.over(numbers(1)).values.tolist() == [2.0]
    assert divisors.label == "counts per Hz of HLTPhysics"


def test_N2_a_path_is_the_same_one_whatever_its_version() -> None:
    table = table_of(source_of([1], {}), source_of([1], {"rate_hz": [2.0]}))
    one, other = (
        Divisors.of_table(Normalisation.PER_EVENT, table, name) for name in ("HLT_Mu_v7", "HLT_Mu_v12")
    )
    assert one.label == other.label == "counts per event of HLT_Mu (rate x 23.31 s)"


@pytest.mark.parametrize(
    ("divisors", "label"),
    [
        (COUNTS, "counts"),
        (UNIT_AREA, "unit area"),
        (per(Normalisation.PER_HZ), "counts per Hz (HLT_ZeroBias rate)"),
        (per(Normalisation.PER_EVENT), "counts per event (HLT_ZeroBias rate x 23.31 s)"),
    ],
)
def test_N2_the_label_says_what_the_number_is(divisors: Divisors, label: str) -> None:
    assert divisors.label == label


def lumi_table(values: list[float | None], unit: str | None = "pb^{-1}") -> Divisors:
    column = "recorded_lumi_per_lumisection"
    oms = source_of([1, 2, 3, 4], {column: values}, {} if unit is None else {column: unit})
    return Divisors.of(Normalisation.PER_LUMINOSITY, luminosity=recorded_luminosity(table_of(oms)))


def test_N2_luminosity_divides_in_the_unit_that_came_and_names_it() -> None:
    divisors = lumi_table([0.25, None, 0.0, -0.001])
    np.testing.assert_array_equal(divisors.over(numbers(1, 2, 3, 4)).values, [0.25, *[np.nan] * 3])
    assert divisors.reasons_in_words(numbers(1, 2, 3, 4)) == [
        "",
        "recorded luminosity unknown",
        "recorded luminosity 0",
        "recorded luminosity below 0",
    ]
    assert divisors.label == "counts per pb^{-1} (recorded luminosity)"


def test_N2_a_luminosity_without_unit_says_so() -> None:
    label = lumi_table([1.0, 1.0, 1.0, 1.0], None).label
    assert label == "counts per unit, which did not come, (recorded luminosity)"


def test_N2_a_column_of_several_units_is_no_number() -> None:
    column = "recorded_lumi_per_lumisection"
    table = table_of(source_of([1, 2], {column: ["1.5 pb^{-1}", "1500 nb^{-1}"]}))
    divisors = Divisors.of(Normalisation.PER_LUMINOSITY, luminosity=recorded_luminosity(table))
    assert divisors.why(1) == "recorded luminosity is no number"


@pytest.mark.parametrize("column", ["recorded_lumi", "delivered_lumi"])
def test_N2_luminosity_that_adds_up_over_the_fill_cannot_be_a_divisor(column: str) -> None:
    table = table_of(source_of([1], {column: [10.0]}))
    with pytest.raises(ValueError, match="adds up over the fill"):
        Quantity.of_column("recorded luminosity", table, OMS, column)


@pytest.mark.parametrize(
    ("came", "wanted", "factor"),
    [
        ("pb^{-1}", r"{\mu}b^{-1}", 1e6),
        (r"{\mu}b^{-1}", "pb^{-1}", 1e-6),
        ("pb^{-1}", "fb^-1", 1e-3),
        ("pb^{-1}", "pb^{-1}", 1.0),
    ],
)
def test_N4_luminosities_can_be_brought_to_one_unit(came: str, wanted: str, factor: float) -> None:
    converted = lumi_table([2.0, 2.0, 2.0, 2.0], came).in_unit(wanted)
    assert converted is not None
    assert converted.over(numbers(1)).values == pytest.approx([2.0 * factor], rel=1e-12)
    assert converted.unit == wanted


@pytest.mark.parametrize("unit", [None, "10^{30}cm^{-2}s^{-1}", "furlongs"])
def test_N4_a_unit_that_is_not_understood_is_not_converted(unit: str | None) -> None:
    assert lumi_table([2.0, 2.0, 2.0, 2.0], unit).in_unit("pb^{-1}") is None


def test_N2_events_and_pileup_multiply_and_the_first_that_lacks_is_named() -> None:
    oms = source_of([1, 2, 3], {"pileup": [40.0, None, 30.0]})
    table = table_of(oms, source_of([1, 2, 3], {"rate_hz": [2.0, 3.0, 0.0]}))
    divisors = Divisors.of(
        Normalisation.PER_PILEUP_EVENT, rate=trigger_rate(table, PATH), pileup=pileup(table)
    )
    found = divisors.over(numbers(1, 2, 3)).values
    np.testing.assert_allclose(found, [2 * 40 * 23.31040958, np.nan, np.nan])
    assert divisors.reasons_in_words(numbers(1, 2, 3)) == ["", "pileup unknown", "HLT_ZeroBias rate 0"]
    assert divisors.label == "counts per event and pileup (HLT_ZeroBias rate x pileup x 23.31 s)"


def test_a_normalisation_without_its_quantity_is_refused() -> None:
    with pytest.raises(ValueError, match="per event needs the rate"):
        Divisors.of(Normalisation.PER_EVENT)


def test_N1_the_area_is_no_number_of_the_ls() -> None:
    assert COUNTS.over(numbers(3, 4)).values.tolist() == [1.0, 1.0]
    with pytest.raises(ValueError, match="sum of its bins"):
        UNIT_AREA.over(numbers(3))


def test_of_an_ls_that_comes_twice_the_later_row_counts() -> None:
    rate = Quantity.of_rows("rate", numbers(4, 3, 4), np.array([1.0, 2.0, 5.0]))
    assert rate.over(numbers(3, 4)).values.tolist() == [2.0, 5.0]


# T3


def test_T3_what_grows_with_the_rate_is_divided_ls_by_ls() -> None:
    found = trend_divided(
        "entries", np.array([100.0, 100.0]), numbers(2, 3), per(Normalisation.PER_HZ), is_ratio=False
    )
    assert found is not None
    np.testing.assert_array_equal(found, [5.0, np.nan])


@pytest.mark.parametrize("statistic", ["mean", "std", "mode", "outside_fraction", "occupancy"])
def test_T3_dividing_is_not_offered_where_it_means_nothing(statistic: str) -> None:
    values, ls = np.array([1.0]), numbers(2)
    assert trend_divided(statistic, values, ls, per(Normalisation.PER_HZ), is_ratio=False) is None


def test_T3_ratios_and_areas_divide_no_trend() -> None:
    values, ls = np.array([1.0]), numbers(2)
    assert trend_divided("entries", values, ls, per(Normalisation.PER_HZ), is_ratio=True) is None
    assert trend_divided("entries", values, ls, UNIT_AREA, is_ratio=False) is None
