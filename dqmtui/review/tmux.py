"""What tmux is told and asked where this program runs within it: its paste buffer, and what it passes on."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from enum import Enum, auto

PATIENCE_S = 2.0
"""Longest time that a question may take."""

_SENDS_ON = (3, 2)
"""The first version whose `load-buffer -w` reaches the clipboard outside, whatever its options say."""
_VERSION = re.compile(r"(\d+)\.(\d+)")


class Taken(Enum):
    """What became of a text that tmux was given."""

    SENT = auto()
    """It is in the paste buffer and was sent to the terminal outside."""
    KEPT = auto()
    """It is in the paste buffer alone."""
    NOT = auto()
    """tmux could not be told."""


@dataclass(frozen=True, slots=True)
class Passing:
    """Options of tmux that say what passes through it, None where it did not say; () is no known version."""

    set_clipboard: str | None
    allow_passthrough: str | None
    version: tuple[int, ...] = ()

    @property
    def passes(self) -> bool | None:
        """Whether OSC 52 arrives outside, plain or wrapped; None where nobody knows."""
        if self.set_clipboard is None:
            return None
        return self.set_clipboard == "on" or self.allow_passthrough in {"on", "all"}

    @property
    def answers(self) -> bool:
        """Whether tmux can be talked to."""
        return self.set_clipboard is not None

    @property
    def sends_on(self) -> bool:
        """Whether what it is told to keep is sent to the terminal outside, too."""
        return self.answers and (not self.version or self.version >= _SENDS_ON)


def give(text: str) -> Taken:
    """Put a text into the paste buffer of tmux, and the clipboard of the terminal outside; blocks."""
    data = text.encode("utf-8", "replace")
    if _tmux("load-buffer", "-w", "-", data=data) is not None:
        return Taken.SENT
    # an older one does not know the option
    return Taken.NOT if _tmux("load-buffer", "-", data=data) is None else Taken.KEPT


def passing() -> Passing:
    """Ask which escape sequences tmux lets through; blocks."""
    clipboard = _tmux("show-options", "-gsv", "set-clipboard")
    if clipboard is None:
        return Passing(None, None)
    # tmux before 3.3 has no such option and lets everything through that is wrapped
    passthrough = _tmux("show-options", "-gwv", "allow-passthrough")
    found = _VERSION.search(_tmux("-V") or "")
    version = () if found is None else tuple(map(int, found.groups()))
    return Passing(clipboard, "on" if passthrough is None else passthrough, version)


def _tmux(*arguments: str, data: bytes = b"") -> str | None:
    """Run tmux, give what it says, None where it cannot be run, refuses or takes too long."""
    program = shutil.which("tmux")
    if program is None:
        return None
    try:
        done = subprocess.run(  # noqa: S603 - the person's own tmux, with arguments of ours
            [program, *arguments], input=data, capture_output=True, check=False, timeout=PATIENCE_S
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", "replace").strip() if done.returncode == 0 else None
