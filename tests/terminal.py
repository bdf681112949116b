"""A program in a real pseudo-terminal, with a screen emulator that shows what a person would see."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Self

import pyte

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from types import TracebackType

KEYS = {
    "enter": "\r",
    "escape": "\x1b",
    "tab": "\t",
    "right": "\x1b[C",
    "left": "\x1b[D",
    "up": "\x1b[A",
    "down": "\x1b[B",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    "ctrl+c": "\x03",
    "ctrl+p": "\x10",
    "ctrl+r": "\x12",
}

_PATIENCE_S = 30.0
_PYTHON_PATH = os.environ.get("PYTHONPATH", "").split(os.pathsep)
# sequences that pyte takes for text: private modes set or queried, and key protocols
_UNKNOWN = re.compile(rb"\x1b\[[<>=?][0-9;]*[a-zA-Z$]*[pqsu]|\x1bP.*?\x1b\\|\x1b_.*?\x1b\\", re.DOTALL)


class Terminal:
    """Runs a command in a terminal of `width` x `height`; a context manager that ends it."""

    def __init__(
        self,
        command: Sequence[str],
        *,
        width: int = 80,
        height: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
    ) -> None:
        self.is_watched = True
        """Whether what is written is shown; there may be much of it, and the emulator is slow."""
        self._switch_on(width, height)
        self.output = b""
        self._text: tuple[tuple[int, int, int] | None, str] = None, ""
        self._exit: int | None = None
        self._state = TemporaryDirectory(prefix="dqmtui-test-", ignore_cleanup_errors=True)
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": os.environ.get("HOME", "/"),
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            # where the tests find the program, it finds itself, wherever it is started
            "PYTHONPATH": os.pathsep.join(str(Path(folder).resolve()) for folder in _PYTHON_PATH if folder),
            # no session of whoever runs the tests, nor of another test, goes on in this one
            "DQMTUI_STATE_DIR": self._state.name,
            **(env or {}),
        }
        self.pid, self._fd = pty.fork()
        if self.pid == 0:  # pragma: no cover - the child becomes the command
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
            if cwd is not None:
                os.chdir(cwd)
            os.execvpe(command[0], list(command), environment)  # noqa: S606 - no shell is wanted
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._exit is None:
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self._fd)
        self._state.cleanup()

    @property
    def text(self) -> str:
        """What stands on the screen."""
        key = len(self.output), self.screen.columns, self.screen.lines
        if self._text[0] != key:
            columns, buffer = range(self.screen.columns), self.screen.buffer
            lines = ("".join([buffer[y][x].data for x in columns]) for y in range(self.screen.lines))
            self._text = key, "\n".join(line.rstrip() for line in lines)
        return self._text[1]

    def press(self, *keys: str) -> None:
        """Type keys by name, anything that is no name as it is."""
        for key in keys:
            os.write(self._fd, KEYS.get(key, key).encode())

    def _switch_on(self, width: int, height: int) -> None:
        self.screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self.screen)

    def look_away(self) -> None:
        """Show nothing of what is written until the next `look_again`."""
        self.is_watched = False

    def look_again(self, width: int, height: int) -> None:
        """Show what is written from now on, in a size that is another one than the last."""
        self._switch_on(width, height)
        self.is_watched = True
        self.resize(width, height)

    def resize(self, width: int, height: int) -> None:
        """Change the size of the terminal."""
        if self.is_watched:
            self.screen.resize(height, width)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        os.kill(self.pid, signal.SIGWINCH)

    def wait_for(self, what: str | Callable[[str], bool], patience_s: float = _PATIENCE_S) -> str:
        """Read until the screen holds a text (or a condition on it holds) and give the screen.

        Raises AssertionError with the screen when that does not come or the program ends.
        """
        fits = (lambda text: what in text) if isinstance(what, str) else what
        deadline = time.monotonic() + patience_s
        while not fits(self.text):
            if time.monotonic() > deadline:
                raise AssertionError(f"{what!r} did not come:\n{self.text}")
            if not self._read(deadline) and not fits(self.text):
                raise AssertionError(f"the program ended before {what!r} came:\n{self.text}")
        return self.text

    def wait_for_output(self, patience_s: float = _PATIENCE_S) -> None:
        """Read until the program has written something; raises AssertionError with its last words."""
        deadline, written = time.monotonic() + patience_s, len(self.output)
        while len(self.output) == written:
            if time.monotonic() > deadline or not self._read(deadline):
                raise AssertionError(
                    f"nothing is written any more: {self.output[-3000:].decode(errors='replace')}"
                )

    def wait_for_rest(self, quiet_s: float = 0.7, patience_s: float = _PATIENCE_S) -> str:
        """Read until the program has written nothing for a while and give the screen.

        Raises AssertionError when it goes on writing or ends.
        """
        deadline = time.monotonic() + patience_s
        written, since = len(self.output), time.monotonic()
        while time.monotonic() - since < quiet_s:
            if time.monotonic() > deadline or not self._read(deadline):
                raise AssertionError(f"the program does not come to rest:\n{self.text}")
            if len(self.output) != written:
                written, since = len(self.output), time.monotonic()
        return self.text

    def wait_for_end(self, patience_s: float = _PATIENCE_S) -> int:
        """Read until the program ends and give its exit code."""
        deadline = time.monotonic() + patience_s
        while self._read(deadline):
            if time.monotonic() > deadline:
                raise AssertionError(f"the program does not end:\n{self.text}")
        _, status = os.waitpid(self.pid, 0)
        self._exit = os.waitstatus_to_exitcode(status)
        return self._exit

    def _read(self, deadline: float) -> bool:
        """Take in what the program wrote; false once it has closed the terminal."""
        ready, _, _ = select.select([self._fd], [], [], max(0.0, min(0.1, deadline - time.monotonic())))
        if not ready:
            return True
        try:
            data = os.read(self._fd, 65536)
        except OSError:
            # Linux answers EIO when the last writer is gone
            return False
        self.output += data
        if self.is_watched:
            self._stream.feed(_UNKNOWN.sub(b"", data))
        return bool(data)
