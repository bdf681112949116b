"""The walk through every screen of the program, of which tests/tui/test_snapshots.py keeps pictures.

It is one session of one run, so that what is drawn late, and what stands where after other things were done,
is in the pictures, too. Nothing in them may depend on when, where or how fast they were made.
"""

from __future__ import annotations

import itertools
import threading
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Self

from textual.events import Paste

from dqmtui.render.charset import CHARSETS
from dqmtui.review.facts import Notice, Severity
from dqmtui.review.review import Target
from dqmtui.review.scan_state import ScanPhase
from dqmtui.services.records import Health
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui.app import DqmtuiApp
from dqmtui.tui.first import FirstScreen
from dqmtui.tui.glimpses import Glimpse
from dqmtui.tui.login.panel import LoginPanel
from dqmtui.tui.login.view import LoginView, Phase
from dqmtui.tui.look import Look
from dqmtui.tui.progress import coming
from dqmtui.tui.screenshot import lines_of, picture
from dqmtui.tui.suspicions import SuspicionList
from dqmtui.tui.widgets.picker import Picker
from tests.tui.driving import PATIENCE_S, review_of, reviewing, screen_of, settled, typed, until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    import pytest
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.store.settings import Settings

    Step = Callable[[Pilot[None]], Awaitable[None]]

RUN = 381065
CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
MAP = "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_2"
SMALL = (50, 12)
"""Columns and rows of a terminal in which there is no room."""

NOON = datetime(2024, 6, 1, 12, 30, 5, tzinfo=UTC)
AGREE_AT = "https://auth.example.org/auth/realms/cern/device?user_code=KXPT-WQRB"


class StoppedClock(datetime):
    """A clock on which it is always the same time."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Self:
        return cls(*NOON.timetuple()[:6], tzinfo=tz)


def stop_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let messages and notes be of one time, and notes have one author and ids that count."""
    numbers = itertools.count(1)
    for module in ("dqmtui.tui.program", "dqmtui.tui.note_list", "dqmtui.review.notebook"):
        monkeypatch.setattr(f"{module}.datetime", StoppedClock)
    monkeypatch.setattr("dqmtui.review.notebook.author", lambda: "shifter")
    monkeypatch.setattr("dqmtui.review.notebook.new_id", lambda: f"{next(numbers):08x}")


# -- the walk -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stop:
    """A screen: the keys that lead to it from the one before, and what else must have happened by then."""

    name: str
    keys: tuple[str, ...] = ()
    then: Step | None = None


async def _scanned(pilot: Pilot[None]) -> None:
    """Wait for the list that opens after a scan."""
    review, found = review_of(pilot), screen_of(pilot).query_one(SuspicionList)
    await until(pilot, lambda: review.scan is not None and review.scan.phase is ScanPhase.DONE, "the scan")
    await until(pilot, lambda: found.is_open, "the list of the scan")


async def _picking(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: screen_of(pilot).query_one(Picker).is_open, "the list")


async def _scored(pilot: Pilot[None]) -> None:
    await until(pilot, lambda: review_of(pilot).scores is not None, "the scores")


async def _said(pilot: Pilot[None]) -> None:
    """Say what is worth reading, and show it."""
    screen = screen_of(pilot)
    screen.messages._kept.clear()
    screen.notice("Theme: dark")
    screen.notice(
        "OMS does not answer; what is known of the run stays. It is asked again by itself.",
        Severity.ERROR,
        "GET https://oms.example.org/agg/api/v1/lumisections: 503\nService Unavailable",
    )
    screen.notice("32 LS of run 381065 have no row in OMS; they count as unknown.", Severity.WARNING)
    screen.on_line = Notice("")
    await typed(pilot, "E")


async def _asked_to_log_in(pilot: Pilot[None]) -> None:
    """Show the layer of a login, with a code that is always the same."""
    screen = screen_of(pilot)
    screen.action_login()
    layer = screen.query_one(LoginPanel)
    await until(pilot, lambda: layer.view.phase is not Phase.ASKING, "an answer of the login service")
    layer.workers.cancel_group(layer, "login")
    layer._show(LoginView(Phase.WAITING, AGREE_AT, "KXPT-WQRB", 583))


async def _too_small(pilot: Pilot[None]) -> None:
    await pilot.resize_terminal(*SMALL)


