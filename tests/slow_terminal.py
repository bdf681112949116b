"""A terminal at the end of a slow link: it takes so many bytes a second and no more."""

from __future__ import annotations

import os
import re
import select
import time
from typing import TYPE_CHECKING

from tests.terminal import _UNKNOWN, Terminal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_SLICE_S = 0.01
_MUCH = 65536
_QUESTION, _ANSWER = b"\x1b[?2026$p", "\x1b[?2026;2$y"
# the beginning of a sequence whose end has not come
_OPEN = re.compile(rb"\x1b(?:\[[<>=?]?[0-9;$]*|[P_][^\x1b]*\x1b?)?\Z")


class SlowTerminal(Terminal):
    """Takes `rate` bytes a second, everything at once if that is 0; one that `answers` tells how far it is.

    With `buffers` the way to it takes everything at once, as ssh does, and lets it through at that rate.
    `taken_s` is when something was taken last, `changed_s` when a line changed last (of the monotonic clock).
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        width: int = 80,
        height: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        rate: int = 0,
        buffers: bool = False,
        answers: bool = False,
    ) -> None:
        super().__init__(command, width=width, height=height, env=env, cwd=cwd)
        self.rate = rate
        self._buffers, self._answers = buffers, answers
        self._on_the_way = b""
        self.taken_s = 0.0
        self.changed_s: dict[int, float] = {}
        self._lines: dict[int, tuple[object, ...]] = {}
        self._next_s = 0.0
        self._held = b""

    def stream_for(self, seconds: float) -> None:
        """Take what comes for so long."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if not self._read(time.monotonic() + left):
                return

    def _read(self, deadline: float) -> bool:
        """Take in as much as the link lets through; false once the program has closed the terminal."""
        now = time.monotonic()
        if self._buffers and not self._fetch(0.0, _MUCH) and not self._on_the_way:
            return False
        if self.rate and now < self._next_s:
            # the pace of the link, which is what this is about
            select.select([], [], [], min(self._next_s - now, deadline - now, _SLICE_S))
            if time.monotonic() < self._next_s:
                return True
        most = max(1, int(self.rate * _SLICE_S)) if self.rate else _MUCH
        if not self._on_the_way and not self._fetch(min(_SLICE_S, deadline - time.monotonic()), most):
            return False
        data, self._on_the_way = self._on_the_way[:most], self._on_the_way[most:]
        if data:
            now = time.monotonic()
            if self.rate:
                self._next_s = max(now, self._next_s) + len(data) / self.rate
            self.taken_s = now
            self._take(data)
            self._look(now)
        return True

    def _fetch(self, patience_s: float, most: int) -> bool:
        """Take what the device holds; false once the program has closed it."""
        if not select.select([self._fd], [], [], max(0.0, patience_s))[0]:
            return True
        try:
            data = os.read(self._fd, most)
        except OSError:
            # Linux answers EIO when the last writer is gone
            return False
        self._on_the_way += data
        return bool(data)

    def _take(self, data: bytes) -> None:
        """Show what has come, but for a sequence that has not come whole."""
        self.output += data
        data = self._held + data
        opened = _OPEN.search(data)
        end = opened.start() if opened else len(data)
        self._held = data[end:]
        self._stream.feed(_UNKNOWN.sub(b"", data[:end]))
        if self._answers and _QUESTION in data[:end]:
            self.press(_ANSWER)

    def _look(self, now: float) -> None:
        """Notice which lines have changed."""
        for y in self.screen.dirty:
            line = tuple(self.screen.buffer[y][x] for x in range(self.screen.columns))
            if self._lines.get(y) != line:
                self._lines[y] = line
                self.changed_s[y] = now
        self.screen.dirty.clear()
