"""Real applications on a pseudo-terminal: what Textual wrote beside what the terminal got."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import pty
import random
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import unicodedata
from importlib import metadata
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.drivers.headless_driver import HeadlessDriver
from textual.drivers.linux_driver import LinuxDriver
from textual.widgets import DataTable, Input, Static

from dqmtui.review.review import Target
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui.app import DqmtuiApp
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.wire import driver as wire
from dqmtui.tui.wire.driver import WireDriver, with_wire
from dqmtui.tui.wire.installed import version
from dqmtui.tui.wire.pace import QUESTION
from dqmtui.tui.wire.reading import BEGIN_SYNC, END_SYNC, Kind, parts
from tests.emulator import Emulator
from tests.tui.driving import PATIENCE_S, on_screen, review_app, review_of, settled, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.driver import Driver
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.render.cells import CellGrid

ANSWER = "\x1b[?2026;2$y"
CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
_SHARE_OF_OVERLAYS, _SHARE_OF_STEPS = 0.25, 0.65
N_AT_ONCE = 60


class BothWays(WireDriver):
    """Keeps what Textual writes, and the sizes of the terminal between."""

    def __init__(self, app: App[Any], **options: Any) -> None:
        self.written: list[str | tuple[int, int]] = []
        super().__init__(app, **options)

    def write(self, data: str) -> None:
        if threading.get_ident() == self._owner:
            self.written.append(data)
        super().write(data)

    def _fit(self) -> None:
        self.written.append(self._get_terminal_size())
        super()._fit()

    @property
    def is_at_rest(self) -> bool:
        return self._outlet is not None and self._outlet.is_ready and not self._screen.is_changed

    @property
    def n_waiting(self) -> int:
        return 0 if self._outlet is None else self._outlet._pieces.qsize()


class Line:
    """The other end of a pseudo-terminal.

    Nothing is taken from it while `flows` is not set; it may answer what Textual asks a terminal.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, width: int, height: int) -> None:
        self._environment = monkeypatch
        self._master, slave = pty.openpty()
        self.input = os.fdopen(slave, encoding="utf-8")
        self.output = os.fdopen(os.dup(slave), "w", encoding="utf-8")
        self.flows = threading.Event()
        self.flows.set()
        self.answers = False
        self._got: list[bytes] = []
        self._is_over = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._take_size(width, height)
        self._reader.start()

    def _take_size(self, width: int, height: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self._environment.setenv("COLUMNS", str(width))
        self._environment.setenv("LINES", str(height))

    def resize(self, width: int, height: int) -> None:
        self._take_size(width, height)
        os.kill(os.getpid(), signal.SIGWINCH)

    def taken(self) -> str:
        """Give what has come since it was asked last."""
        got, self._got = self._got, []
        return b"".join(got).replace(b"\r\n", b"\n").decode()

    def type(self, text: str) -> None:
        os.write(self._master, text.encode())

    def close(self) -> None:
        self._is_over = True
        self.flows.set()
        self._reader.join()
        self.input.close()
        self.output.close()
        os.close(self._master)

    def _read(self) -> None:
        while not self._is_over:
            self.flows.wait()
            if select.select([self._master], [], [], 0.01)[0]:
                data = os.read(self._master, 65536)
                self._got.append(data)
                if self.answers and QUESTION.encode() in data:
                    self.type(ANSWER)


@pytest.fixture
def line(monkeypatch: pytest.MonkeyPatch) -> Iterator[Line]:
    """A terminal of 100 x 30 that this process seems to have been started in."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTSTP, signal.SIGCONT, signal.SIGWINCH)}
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "256")
    opened = Line(monkeypatch, 100, 30)
    monkeypatch.setattr(sys, "__stdin__", opened.input)
    monkeypatch.setattr(sys, "__stderr__", opened.output)
    try:
        yield opened
    finally:
        opened.close()
        for number, handler in kept.items():
            signal.signal(number, handler)


def driver_of(pilot: Pilot[Any]) -> BothWays:
    driver = pilot.app._driver
    assert isinstance(driver, BothWays)
    return driver


class Beside:
    """Two emulators: one gets what Textual wrote, the other what came over the line."""

    def __init__(self, pilot: Pilot[Any], line: Line) -> None:
        self._pilot, self._line = pilot, line
        self._driver = driver_of(pilot)
        self._n_shown = 0
        self.got = ""
        self.whole = Emulator(*self._driver._get_terminal_size())
        self.told = Emulator(*self._driver._get_terminal_size())

    async def compare(self, *, meant: bool = True) -> None:
        """Wait until both show the same: what is `meant`, which is what the widgets draw."""
        # the widgets take their messages, then the screen draws
        await self._pilot.pause()
        drawn = asyncio.Event()
        self._pilot.app.screen.call_after_refresh(drawn.set)
        await until(self._pilot, drawn.is_set, "the screen drawn")

        def is_same() -> bool:
            if not self._driver.is_at_rest:
                return False
            self._show()
            composed = unicodedata.normalize("NFC", on_screen(self._pilot))
            return (
                ("\n".join(self.told.display) == composed or not meant)
                and self.told.cells == self.whole.cells
                and self.told.place == self.whole.place
            )

        await until(self._pilot, is_same, "the same on both screens")
        assert any(line.strip() for line in self.told.display)

    async def resize(self, width: int, height: int) -> None:
        await self.compare()
        self.told.resize(height, width)
        self._line.resize(width, height)
        await until(self._pilot, lambda: self._pilot.app.size == (width, height), "the size")
        await self._pilot.pause()

    def got_so_far(self) -> str:
        self._show()
        return self.got

    def _show(self) -> None:
        for data in self._driver.written[self._n_shown :]:
            if isinstance(data, str):
                self.whole.write(data)
            elif data != (self.whole.columns, self.whole.lines):
                # Textual draws everything anew
                self.whole = Emulator(*data, wraps=False)
        self._n_shown = len(self._driver.written)
        got = self._line.taken()
        self.got += got
        self.told.write(got)


class Overlays(App[None]):
    """Wide characters, links, a table, a layer over all of it."""

    CSS = """
    Screen { layers: below above; }
    Horizontal { height: 12; }
    #left, #right { width: 1fr; height: 12; }
    #table { height: 1fr; }
    #over { layer: above; display: none; width: 40; height: 9; offset: 13 5; border: double red; }
    #over.-shown { display: block; }
    """
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, driver: type[Driver] = BothWays) -> None:
        super().__init__(driver_class=driver)

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield Static(id="left")
            yield Static(id="right")
        yield Input(id="input")
        yield DataTable(id="table")
        yield Static("你好 over everything: e\u0301 " * 20, id="over", markup=False)

    def on_mount(self) -> None:
        table: DataTable[str] = self.query_one("#table", DataTable)
        table.add_columns("one", "двa", "三")
        for number in range(30):
            table.add_row(str(number), "你" * (number % 7), "x" * number)

    def change(self, choices: random.Random) -> None:
        """Do something that changes the screen."""
        match choices.randrange(7):
            case 0:
                self.query_one("#over").toggle_class("-shown")
            case 1:
                self.theme = choices.choice(sorted(self.available_themes))
            case 2:
                link = f"[link='https://cern.ch/{choices.random()}']link[/link]"
                self.query_one("#left", Static).update(f"[b red]{self.words(choices)}[/] {link} [dim]x[/]")
            case 3:
                self.query_one("#right", Static).update(
                    f"[reverse]{self.words(choices)}[/] [u on blue] x  [/]"
                )
            case 4:
                self.query_one("#over").offset = choices.randrange(50), choices.randrange(20)
            case 5:
                self.query_one("#table", DataTable).move_cursor(row=choices.randrange(30))
            case _:
                self.query_one("#input", Input).value = self.words(choices)[:60]

    @staticmethod
    def words(choices: random.Random) -> str:
        return " ".join(
            choices.choices(["你好", "█▇▆▅", "e\u0301", "─────", "plain", " " * 12, "⣿⣿⡀", "好x"], k=30)
        )


@pytest.mark.parametrize("seed", range(4))
async def test_after_a_long_session_the_terminal_shows_what_textual_wrote(line: Line, seed: int) -> None:
    choices = random.Random(seed)
    app = Overlays()
    async with app.run_test(headless=False, size=None) as pilot:
        beside = Beside(pilot, line)
        for step in range(60):
            app.change(choices)
            if choices.random() < 0.3:
                await pilot.pause()
            if step % 20 == 19:
                await beside.resize(choices.randrange(40, 140), choices.randrange(15, 45))
        await beside.compare()


STEPS = (
    *("right", "left", "L", "H", "G", "g", "down", "up", "pagedown", "tab", "[", "]", "full_stop"),
    *"1234",
)
PICTURES = (*"nyYwibtzdxv", "plus", "minus", "T")
OVERLAYS = ("question_mark", "slash", "colon", "ctrl+p", "E", "p", "r")
"""What lies over the panes when it is open; keys go there until escape."""


def keys_of_a_session(choices: random.Random, n: int) -> Iterator[str]:
    """Give keys of a long session: steps, other pictures, overlays that are typed into and left."""
    for _ in range(n):
        kind = choices.random()
        if kind < _SHARE_OF_OVERLAYS:
            yield choices.choice(OVERLAYS)
            yield from choices.choices(("c", "h", "a", "down", "backspace"), k=choices.randrange(4))
            yield "escape"
        else:
            yield choices.choice(STEPS if kind < _SHARE_OF_STEPS else PICTURES)


@pytest.mark.parametrize("seed", range(2))
async def test_after_a_long_review_the_terminal_shows_what_textual_wrote(
    line: Line, seed: int, demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DqmtuiApp, "get_driver_class", lambda _: BothWays)
    choices = random.Random(seed)
    app = review_app(demo.environment(), Target(run=379011, me=CHARGE))
    async with app.run_test(headless=False, size=None) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        await settled(pilot)
        beside = Beside(pilot, line)
        for step, key in enumerate(keys_of_a_session(choices, 50), 1):
            await pilot.press(key)
            if step % 25 == 0:
                await beside.resize(choices.randrange(40, 150), choices.randrange(12, 45))
        await pilot.press("escape", "escape")
        for name in choices.sample(sorted(available_themes(None)), 2):
            app.review_screen.use_theme(load_theme(available_themes(None)[name]))
            await settled(pilot)
            await beside.compare()


async def test_of_keys_that_come_at_once_the_last_lumisection_is_drawn_and_most_on_the_way_are_not(
    line: Line, demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DqmtuiApp, "get_driver_class", lambda _: BothWays)
    drawn: list[int | None] = []
    build = PlotPane.build

    def counted(pane: PlotPane, width: int, height: int) -> CellGrid:
        drawn.append(review_of(pilot).state.ls)
        return build(pane, width, height)

    app = review_app(demo.environment(), Target(run=379011, me=CHARGE))
    async with app.run_test(headless=False, size=None) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        await settled(pilot)
        beside = Beside(pilot, line)
        await beside.compare()
        monkeypatch.setattr(PlotPane, "build", counted)
        line.type("\x1b[C" * N_AT_ONCE)
        await until(pilot, lambda: review_of(pilot).state.ls == N_AT_ONCE + 1, "the last LS")
        await beside.compare()
        assert drawn[-1] == N_AT_ONCE + 1
        assert len(drawn) < N_AT_ONCE / 2


async def test_a_stuck_terminal_is_told_no_more_than_one_picture_and_then_only_the_last(line: Line) -> None:
    choices = random.Random(7)
    app = Overlays()
    async with app.run_test(headless=False, size=None) as pilot:
        beside = Beside(pilot, line)
        await beside.compare()
        driver, told_before = driver_of(pilot), len(beside.got)
        n_before = len(driver.written)
        line.flows.clear()
        most = 0
        for _ in range(60):
            app.change(choices)
            await pilot.pause()
            most = max(most, driver.n_waiting)
        assert not driver.is_at_rest
        n_written = sum(len(data) for data in driver.written[n_before:] if isinstance(data, str))
        line.flows.set()
        await beside.compare()
        # pieces of one picture of 100 x 30 cells
        assert most < 30
        assert len(beside.got) - told_before < n_written / 4


async def test_what_is_no_picture_is_passed_on_in_order_and_once(line: Line) -> None:
    async with Overlays().run_test(headless=False, size=None) as pilot:
        beside = Beside(pilot, line)
        await beside.compare()
        told = len(beside.got)
        asides = [
            "\x07",
            "\x1b]52;c;eA==\x07",
            "\x1b]22;pointer\x07",
            "\x1b[?1003l",
            "\x1b[?25h",
            "\x1b]2;title\x1b\\",
        ]
        asides += ["\x1bPtmux;\x1b\x1b]52;c;eQ==\x07\x1b\\", "\x1b[22;0t", "\x1b[>1u"]
        line.flows.clear()
        for number, aside in enumerate(asides):
            pilot.app.query_one("#left", Static).update(f"{number}" * 400)
            await pilot.pause()
            driver_of(pilot).write(aside)
        line.flows.set()
        await beside.compare()
        assert [part.raw for part in parts(beside.got[told:]) if part.kind is Kind.ASIDE] == asides


async def test_a_sequence_that_nobody_knows_finds_the_screen_as_it_was_meant(line: Line) -> None:
    async with Overlays().run_test(headless=False, size=None) as pilot:
        beside = Beside(pilot, line)
        await beside.compare()
        # lines deleted and inserted, the screen scrolled and cleared
        for unknown in ("\x1b[3;4H\x1b[2M", "\x1b[2;1H\x1b[L", "\x1b[10;10H\x1b[1J", "\x1b[5;5H\x1b[4X"):
            driver_of(pilot).write(unknown)
            pilot.app.query_one("#right", Static).update(unknown[-2:] * 99)
            await pilot.pause()
            await beside.compare(meant=False)


async def test_a_terminal_that_can_shows_each_picture_at_once(line: Line) -> None:
    line.answers = True
    async with Overlays().run_test(headless=False, size=None) as pilot:
        beside = Beside(pilot, line)
        await until(pilot, lambda: pilot.app._sync_available, "the answer of the terminal")
        await beside.compare()
        told = len(beside.got)
        pilot.app.query_one("#left", Static).update("second")
        await beside.compare()
        pictures = beside.got[told:].split(BEGIN_SYNC)[1:]
        assert pictures
        for picture in pictures:
            _, end, behind = picture.partition(END_SYNC)
            assert end
            assert all(part.kind is Kind.ASIDE for part in parts(behind))


async def test_a_terminal_that_answers_is_not_sent_more_than_it_has_shown(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_PATIENCE_S", PATIENCE_S)
    line.answers = True
    app = Overlays()
    async with app.run_test(headless=False, size=None) as pilot:
        beside, driver = Beside(pilot, line), driver_of(pilot)
        await until(pilot, lambda: app._sync_available, "the answer of the terminal")
        await beside.compare()
        await until(pilot, lambda: not driver._pace.is_asked, "the answer to all questions")
        # from now on it takes everything, and shows nothing
        line.answers = False
        told = len(beside.got)
        for theme in sorted(app.available_themes)[:12]:
            app.theme = theme
            await pilot.pause()
        sent = beside.got_so_far()[told:]
        assert sent.count(QUESTION) == 1
        assert driver._screen.is_changed
        line.answers = True
        line.type(ANSWER)
        await beside.compare()


async def test_a_terminal_that_stops_answering_is_waited_for_a_while_and_not_asked_again(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "_PATIENCE_S", 0.1)
    line.answers = True
    app = Overlays()
    async with app.run_test(headless=False, size=None) as pilot:
        beside, driver = Beside(pilot, line), driver_of(pilot)
        await until(pilot, lambda: app._sync_available, "the answer of the terminal")
        await beside.compare()
        await until(pilot, lambda: not driver._pace.is_asked, "the answer to all questions")
        line.answers = False
        told = len(beside.got)
        for seed in range(30):
            app.query_one("#right", Static).update(app.words(random.Random(seed)) * 30)
            await beside.compare()
        await until(pilot, lambda: not driver._pace.is_asked, "the end of waiting")
        assert len(beside.got) - told > 10_000
        assert beside.got[told:].count(QUESTION) == 1


async def test_a_terminal_that_does_not_answer_is_not_asked(line: Line) -> None:
    app = Overlays()
    async with app.run_test(headless=False, size=None) as pilot:
        beside = Beside(pilot, line)
        await beside.compare()
        told = len(beside.got)
        for seed in range(30):
            app.query_one("#right", Static).update(app.words(random.Random(seed)) * 30)
            await beside.compare()
        assert len(beside.got) - told > 10_000
        assert QUESTION not in beside.got[told:]


async def test_a_terminal_that_was_written_to_is_drawn_anew_when_its_size_was_changed_and_changed_back(
    line: Line,
) -> None:
    async with Overlays().run_test(headless=False, size=None) as pilot:
        beside = Beside(pilot, line)
        await beside.compare()
        beside.told.write("\x1b[5;5Hwhat another program wrote")
        line.resize(100, 30)
        await beside.compare()


async def test_ctrl_l_draws_over_what_another_program_wrote(
    line: Line, demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(DqmtuiApp, "get_driver_class", lambda _: BothWays)
    app = review_app(demo.environment())
    async with app.run_test(headless=False, size=None) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        await settled(pilot)
        beside = Beside(pilot, line)
        await beside.compare()
        beside.told.write("\x1b[5;5HBroadcast message from root")
        assert "Broadcast" in "".join(beside.told.display)
        await pilot.press("ctrl+l")
        await beside.compare()


@pytest.mark.parametrize("version", ["8.1.9", "8.3.0", "9.0.0"])
def test_a_version_of_textual_that_is_not_known_gets_its_own_driver_and_the_log_says_so(
    version: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "dqmtui")
    monkeypatch.setattr(wire, "version", lambda _: version)
    assert with_wire(LinuxDriver, wanted=True) is LinuxDriver
    assert f"does not know Textual {version}" in caplog.text


def test_another_driver_than_the_usual_one_stays(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "dqmtui")
    assert with_wire(HeadlessDriver, wanted=True) is HeadlessDriver
    assert "does not know" in caplog.text


def test_the_version_found_is_that_of_the_installed_package() -> None:
    assert version("textual") == metadata.version("textual")
    with pytest.raises(metadata.PackageNotFoundError):
        version("dqmtui-which-is-not-installed")


def test_the_installed_textual_is_known() -> None:
    assert with_wire(LinuxDriver, wanted=True) is WireDriver


def test_the_wire_can_be_switched_off(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "dqmtui")
    assert with_wire(LinuxDriver, wanted=False) is LinuxDriver
    assert "switched off" in caplog.text


@pytest.mark.parametrize(
    ("term", "erases"), [("xterm-256color", True), ("screen", False), ("no-such-terminal", False)]
)
def test_what_a_terminal_can_erase_is_read_from_its_description(term: str, *, erases: bool) -> None:
    # in a process of its own: curses reads one description only
    asked = f"from dqmtui.tui.wire.driver import erases_in_colour; print(erases_in_colour({term!r}, 1))"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(erases)
