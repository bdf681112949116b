"""Themes in a running program: the next, one by its name, and files that change."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from dqmtui.render.charset import CHARSETS
from dqmtui.review.facts import Severity
from dqmtui.review.review import Target
from dqmtui.store.settings import load_settings
from dqmtui.store.themes import ThemeShelf, available_themes
from dqmtui.tui import theming
from dqmtui.tui.app import DqmtuiApp
from dqmtui.tui.look import Look
from dqmtui.tui.message_panel import MessagePanel
from dqmtui.tui.note_list import NoteList
from dqmtui.tui.panes.status import MessageLine
from tests.tui.driving import on_screen, screen_of, screen_text, settled, typed, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.tui.widgets.layer import Layer

DARK = available_themes()["dqm-dark"].read_text(encoding="utf-8")
CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"


def mine(primary: str = "#5fafff", current: str = "#5fafff") -> str:
    text = DARK.replace('title = "DQM dark"', 'title = "Mine"')
    text = text.replace('primary = "#5fafff"', f'primary = "{primary}"')
    return text.replace('current = "#5fafff"', f'current = "{current}"')


@asynccontextmanager
async def running(
    demo: DemoServices, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Pilot[None]]:
    """Run with the themes of a directory, whose files are looked at often."""
    monkeypatch.setattr(theming, "LOOK_EVERY_S", 0.05)
    shelf = ThemeShelf(directory, "mine")
    environ = {"DQMTUI_CACHE_SIZE_MB": "0", **demo.environment()}
    target = Target(run=381080, dataset="ZeroBias", me=CHARGE)
    look = Look(shelf["mine"], CHARSETS["utf8"])
    app = DqmtuiApp(lambda: load_settings({}, environ), target, look, shelf)
    async with app.run_test(size=(160, 45)) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None)
        await settled(pilot)
        yield pilot


def said(pilot: Pilot[None]) -> str:
    return screen_text(screen_of(pilot).query_one(MessageLine))


def colors(pilot: Pilot[None]) -> set[str]:
    """Give all colours in which anything stands on the screen."""
    strips = pilot.app.screen._compositor.render_strips()
    styles = [segment.style for strip in strips for segment in strip if segment.text.strip()]
    return {style.color.get_truecolor().hex for style in styles if style is not None and style.color}


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "mine.toml").write_text(mine(), encoding="utf-8")
    return tmp_path


async def test_a_changed_file_is_drawn_at_once_in_panes_and_plots(
    demo: DemoServices, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(demo, directory, monkeypatch) as pilot:
        assert not colors(pilot) & {"#123456", "#fedcba"}
        (directory / "mine.toml").write_text(mine("#123456", "#fedcba"), encoding="utf-8")
        await until(pilot, lambda: colors(pilot) >= {"#123456", "#fedcba"}, "the new colours")
        assert "Theme: Mine, read anew" in said(pilot)


async def test_a_broken_file_is_told_and_the_theme_stays_until_it_is_mended(
    demo: DemoServices, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(demo, directory, monkeypatch) as pilot:
        before = colors(pilot)
        (directory / "mine.toml").write_text(mine("blue"), encoding="utf-8")
        await until(pilot, lambda: "The theme stays as it was:" in said(pilot), "the complaint")
        messages = screen_of(pilot).messages
        assert messages.last is not None
        text = messages.last.notice.text
        assert text.startswith("The theme stays as it was: ui.primary: expected a colour")
        assert text.endswith(f"({directory / 'mine.toml'})")
        assert screen_of(pilot).look.theme.ui.primary == "#5fafff"
        await typed(pilot, "escape")
        assert colors(pilot) == before
        (directory / "mine.toml").write_text(mine("#123456"), encoding="utf-8")
        await until(pilot, lambda: "#123456" in colors(pilot), "the new colour")


async def test_a_theme_that_comes_later_can_be_chosen(
    demo: DemoServices, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(demo, directory, monkeypatch) as pilot:
        screen = screen_of(pilot)
        (directory / "nicer.toml").write_text(mine("#123456"), encoding="utf-8")
        await until(pilot, lambda: "nicer" in screen.themes, "the theme")
        await typed(pilot, "T")
        assert screen.look.theme.name == "nicer"
        assert "#123456" in colors(pilot)


async def test_the_key_goes_round_all_themes(
    demo: DemoServices, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(demo, directory, monkeypatch) as pilot:
        screen = screen_of(pilot)
        seen = []
        for _ in screen.themes:
            await pilot.press("T")
            seen.append(screen.look.theme.name)
        assert sorted(seen) == sorted(screen.themes)
        assert seen[-1] == "mine"


async def test_a_theme_is_taken_by_its_name_or_chosen_from_the_list(
    demo: DemoServices, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(demo, directory, monkeypatch) as pilot:
        screen = screen_of(pilot)
        await screen.action_act("theme", "dqm-light")
        assert screen.look.theme.name == "dqm-light"
        await screen.action_act("theme", "sixten")
        assert "There is no theme sixten; did you mean sixteen?" in said(pilot)
        await screen.action_act("theme")
        await typed(pilot, " contr")
        await until(pilot, lambda: "High contrast" in on_screen(pilot), "the theme in the list")
        await typed(pilot, "enter")
        await until(pilot, lambda: screen.look.theme.name == "high-contrast", "the theme")


async def test_a_theme_that_is_left_out_is_told(
    demo: DemoServices, directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (directory / "broken.toml").write_text("title = 1", encoding="utf-8")
    async with running(demo, directory, monkeypatch) as pilot:
        texts = [message.notice.text for message in screen_of(pilot).messages]
        assert any("A theme is left out:" in text and "broken.toml" in text for text in texts)


@pytest.mark.parametrize(
    ("key", "layer"),
    [("E", MessagePanel), ("M", NoteList)],
    ids=["messages", "notes"],
)
async def test_what_lies_over_the_panes_takes_the_new_colours_too(
    demo: DemoServices, directory: Path, monkeypatch: pytest.MonkeyPatch, key: str, layer: type[Layer]
) -> None:
    async with running(demo, directory, monkeypatch) as pilot:
        screen = screen_of(pilot)
        await typed(pilot, "colon", " 100", "enter", "m", " note", "enter")
        screen.notice("careful", Severity.WARNING)
        await typed(pilot, "2", key)
        assert screen.query_one(layer).is_open
        before = colors(pilot)
        screen.use_theme(screen.themes["dqm-light"])
        await pilot.pause()
        changed = colors(pilot)
        assert changed != before
        await typed(pilot, "escape", key)
        assert colors(pilot) == changed