WALK = (
    Stop("runs", ("home",)),
    Stop("lumisections", ("colon", f" {RUN}", "enter", "2")),
    Stop("finder", ("slash", " barrel charge")),
    Stop("plot", ("escape", "slash", f" ={CHARGE}", "enter", "colon", " 301", "enter")),
    Stop("references", ("r",), _picking),
    Stop("ratio", ("enter", "d")),
    Stop("several", ("A", "down", "enter", "A", " 381080", "enter", "n", "n", "b", "d", "d", "d", "i")),
    Stop("waterfall", ("i", "w")),
    Stop("scores", ("w", "s"), _scored),
    Stop("trend", ("colon", " 290", "enter", "v", "colon", " 315", "enter", "v", "4", "U", "U", "z")),
    Stop("note", ("m", " bias voltage dip")),
    Stop("notes", ("enter", "escape", "Z", "z", "x", "M")),
    Stop("page", ("escape", "escape", "p", " =pixel-barrel", "enter")),
    Stop("map", ("colon", " layout none", "enter", "slash", f" ={MAP}", "enter", "colon", " 430", "enter")),
    Stop("map-reference", ("d", "O")),
    Stop("scan", ("slash", " barrel/charge", "enter", "S", "enter"), _scanned),
    Stop("flags", ("escape", "colon", " ml.flags", "enter"), _picking),
    Stop("table", ("escape", "2", "f", " rate > 40 and not excluded", "enter", "o", "o", "o")),
    Stop("columns", ("C", "down", "down")),
    Stop("export", ("escape", "e"), _picking),
    Stop("palette", ("escape", "ctrl+p", " next")),
    Stop("prompt", ("escape", "colon", " trend.s")),
    Stop("help", ("escape", "3", "question_mark")),
    Stop("messages", ("escape",), _said),
    Stop("login", ("escape",), _asked_to_log_in),
    Stop("too-small", ("escape",), _too_small),
)


async def _typed(pilot: Pilot[None], keys: Sequence[str]) -> None:
    """Press keys, and paste what begins with a space, which is much faster than to type it."""
    for key in keys:
        if key.startswith(" "):
            await settled(pilot)
            assert pilot.app.focused is not None
            pilot.app.focused.post_message(Paste(key[1:]))
            await pilot.pause()
        else:
            await pilot.press(key)
    await settled(pilot)


async def _quiet(pilot: Pilot[None]) -> None:
    """Wait until nothing is coming, and draw it all with services that answer in the same time."""
    screen = screen_of(pilot)

    def is_quiet() -> bool:
        review = review_of(pilot)
        is_late = screen._late_drawing is not None or review.is_scoring
        return coming(review) is None and not is_late and not review.is_busy

    await until(pilot, is_quiet, "the end of loading")
    for name, state in screen.services.items():
        screen.services[name] = replace(state, health=Health.OK, latency_ms=20.0, last_error=None)
    screen.show_lines()
    await pilot.pause()
    await pilot.pause()


async def walked(
    demo: DemoServices, size: tuple[int, int], theme: str, charset: str, kind: str
) -> AsyncIterator[tuple[str, Callable[[], str]]]:
    """Walk through the screens, and give the name of each with what draws it as it stands."""
    target = Target(workspace="tracker", dataset="ZeroBias")
    async with reviewing(demo, target, size, theme=theme, charset=charset) as (pilot, _):
        for stop in WALK:
            await _typed(pilot, stop.keys)
            if stop.then is not None:
                await stop.then(pilot)
            await _quiet(pilot)
            yield stop.name, partial(screen_of(pilot).pictured, kind)


async def first_frame(size: tuple[int, int], theme: str, charset: str, kind: str) -> str:
    """Draw what stands there while the rest of the program is being imported."""
    themes = {name: load_theme(path) for name, path in available_themes(None).items()}
    glimpse = Glimpse(
        f"tracker  ZeroBias 2024E PromptReco-v1  run {RUN}  LS 301",
        CHARGE,
        {
            "runs": f"Run {RUN}  fill 9662  819 LS",
            "plot": CHARGE.rpartition("/")[2],
            "trend": "mean per LS",
        },
        pane="plot",
        is_run_open=True,
    )
    may_go_on = threading.Event()

    def look() -> Look:
        may_go_on.wait(PATIENCE_S)
        return Look(themes[theme], CHARSETS[charset])

    first = FirstScreen(glimpse, is_ascii=charset == "ascii")
    app = DqmtuiApp(load_nothing, Target(), look, themes, first=(first, theme))
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        try:
            return picture(lines_of(app), kind, themes[theme], "dqmtui", None)
        finally:
            may_go_on.set()
            await until(pilot, lambda: app.screen is not first, "the screen of the review")


def load_nothing() -> Settings:
    """Stop where the services would be connected."""
    raise ValueError("no services")
