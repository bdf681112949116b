"""The lines given at the prompt before, and going back through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST_LINES = 500


class History:
    """Lines, the newest last, each once; `older` and `newer` go through those with the same beginning."""

    def __init__(self, lines: Iterable[str] = ()) -> None:
        self._lines: list[str] = []
        self._typed = ""
        self._at: int | None = None
        for line in lines:
            self.add(line)

    def __len__(self) -> int:
        return len(self._lines)

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines, the newest last."""
        return tuple(self._lines)

    def add(self, line: str) -> None:
        """Keep one more; what stood there before goes, as do the oldest of too many."""
        if line in self._lines:
            self._lines.remove(line)
        self._lines = [*self._lines, line][-MOST_LINES:]
        self.leave()

    def put_before(self, lines: Iterable[str]) -> None:
        """Take over lines of another time, which are older than those that are there."""
        mine = self._lines
        self._lines = []
        for line in (*lines, *mine):
            self.add(line)

    def leave(self) -> None:
        """Begin anew with what is typed next."""
        self._at = None

    def older(self, line: str) -> str:
        """Give the last line before that begins with what was typed, the same line when there is none."""
        if self._at is None or line != self._shown():
            self._typed, self._at = line, len(self._lines)
        return self._step(-1)

    def newer(self, line: str) -> str:
        """Give the next line after that, at the end what was typed."""
        if self._at is None or line != self._shown():
            return line
        return self._step(1)

    def _shown(self) -> str:
        at = self._at
        return self._typed if at is None or at >= len(self._lines) else self._lines[at]

    def _step(self, step: int) -> str:
        at = len(self._lines) if self._at is None else self._at
        places = range(at + step, -1 if step < 0 else len(self._lines), step)
        found = next((place for place in places if self._fits(self._lines[place])), None)
        if found is not None:
            self._at = found
        elif step > 0:
            self._at = len(self._lines)
        return self._shown()

    def _fits(self, line: str) -> bool:
        return line.startswith(self._typed) and line != self._typed
