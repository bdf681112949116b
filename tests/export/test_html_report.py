"""The report as a page: it stands by itself, nothing in it is obeyed, and its size is what it shows."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from dqmtui.export.html_report import PlotPart, RunPart, report_html
from dqmtui.export.html_tiles import Tiles
from dqmtui.export.report import RunReport, report_markdown, report_text
from dqmtui.model.divisors import COUNTS
from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import PlotLink
from tests.export.shown import CURVE, MAP, OTHER, counts, histogram, stack_of, trend
from tests.export.test_png_image import pixels_of
from tests.export.test_report import report_of, table_of
from tests.model.note_samples import content

EVIL = "<script>alert(1)</script>\"'><img src=https://x.example/y onerror=z>\x1b[31m\u202e"
VOID = {"meta", "br", "img", "stop", "rect", "use", "image", "path", "circle"}


class Page(HTMLParser):
    """Reads a page as a browser does: elements with their attributes, texts, and whether all were closed."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def part_of(n_ls: int = 3, *, each: bool = False, me: str = CURVE.me, **report: Any) -> RunPart:
    element = replace(CURVE, me=me)
    stack = stack_of(counts(n_ls, 20), element)
    wanted = LSMask(((1, n_ls),)) if each else None
    shown = histogram(stack, stack_of(counts(9, 20), element, OTHER))
    tiles = (
        None if wanted is None else Tiles(stack, COUNTS, wanted, counts(1, 20)[0], "run 379765", LSMask.of(2))
    )
    plot = PlotPart(shown, (trend([1.0, 2.0, 3.0], band=True),), tiles, (("mean, std", "1, 2"),))
    made = report_of(content("30-32", subsystem="pixel", cause="HV"), table=table_of([0.25] * 35))
    return RunPart(replace(made, **report), (plot,))


def test_the_page_has_all_that_the_text_has_and_the_plots() -> None:
    page = Page(report_html([part_of()], made_at=datetime(2024, 6, 1, 12, tzinfo=UTC)))
    said = " ".join(page.texts)
    for words in (
        *("Run 380238", "fill 9579", "2024-06-01 12:00 UTC", "protons, stable", "run 379765", "1-29, 33-35"),
        *("BPix L1 charge low", "30-32", "bad, pixel, HV", "0.75 pb^-1", "8 pb^-1", CURVE.me, "mean, std"),
    ):
        assert words in said, words
    assert len(page.all("svg")) == 3
    assert page.open == []


def test_no_two_parts_of_a_page_have_the_same_name() -> None:
    page = Page(report_html([part_of(each=True), part_of(each=True)]))
    names = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(names) == len(set(names)) > 10


def test_nothing_comes_from_elsewhere_and_nothing_runs() -> None:
    text = report_html([part_of(each=True)])
    page = Page(text)
    (policy,) = [one["content"] for one in page.all("meta") if one.get("http-equiv")]
    assert policy == "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert not {"script", "link", "iframe", "object", "form", "base"} & {tag for tag, _ in page.elements}
    for tag, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on")], tag
        for name in ("src", "href"):
            value = attributes.get(name) or "#"
            assert value.startswith(("#", "data:image/png;base64,")), value
    assert "@import" not in text
    assert not re.search(r"url\((?!#)", text)


def test_what_others_wrote_is_shown_and_not_obeyed() -> None:
    said = content(
        "30-32",
        text=f"{EVIL}\n{EVIL}",
        subsystem=EVIL,
        cause=EVIL,
        elements=(EVIL,),
        links=(PlotLink(EVIL, 30, 379765),),
    )
    report = replace(
        report_of(said, table=table_of([0.25] * 35, unit=EVIL)),
        dataset=EVIL,
        conditions=((EVIL, EVIL),),
        reference=EVIL,
        good_rule=EVIL,
    )
    part = part_of(each=True, me=f"a/{EVIL}")
    text = report_html([RunPart(report, part.plots, (EVIL,))], title=EVIL)
    page = Page(text)
    assert page.open == []
    tags = {tag for tag, _ in page.elements}
    assert "script" not in tags
    assert all((one["src"] or "").startswith("data:") for one in page.all("img"))
    assert "<script>alert(1)</script>" in " ".join(page.texts)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", text)


