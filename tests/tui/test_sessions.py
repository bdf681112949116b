"""Sessions in the program: what was looked at is there again, under several names."""

from __future__ import annotations

import asyncio
import json
import shutil
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.model.keys import MonitoringElement
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.render.charset import UTF8
from dqmtui.review.choices import Neighbours, OtherRun, View
from dqmtui.review.review import Target
from dqmtui.store.sessions import Sessions, opened
from dqmtui.store.settings import load_settings
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui import remembering
from dqmtui.tui.app import DqmtuiApp
from dqmtui.tui.look import Look
from tests.services.web import DEADLINE_S
from tests.tui.driving import on_screen, review_of, screen_of, settled, typed, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.review.review import Review
    from dqmtui.tui.screen import ReviewScreen

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=379011, me=CHARGE)


@asynccontextmanager
async def in_session(
    demo: DemoServices,
    home: Path,
    name: str = "default",
    target: Target | None = None,
    size: tuple[int, int] = (120, 36),
    sessions: Sessions | None = None,
    state: Path | None = None,
) -> AsyncIterator[tuple[Pilot[None], Review]]:
    """Run the program in a session and give its pilot and review once nothing is loading."""
    themes = {theme: load_theme(path) for theme, path in available_themes(None).items()}
    environ = {"DQMTUI_CACHE_DIR": str(home / "cache"), **demo.environment()}
    if state is not None:
        environ["DQMTUI_STATE_DIR"] = str(state)
    app = DqmtuiApp(
        lambda: load_settings({}, environ),
        target or Target(),
        Look(themes["dqm-dark"], UTF8),
        themes,
        session=opened(sessions or Sessions(home / "sessions"), name),
    )
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        await settled(pilot)
        yield pilot, review_of(pilot)


def said(screen: ReviewScreen, text: str) -> bool:
    return text in screen.on_line.text


def saved(home: Path, name: str = "default") -> dict[str, Any]:
    data: dict[str, Any] = json.loads((home / "sessions" / f"{name}.json").read_text())
    return data


async def test_the_next_start_is_where_the_last_one_was_left(demo: DemoServices, tmp_path: Path) -> None:
    async with in_session(demo, tmp_path, target=AT) as (pilot, review):
        review.add_reference(Neighbours())
        review.add_reference(OtherRun(review.run_list.entries[0].key, review.run_list.entries[0].dataset))
        review.go_to_ls(57)
        review.show(normalisation=Normalisation.AREA, log_y=True, view=View.INTEGRAL, group=5, under="pileup")
        await typed(pilot, "t", "5", "plus", "v", "4", "8", "right", "v", "Z", "T", "2")
        left = review.state
        screen = screen_of(pilot)
        theme, plot = screen.look.theme.name, screen.query_one("#plot").region
    async with in_session(demo, tmp_path) as (pilot, review):
        screen = screen_of(pilot)
        assert review.state == left
        assert screen.at == "lumisections"
        assert screen.glimpse.theme("dqm-dark") == theme
        assert screen.glimpse.theme("another by now") == "another by now"
        assert screen.query_one("#plot").region == plot
        assert "1 Run 379011" in on_screen(pilot)
        assert review.table is not None
        # and what was typed wins
    async with in_session(demo, tmp_path, target=Target(run=379765)) as (pilot, review):
        state = review.state
        assert state.run is not None
        assert (state.run.run, state.ls_range, state.trend_zoom) == (379765, None, None)
        assert state.element == left.element
        assert state.normalisation is Normalisation.AREA
        assert screen_of(pilot).at == "plot"


async def test_a_page_of_plots_comes_back_with_what_was_changed_on_it(
    demo: DemoServices, tmp_path: Path
) -> None:
    async with in_session(demo, tmp_path, target=AT) as (pilot, review):
        await typed(pilot, "colon", " layout pixel-barrel", "enter")
        await typed(pilot, "full_stop", "y", "P", "enter")
        left, plots = review.state, [plot.element for plot in review.plots]
        assert left.layout is not None
        assert left.alone
    async with in_session(demo, tmp_path) as (_, review):
        assert review.state == left
        assert [plot.element for plot in review.plots] == plots
        assert saved(tmp_path)["review"]["overridden"] == ["log_y"]


