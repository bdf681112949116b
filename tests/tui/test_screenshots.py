"""Screenshots: what is written, where, and what is never in them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyte
import pytest
from rich.segment import Segment
from rich.style import Style

from dqmtui.model.secrets import keep_secret
from dqmtui.review.facts import Severity
from dqmtui.review.review import Target
from dqmtui.review.state import ReviewState
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui.login.panel import LoginPanel
from dqmtui.tui.panes.status import MessageLine
from dqmtui.tui.screenshot import picture, terminal_theme
from dqmtui.tui.shooting import named_after
from dqmtui.tui.svg import HEIGHT, WIDTH, svg_of
from tests.tui.driving import on_screen, reviewing, screen_of, screen_text, typed, until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=381080, dataset="ZeroBias", me=CHARGE, ls=200)
DARK = load_theme(available_themes()["dqm-dark"])
THEME = terminal_theme(DARK)
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory to be in, with nothing else in it."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


def files(place: Path) -> list[Path]:
    """Give the files of a directory by name, but for those that have no name of their own yet."""
    return sorted(file for file in place.iterdir() if not file.name.startswith("."))


def said(pilot: Pilot[None]) -> str:
    return screen_text(screen_of(pilot).query_one(MessageLine))


async def written(pilot: Pilot[None], words: str = "Screenshot:") -> None:
    await until(pilot, lambda: words in said(pilot), words)


def read_svg(text: str) -> ET.Element:
    return ET.fromstring(text)  # noqa: S314 - the program under test has written it


def drawn(*segments: Segment) -> ET.Element:
    """Give the SVG of one line."""
    width = sum(len(segment.text) for segment in segments)
    return read_svg(svg_of([segments], width, THEME, "a title"))


def lines_of(root: ET.Element) -> str:
    """Read the text of an SVG, line by line, letters alone: frames and blocks are shapes."""
    rows: dict[float, list[tuple[float, str]]] = {}
    for text in root.iter(f"{SVG}text"):
        rows.setdefault(float(text.attrib["y"]), []).append((float(text.attrib["x"]), text.text or ""))
    return "\n".join(" ".join(piece for _, piece in sorted(rows[row])) for row in sorted(rows))


def areas(root: ET.Element) -> dict[str, float]:
    """Give how many cells each colour fills."""
    found: dict[str, float] = {}
    for path in root.iter(f"{SVG}path"):
        sizes = re.findall(r"h(-?[\d.]+)v([\d.]+)h", path.attrib["d"])
        area = sum(float(width) * float(height) for width, height in sizes) / (WIDTH * HEIGHT)
        fill = path.attrib["fill"]
        found[fill] = found.get(fill, 0) + area * float(path.attrib.get("fill-opacity", 1))
    return found


# -- pictures -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "cells"),
    [
        ("████", 4),
        ("▄▀▐▌", 2),
        ("▁▂▃▅▆▇", 24 / 8),
        ("▏▎▍▋▊▉", 24 / 8),
        ("░▒▓", 1.5),
        ("▚▞▙▖", 1 / 2 + 1 / 2 + 3 / 4 + 1 / 4),
    ],
)
def test_blocks_are_filled_as_far_as_they_should_be(text: str, cells: float) -> None:
    assert sum(areas(drawn(Segment(text, Style(color="#ff0000")))).values()) == pytest.approx(cells)


def test_neighbours_of_a_colour_are_one_shape() -> None:
    (path,) = drawn(Segment("███", Style(color="#ff0000"))).iter(f"{SVG}path")
    assert path.attrib["d"] == f"M10 10h{3 * WIDTH}v{HEIGHT}h{-3 * WIDTH}z"


def test_what_stands_right_under_another_is_one_shape_with_it() -> None:
    red, green = Style(bgcolor="#ff0000"), Style(bgcolor="#00ff00")
    root = read_svg(svg_of([[Segment("ab", one)] for one in (red, red, green, red)], 2, THEME, ""))
    shapes = {path.attrib["fill"]: path.attrib["d"].count("M") for path in root.iter(f"{SVG}path")}
    assert shapes == {"#ff0000": 2, "#00ff00": 1}
    assert areas(root) == {"#ff0000": 6, "#00ff00": 2}


def test_backgrounds_are_drawn_where_they_differ_from_the_page() -> None:
    plain, marked = Style(bgcolor=DARK.background), Style(bgcolor="#00ff00")
    assert areas(drawn(Segment("ab", plain), Segment("cd", marked))) == {"#00ff00": 2}


def test_reversed_text_swaps_its_colours() -> None:
    root = drawn(Segment("a", Style(color="#ff0000", bgcolor="#00ff00", reverse=True)))
    assert areas(root) == {"#ff0000": 1}
    (letters,) = (group for group in root.iter(f"{SVG}g") if group.find(f"{SVG}text") is not None)
    assert letters.attrib == {"fill": "#00ff00"}


def test_texts_stand_in_their_columns_whatever_the_font() -> None:
    root = drawn(Segment("a b  漢 d", Style(bold=True)))
    places = [(t.attrib["x"], t.text, t.attrib["textLength"]) for t in root.iter(f"{SVG}text")]
    assert places == [("10", "a b", "30"), ("60", "漢 d", "40")]
    (letters,) = root.iterfind(f"{SVG}g[@font-weight='bold']")
    assert len(letters) == len(places)


def test_nothing_in_a_picture_comes_from_elsewhere_or_can_be_run() -> None:
    evil = '</text><script>alert("1")</script><image href="https://example.org/x"/>\x1b]0;x\x07\x00'
    root = drawn(Segment(evil, Style(link="https://example.org")))
    assert {element.tag for element in root.iter()} == {
        f"{SVG}{name}" for name in ("svg", "title", "rect", "g", "text")
    }
    written = svg_of([[Segment(evil)]], 80, THEME, evil)
    assert "<script" not in written
    assert written.count("http") == written.count("http://www.w3.org/2000/svg") + written.count(
        "https://example.org/x"
    )
    assert not re.search(r"[\x00-\x09\x0b-\x1f]|url\(|@import|xlink", written)


def test_text_with_colours_shows_the_same_in_a_terminal() -> None:
    line = [Segment("ab", Style(color="#ff0000", bold=True, link="https://example.org")), Segment(" ┼█")]
    text = picture([line], ".ans", DARK, "", "truecolor")
    screen = pyte.Screen(10, 2)
    pyte.Stream(screen).feed(text)
    assert screen.display[0].rstrip() == "ab ┼█"
    first = screen.buffer[0][0]
    assert (first.fg, first.bold) == ("ff0000", True)
    assert "example" not in text
    assert picture([line], ".ans", DARK, "", None) == "ab ┼█\n"


# -- the key and the command --------------------------------------------------------------------------------


async def test_the_key_writes_picture_and_text_of_what_is_on_the_screen(
    demo: DemoServices, here: Path
) -> None:
    async with reviewing(demo, AT) as (pilot, _):
        shown = on_screen(pilot)
        await pilot.press("exclamation_mark")
        await written(pilot)
        svg, txt = files(here)
        assert re.fullmatch(r"dqmtui-381080-charge_PXLayer_1-LS200-\d{8}T\d{6}Z\.svg", svg.name)
        assert txt.name == svg.with_suffix(".txt").name
        assert f"Screenshot: {here}" in said(pilot)
        assert txt.read_text() == "".join(f"{line.rstrip()}\n" for line in shown.splitlines())
        root = read_svg(svg.read_text())
        read = lines_of(root)
        assert "LS 200 counts" in re.sub(r" +", " ", read)
        assert root.findtext(f"{SVG}title") == f"dqmtui: run 381080, {CHARGE}, LS 200"
        # what textual exports itself is the same: README's pictures need nothing from elsewhere either
        assert pilot.app.export_screenshot().count("http") == 1


async def test_what_lies_over_the_panes_is_written_too_but_what_is_typed_is_typed(
    demo: DemoServices, here: Path
) -> None:
    async with reviewing(demo, AT, (80, 24)) as (pilot, _):
        await typed(pilot, "question_mark", "exclamation_mark")
        await until(pilot, lambda: len(files(here)) == 2, "the files")
        txt = files(here)[1]
        assert "Keys" in txt.read_text()
        await typed(pilot, "escape", "slash", "exclamation_mark", "escape")
        assert len(files(here)) == 2


async def test_a_file_by_name_is_of_its_kind_and_never_replaces_another(
    demo: DemoServices, here: Path
) -> None:
    async with reviewing(demo, AT, (80, 24)) as (pilot, _):
        screen = screen_of(pilot)
        await typed(pilot, "colon", " screenshot shot.svg", "enter")
        screen.action_screenshot("shot.txt")
        screen.action_screenshot("shot.ans")
        await until(pilot, lambda: len(files(here)) == 3, "the files")
        assert (here / "shot.svg").read_text().startswith("<svg ")
        assert "\x1b[" in (here / "shot.ans").read_text()
        before = (here / "shot.txt").read_text()
        await typed(pilot, "right")
        screen.action_screenshot("shot.txt")
        await written(pilot, "There already is a file")
        assert (here / "shot.txt").read_text() == before
        screen.action_screenshot("shot.png")
        assert "A screenshot is FILE.svg, FILE.txt" in said(pilot)
        screen.action_screenshot("no/where.svg")
        await written(pilot, "No screenshot:")
        assert [path.name for path in files(here)] == ["shot.ans", "shot.svg", "shot.txt"]


async def test_where_the_text_has_no_room_beside_the_picture_both_get_another_name(
    demo: DemoServices, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmtui.tui.shooting.named_after", lambda _state, _at: "shot")
    (here / "shot.txt").write_text("mine")
    async with reviewing(demo, AT, (80, 24)) as (pilot, _):
        await pilot.press("exclamation_mark")
        await written(pilot)
        assert [path.name for path in files(here)] == ["shot-2.svg", "shot-2.txt", "shot.txt"]
        assert (here / "shot.txt").read_text() == "mine"


async def test_nothing_secret_is_written_and_no_login_at_all(demo: DemoServices, here: Path) -> None:
    keep_secret("a-token-nobody-may-see")
    async with reviewing(demo, AT) as (pilot, _):
        screen = screen_of(pilot)
        screen.notice("It says a-token-nobody-may-see; Bearer eyJhbGciOiJI.eyJzdWIi", Severity.ERROR)
        await pilot.pause()
        assert "a-token-nobody-may-see" in on_screen(pilot)
        for kind in (".svg", ".txt", ".ans"):
            data = screen.pictured(kind)
            assert "nobody-may-see" not in data
            assert "eyJ" not in data
            assert "[removed]" in data
        screen.action_login()
        assert screen.query_one(LoginPanel).is_open
        await pilot.press("exclamation_mark")
        await written(pilot, "No screenshot of a login: it would show the code.")
        assert files(here) == []


def test_a_name_says_only_what_is_known() -> None:
    at = datetime(2024, 6, 1, 12, 30, 5, tzinfo=UTC)
    assert named_after(None, at) == "dqmtui-20240601T123005Z"
    assert named_after(ReviewState(), at) == "dqmtui-20240601T123005Z"
