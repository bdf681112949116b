from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input

from dqmtui.review.review import Target
from dqmtui.store.prompt_history import NAME
from dqmtui.store.sessions import Sessions, opened
from dqmtui.tui.places import PANES
from dqmtui.tui.prompt import Do, GoToLS, GoToRun, Prompt, PromptError, offered, read_command
from tests.tui.driving import on_screen, review_app, reviewing, screen_of, settled, typed, until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=379011, me=CHARGE)


def line(pilot: Pilot[None]) -> str:
    return screen_of(pilot).query_one("Prompt Input", Input).value


def test_small_numbers_are_lumisections_and_large_ones_runs() -> None:
    assert read_command("120") == GoToLS(120)
    assert read_command(" 16766 ") == GoToLS(16766)
    assert read_command("381115") == GoToRun(381115)


def test_anything_else_is_the_name_of_an_action() -> None:
    assert read_command("pane.zoom") == Do("pane.zoom")


def test_nothing_may_stand_behind_an_action_that_takes_nothing() -> None:
    with pytest.raises(PromptError, match=r"pane\.zoom takes nothing"):
        read_command("pane.zoom 3")


@pytest.mark.parametrize("text", ["pane.zom", "-3", "1.5", "", "٣", "9" * 10, "9" * 5000])
def test_what_names_nothing_is_said_with_what_is_near(text: str) -> None:
    with pytest.raises(PromptError, match="neither an LS, a run nor an action"):
        read_command(text)


def test_a_misspelt_action_names_the_nearest() -> None:
    with pytest.raises(PromptError, match=r"did you mean pane\.zoom\?"):
        read_command("pane.zom")


def test_an_error_repeats_no_more_than_fits_a_line() -> None:
    with pytest.raises(PromptError) as caught:
        read_command("9" * 5000)
    assert len(str(caught.value)) < 120


@pytest.mark.parametrize("width", [20, 40, 80])
@pytest.mark.parametrize("at", [None, 0, 3, 9])
def test_what_is_offered_fits_the_width_and_shows_the_one_in_the_line(width: int, at: int | None) -> None:
    texts = [f"action.number{number}" for number in range(10)]
    shown = offered(texts, at, width, "…")
    assert shown.cell_len <= width + 2
    if at is not None and width >= 40:
        assert texts[at] in shown.plain
        assert len(shown.spans) >= 1


async def test_tab_goes_on_as_far_as_all_go_on_alike_then_from_one_to_the_next(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, review):
        await typed(pilot, "colon", " tre")
        assert "trend.statistic  trend.under  trend.zoom  focus.trend" in on_screen(pilot)
        await typed(pilot, "tab")
        assert line(pilot) == "trend."
        await typed(pilot, "tab")
        assert line(pilot) == "trend.statistic "
        await typed(pilot, "tab")
        assert line(pilot) == "trend.under "
        await typed(pilot, "shift+tab", "shift+tab")
        assert line(pilot) == "trend.zoom "
        await typed(pilot, "shift+tab", "p", "tab", "tab")
        assert line(pilot) == "trend.under prescale"
        await typed(pilot, "enter")
        assert review.state.under == "prescale"


