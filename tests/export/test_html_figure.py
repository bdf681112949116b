"""What a fig_config of DQMExplore says of a page: sizes and spaces of plots, their titles, colour bars."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from dqmtui.export.html_report import PlotPart, RunPart, report_html
from dqmtui.export.plots import RATIO, HistogramShown
from dqmtui.export.report import RunReport
from dqmtui.export.svg_histogram import histogram_svg
from dqmtui.model.dqmexplore import Figure
from tests.export.shown import CURVE, MAP, OTHER, counts, histogram, stack_of, trend
from tests.export.test_svg import read

SVG = re.compile(r"<svg.*?</svg>", re.DOTALL)
PIXELS = re.compile(r"(\d+(?:\.\d+)?)px")
AS_THE_PAGE = Figure()
CURVES = histogram(stack_of(counts(3, 20)), stack_of(counts(9, 20), CURVE, OTHER))
MAPS = histogram(stack_of(counts(3, 8, 12), MAP))


def page_of(figure: Figure, *plots: PlotPart) -> str:
    parts = plots or (PlotPart(CURVES), PlotPart(MAPS), PlotPart(CURVES))
    return report_html([RunPart(RunReport(380238), parts, figure=figure)])


def figure_in(page: str) -> str:
    return page.partition('<div class="figure"')[2].partition("</div>")[0]


def test_the_plots_and_the_spaces_between_them_fill_the_figure() -> None:
    figure = figure_in(page_of(Figure(width=1200.0, height=800.0, vspace=0.1, hspace=0.05)))
    across, up, down_between, across_between, _ = map(float, PIXELS.findall(figure)[:5])
    assert (across_between, down_between) == (60, 80)
    assert "grid-template-columns:repeat(2," in figure
    assert "grid-template-rows:repeat(2," in figure
    assert 2 * across + across_between == 1200
    assert 2 * up + down_between == 800
    assert figure.count("<figure>") == 3


@pytest.mark.parametrize("shown", [CURVES, MAPS, replace(CURVES, comparison=RATIO)])
@pytest.mark.parametrize("size", [(570.0, 340.0), (100.0, 65.0), (30.0, 900.0), (2000.0, 20.0)])
def test_a_plot_has_the_shape_of_its_place_however_small(
    shown: HistogramShown, size: tuple[float, float]
) -> None:
    root = read(histogram_svg(shown, size=size))
    _, _, width, height = map(int, root.attrib["viewBox"].split())
    assert width / height == pytest.approx(size[0] / size[1], rel=0.01)
    for box in (*root.iter("rect"), *root.iter("image")):
        left, top, across, up = (float(box.attrib[key]) for key in ("x", "y", "width", "height"))
        assert across > 20
        assert up > 20
        assert left + across <= width
        assert top + up <= height


def test_a_plot_in_a_figure_has_its_trends_and_numbers_below_it() -> None:
    plot = PlotPart(CURVES, (trend([1.0, 2.0]),), facts=(("mean, std", "1, 2"),))
    page = page_of(Figure(width=500.0), plot)
    article = page.partition("<article")[2]
    assert len(SVG.findall(figure_in(page))) == 1
    assert len(SVG.findall(article)) == 1, "the trend alone"
    assert "mean, std" in article


def test_no_two_parts_of_a_page_with_figures_have_the_same_name() -> None:
    part = RunPart(RunReport(380238), (PlotPart(CURVES), PlotPart(CURVES), PlotPart(MAPS)))
    page = report_html([replace(part, figure=Figure(width=900.0))] * 2)
    names = re.findall(r' id="([^"]+)"', page)
    assert len(names) == len(set(names)) > 12


def test_without_a_size_plots_stand_as_they_do_without_any_figure() -> None:
    page = page_of(AS_THE_PAGE)
    assert '<div class="figure"' not in page
    assert histogram_svg(CURVES, name="r0p0") in page
    assert report_html([RunPart(RunReport(380238), (PlotPart(CURVES),))]) == page_of(
        Figure(title="of the page"), PlotPart(CURVES)
    )


@pytest.mark.parametrize("width", [None, 900.0])
def test_titles_are_short_or_whole_as_the_figure_wants_them(width: float | None) -> None:
    short, whole = CURVE.short_name, CURVE.me
    heads = {
        wanted: page_of(Figure(short_titles=wanted, width=width), PlotPart(CURVES))
        for wanted in (True, False, None)
    }
    assert f"<h3>{short}</h3><p" in heads[True]
    assert f"<h3>{whole}</h3><p" in heads[False]
    assert f"<h3>{short}</h3><code>{whole}</code>" in heads[None]
    if width is not None:
        for wanted, title in ((True, short), (False, whole), (None, short)):
            assert f">{title}</figcaption>" in figure_in(heads[wanted])


@pytest.mark.parametrize("width", [None, 900.0])
def test_maps_have_a_colour_bar_unless_the_figure_wants_none(width: float | None) -> None:
    bars = {
        wanted: page_of(Figure(show_colorbar=wanted, width=width), PlotPart(MAPS)).count("<linearGradient")
        for wanted in (True, False, None)
    }
    assert bars == {True: 1, False: 0, None: 1}
    images = [
        read(histogram_svg(MAPS, size=(500.0, 300.0), colour_bar=bar)).find("image") for bar in (True, False)
    ]
    with_bar, without = (float(image.attrib["width"]) for image in images if image is not None)
    assert without > with_bar, "the map takes its room"


def test_words_tell_plots_of_the_same_element_apart() -> None:
    parts = (PlotPart(CURVES, words="counts"), PlotPart(CURVES, words="<per> Hz"))
    page = page_of(Figure(width=900.0), *parts)
    name = CURVE.short_name
    for words in ("counts", "&lt;per&gt; Hz"):
        assert f"<h3>{name}, {words}</h3>" in page
        assert f">{name}, {words}</figcaption>" in page


def test_what_others_named_is_shown_and_not_obeyed() -> None:
    evil = replace(CURVES, element=replace(CURVE, me='a/"><script>alert(1)</script>'))
    for short in (True, False, None):
        page = page_of(Figure(short_titles=short, width=900.0), PlotPart(evil))
        assert "<script" not in page
        assert 'title="a/&quot;&gt;&lt;script&gt;' in page
