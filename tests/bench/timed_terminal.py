"""A program in a real pseudo-terminal, and when it wrote what; nothing is emulated while it runs."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyte

from tests.terminal import _UNKNOWN, Terminal

if TYPE_CHECKING:
    from collections.abc import Callable

QUIET_S = 0.15
PATIENCE_S = 60.0
# behind the name of the program in /proc/PID/stat
_USER_TIME, _SYSTEM_TIME = 11, 12


@dataclass(frozen=True, slots=True)
class Answer:
    """What followed a key: ms to the first and the last byte, and how many bytes."""

    first_ms: float
    last_ms: float
    n_bytes: int


class TimedTerminal(Terminal):
    """Notes when something was written; an emulator would take its processor time from the program's."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.started_s = time.monotonic()
        super().__init__(*arguments, **options)
        self.look_away()
        self.taken: list[tuple[float, int]] = []
        """When something was taken, of the monotonic clock, and how many bytes in all there were then."""

    @property
    def processor_s(self) -> float:
        """Seconds of the processor that the program itself has taken, in steps of the kernel's clock."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[_USER_TIME]) + int(fields[_SYSTEM_TIME])) / os.sysconf("SC_CLK_TCK")

    def wait_for_bytes(self, text: bytes) -> float:
        """Wait until a text has been written, and give when, in s from the start of the program."""
        self.wait_for(lambda _: text in self.output, PATIENCE_S)
        return self.taken[-1][0] - self.started_s

    def answer(self, keys: str, quiet_s: float = QUIET_S) -> Answer:
        """Type keys and wait until nothing more follows."""
        before, n_before, pressed_s = len(self.taken), len(self.output), time.monotonic()
        self.press(keys)
        self.wait_for_output(PATIENCE_S)
        self.wait_for_rest(quiet_s, PATIENCE_S)
        times_ms = [1e3 * (at_s - pressed_s) for at_s, _ in self.taken[before:]]
        return Answer(times_ms[0], times_ms[-1], len(self.output) - n_before)

    def ms_until(self, shown: Callable[[str], bool], since_s: float) -> float:
        """Give when the screen first showed something, in ms since a time; raises AssertionError if never."""
        screen = pyte.Screen(self.screen.columns, self.screen.lines)
        stream, begin = pyte.ByteStream(screen), 0
        for at_s, end in self.taken:
            stream.feed(_UNKNOWN.sub(b"", self.output[begin:end]))
            begin = end
            if at_s >= since_s and shown("\n".join(screen.display)):
                return 1e3 * (at_s - since_s)
        raise AssertionError("it was never shown:\n" + "\n".join(screen.display))

    def _read(self, deadline: float) -> bool:
        before = len(self.output)
        goes_on = super()._read(deadline)
        if len(self.output) != before:
            self.taken.append((time.monotonic(), len(self.output)))
        return goes_on
