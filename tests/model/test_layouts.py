"""Sets of plots: read, checked, and found in a run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.keys import MonitoringElement
from dqmtui.model.layouts import Layout, LayoutKeyError, PlotOptions, matching, smallest_grid
from dqmtui.model.normalise import Normalisation

TOP = "PixelPhase1/Tracks"
ELEMENTS = [
    MonitoringElement(at, f"{TOP}/{name}", 1)
    for at, name in enumerate(
        ["charge_PXDisk_+1", "charge_PXDisk_-1", "size_PXDisk_+1", "Pt [GeV] (HE+HF)", "odd*name", "oddname"]
    )
]


def layout(*plots: str, **more: Any) -> Layout:
    return Layout.from_mapping("mine", {"title": "Mine", "plots": [{"me": me} for me in plots], **more})


def test_a_layout_says_name_title_plots_and_options() -> None:
    found = Layout.from_mapping(
        "pixel-1",
        {
            "title": "Pixel",
            "grid": 2,
            "defaults": {"normalisation": "unit area", "log_y": True},
            "plots": [
                {"me": "a/b", "log_y": False, "x_range": [0, 10.5], "statistic": "mean"},
                {
                    "me": "a/c",
                    "normalisation": "per Hz",
                    "y_range": [1e-6, 1],
                    "x_label": "Pt",
                    "log_x": True,
                },
            ],
        },
    )
    assert (found.name, found.title, found.grid) == ("pixel-1", "Pixel", 2)
    assert [plot.me for plot in found.plots] == ["a/b", "a/c"]
    assert found.plots[0].options == PlotOptions(
        log_y=False, x_range=(0.0, 10.5), statistic="mean", normalisation=Normalisation.AREA
    )
    assert found.plots[1].options == PlotOptions(
        log_x=True,
        log_y=True,
        y_range=(1e-6, 1.0),
        x_label="Pt",
        normalisation=Normalisation.PER_HZ,
    )


@pytest.mark.parametrize(("n", "grid"), [(1, 1), (2, 2), (3, 4), (5, 6), (7, 9), (9, 9), (10, 9)])
def test_without_a_grid_the_smallest_that_holds_the_plots_is_taken(n: int, grid: int) -> None:
    assert smallest_grid(n) == layout(*["a"] * n).grid == grid


@pytest.mark.parametrize(
    ("data", "key", "words"),
    [
        ({"title": "x"}, "plots", "is missing"),
        ({"plots": [{"me": "a"}]}, "title", "is missing"),
        ({"titel": "x"}, "titel", "unknown key; did you mean title?"),
        ({"title": "x", "plots": []}, "plots", "expected one [[plots]] or more"),
        ({"title": "x", "plots": "a"}, "plots", "expected one [[plots]] or more"),
        ({"title": "x", "plots": ["a"]}, "plots[1]", "expected a table, got 'a'"),
        ({"title": "x", "plots": [{}]}, "plots[1].me", "is missing"),
        (
            {"title": "x", "plots": [{"me": "a"}, {"me": 3}]},
            "plots[2].me",
            "expected a printable text, got 3",
        ),
        ({"title": "\x1b[2J", "plots": [{"me": "a"}]}, "title", "expected a printable text, got '\\x1b[2J'"),
        (
            {"title": "x", "plots": [{"me": "a", "logy": True}]},
            "plots[1].logy",
            "unknown key; did you mean log_y?",
        ),
        (
            {"title": "x", "plots": [{"me": "a"}], "grid": 3},
            "grid",
            "expected one of 1, 2, 4, 6, 9, got 3",
        ),
        (
            {"title": "x", "plots": [{"me": "a"}], "grid": [4]},
            "grid",
            "expected one of 1, 2, 4, 6, 9, got [4]",
        ),
        (
            {"title": "x", "plots": [{"me": "a"}], "grid": True},
            "grid",
            "expected one of 1, 2, 4, 6, 9, got True",
        ),
        (
            {"title": "x", "plots": [{"me": "a", "log_y": 1}]},
            "plots[1].log_y",
            "expected true or false, got 1",
        ),
        (
            {"title": "x", "plots": [{"me": "a", "x_range": [1]}]},
            "plots[1].x_range",
            "expected [low, high], got [1]",
        ),
        ({"title": "x", "plots": [{"me": "a", "x_range": [2, 1]}]}, "plots[1].x_range", "2 is not below 1"),
        (
            {"title": "x", "plots": [{"me": "a", "x_range": [0, float("inf")]}]},
            "plots[1].x_range",
            "expected a number, got inf",
        ),
        (
            {"title": "x", "plots": [{"me": "a", "x_range": [0, 10**400]}]},
            "plots[1].x_range",
            f"expected a number, got {'1' + 59 * '0'}",
        ),
        ({"title": "x", "defaults": 3, "plots": [{"me": "a"}]}, "defaults", "expected a table, got 3"),
        (
            {"title": "x", "defaults": {"me": "b"}, "plots": [{"me": "a"}]},
            "defaults.me",
            "unknown key",
        ),
        (
            {"title": "x", "defaults": {"statistic": "meen"}, "plots": [{"me": "a"}]},
            "defaults.statistic",
            (
                "expected one of mean, std, mean_error, mode, max, entries, sum, outside_fraction, "
                "occupancy, mean_x, mean_y, empty_bins, got 'meen'; did you mean mean?"
            ),
        ),
        (
            {"title": "x", "plots": [{"me": "a", "normalisation": "per hz"}]},
            "plots[1].normalisation",
            (
                "expected one of counts, unit area, per Hz, per event, per luminosity, per event and pileup, "
                "got 'per hz'; did you mean per Hz?"
            ),
        ),
    ],
)
def test_an_error_names_the_key_and_the_nearest_valid_one(data: dict[str, Any], key: str, words: str) -> None:
    with pytest.raises(LayoutKeyError) as caught:
        Layout.from_mapping("mine", data)
    assert (caught.value.key, caught.value.message) == (key, words)
    assert str(caught.value) == f"{key}: {words}"


def test_a_name_is_lower_case_letters_digits_and_dashes() -> None:
    with pytest.raises(LayoutKeyError, match="name: 'My Set' is not made of"):
        Layout.from_mapping("My Set", {"title": "x", "plots": [{"me": "a"}]})


# patterns


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("a/b", ["a/b"]),
        ("a", []),
        ("a*", ["a", "a/b", "abc", "a*b"]),
        ("*b", ["a/b", "a*b"]),
        ("a?b", ["a/b", "a*b"]),
        ("a*b", ["a*b"]),  # the name itself
        ("*", ["a/b", "abc", "a*b", "x [y]"]),
        ("x [y]", ["x [y]"]),
        ("x [?]", ["x [y]"]),
        ("*b*b*", []),
        ("a?c*", ["abc"]),
        ("", []),
    ],
)
def test_a_star_is_any_text_and_a_question_mark_any_character(pattern: str, fits: list[str]) -> None:
    offered = ["a/b", "abc", "a*b", "x [y]"]
    assert matching(pattern, ["a", *offered] if pattern == "a*" else offered) == fits


def test_no_pattern_takes_for_ever() -> None:
    assert matching("*a" * 40 + "b", ["a" * 200]) == []


def _fits(pattern: str, name: str) -> bool:
    """Say what a pattern means, letter by letter."""
    if not pattern:
        return not name
    if pattern[0] == "*":
        return any(_fits(pattern[1:], name[at:]) for at in range(len(name) + 1))
    return bool(name) and pattern[0] in {"?", name[0]} and _fits(pattern[1:], name[1:])


@given(st.text("ab*?", max_size=6), st.text("ab", max_size=7))
def test_patterns_mean_what_they_say(pattern: str, name: str) -> None:
    wild = bool({"*", "?"} & set(pattern))
    assert bool(matching(pattern, [name])) == (pattern == name or (wild and _fits(pattern, name)))


# in a run


def test_elements_are_found_by_name_and_pattern_in_the_order_of_the_layout() -> None:
    found = layout("*/size_PXDisk_+1", f"{TOP}/charge_PXDisk_-1", "*GeV] (HE+HF)").resolve(ELEMENTS)
    assert [one.element.short_name for one in found.found] == [
        "size_PXDisk_+1",
        "charge_PXDisk_-1",
        "Pt [GeV] (HE+HF)",
    ]
    assert found.notes == ()


def test_elements_that_a_run_lacks_are_said_and_the_rest_is_shown() -> None:
    found = layout(f"{TOP}/charge_PXDisk_+9", f"{TOP}/charge_PXDisk_+1", "zzz").resolve(ELEMENTS)
    assert [one.element.me for one in found.found] == [f"{TOP}/charge_PXDisk_+1"]
    assert found.notes == (
        f"there is no {TOP}/charge_PXDisk_+9; the nearest is {TOP}/charge_PXDisk_+1",
        "there is no zzz",
    )


def test_a_pattern_that_fits_several_elements_is_said_and_shows_none() -> None:
    found = layout("*_PXDisk_*").resolve(ELEMENTS)
    assert found.found == ()
    assert found.notes == (
        (
            f"*_PXDisk_* fits 3 elements where it must fit one: {TOP}/charge_PXDisk_+1, "
            f"{TOP}/charge_PXDisk_-1, {TOP}/size_PXDisk_+1"
        ),
    )
    assert layout("*").resolve(ELEMENTS).notes[0].endswith(", ...")


def test_more_plots_than_the_grid_holds_make_pages() -> None:
    one = f"{TOP}/oddname"
    found = layout(*[one] * 5, grid=2).resolve(ELEMENTS)
    assert [len(page) for page in found.pages] == [2, 2, 1]
    assert layout("zzz").resolve(ELEMENTS).pages == ()