async def test_it_is_said_what_a_line_does(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        await typed(pilot, "colon", " plot.x 0 4")
        assert "plot.x LOW HIGH  Range of x by hand" in on_screen(pilot)
        await typed(pilot, "ctrl+u", *"layout")
        assert "layout NAME  Look at a set of MEs" in on_screen(pilot)
        await typed(pilot, "ctrl+u", *"trend.under", "space", "p", "r")
        assert " prescale " in on_screen(pilot)
        await typed(pilot, "ctrl+u", "1", "2")
        assert "LS 12 of the open run" in on_screen(pilot)


async def test_a_run_is_completed_from_its_first_digits(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, review):
        await typed(pilot, "colon", " 37935", "tab")
        assert line(pilot) == "379356"
        await typed(pilot, "enter")
        assert review.state.run is not None
        assert review.state.run.run == 379356


async def test_sets_of_plots_are_offered_behind_their_action(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, review):
        await typed(pilot, "colon", " layo", "tab")
        await until(pilot, lambda: len(screen_of(pilot).layout_names) > 1, "the names of the sets")
        await typed(pilot, " pixel", "tab", "tab")
        assert line(pilot).removeprefix("layout ") in screen_of(pilot).layout_names
        await typed(pilot, "enter")
        assert review.state.layout is not None


async def test_what_actions_take_is_offered_behind_them(demo: DemoServices, tmp_path: Path) -> None:
    sessions = Sessions(tmp_path / "sessions")
    for name in ("barrel", "default"):
        sessions.write(name, {})
    async with reviewing(demo, AT, size=(160, 45)) as (pilot, review):
        screen = screen_of(pilot)
        screen.use_session(opened(sessions, "default"), lambda _: None)
        review.save_expression("nice", "dcs and pileup > 30")
        for pane, begun, found in (
            ("4", "export ", "trend.svg  trend.png"),
            ("4", "export pl", "plot.svg  plot.png"),
            ("4", "session b", "barrel"),
            ("4", "session.delete ", "barrel"),
            ("4", "good.forget n", "nice"),
            ("4", "good ni", "nice"),
            ("4", "reference.good nice and gold", "golden"),
            ("4", "filter pile", "pileup"),
            ("1", "filter dur", "duration"),
            ("1", "sort dur", "duration"),
            ("1", "rate dataset:Z", "dataset:ZeroBias"),
        ):
            if screen.pane_in_focus() != PANES[int(pane) - 1]:
                await typed(pilot, pane)
            screen.begin_command(begun)
            await until(pilot, lambda: f" {found}  " in on_screen(pilot), f":{begun}")  # noqa: B023 - done with at once
            await pilot.press("escape")


async def test_up_brings_back_what_was_typed_before_also_after_another_start(
    demo: DemoServices, tmp_path: Path
) -> None:
    environ = {**demo.environment(), "DQMTUI_STATE_DIR": str(tmp_path)}
    file = tmp_path / NAME
    app = review_app(environ, AT)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        await settled(pilot)
        await typed(pilot, "colon", " 12", "enter", "colon", " plot.x 0 9", "enter", "colon", " 7", "enter")
        await typed(pilot, "colon", "up", "up")
        assert line(pilot) == "plot.x 0 9"
        await typed(pilot, "down", "down")
        assert line(pilot) == ""
        await typed(pilot, "1", "up")
        assert line(pilot) == "12"
        await until(pilot, lambda: file.exists() and file.read_text().count("\n") == 3, "the file")
    assert file.read_text().split("\n")[:3] == ["12", "plot.x 0 9", "7"]
    assert file.stat().st_mode & 0o777 == 0o600
    app = review_app(environ, AT)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        await settled(pilot)
        await typed(pilot, "colon")
        history = app.review_screen.query_one(Prompt).history
        await until(pilot, lambda: len(history) == 3, "the lines of before")
        await typed(pilot, "p", "up", "enter")
        assert app.review_screen.review is not None
        assert "0" in on_screen(pilot)
        assert history.lines[-1] == "plot.x 0 9"


async def test_a_history_that_cannot_be_written_stops_nobody(demo: DemoServices, tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    app = review_app({**demo.environment(), "DQMTUI_STATE_DIR": str(tmp_path)}, AT)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        await settled(pilot)
        await typed(pilot, "colon", " 12", "enter", "colon", "up", "enter")
        assert app.review_screen.review is not None
        assert app.review_screen.review.state.ls == 12


async def test_a_line_without_anything_closes_and_says_nothing(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, _):
        await typed(pilot, "3", ":", "space", "enter")
        assert not screen_of(pilot).query_one(Prompt).display
        assert "neither an LS" not in on_screen(pilot)
        assert screen_of(pilot).pane_in_focus() == "plot"


async def test_a_run_typed_among_the_runs_goes_on_in_its_lumisections(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, review):
        await typed(pilot, "3", ":", *"379356", "enter")
        await until(pilot, lambda: review.state.run is not None and review.state.run.run == 379356)
        assert screen_of(pilot).pane_in_focus() == "plot", "whoever looks at plots goes on with them"
        await typed(pilot, "1", ":", *"379011", "enter")
        await until(pilot, lambda: review.state.run is not None and review.state.run.run == 379011)
        assert screen_of(pilot).pane_in_focus() == "lumisections"
