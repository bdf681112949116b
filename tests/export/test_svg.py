"""Pictures as SVG: well-formed, small, with nothing in them that anybody wrote as markup."""

from __future__ import annotations

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.export.svg import Scale, closed_steps, line_path, scale_of, steps_path
from dqmtui.export.svg_histogram import histogram_svg
from dqmtui.export.svg_trend import strip_svg, trend_svg
from dqmtui.model.divisors import UNIT_AREA
from dqmtui.model.keys import MonitoringElement
from dqmtui.model.layouts import PlotOptions
from dqmtui.model.lsmask import LSMask
from tests.export.shown import CURVE, MAP, OTHER, counts, histogram, stack_of, trend
from tests.export.test_report import table_of
from tests.model.note_samples import Desk, content

SVG = "{http://www.w3.org/2000/svg}"
HEIGHTS = st.lists(st.integers(0, 300) | st.just(None), min_size=1, max_size=40)


def read(svg: str) -> ET.Element:
    """Read a file of SVG, as any reader of XML does."""
    return ET.fromstring(svg)  # noqa: S314 - what our own code has written


def walked(path: str) -> list[tuple[float, float]]:
    """Give the points that a path of M, h, v, l, H and V comes by."""
    points: list[tuple[float, float]] = []
    x = y = 0.0
    for letter, numbers in re.findall(r"([MhvlHVz])([^MhvlHVz]*)", path):
        values = [float(one) for one in numbers.split()]
        match letter:
            case "M":
                x, y = values
            case "l":
                x, y = x + values[0], y + values[1]
            case "h":
                x += values[0]
            case "v":
                y += values[0]
            case "H":
                x = values[0]
            case "V":
                y = values[0]
            case _:
                pass
        points.append((x, y))
    return points


@given(HEIGHTS)
def test_steps_go_through_both_ends_of_every_bin_and_leave_gaps(heights: list[int | None]) -> None:
    edges = np.arange(len(heights) + 1, dtype=np.float64) * 7.0
    values = np.array([np.nan if one is None else one for one in heights], dtype=np.float64)
    points = walked(steps_path(edges, values))
    lines = {(left, low) for left, low in points}
    for at, height in enumerate(heights):
        if height is not None and (at == 0 or heights[at - 1] != height):
            assert (edges[at], height) in lines
        if height is not None and (at + 1 == len(heights) or heights[at + 1] != height):
            assert (edges[at + 1], height) in lines
    assert steps_path(edges, values).count("M") == closed_steps(edges, values, 300).count("z")


def test_equal_bins_are_one_line() -> None:
    assert steps_path(np.linspace(0.0, 40.0, 5), np.full(4, 3.0)) == "M0 3h40"


def test_T2_a_line_is_broken_where_there_is_no_value_and_a_point_alone_is_a_dot() -> None:
    path = line_path(np.array([0.0, 5, 10, 15]), np.array([1.0, np.nan, 4, 6]))
    assert path == "M0 1h0M10 4l5 2"


def test_A4_a_log_scale_shows_what_is_above_zero() -> None:
    scale = scale_of(np.array([0.0, 1e-6, 1.0]), 100, 0, log=True)
    places = scale.at(np.array([0.0, 1e-6, 1.0]))
    assert np.isnan(places[0])
    assert 0 < places[2] < places[1] < 100
    assert [label for _, label in Scale(1e-6, 1.0, 100, 0, log=True).ticks(4)] == [
        "1e-6",
        "1e-4",
        "0.01",
        "1",
    ]


def test_ticks_are_round_numbers_inside() -> None:
    assert Scale(-0.3, 10.2, 0, 105).ticks(5) == [(3, "0"), (28, "2.5"), (53, "5"), (78, "7.5"), (103, "10")]


@pytest.mark.parametrize("comparison", ["overlay", "ratio", "difference", "pull"])
def test_a_histogram_says_aloud_what_it_shows(comparison: str) -> None:
    shown = histogram(stack_of(counts(3, 20)), stack_of(counts(9, 20), run=OTHER), comparison=comparison)
    root = read(histogram_svg(shown, alone=True))
    assert root.attrib["role"] == "img"
    assert root.findtext(f"{SVG}title") == "Pixel/charge_PXLayer_1, run 380238"
    said = root.findtext(f"{SVG}desc") or ""
    assert "3 LS" in said
    assert "run 379765, 9 LS" in said
    words = [one.text for one in root.iter(f"{SVG}text")]
    assert (comparison in words) == (comparison != "overlay")
    assert not [one for one in root.iter() if one.tag in {f"{SVG}script", f"{SVG}foreignObject"}]


def shown_in_sight(svg: str) -> list[str]:
    return [one.text or "" for one in read(svg).iter(f"{SVG}text")]


def test_A5_the_range_includes_the_reference_and_the_one_that_is_given_counts() -> None:
    stack, other = stack_of(np.full((1, 4), 10.0)), stack_of(np.full((1, 4), 500.0), run=OTHER)
    assert "400" in shown_in_sight(histogram_svg(histogram(stack, other), alone=True))
    given_range = PlotOptions(y_range=(0.0, 20.0), x_range=(2.5, 7.5), x_label="charge", y_label="how many")
    words = shown_in_sight(histogram_svg(histogram(stack, other, options=given_range), alone=True))
    assert {"20", "charge", "how many", "3", "7"} <= set(words)
    assert not {"100", "200", "400"} & set(words)


