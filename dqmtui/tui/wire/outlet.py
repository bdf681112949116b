"""The way out: a thread that writes to the terminal at the pace at which the terminal takes it."""

from __future__ import annotations

import logging
import os
import select
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

_log = logging.getLogger(__name__)
_MOST_AT_ONCE = 4096


class _Piece(NamedTuple):
    number: int
    data: bytes
    is_cells: bool


class Outlet:
    """Writes to a file in the order in which it is told to; one thread tells, `taken` is called in another.

    There are no locks: a signal may stop and start the program in the middle of whatever it does.
    """

    def __init__(self, fileno: int, taken: Callable[[], None]) -> None:
        self._fileno = fileno
        self._taken = taken
        self._pieces: SimpleQueue[_Piece | None] = SimpleQueue()
        self._put = self._done = self._dropped = 0
        self._is_awaited = False
        self._thread = Thread(target=self._run, name="dqmtui-wire", daemon=True)

    def start(self) -> None:
        """Begin to write."""
        self._thread.start()

    def put(self, data: bytes, *, is_cells: bool = False) -> None:
        """Write something behind all else; cells of a picture may still be dropped."""
        self._put += 1
        self._pieces.put(_Piece(self._put, data, is_cells))

    @property
    def is_ready(self) -> bool:
        """Tell whether the terminal has taken everything; if not, `taken` is called once it has."""
        # announced before it is looked at, so that an end in between is noticed on one side at least
        self._is_awaited = True
        if self._done == self._put:
            self._is_awaited = False
            return True
        return False

    def drop_cells(self) -> None:
        """Write no more cells of what has been put so far."""
        self._dropped = self._put

    def stop(self) -> None:
        """Write what is left and end."""
        self._pieces.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (piece := self._pieces.get()) is not None:
            if not (piece.is_cells and piece.number <= self._dropped):
                self._write(piece)
            self._done = piece.number
            if self._is_awaited and self._done == self._put:
                self._is_awaited = False
                self._taken()

    def _write(self, piece: _Piece) -> None:
        left = memoryview(piece.data)
        while left:
            try:
                # a terminal that somebody has made non-blocking is waited for just so
                select.select([], [self._fileno], [])
                left = left[os.write(self._fileno, left[:_MOST_AT_ONCE]) :]
            except BlockingIOError:
                continue
            except OSError as error:
                # the terminal is gone, and with it whoever could be told; Textual notices by its input
                _log.info("The terminal takes no more: %s", error)
                self._dropped = piece.number
                return