async def test_sessions_are_begun_opened_chosen_and_deleted_by_name(
    demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remembering, "SAVE_AFTER_S", 0.05)
    files = tmp_path / "sessions"
    async with in_session(demo, tmp_path, target=AT) as (pilot, review):
        await typed(pilot, "colon", " session night", "enter")
        await until(pilot, (files / "night.json").exists, "the new session")
        begun = "The session night begins with what is on screen"
        await until(pilot, lambda: begun in on_screen(pilot), "the word for it")
        review.go_to_ls(120)
        await until(pilot, lambda: saved(tmp_path, "night")["review"]["state"]["ls"] == 120, "the save")
        assert saved(tmp_path)["review"]["state"]["ls"] == 1
        screen = screen_of(pilot)
        screen.action_session("default")
        await until(pilot, lambda: screen.review is not review and screen.review is not None, "the other one")
        await settled(pilot)
        other = review_of(pilot)
        assert other.state.ls == 1
        assert other.state.element is not None
        for name, answer in (
            ("default", "is open; open another one first"),
            ("nigth", "There is no session 'nigth'"),
            ("../x", "is no name of a session"),
            ("", "Type which one"),
        ):
            screen.action_delete_session(name)
            await until(pilot, partial(said, screen, answer), answer)
        screen.action_session()
        await pilot.pause()
        assert "Go on in a session" in on_screen(pilot)
        await pilot.press(*"night", "enter")
        await until(pilot, lambda: screen.review is not other and screen.review is not None, "night")
        await settled(pilot)
        assert review_of(pilot).state.ls == 120
        screen.action_delete_session("default")
        await until(pilot, lambda: not (files / "default.json").exists(), "the end of the session")


async def test_what_is_there_no_longer_is_said_and_the_runs_are_there_to_choose_from(
    demo: DemoServices, tmp_path: Path
) -> None:
    async with in_session(demo, tmp_path, target=AT):
        pass
    data = saved(tmp_path)
    data["review"]["state"]["run"][2] = 300000
    data["review"]["element"] = "PixelPhase1/gone"
    data["screen"]["titles"]["plot"] = data["screen"]["place"] = "[red]\x1b[2J"
    (tmp_path / "sessions" / "default.json").write_text(json.dumps(data))
    async with in_session(demo, tmp_path) as (pilot, review):
        await until(pilot, lambda: review.state.run is None, "the end of the run")
        assert screen_of(pilot).at == "runs"
        said = " ".join(message.notice.text for message in screen_of(pilot).messages)
        assert "DIALS does not list run 300000" in said
        assert "'PixelPhase1/gone' is not the name of one monitoring element" in said
        review.select_element(MonitoringElement(1, CHARGE, 1))


async def test_a_broken_session_is_told_of_and_does_not_keep_anybody_from_working(
    demo: DemoServices, tmp_path: Path
) -> None:
    (tmp_path / "sessions").mkdir()
    (tmp_path / "sessions" / "default.json").write_text("{")
    async with in_session(demo, tmp_path, size=(160, 45)) as (pilot, review):
        assert "The session default cannot be understood" in on_screen(pilot)
        assert review.run_list.entries
    assert (tmp_path / "sessions" / "default.json.broken").read_text() == "{"


