from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.keys import HistogramKey, MonitoringElement
from dqmtui.render.cells import Palette
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.histogram_view import HistogramOptions, HistogramView
from dqmtui.render.limits import Limits
from dqmtui.render.overlays import Overlay
from dqmtui.store.themes import available_themes, load_theme
from tests.render.samples import CHARGE, RUN, stack_1d

if TYPE_CHECKING:
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import CellGrid

KEY = HistogramKey(RUN, CHARGE.me_id)
THEME = load_theme(available_themes()["dqm-dark"])
OF_LS = HistogramOptions(whole_run=False)
OF_RUN = HistogramOptions(whole_run=True)


def view(theme: Theme) -> HistogramView:
    return HistogramView(theme, UTF8, Palette())


def labels(grid: CellGrid) -> list[str]:
    return [line.split("┤")[0].strip() for line in grid.to_text().splitlines() if "┤" in line]


def highest_label(grid: CellGrid) -> float:
    return float(labels(grid)[0].replace("k", "e3"))


def test_A5_the_y_range_includes_the_reference(theme: Theme) -> None:
    stack = stack_1d({1: [10.0, 20.0, 10.0, 5.0]})
    reference = np.array([10.0, 90.0, 10.0, 5.0])
    for options in (OF_LS, OF_RUN):
        alone = view(theme).draw(stack, 1, 60, 22, options)
        both = view(theme).draw(stack, 1, 60, 22, options, reference)
        assert highest_label(alone) <= 25
        assert 90 <= highest_label(both) <= 100
        assert both.to_text() != view(theme).draw(stack, 1, 60, 22, options, reference / 9).to_text()


def test_A5_the_range_of_this_ls_or_of_the_whole_run(theme: Theme) -> None:
    stack = stack_1d({1: [10.0, 20.0], 2: [400.0, 800.0]})
    assert highest_label(view(theme).draw(stack, 1, 60, 22, OF_LS)) <= 25
    assert highest_label(view(theme).draw(stack, 1, 60, 22, OF_RUN)) >= 800


def test_A5_the_range_of_the_run_does_not_change_from_ls_to_ls(theme: Theme) -> None:
    stack = stack_1d({1: [10.0, 20.0], 2: [400.0, 800.0], 3: [0.0, 0.0]})
    drawn = [labels(view(theme).draw(stack, ls, 60, 22, OF_RUN)) for ls in (1, 2, 3)]
    assert drawn[0] == drawn[1] == drawn[2]


def test_N1_an_empty_ls_is_called_empty_and_not_drawn_as_a_flat_curve(theme: Theme) -> None:
    stack = stack_1d({1: [1.0, 3.0], 2: [0.0, 0.0]})
    text = view(theme).draw(stack, 2, 70, 20, HistogramOptions(unit_area=True)).to_text()
    assert "LS 2 is empty" in text
    assert not set("▁▂▃▄▅▆▇█") & set(text)


def test_N1_unit_area_says_so_and_ratios_are_left_alone(theme: Theme) -> None:
    options = HistogramOptions(unit_area=True)
    assert "unit area" in view(theme).draw(stack_1d({1: [1.0, 3.0]}), 1, 70, 20, options).to_text()
    ratio = MonitoringElement(9, "Vertices/FractionOfGoodPVtx", 1)
    text = view(theme).draw(stack_1d({1: [0.5, 0.9]}, element=ratio), 1, 70, 20, options).to_text()
    assert "ratio" in text
    assert "unit area" not in text


def test_J2_absent_not_loaded_and_other_binning_are_each_said(theme: Theme) -> None:
    stack = HistogramStack(KEY, CHARGE, np.array([1, 2, 3], dtype=np.int64))
    bins = Axis(2, 0.0, 10.0)
    stack.fill(StackRows(np.array([1]), np.array([4]), np.array([[1.0, 3.0]]), bins))
    odd = Axis(3, 0.0, 10.0)
    stack.fill(StackRows(np.array([3]), np.array([4]), np.array([[1.0, 1.0, 2.0]]), odd))
    assert "LS 2 has not come yet" in view(theme).draw(stack, 2, 70, 20, OF_RUN).to_text()
    assert "3 bins on [0, 10]" in view(theme).draw(stack, 3, 90, 20, OF_RUN).to_text()
    stack.finish()
    assert "no data for LS 2" in view(theme).draw(stack, 2, 70, 20, OF_RUN).to_text()


