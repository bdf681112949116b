from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.render.cells import Palette
from dqmtui.render.charset import UTF8
from dqmtui.render.histogram_view import HistogramOptions, HistogramView, round_up

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import CellGrid

KEY = HistogramKey(RunKey("tracker", 14, 381065), 5)
CHARGE = MonitoringElement(5, "PXBarrel/charge_PXLayer_1", 1)
OF_LS = HistogramOptions(whole_run=False)
OF_RUN = HistogramOptions(whole_run=True)


def stack_of(rows: Mapping[int, list[float]], element: MonitoringElement = CHARGE) -> HistogramStack:
    ls = np.array(sorted(rows), dtype=np.int64)
    data = np.array([rows[number] for number in ls.tolist()], dtype=np.float64)
    stack = HistogramStack(KEY, element, ls)
    entries = np.maximum(np.nan_to_num(data).sum(axis=1), 0).astype(np.int64)
    stack.fill(StackRows(ls, entries, data, Axis(data.shape[1], 0.0, 10.0)))
    stack.finish()
    return stack


def view(theme: Theme) -> HistogramView:
    return HistogramView(theme, UTF8, Palette())


def labels(grid: CellGrid) -> list[str]:
    return [line.split("┤")[0].strip() for line in grid.to_text().splitlines() if "┤" in line]


def highest_label(grid: CellGrid) -> float:
    return float(labels(grid)[0].replace("k", "e3"))


def test_A5_the_y_range_includes_the_reference(theme: Theme) -> None:
    stack = stack_of({1: [10.0, 20.0, 10.0, 5.0]})
    reference = np.array([10.0, 90.0, 10.0, 5.0])
    for options in (OF_LS, OF_RUN):
        alone = view(theme).draw(stack, 1, 60, 22, options)
        both = view(theme).draw(stack, 1, 60, 22, options, reference)
        assert highest_label(alone) <= 25
        assert 90 <= highest_label(both) <= 100
        assert both.to_text() != view(theme).draw(stack, 1, 60, 22, options, reference / 9).to_text()


def test_A5_the_range_of_this_ls_or_of_the_whole_run(theme: Theme) -> None:
    stack = stack_of({1: [10.0, 20.0], 2: [400.0, 800.0]})
    assert highest_label(view(theme).draw(stack, 1, 60, 22, OF_LS)) <= 25
    assert highest_label(view(theme).draw(stack, 1, 60, 22, OF_RUN)) >= 800


def test_A5_the_range_of_the_run_does_not_change_from_ls_to_ls(theme: Theme) -> None:
    stack = stack_of({1: [10.0, 20.0], 2: [400.0, 800.0], 3: [0.0, 0.0]})
    drawn = [labels(view(theme).draw(stack, ls, 60, 22, OF_RUN)) for ls in (1, 2, 3)]
    assert drawn[0] == drawn[1] == drawn[2]


def test_N1_an_empty_ls_is_called_empty_and_not_drawn_as_a_flat_curve(theme: Theme) -> None:
    stack = stack_of({1: [1.0, 3.0], 2: [0.0, 0.0]})
    text = view(theme).draw(stack, 2, 70, 20, HistogramOptions(unit_area=True)).to_text()
    assert "LS 2 is empty" in text
    assert not set("▁▂▃▄▅▆▇█") & set(text)


def test_N1_unit_area_says_so_and_ratios_are_left_alone(theme: Theme) -> None:
    options = HistogramOptions(unit_area=True)
    assert "unit area" in view(theme).draw(stack_of({1: [1.0, 3.0]}), 1, 70, 20, options).to_text()
    ratio = MonitoringElement(9, "Vertices/FractionOfGoodPVtx", 1)
    text = view(theme).draw(stack_of({1: [0.5, 0.9]}, ratio), 1, 70, 20, options).to_text()
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
        grid = view(theme).draw(stack_of({1: bins}), 1, *size, options)
        assert (grid.width, grid.height) == size


@pytest.mark.parametrize(
    ("value", "rounded"), [(1.0, 1.0), (1.01, 1.2), (7.9, 8.0), (8.1, 10.0), (0.034, 0.04)]
)
def test_limits_are_rounded_up_to_few_numbers(value: float, rounded: float) -> None:
    assert round_up(value) == pytest.approx(rounded)
