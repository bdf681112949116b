"""Histograms that are not as they should be are drawn sensibly, or said in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.model.keys import MonitoringElement
from dqmtui.model.text import shortened
from dqmtui.render.cells import Palette
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.histogram_view import HistogramOptions, HistogramView
from dqmtui.render.waterfall import WaterfallOptions, WaterfallView
from dqmtui.store.themes import available_themes, load_theme
from tests.render.samples import stack_1d, stack_2d

if TYPE_CHECKING:
    from dqmtui.model.histogram import HistogramStack

THEME = load_theme(available_themes()["dqm-dark"])
SIZES = [(90, 25), (40, 12), (200, 50), (12, 4), (1, 1)]
EVERYTHING = [
    HistogramOptions(),
    HistogramOptions(log=True),
    HistogramOptions(log_x=True, steps=True, stat_box=True),
    HistogramOptions(whole_run=False, unit_area=True, projections=True, robust=True),
]


def view(charset: Charset = UTF8) -> HistogramView:
    return HistogramView(THEME, charset, Palette())


def text_of(
    stack: HistogramStack, ls: int = 1, options: HistogramOptions = EVERYTHING[0], width: int = 110
) -> str:
    return view().draw(stack, ls, width, 25, options).to_text()


def bars(text: str) -> bool:
    return any(char in text for char in "▁▂▃▄▅▆▇█")


BAD = {
    "empty": stack_1d({1: [0.0] * 20, 2: [3.0] * 20}),
    "all zero": stack_1d({1: [0.0] * 20, 2: [0.0] * 20}),
    "one bin": stack_1d({1: [7.0], 2: [3.0]}),
    "one LS": stack_1d({1: [1.0, 5.0, 2.0]}),
    "negative": stack_1d({1: [-4.0, -1.0, -9.0], 2: [-1.0, -1.0, -2.0]}),
    "infinite": stack_1d({1: [1.0, np.inf, np.inf], 2: [1.0, 2.0, 3.0]}),
    "all infinite": stack_1d({1: [np.inf] * 4}),
    "NaN": stack_1d({1: [np.nan] * 4, 2: [1.0] * 4}),
    "huge": stack_1d({1: [1e18, 4e18, 1.0], 2: [1e-300, 0.0, 1.0]}),
    "tiny": stack_1d({1: [5e-324, 0.0, 1e-310]}),
    "10000 bins": stack_1d({1: np.arange(10_000.0).tolist()}),
    "3 bins": stack_1d({1: [1.0, 2.0, 3.0]}),
    "negative axis": stack_1d({1: [1.0, 2.0, 3.0]}, low=-9.0, high=-3.0),
    "map of zeros": stack_2d({1: np.zeros((4, 6)), 2: np.zeros((4, 6))}),
    "map of one bin": stack_2d({1: np.full((1, 1), 5.0)}),
    "map of negatives": stack_2d({1: np.full((4, 6), -5.0)}),
    "infinite map": stack_2d({1: np.array([[np.inf, 1.0], [0.0, np.nan]])}),
    "large map": stack_2d({1: np.ones((500, 700))}),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("charset", [UTF8, ASCII], ids=lambda charset: charset.name)
def test_whatever_comes_is_drawn_at_every_size_with_every_option(name: str, charset: Charset) -> None:
    drawing, falls = view(charset), WaterfallView(THEME, charset, Palette())
    stack = BAD[name]
    for width, height in SIZES:
        for options in EVERYTHING:
            for cursor in (None, (0, 0), (10**6, 10**6)):
                grid = drawing.draw(stack, 1, width, height, options, cursor=cursor)
                assert (grid.width, grid.height) == (width, height)
                assert charset is UTF8 or grid.to_text().isascii()
        grid = falls.draw(stack.ls, stack, width, height, WaterfallOptions(robust=True))
        assert (grid.width, grid.height) == (width, height)
        falls.with_cursor(grid, 1, 0)


def test_an_empty_ls_is_called_empty_and_shows_no_curve() -> None:
    for options in EVERYTHING:
        text = text_of(BAD["empty"], 1, options)
        assert "LS 1 is empty" in text
        assert not bars(text)


def test_an_element_that_is_all_zero_keeps_its_axes() -> None:
    text = text_of(BAD["all zero"])
    assert "LS 1 is empty" in text
    assert "└" in text
    assert "empty" in text_of(BAD["map of zeros"])


def test_one_bin_fills_the_plot() -> None:
    text = text_of(BAD["one bin"])
    assert "mode 5" in text
    widest = max(
        len(line.split("┤")[-1].split("│")[-1].strip()) for line in text.splitlines()[1:] if bars(line)
    )
    assert widest > 90


def test_a_run_of_one_ls_has_no_bins_that_were_never_filled() -> None:
    text = text_of(stack_2d({1: np.array([[0.0, 1.0], [2.0, 0.0]])}))
    assert "never" not in text


def test_negative_contents_are_drawn_downwards_and_are_not_on_a_log_axis() -> None:
    assert "not on" not in text_of(BAD["negative"])
    on_log = text_of(BAD["negative"], 1, HistogramOptions(log=True))
    assert "3 bins < 0 not on the log axis" in on_log
    assert not bars(on_log)
    assert "24 cells < 0 not on the log axis" in text_of(
        BAD["map of negatives"], 1, HistogramOptions(log=True)
    )


def test_zeros_on_a_log_axis_are_nothing_to_be_told_of() -> None:
    text = text_of(stack_1d({1: [0.0, 3.0, 40.0]}), 1, HistogramOptions(log=True))
    assert "not on the log axis" not in text


def test_infinite_contents_are_counted_and_marked_absent() -> None:
    text = text_of(BAD["infinite"])
    assert "2 bins infinite" in text
    assert THEME.glyphs.absent in text
    assert "1 cell infinite" in text_of(BAD["infinite map"])


def test_an_axis_without_values_above_0_stays_linear() -> None:
    stack = BAD["negative axis"]
    assert text_of(stack, 1, HistogramOptions(log_x=True)) == text_of(stack)


def test_bins_that_share_a_column_are_said_to() -> None:
    text = text_of(BAD["10000 bins"], width=40)
    assert "max of 3" in text or "max of 2" in text
    assert "max of" not in text_of(BAD["3 bins"], width=200)


def test_a_name_of_200_characters_is_cut_and_its_end_kept() -> None:
    name = "Pixel/" + "x" * 184 + "_PXLayer_4"
    assert len(name) == 200
    stack = stack_1d({1: [1.0, 2.0]}, element=MonitoringElement(9, name, 1))
    title = shortened(name, 40)
    text = view().draw(stack, 1, 90, 20, HistogramOptions(), title=title).to_text()
    assert "_PXLayer_4   counts" in text.splitlines()[0]
    for width in (10, 40, 90):
        uncut = view().draw(stack, 1, width, 20, HistogramOptions(), title=name)
        assert uncut.width == width


@pytest.mark.parametrize(
    "ls",
    [list(range(1, 2392)), [*range(1, 394), 16766], [7]],
    ids=["2391 LS", "LS 16766 among 394", "one LS"],
)
def test_a_waterfall_has_room_for_every_run(ls: list[int]) -> None:
    stack = stack_1d({number: [1.0, 2.0, 3.0] for number in ls})
    drawing = WaterfallView(THEME, UTF8, Palette())
    grid = drawing.draw(stack.ls, stack, 120, 30, WaterfallOptions())
    for number in (ls[0], ls[-1]):
        column = drawing.cursor_column(number)
        assert column is not None
        assert 0 <= column < 120
        assert f"LS {number} " in drawing.with_cursor(grid, number, 1).to_text()
    if len(ls) > 1:
        assert drawing.cursor_column(ls[0]) != drawing.cursor_column(ls[-1])


def test_a_hot_cell_does_not_rule_a_robust_range() -> None:
    cells = np.full((20, 30), 10.0)
    cells[3, 4] = 1e6
    plain = text_of(stack_2d({1: cells, 2: cells}))
    robust = text_of(stack_2d({1: cells, 2: cells}), 1, HistogramOptions(robust=True, whole_run=False))
    assert "above" not in plain
    assert "1 cell above" in robust


def test_a_range_by_hand_says_what_lies_beyond_it() -> None:
    stack = stack_1d({1: [1.0, 5.0, 90.0]})
    assert "1 bin above" in text_of(stack, 1, HistogramOptions(ylim=(0.0, 50.0)))
    assert "2 bins below" in text_of(stack, 1, HistogramOptions(ylim=(10.0, 100.0)))
    assert "outside of the axis" in text_of(stack, 1, HistogramOptions(xlim=(50.0, 60.0)))
    ones = stack_2d({1: np.ones((4, 4))})
    assert "outside of the axis" in text_of(ones, 1, HistogramOptions(ylim=(-9.0, -3.0)))