def test_every_picture_has_words_for_who_does_not_see_it() -> None:
    page = Page(report_html([part_of(each=True)]))
    drawn = [one for one in page.all("svg") if one.get("class") != "p shared"]
    assert all(one["role"] == "img" for one in drawn)
    assert len(page.all("title")) == 1 + len(drawn)
    assert [one for one in page.all("table") if "aria-label" in one]
    assert all(one.get("alt") for one in page.all("img"))


def test_every_lumisection_can_be_looked_at_without_a_script() -> None:
    page = Page(report_html([part_of(5, each=True)]))
    tiles = [one for one in page.all("a") if (one.get("id") or "").startswith("r0p0t-")]
    assert [one["id"] for one in tiles] == [f"r0p0t-{ls}" for ls in range(1, 6)]
    assert all(one["href"] == f"#{one['id']}" for one in tiles)
    assert [one["id"] for one in tiles if one.get("class") == "bad"] == ["r0p0t-2"]
    assert "LS 3: " in " ".join(page.texts)


def test_a_map_of_each_lumisection_is_an_image_of_its_bins() -> None:
    bins = counts(2, 30, 40)
    tiles = Tiles(stack_of(bins, MAP), COUNTS, LSMask(((1, 2),)))
    shown = histogram(stack_of(bins, MAP))
    page = Page(report_html([RunPart(RunReport(380238), (PlotPart(shown, (), tiles),))]))
    images = [one for one in page.all("img") if (one["alt"] or "").startswith("LS ")]
    pixels, _ = pixels_of(base64.b64decode((images[0]["src"] or "").partition(",")[2]))
    assert pixels.shape == bins[0].shape
    # row 0 of a histogram is the lowest y, that of an image the uppermost
    order = np.argsort(pixels[::-1].ravel(), kind="stable")
    assert np.all(np.diff(bins[0].ravel()[order].astype(int)) > -4)


@pytest.mark.parametrize("shape", [(100,), (26, 72), (60, 100)])
def test_400_lumisections_of_four_elements_are_less_than_two_megabytes(shape: tuple[int, ...]) -> None:
    sizes = []
    for n_ls in (100, 400):
        stack = stack_of(counts(n_ls, *shape, mean=400.0), CURVE if len(shape) == 1 else MAP)
        tiles = Tiles(stack, COUNTS, LSMask(((1, n_ls),)))
        plot = PlotPart(histogram(stack), (trend([1.0] * n_ls),), tiles)
        sizes.append(len(report_html([RunPart(RunReport(380238), (plot,))])))
    per_element = sizes[1]
    assert 4 * per_element < 2_000_000
    # linear in what is shown
    assert sizes[1] < 4.05 * sizes[0]


def test_lumisections_that_have_no_histogram_are_named() -> None:
    stack = stack_of(counts(3, 10))
    tiles = Tiles(stack, COUNTS, LSMask(((1, 9),)))
    text = report_html([RunPart(RunReport(380238), (PlotPart(histogram(stack), (), tiles),))])
    assert "3 lumisections one by one" in text


def test_text_and_markdown_have_the_numbers_of_the_plots() -> None:
    words = [part_of().in_words]
    assert "    Pixel/charge_PXLayer_1\n      mean, std  1, 2\n" in report_text(words)
    assert "### Pixel/charge\\_PXLayer\\_1\n\n- mean, std: 1, 2\n" in report_markdown(words)


def test_a_run_of_which_nothing_is_known_is_still_a_page() -> None:
    page = Page(report_html([RunPart(RunReport(380238))]))
    assert "No notes." in page.texts
    assert page.open == []
