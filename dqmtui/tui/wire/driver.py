"""The driver that puts the wire between Textual and the terminal."""

from __future__ import annotations

import curses
import logging
import os
import signal
import threading
from typing import TYPE_CHECKING, Any

from textual import events
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.messages import TerminalSupportsSynchronizedOutput

from dqmtui.tui.wire.installed import version
from dqmtui.tui.wire.keys_apart import KeysApart
from dqmtui.tui.wire.outlet import Outlet
from dqmtui.tui.wire.pace import QUESTION, Pace
from dqmtui.tui.wire.reading import BEGIN_SYNC, END_SYNC, Kind, parts
from dqmtui.tui.wire.screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from textual.app import App
    from textual.driver import Driver
    from textual.message import Message

    from dqmtui.tui.wire.reading import Part

_log = logging.getLogger(__name__)

KNOWN_TEXTUAL = "8.2."
"""Versions of Textual whose driver passes everything through `write`, each picture at once."""

_TIME_TO_DRAW_S = 0.3
_PATIENCE_S = 5.0
_PATIENCE_AT_END_S = 1.0
# pen and link of a picture that was not written to its end
_NO_PEN, _NO_LINK = "\x1b[m", "\x1b]8;;\x1b\\"
# characters
_PIECE = 2048


def with_wire(driver: type[Driver], *, wanted: bool) -> type[Driver]:
    """Give the driver with the wire, or the same one if that is not wanted or not known to work; log why."""
    if not wanted:
        _log.info("The terminal is written to without the wire: it is switched off.")
        return driver
    textual = version("textual")
    if driver is not LinuxDriver or not textual.startswith(KNOWN_TEXTUAL):
        _log.info("The terminal is written to without the wire: it does not know Textual %s.", textual)
        return driver
    return WireDriver