async def test_services_that_are_away_take_nothing_from_a_session(
    demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with in_session(demo, tmp_path, target=AT):
        pass
    before = saved(tmp_path)
    monkeypatch.setattr(type(demo), "environment", lambda _: {"DQMTUI_DIALS_URL": "http://127.0.0.1:9/"})
    themes = {theme: load_theme(path) for theme, path in available_themes(None).items()}
    app = DqmtuiApp(
        lambda: load_settings({}, {**demo.environment(), "DQMTUI_CACHE_SIZE_MB": "0"}),
        Target(),
        Look(themes["dqm-dark"], UTF8),
        themes,
        session=opened(Sessions(tmp_path / "sessions"), "default"),
    )
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        await pilot.pause()
        # what is known of the session is on screen though nothing can be asked for
        assert "run 379011" in on_screen(pilot)
        assert "charge_PXLayer_1" in on_screen(pilot)
    after = saved(tmp_path)
    assert after["review"] == before["review"]
    for name in ("pane", "place", "element", "is_run_open"):
        assert after["screen"][name] == before["screen"][name]
    assert after["screen"]["titles"]["plot"] == "charge_PXLayer_1"


async def test_a_narrow_screen_goes_on_in_the_pane_that_had_the_keys(
    demo: DemoServices, tmp_path: Path
) -> None:
    async with in_session(demo, tmp_path, target=AT, size=(80, 24)) as (pilot, _):
        await typed(pilot, "2")
        assert screen_of(pilot).at == "lumisections"
    async with in_session(demo, tmp_path, size=(80, 24)) as (pilot, review):
        assert review.state.element is not None
        assert screen_of(pilot).at == "lumisections"
        assert "2 Lumisections" in on_screen(pilot)


class Recorded(Sessions):
    """Sessions that know what was written into them: name and run."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self.written: list[tuple[str, int | None]] = []

    def write(self, name: str, data: Mapping[str, object]) -> bool:
        """Write it, and remember of which run it is."""
        whole: Any = data
        run = whole["review"]["state"].get("run")
        self.written.append((name, run and run[2]))
        return super().write(name, data)


class Narrow(ThreadPoolExecutor):
    """One thread, which is busy until it is let go, and what was handed to it."""

    def __init__(self) -> None:
        super().__init__(1)
        self.handed: list[object] = []
        self.go_on = threading.Event()
        self.submit(self.go_on.wait, DEADLINE_S)

    def submit(self, work: Any, /, *arguments: Any, **named: Any) -> Future[Any]:
        """Remember it, and do it in its turn."""
        self.handed.append(work)
        return super().submit(work, *arguments, **named)


async def gone_from(pilot: Pilot[None], narrow: Narrow) -> None:
    """Begin to save, and be cancelled once the writing waits for its turn."""
    before = len(narrow.handed)
    saving = asyncio.create_task(screen_of(pilot).keep_session())
    await until(pilot, lambda: len(narrow.handed) > before, "the writing")
    saving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await saving


async def test_what_is_saved_never_overtakes_what_was_saved_before(
    demo: DemoServices, tmp_path: Path
) -> None:
    async with in_session(demo, tmp_path, target=AT) as (pilot, review):
        screen = screen_of(pilot)
        await screen.keep_session()
        asyncio.get_running_loop().set_default_executor(narrow := Narrow())
        review.go_to_ls(57)
        await gone_from(pilot, narrow)
        review.go_to_ls(58)
        writes = len(narrow.handed)
        last = asyncio.create_task(screen.keep_session())
        await pilot.pause()
        assert len(narrow.handed) == writes
        narrow.go_on.set()
        await last
        assert saved(tmp_path)["review"]["state"]["ls"] == 58


async def test_what_was_cancelled_before_it_was_written_is_written(
    demo: DemoServices, tmp_path: Path
) -> None:
    async with in_session(demo, tmp_path, target=AT) as (pilot, review):
        screen = screen_of(pilot)
        await screen.keep_session()
        asyncio.get_running_loop().set_default_executor(narrow := Narrow())
        review.go_to_ls(57)
        await gone_from(pilot, narrow)
        narrow.go_on.set()
        await screen.keep_session()
        assert saved(tmp_path)["review"]["state"]["ls"] == 57


async def test_a_session_that_is_opened_never_holds_what_was_left_in_another(
    demo: DemoServices, tmp_path: Path
) -> None:
    sessions = Recorded(tmp_path / "sessions")
    async with in_session(demo, tmp_path, "night", target=Target(run=379765)):
        pass
    async with in_session(demo, tmp_path, target=AT, sessions=sessions) as (pilot, review):
        screen = screen_of(pilot)
        screen.action_session("night")
        await until(pilot, lambda: screen.review is not review and screen.review is not None, "the other one")
        await settled(pilot)
    assert {run for name, run in sessions.written if name == "night"} == {379765}
    assert {run for name, run in sessions.written if name == "default"} <= {None, 379011}


async def test_a_session_stays_as_long_as_notes_cannot_be_put_on_disk(
    demo: DemoServices, tmp_path: Path
) -> None:
    async with in_session(demo, tmp_path, "night", target=AT):
        pass
    state = tmp_path / "state"
    async with in_session(demo, tmp_path, target=AT, state=state) as (pilot, review):
        screen = screen_of(pilot)
        shutil.rmtree(state, ignore_errors=True)
        state.write_text("in the way of the journal")
        review.exclude(LSMask.parse("5"))
        screen.action_session("night")
        await until(pilot, partial(said, screen, "The session stays: 1 edit of notes cannot"), "the answer")
        assert screen.review is review
        state.unlink()
        screen.action_session("night")
        await until(pilot, lambda: screen.review is not review and screen.review is not None, "the other one")
        await settled(pilot)
        assert review_of(pilot).excluded == LSMask.parse("5")
