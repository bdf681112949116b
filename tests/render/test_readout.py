from __future__ import annotations

import math

import numpy as np
import pytest

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import Histogram
from dqmtui.render.cells import Palette
from dqmtui.render.charset import UTF8
from dqmtui.render.histogram_view import HistogramOptions, HistogramView
from dqmtui.render.lower_panel import Panel
from dqmtui.render.overlays import Overlay
from dqmtui.render.readout import read_bin, read_bin_briefly, read_cell
from dqmtui.render.shown import Shown
from dqmtui.store.themes import available_themes, load_theme
from tests.render.samples import stack_1d


def curve(values: list[float], low: float = 0.0, high: float = 4.0, **more: np.ndarray) -> Shown:
    array = np.array(values)
    histogram = Histogram(7, 10, array, Axis(array.size, low, high))
    return Shown(histogram, array, "counts", "LS 7", **more)


def test_a_bin_is_read_with_edges_content_error_and_references() -> None:
    shown = curve([10.0, 40.0], errors=np.array([3.16, 6.3246]))
    overlays = [
        Overlay("reference 379765", np.array([5.0, 20.0]), errors=np.array([1.0, 2.0])),
        Overlay("LS 8", np.array([9.0, 41.0])),
    ]
    assert read_bin(shown, 1, overlays) == [
        "bin 2  [2, 4)  counts: 40 ± 6.32",
        "reference 379765: 20 ± 2",
        "LS 8: 41",
        "ratio 2",
    ]


@pytest.mark.parametrize(
    ("panel", "read"),
    [
        (Panel("pull", np.array([1.0, -2.5])), "pull -2.5"),
        (Panel("difference", np.array([5.0, 20.0]), np.array([3.3, 6.6332])), "difference 20 ± 6.63"),
        (Panel("ratio", np.array([2.0, 2.0]), np.array([np.nan, np.nan])), "ratio 2"),
        (Panel("pull", np.array([1.0, np.nan])), "pull none"),
    ],
)
def test_beside_a_panel_the_cursor_reads_what_the_panel_shows(panel: Panel, read: str) -> None:
    shown = curve([10.0, 40.0])
    overlays = [Overlay("run 379765", np.array([5.0, 20.0]))]
    assert read_bin(shown, 1, overlays, panel)[-1] == read
    assert read_bin_briefly(shown, 1, overlays, panel)[1] == read


def test_where_names_have_no_room_the_ratio_and_all_contents_are_still_read() -> None:
    shown = curve([10.0, 40.0])
    overlays = [
        Overlay("this run without it, 396 LS", np.array([5.0, 20.0])),
        Overlay("r", np.array([9.0, 41.0])),
    ]
    assert read_bin_briefly(shown, 1, overlays) == [
        "bin 2  [2, 4)  counts: 40",
        "ratio 2",
        "ref: 20",
        "ref 2: 41",
    ]
    view = HistogramView(load_theme(available_themes()["dqm-dark"]), UTF8, Palette())
    stack = stack_1d({7: [10.0, 40.0]}, high=4.0)
    headlines = [
        view.draw(stack, 7, width, 20, HistogramOptions(), overlays=overlays, cursor=(1,))
        .to_text()
        .split("\n")[0]
        for width in (120, 70)
    ]
    assert "this run without it, 396 LS: 20   r: 41   ratio 2" in headlines[0]
    assert "ratio 2   ref: 20   ref 2: 41" in headlines[1]


def test_a_masked_bin_is_called_masked_and_has_no_ratio() -> None:
    overlay = Overlay("r", np.array([0.0, 2.0]))
    assert read_bin(curve([math.nan, 3.0]), 0, [overlay])[0].endswith("counts: masked")
    assert read_bin(curve([math.nan, 3.0]), 0, [overlay])[-1] == "ratio none"
    assert read_bin(curve([1.0, 3.0]), 0, [overlay])[-1] == "ratio none"


@pytest.mark.parametrize(
    ("low", "high", "index", "text"),
    [(-0.3, 0.3, 1, "[-0.1, 0.1)"), (0.0, 3e-6, 0, "[0, 1e-06)"), (1e6, 1.3e6, 2, "[1200000, 1300000)")],
)
def test_edges_are_written_without_round_off(low: float, high: float, index: int, text: str) -> None:
    assert text in read_bin(curve([1.0, 2.0, 3.0], low, high), index)[0]


def test_a_cell_of_a_map_is_read_with_both_pairs_of_edges_and_the_reference() -> None:
    values = np.arange(6.0).reshape(2, 3)
    shown = Shown(Histogram(7, 15, values, Axis(3, 0.0, 3.0), Axis(2, -1.0, 1.0)), values, "counts", "LS 7")
    assert read_cell(shown, 2, 1, values * 2) == [
        "x 3  [2, 3)  y 2  [0, 1)  counts: 5",
        "reference: 10",
        "ratio 0.5",
    ]
    assert read_cell(shown, 0, 0) == ["x 1  [0, 1)  y 1  [-1, 0)  counts: 0"]


@pytest.mark.parametrize("index", [-1, 2])
def test_a_bin_that_is_not_there_is_never_that_of_a_neighbour(index: int) -> None:
    with pytest.raises(IndexError, match="no bin"):
        read_bin(curve([1.0, 2.0, 3.0][:2]), index)


def test_a_curve_has_no_cells() -> None:
    with pytest.raises(ValueError, match="1D"):
        read_cell(curve([1.0]), 0, 0)