@pytest.mark.parametrize(
    "options", [OF_LS, OF_RUN, HistogramOptions(log=True), HistogramOptions(unit_area=True)]
)
@pytest.mark.parametrize(
    "bins",
    [
        [0.0],
        [5.0],
        [-1.0, 2.0, -3.0],
        [float("nan"), 1.0, 2.0],
        [float("nan")] * 3,
        [1e-300, 1e-290],
        [1e9, 1.0],
    ],
)
def test_strange_bins_are_drawn_or_said(theme: Theme, bins: list[float], options: HistogramOptions) -> None:
    for size in ((80, 24), (20, 7), (3, 2), (1, 1)):
        grid = view(theme).draw(stack_1d({1: bins}), 1, *size, options)
        assert (grid.width, grid.height) == size


def test_stepping_through_the_lumisections_draws_what_a_new_view_would(theme: Theme) -> None:
    rng = np.random.default_rng(1)
    stack = stack_1d({ls: rng.poisson(50 * ls, 40).astype(float).tolist() for ls in range(1, 9)})
    overlays = [Overlay("integral", rng.poisson(90, 40).astype(float)), Overlay("LS 2", stack.data[1])]
    reference = rng.poisson(60, 40).astype(float)
    kept = view(theme)
    for options in (OF_LS, OF_RUN, HistogramOptions(log=True, lower="ratio", steps=True)):
        for ls in (1, 2, 5, 8, 3, 1):
            grids = [
                one.draw(stack, ls, 100, 30, options, reference, overlays=overlays, cursor=(3,))
                for one in (kept, view(theme))
            ]
            assert np.array_equal(grids[0].chars, grids[1].chars)
            looks = [[grid.palette[i] for i in grid.styles.ravel().tolist()] for grid in grids]
            assert looks[0] == looks[1]


def test_an_overlay_that_is_replaced_is_drawn_anew(theme: Theme) -> None:
    stack, drawing = stack_1d({1: [10.0, 20.0, 10.0, 5.0]}), view(theme)
    options = HistogramOptions(ylim=(0.0, 30.0))
    first = drawing.draw(stack, 1, 60, 20, options, np.array([5.0, 5.0, 5.0, 5.0]))
    second = drawing.draw(stack, 1, 60, 20, options, np.array([25.0, 5.0, 5.0, 5.0]))
    assert first.to_text() != second.to_text()


def test_plot_and_panel_share_their_x_axis(theme: Theme, charset: Charset) -> None:
    stack = stack_1d({1: [1e5, 2e5, 1e5, 5e4]})
    drawing = HistogramView(theme, charset, Palette())
    options = HistogramOptions(lower="ratio", whole_run=False)
    grid = drawing.draw(stack, 1, 100, 40, options, np.array([1e5, 2e5, 1e5, 5e4]), cursor=(2,))
    marks = np.argwhere(grid.chars == ord(charset.glyphs(theme).cursor))
    assert len(marks) == 2
    assert marks[0][1] == marks[1][1]
    corners = np.argwhere(grid.chars == ord("└" if charset is UTF8 else "+"))
    assert corners[:, 1].min() == grid.to_text().splitlines()[5].index("│" if charset is UTF8 else "|")


def test_plot_and_panel_share_their_x_axis_where_the_numbers_of_the_panel_are_longer(theme: Theme) -> None:
    stack = stack_1d({1: [1e6, 2e6, 1e6, 5e5]})
    options = HistogramOptions(lower="difference", ylim=(0.0, 5.0))
    grid = view(theme).draw(stack, 1, 100, 40, options, np.zeros(4))
    corners = np.argwhere(grid.chars == ord("└"))
    assert len(corners) == 2
    assert corners[0][1] == corners[1][1]


