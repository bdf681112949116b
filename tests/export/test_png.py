"""PNG by matplotlib, where it is installed; a sentence that says what to do where it is not."""

from __future__ import annotations

import importlib.util
import struct
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.export.png import DOTS_PER_INCH, NoPngError, histogram_png, trend_png
from dqmtui.model.keys import MonitoringElement
from dqmtui.model.layouts import PlotOptions
from tests.export.shown import MAP, OTHER, counts, histogram, stack_of, trend

if TYPE_CHECKING:
    from dqmtui.export.plots import HistogramShown

HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
needs_matplotlib = pytest.mark.skipif(not HAS_MATPLOTLIB, reason="the extra `png` is not installed")

LOG = PlotOptions(log_x=True, log_y=True, x_range=(1.0, 9.0), y_range=(1e-6, 100.0))


def size_of(png: bytes) -> tuple[int, int]:
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", png[16:24])
    return width, height


@needs_matplotlib
@pytest.mark.parametrize(
    "shown",
    [
        histogram(stack_of(counts(3, 20)), stack_of(counts(9, 20), run=OTHER), comparison="pull"),
        histogram(stack_of(counts(3, 20)), options=LOG),
        histogram(stack_of(counts(3, 20, 30), MAP), options=PlotOptions(log_y=True)),
        histogram(stack_of(np.zeros((1, 4)))),
    ],
    ids=["pull", "log", "map", "empty"],
)
def test_a_histogram_is_drawn(shown: HistogramShown) -> None:
    assert size_of(histogram_png(shown)) == (8 * DOTS_PER_INCH, 5 * DOTS_PER_INCH)


@needs_matplotlib
def test_a_trend_is_drawn() -> None:
    assert size_of(trend_png(trend([1.0, np.nan, 2.0], [1.0, 1.0, 1.0], band=True)))[0] == 11 * DOTS_PER_INCH


@needs_matplotlib
def test_names_are_no_formulas() -> None:
    stack = stack_of(counts(1, 5), MonitoringElement(5, "Pixel/a$b_{$\\frac", 1))
    histogram_png(histogram(stack, title="_$x^2"))


def test_without_matplotlib_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(NoPngError, match=r"pip install 'dqmtui\[png\]'"):
        histogram_png(histogram(stack_of(counts(1, 5))))
