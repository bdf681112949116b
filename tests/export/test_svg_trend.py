"""Trends and strips as SVG: what is odd is marked and flattens nothing, what is missing looks like it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.export.svg_trend import strip_svg, trend_svg
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState
from dqmtui.render.trend_range import usual_values
from dqmtui.review.trend_lines import CommonScale
from tests.export.shown import trend
from tests.export.test_svg import SVG, read, shown_in_sight, walked

BEYOND = "▲▼ beyond the good LS"
FIRST_35 = LSMask.parse("1-35")


def paths(svg: str, kind: str) -> list[str]:
    return [one.attrib["d"] for one in read(svg).iter(f"{SVG}path") if one.attrib["class"] == kind]


def heights(svg: str) -> list[float]:
    """Give the heights of the points of the first line."""
    (path,) = paths(svg, "l d")
    return [y for _, y in walked(path)]


def test_ls_that_are_not_good_flatten_nothing_and_are_marked_at_the_edge() -> None:
    values = [float(value) for value in np.random.default_rng(1).normal(50.0, 5.0, 35)]
    shown = trend([*values, 1e6, 52.0, -1e6])
    flat = heights(trend_svg(shown, alone=True))
    assert max(flat[:35]) - min(flat[:35]) <= 1
    svg = trend_svg(replace(shown, good=FIRST_35), alone=True)
    usual = heights(svg)
    assert max(usual[:35]) - min(usual[:35]) > 200
    assert BEYOND in shown_in_sight(svg)
    assert "Beyond the good LS: LS 36,38" in (read(svg).findtext(f"{SVG}desc") or "")
    # one points up at the upper edge, one down at the lower one, and the line ends at both
    (marks,) = paths(svg, "l")
    top, bottom = min(y for _, y in walked(marks)), max(y for _, y in walked(marks))
    assert marks.count("M") == 2
    assert all(top <= height <= bottom for height in usual)
    assert {top, bottom} <= set(usual)


def test_where_all_is_within_the_range_of_the_good_ls_nothing_is_marked() -> None:
    for shown in (trend([1.0, 2.0] * 20), replace(trend([1.0, 2.0] * 20), good=FIRST_35)):
        svg = trend_svg(shown, alone=True)
        assert BEYOND not in shown_in_sight(svg)
        assert paths(svg, "l") == []


def test_a_line_of_another_run_has_a_range_of_its_own_ls() -> None:
    shown = trend([1.0, 2.0] * 20, [1.0] * 40)
    other = replace(
        shown.lines[1], origin=replace(shown.origin, key=RunKey("", 0, 379765)), values=np.arange(40.0)
    )
    shown = replace(shown, lines=(shown.lines[0], other), good=LSMask.parse("1-10"))
    assert BEYOND not in shown_in_sight(trend_svg(shown, alone=True))


def test_a_line_in_spreads_is_drawn_as_far_as_on_the_screen() -> None:
    values = [float(value) for value in np.random.default_rng(1).normal(0.0, 1.0, 35)]
    shown = trend([*values, 1e6])
    shown = replace(shown, scaled=CommonScale.FROM_MEDIAN)
    svg = trend_svg(shown, alone=True)
    assert max(heights(svg)[:35]) - min(heights(svg)[:35]) > 50
    assert "▲▼ beyond" in shown_in_sight(svg)


def test_few_good_ls_do_not_say_where_a_line_usually_is() -> None:
    ls, values = np.arange(1, 8), np.array([1.0, 1, 1, 1, np.nan, 1, 9])
    for usual, covered in ((None, 7), (ls[:5], 7), (ls[:6], 6), (ls[:0], 7)):
        assert usual_values(ls, values, usual).size == covered


VALUES = st.lists(st.sampled_from([1.0, 1.5, 2.0, -3.0, 40.0, -1e12, 1e12, np.nan]), min_size=6, max_size=30)


@given(VALUES, st.booleans())
def test_no_line_leaves_its_axes(values: list[float], log: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    shown = replace(trend(values), good=LSMask.parse("1-5"), log=log)
    line = replace(shown.lines[0], errors=np.full(len(values), 5.0))
    svg = trend_svg(replace(shown, lines=(line,)), alone=True)
    (frame,) = paths(svg, "f")
    top, bottom = min(y for _, y in walked(frame)), max(y for _, y in walked(frame))
    for path in (*paths(svg, "l d"), *paths(svg, "l"), *paths(svg, "b")):
        assert all(top <= y <= bottom for _, y in walked(path))


# -- the strip -----------------------------------------------------------------------------------------


def table_of(dials: Source, rate: Source) -> LSTable:
    oms = Source(np.arange(1, 5), {"pileup": Values.of([50.0] * 4)}, SourceState.LOADED)
    return LSTable(RunKey("", 0, 380238), {DIALS: dials, OMS: oms, RATE: rate})


def beside(svg: str, name: str) -> str:
    """Give the words on the right of a row of the strip, "" where there are none."""
    rows = list(read(svg).iter(f"{SVG}text"))
    (label,) = [one for one in rows if one.text == name]
    at = int(label.attrib["y"])
    said = [one.text for one in rows if 0 <= at - int(one.attrib["y"]) <= 12 and one is not label]
    return " ".join(text or "" for text in said)


LOADED = SourceState.LOADED


def rates(*hz: float | None) -> Source:
    return Source(np.arange(1, len(hz) + 1), {"rate_hz": Values.of(hz, "Hz")}, LOADED)


def test_J2_absent_not_loaded_and_zero_look_different_in_a_strip() -> None:
    drawn = {}
    for state, dials, rate in (
        ("value", Source(np.arange(1, 5), {}, LOADED), rates(20.0, 20.0, 20.0, 20.0)),
        ("absent", Source(state=LOADED), Source(state=LOADED)),
        ("zero", Source(np.array([2]), {}, LOADED), rates(0.0, 0.0, 0.0, 0.0)),
        ("not loaded", Source(), Source()),
        ("failed", Source(state=SourceState.FAILED), Source(state=SourceState.FAILED)),
        ("partial", Source(np.array([2]), {}, SourceState.PARTIAL), Source(state=LOADED)),
    ):
        svg = strip_svg(table_of(dials, rate), alone=True)
        drawn[state] = (beside(svg, "data"), beside(svg, "rate"), len(paths(svg, "none")))
    assert drawn == {
        "value": ("", "20 Hz", 0),
        "absent": ("", "none", 0),
        "zero": ("", "0 Hz", 0),
        "not loaded": ("not loaded", "not loaded", 1),
        "failed": ("not loaded", "not loaded", 1),
        "partial": ("not all loaded", "none", 1),
    }


def test_J2_flags_that_are_not_loaded_are_no_absent_ones() -> None:
    dials = Source(np.arange(1, 5), {}, LOADED)
    words = []
    for oms in (Source(), Source(state=LOADED)):
        table = LSTable(RunKey("", 0, 380238), {DIALS: dials, OMS: oms, RATE: rates(20.0)})
        svg = strip_svg(table, alone=True)
        words.append([beside(svg, name) for name in ("tracker", "DCS", "beams", "lumi", "pileup")])
    assert words == [["not loaded"] * 5, ["", "", "", "none", "none"]]
