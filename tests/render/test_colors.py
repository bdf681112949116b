from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.render.colors import (
    ANSI_16,
    ColorLevel,
    ansi_index,
    contrast,
    linear_rgb,
    oklab,
    rgb,
    sgr_color,
    xterm_color,
    xterm_index,
)


def test_contrast_of_black_and_white_is_21_and_of_a_colour_with_itself_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#5fafff", "#5fafff") == 1
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


def test_oklab_of_red_is_the_published_value() -> None:
    assert oklab(linear_rgb((255, 0, 0))).tolist() == pytest.approx([0.628, 0.225, 0.126], abs=1e-3)


@pytest.mark.parametrize("index", range(16, 256))
def test_a_fixed_colour_of_the_xterm_palette_is_its_own_nearest(index: int) -> None:
    assert xterm_color(xterm_index(xterm_color(index))) == xterm_color(index)


@pytest.mark.parametrize("index", range(16))
def test_an_ansi_colour_is_its_own_nearest(index: int) -> None:
    assert ansi_index(ANSI_16[index]) == index
    assert xterm_color(index) == ANSI_16[index]


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_the_nearest_colour_keeps_grey_grey_and_hue_near(color: tuple[int, int, int]) -> None:
    text = "#{:02x}{:02x}{:02x}".format(*color)
    assert rgb(text) == color
    here, there = oklab(linear_rgb(color)), oklab(linear_rgb(rgb(xterm_color(xterm_index(text)))))
    assert float(((here - there) ** 2).sum()) ** 0.5 < 0.12


@pytest.mark.parametrize(
    ("level", "background", "expected"),
    [
        ("truecolor", False, "38;2;255;0;0"),
        ("truecolor", True, "48;2;255;0;0"),
        ("256", False, "38;5;196"),
        ("256", True, "48;5;196"),
    ],
)
def test_sgr_parameters_of_a_colour(level: ColorLevel, *, background: bool, expected: str) -> None:
    assert sgr_color("#ff0000", level, background=background) == expected


def test_sgr_parameters_of_the_16_colours() -> None:
    assert sgr_color("#aa0000", "16", background=False) == "31"
    assert sgr_color("#aa0000", "16", background=True) == "41"
    assert sgr_color("#ff5555", "16", background=False) == "91"
    assert sgr_color("#ff5555", "16", background=True) == "101"


def test_there_are_no_sgr_parameters_without_colours() -> None:
    with pytest.raises(ValueError, match="none"):
        sgr_color("#aa0000", "none", background=False)