def test_N1_an_empty_histogram_says_so() -> None:
    empty = histogram(stack_of(np.zeros((1, 4))), divisors=UNIT_AREA)
    assert "empty: the bins sum to 0" in shown_in_sight(histogram_svg(empty, alone=True))


def test_A2_a_map_is_one_image_of_a_pixel_per_bin() -> None:
    svg = histogram_svg(histogram(stack_of(counts(1, 30, 72), MAP)), alone=True)
    (image,) = read(svg).iter(f"{SVG}image")
    assert image.attrib["href"].startswith("data:image/png;base64,")
    assert len(svg) < 12_000


def test_a_picture_is_small_whatever_it_is_of() -> None:
    assert len(histogram_svg(histogram(stack_of(counts(3, 100))))) < 8_000
    assert len(trend_svg(trend(list(np.random.default_rng(1).normal(5, 1, 400))))) < 9_000


MARKUP = ["<script>x</script>", '"><img src=x onerror=y>', "&lt;b&gt;", "\x1b[31m\u202e"]


@pytest.mark.parametrize("markup", MARKUP)
def test_what_others_wrote_is_shown_and_not_obeyed(markup: str) -> None:
    stack = stack_of(counts(2, 5), MonitoringElement(5, f"Pixel/{markup}", 1))
    options = PlotOptions(x_label=markup, y_label=markup)
    svg = histogram_svg(histogram(stack, title=markup, options=options), alone=True)
    root = read(svg)
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        *("svg", "title", "desc", "style", "rect", "path", "text", "clipPath", "g")
    }
    assert all(char.isprintable() or char == "\n" for char in svg)


def test_a_trend_has_its_lines_its_band_and_holes() -> None:
    svg = trend_svg(trend([1.0, 2.0, np.nan, 2.5], [2.0, 2.0, 2.0, 2.0], band=True), alone=True)
    root = read(svg)
    assert "run 379765: median" in shown_in_sight(svg)
    lines = [one.attrib["d"] for one in root.iter(f"{SVG}path") if " d" in one.attrib["class"]]
    drawn = [line for line in lines if "l" in line or "h0" in line]
    assert [line.count("M") for line in drawn] == [2, 1]
    assert "line 1: 3 LS between 1 and 2.5" in (root.findtext(f"{SVG}desc") or "")


def test_J3_holes_between_lumisections_stay_visible() -> None:
    shown = trend([1.0, 2.0, 3.0])
    line = shown.lines[0]
    object.__setattr__(line, "ls", np.array([1, 2, 9]))
    (path,) = [
        one.attrib["d"]
        for one in read(trend_svg(shown, alone=True)).iter(f"{SVG}path")
        if one.attrib["class"] == "l d"
    ]
    assert path.count("M") == 2


def test_the_strip_tells_good_from_bad_without_colours() -> None:
    desk = Desk()
    desk.note(content("30-32"))
    svg = strip_svg(
        table_of([0.25] * 35), tuple(desk.journal.notes.values()), good=LSMask.parse("1-29,33-35"), alone=True
    )
    root = read(svg)
    assert {"data", "DCS", "good", "notes", "lumi"} <= set(shown_in_sight(svg))
    kinds = {one.attrib["class"]: one.attrib["d"] for one in root.iter(f"{SVG}path")}
    heights = {kind: re.findall(r"v(\d+)h", kinds[kind])[0] for kind in ("good", "bad")}
    assert heights["good"] != heights["bad"]
    assert "good: 1-29,33-35" in (root.findtext(f"{SVG}desc") or "")


BINS = st.lists(st.sampled_from([0.0, 1.0, 7.0, 1e9, 1e-9, -3.0, np.nan, np.inf]), min_size=6, max_size=6)


RANGES = st.sampled_from([None, (0.0, 1.0), (-5.0, 1e12), (1e-6, 1.0)])
LOGS = st.builds(PlotOptions, log_x=st.booleans(), log_y=st.booleans(), y_range=RANGES, x_range=RANGES)


@pytest.mark.parametrize("element", [CURVE, MAP], ids=["curve", "map"])
@given(bins=BINS, options=LOGS)
def test_whatever_the_bins_are_the_picture_can_be_read(
    element: MonitoringElement, bins: list[float], options: PlotOptions
) -> None:
    data = np.array([bins]).reshape((1, 2, 3) if element is MAP else (1, 6))
    stack = stack_of(np.nan_to_num(data, nan=0.0, posinf=0.0), element)
    shown = histogram(stack, options=options)
    object.__setattr__(shown, "current", replace(shown.current, counts=data[0]))
    root = read(histogram_svg(shown, alone=True))
    drawn = [one.attrib["d"] for one in root.iter(f"{SVG}path")]
    assert all(re.fullmatch(r"[MhvlHVz0-9 -]*", path) for path in drawn)