class WireDriver(LinuxDriver):
    """Writes what has changed on the screen, as fast as the terminal takes it; the rest it passes on.

    While the terminal has not taken the last picture, or has not answered behind so much of them, no other is
    written; the next one is the difference to the screen as it is then. The screen belongs to the thread of
    the event loop.
    """

    def __init__(
        self,
        app: App[Any],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if self._file is None:
            raise OSError("The screen is written to standard error, which is closed.")
        self._fileno = self._file.fileno()
        self._encoding, self._errors = self._file.encoding, self._file.errors or "strict"
        self._outlet: Outlet | None = None
        erases = erases_in_colour(os.environ.get("TERM", ""), self._fileno)
        self._screen = Screen(*self._get_terminal_size(), erases_in_colour=erases)
        self._owner = threading.get_ident()
        self._pace = Pace()
        self._has_answered = threading.Event()
        self._is_painting = False
        self._synchronises = False
        self._has_links = False
        self._questions = 0
        self._turns = 0
        """How often the terminal was taken or given away."""

    # -- the terminal, taken and given away -----------------------------------------------------------------

    def start_application_mode(self) -> None:
        """Take the terminal; nothing of what it shows is known."""
        if self._outlet is None:
            self._outlet = Outlet(self._fileno, self._taken)
            self._outlet.start()
        self._turns += 1
        start: Callable[[], None] = super().start_application_mode
        start()
        self._watch_size()
        self._is_painting = True
        self._fit()

    def stop_application_mode(self) -> None:
        """Give the terminal back as it was; what it has not taken of the screen is not waited for."""
        self._is_painting = False
        self._turns += 1
        if self._outlet is not None:
            self._outlet.drop_cells()
            self._put(_NO_PEN + _NO_LINK * self._has_links)
            if self._pace.is_asked:
                # an answer that comes later would be typed into the shell
                self._has_answered.wait(_PATIENCE_AT_END_S)
            self._pace.give_up()
        super().stop_application_mode()

    def close(self) -> None:
        """Wait until everything is written."""
        if self._outlet is not None:
            self._outlet.stop()
            self._outlet = None
        super().close()

    def run_input_thread(self) -> None:
        """Read keys, those behind an escape apart from it."""
        # the name by which Textual's driver makes its parser when this begins
        vars(linux_driver)["XTermParser"] = KeysApart
        super().run_input_thread()

    def process_message(self, message: Message) -> None:
        """Notice another size and answers of the terminal; this is called in the thread that reads."""
        if isinstance(message, events.Resize):
            self._loop.call_soon_threadsafe(self._fit)
        elif isinstance(message, TerminalSupportsSynchronizedOutput):
            is_ours = self._pace.is_asked
            self._has_answered.set()
            self._loop.call_soon_threadsafe(self._answered)
            if is_ours:
                return
        super().process_message(message)

    def _watch_size(self) -> None:
        """Notice another size before Textual does, which only looks what it is in the end."""
        textual = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: FrameType | None) -> None:
            self._loop.call_soon_threadsafe(self._fit)
            if callable(textual):
                textual(number, frame)

        signal.signal(signal.SIGWINCH, resized)

    def _fit(self) -> None:
        """Take the size of the terminal; nothing of what it shows is known.

        Textual will draw the screen in the new size, unless that is the old one.
        """
        self._screen.resize(*self._get_terminal_size())
        self._loop.call_later(_TIME_TO_DRAW_S, self._paint)

    def forget(self) -> None:
        """Take nothing for granted of what the terminal shows: all of it is written anew."""
        self._screen.forget()
        self._paint()

    # -- what is written ------------------------------------------------------------------------------------

    def write(self, data: str) -> None:
        """Take what is to be written: pictures to be compared, anything else to be passed on in order."""
        if threading.get_ident() != self._owner:
            self._loop.call_soon_threadsafe(self.write, data)
            return
        if not self._screen.paint(data):
            for part in parts(data):
                self._take(part)
        self._paint()

    def _take(self, part: Part) -> None:
        if part.kind is Kind.SYNC:
            # it goes around what is written
            self._synchronises = True
        elif part.kind is Kind.ASIDE:
            self._put(part.raw)
        elif part.kind is Kind.OTHER_SCREEN:
            self._put(part.raw)
            self._screen.forget()
        elif self._screen.take(part):
            self._has_links |= part.kind is Kind.LINK
        else:
            self._put_cells(self._screen.difference())
            self._put(part.raw)
            self._screen.clear()

    def _paint(self) -> None:
        """Write what has changed, once the terminal has taken what was written before."""
        outlet = self._outlet
        if outlet is None or not self._is_painting or not self._screen.is_changed:
            return
        if self._pace.is_behind or not outlet.is_ready:
            return
        turns = self._turns
        pieces = self._screen.difference()
        if turns == self._turns:
            self._put_cells(pieces)
        else:
            # a signal has stopped the program and let it go on in the middle of this
            self._screen.forget()
            self._loop.call_soon(self._paint)

    def _taken(self) -> None:
        """Paint what has changed in the meantime; this is called in the thread that writes."""
        self._loop.call_soon_threadsafe(self._paint)

    def _answered(self) -> None:
        """Go on after an answer of the terminal."""
        self._pace.answered()
        self._paint()

    def _give_up(self, question: int) -> None:
        """Wait no longer for an answer: the terminal may have been replaced by one that gives none."""
        if question == self._questions and self._pace.is_asked:
            self._pace.give_up()
            self._paint()

    def _ask(self) -> None:
        self._questions += 1
        self._has_answered.clear()
        self._put(QUESTION)
        self._loop.call_later(_PATIENCE_S, self._give_up, self._questions)

    def _put_cells(self, pieces: list[str]) -> None:
        """Write a picture, in pieces that may be left out one by one."""
        if self._synchronises:
            self._put(BEGIN_SYNC)
        waiting = ""
        for piece in pieces:
            waiting += piece
            if len(waiting) > _PIECE:
                self._put(waiting, is_cells=True)
                waiting = ""
        if waiting:
            self._put(waiting, is_cells=True)
        if self._synchronises:
            self._put(END_SYNC)
        if self._pace.sends(sum(map(len, pieces))):
            self._ask()

    def _put(self, text: str, *, is_cells: bool = False) -> None:
        if self._outlet is not None:
            data = text.encode(self._encoding, self._errors)
            self._outlet.put(data, is_cells=is_cells)


def erases_in_colour(term: str, fileno: int) -> bool:
    """Tell whether a terminal erases with the background of the pen, as far as its description says.

    Curses reads one description in the life of a process: the first one asked for.
    """
    try:
        curses.setupterm(term, fileno)
    except curses.error:
        return False
    return curses.tigetflag("bce") > 0