def test_differences_have_one_line_at_zero_with_its_number_beside_it(theme: Theme) -> None:
    stack = stack_1d({1: [10.0, 20.0, 30.0, 40.0]})
    options = HistogramOptions(lower="difference")
    text = view(theme).draw(stack, 1, 80, 22, options, np.array([18.0, 20.0, 22.0, 40.0])).to_text()
    panel = text.split("└")[1].splitlines()[1:-1]
    lined = [at for at, row in enumerate(panel) if "──" in row or "▔" in row]
    numbered = [at for at, row in enumerate(panel) if row.split("┤")[0].strip() == "0"]
    assert lined == numbered == [len(panel) // 2]


@pytest.mark.parametrize(("charset", "own", "plain"), [(UTF8, "●", "─"), (ASCII, "#", "-")])
def test_steps_of_the_ls_are_told_from_a_reference_without_colour_even_where_both_are_one_line(
    theme: Theme, charset: Charset, own: str, plain: str
) -> None:
    stack = stack_1d({1: [10.0, 20.0, 15.0, 12.0]})
    options = HistogramOptions(steps=True, whole_run=False)
    shown = HistogramView(theme, charset, Palette())
    assert own not in shown.draw(stack, 1, 80, 20, options).to_text()
    for reference in (np.array([2.0, 3.0, 4.0, 5.0]), np.array([10.0, 20.0, 15.0, 12.0])):
        drawn = shown.draw(stack, 1, 80, 20, options, overlays=[Overlay("run 1", reference)])
        _, legend, *plot = drawn.to_text().splitlines()
        own_sample, reference_sample = legend.split("this LS")[0].strip(), plain * 3
        assert own in own_sample
        assert f"{reference_sample} run 1" in legend
        assert own in "".join(plot)


def test_a_legend_names_the_bars_and_has_references_without_a_line_last(theme: Theme) -> None:
    stack = stack_1d({1: [10.0, 20.0, 30.0, 40.0]})
    missing = Overlay("this run: the integral of a run has no reference in the same run", np.full(4, np.nan))
    overlays = [missing, Overlay("run 379765, 1695 LS", np.ones(4))]
    options = HistogramOptions(own="good LS")
    legend = view(theme).draw(stack, 1, 80, 20, options, overlays=overlays).to_text().splitlines()[1]
    assert legend.index("good LS") < legend.index("run 379765, 1695 LS") < legend.index("this run: ")
    assert len(legend) <= 80
    assert legend.endswith("the same run")


def test_a_panel_needs_a_reference_and_room(theme: Theme) -> None:
    stack, reference = stack_1d({1: [10.0, 20.0]}), np.array([10.0, 10.0])
    options = HistogramOptions(lower="ratio")

    def axes(height: int, reference: np.ndarray | None) -> int:
        return view(theme).draw(stack, 1, 60, height, options, reference).to_text().count("└")

    assert [axes(30, reference), axes(30, None), axes(14, reference)] == [2, 1, 1]


def test_the_cursor_reads_its_bin_in_the_headline(theme: Theme) -> None:
    stack = stack_1d({1: [10.0, 20.0, 30.0, 40.0]})
    grid = view(theme).draw(
        stack, 1, 100, 20, OF_LS, np.array([5.0] * 4), errors=np.sqrt([10.0, 20, 30, 40]), cursor=(3,)
    )
    head = grid.to_text().splitlines()[0]
    assert "bin 4  [7.5, 10)  counts: 40 ± 6.32" in head
    assert "reference: 5" in head
    assert "ratio 8" in head


def test_numbers_stand_in_the_plot_where_they_hide_no_bin_else_in_the_headline(theme: Theme) -> None:
    options = HistogramOptions(stat_box=True, whole_run=False)
    peak = stack_1d({1: [0.0, 100.0, *[2.0] * 18]})
    boxed = view(theme).draw(peak, 1, 100, 24, options).to_text().splitlines()
    assert "entries" not in boxed[0]
    assert any(line.split()[-2:] == ["entries", "136"] for line in boxed)
    full = view(theme).draw(stack_1d({1: [100.0] * 20}), 1, 100, 24, options).to_text().splitlines()
    assert "entries 2000" in full[0]


@given(
    bins=st.lists(
        st.one_of(st.sampled_from([math.nan, math.inf, 0.0]), st.floats(-50, 200)), min_size=1, max_size=60
    ),
    reference=st.booleans(),
    charset=st.sampled_from([UTF8, ASCII]),
)
def test_a_stat_box_and_a_legend_leave_every_bar_as_it_is(
    bins: list[float], charset: Charset, *, reference: bool
) -> None:
    stack = stack_1d({1: bins})
    reference_bins = np.full(len(bins), 20.0) if reference else None
    texts = []
    for boxed in (False, True):
        options = HistogramOptions(stat_box=boxed, ylim=(-60.0, 210.0))
        grid = HistogramView(THEME, charset, Palette()).draw(stack, 1, 90, 26, options, reference_bins)
        texts.append(grid.to_text().splitlines()[1:])
    blocks = set("".join(map(chr, [*charset.bars[1:], *charset.bars_down[1:]])))
    for plain, boxed_line in zip(*texts, strict=True):
        for x, char in enumerate(plain):
            if char in blocks or char > "\u2800":
                assert boxed_line[x] == char


def test_x_and_y_can_have_limits_by_hand_and_x_can_be_log(theme: Theme) -> None:
    stack = stack_1d({1: [float(n) for n in range(100)]})
    by_hand = HistogramOptions(xlim=(2.0, 4.0), ylim=(10.0, 60.0))
    lines = view(theme).draw(stack, 1, 100, 24, by_hand).to_text().splitlines()
    assert (float(lines[-1].split()[0]), float(lines[-1].split()[-1])) == (2.0, 4.0)
    assert labels(view(theme).draw(stack, 1, 100, 24, by_hand))[0].startswith("6")
    log = view(theme).draw(stack, 1, 100, 24, HistogramOptions(log_x=True)).to_text().splitlines()
    assert "log x from 0.1" in log[0]
    assert log[-1].split()[0] == "0.1"


def test_bins_narrower_than_a_column_are_said_to_show_the_highest(theme: Theme) -> None:
    stack = stack_1d({1: [1.0] * 9999 + [50.0]})
    assert "max of" in view(theme).draw(stack, 1, 40, 20, OF_LS).to_text().splitlines()[0]
    text = view(theme).draw(stack, 1, 60, 20, OF_LS).to_text()
    assert "max of" in text.splitlines()[0]
    spike = next(line for line in text.splitlines()[1:] if set("▁▂▃▄▅▆▇█") & set(line))
    assert len(spike) == 60


def test_values_and_norm_stand_in_for_the_bins(theme: Theme) -> None:
    stack = stack_1d({1: [10.0, 20.0]})
    grid = view(theme).draw(
        stack, 1, 80, 20, OF_RUN, values=np.array([0.1, 0.2]), norm="per Hz", run=Limits(0.0, 0.7, 0.1)
    )
    assert "per Hz" in grid.to_text().splitlines()[0]
    assert 0.7 <= highest_label(grid) <= 1.0


@pytest.mark.parametrize("size", [(160, 45), (80, 24), (20, 8), (16, 6), (8, 4), (2, 2), (1, 1)])
def test_every_size_can_be_drawn_with_all_there_is(
    theme: Theme, size: tuple[int, int], charset: Charset
) -> None:
    stack = stack_1d({1: [math.nan, 4.0, -2.0, math.inf, 7.0]})
    overlays = [Overlay(f"run {k}", np.array([1.0, 2.0, math.inf, math.nan, 4.0])) for k in range(8)]
    for lower in ("ratio", "difference", "pull"):
        options = HistogramOptions(stat_box=True, lower=lower, log_x=True)
        grid = HistogramView(theme, charset, Palette()).draw(
            stack, 1, *size, options, overlays=overlays, errors=np.ones(5), cursor=(1,)
        )
        assert (grid.width, grid.height) == size
        if charset is ASCII:
            assert grid.to_text().isascii()
