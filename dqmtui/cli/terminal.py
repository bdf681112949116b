"""What standard output can show: its size and its colours."""

from __future__ import annotations

import os
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.render.colors import ColorLevel

SIZE_OF_A_PIPE = (80, 24)


@dataclass(frozen=True, slots=True)
class Terminal:
    """Standard output: size in cells, 80x24 where it is no terminal, and how many colours it shows."""

    width: int
    height: int
    is_terminal: bool
    color_level: ColorLevel


def look_at_stdout(color: str | None = None, environ: Mapping[str, str] | None = None) -> Terminal:
    """Find out what standard output can show; `color` other than auto is believed as it is."""
    env = os.environ if environ is None else environ
    is_terminal = sys.stdout is not None and sys.stdout.isatty()
    width, height = shutil.get_terminal_size(SIZE_OF_A_PIPE) if is_terminal else SIZE_OF_A_PIPE
    return Terminal(width, height, is_terminal, color_level(color, env, is_terminal=is_terminal))


def color_level(color: str | None, environ: Mapping[str, str], *, is_terminal: bool) -> ColorLevel:
    """Give how many colours to use: those that were asked for, else those the environment lets one expect."""
    match color:
        case "none" | "16" | "256" | "truecolor":
            return color
    term = environ.get("TERM", "")
    if not is_terminal or environ.get("NO_COLOR") or term in {"", "dumb"}:
        return "none"
    if environ.get("COLORTERM") in {"truecolor", "24bit"}:
        return "truecolor"
    # ssh forwards TERM but not COLORTERM: 256 colours are the usual case
    return "256" if "256color" in term else "16"


def why_no_tui(environ: Mapping[str, str] | None = None) -> str | None:
    """Say why the terminal program cannot run here, None when it can."""
    env = os.environ if environ is None else environ
    streams = {
        "standard input": sys.__stdin__,
        "standard output": sys.__stdout__,
        # the terminal program draws there
        "standard error": sys.__stderr__,
    }
    for name, stream in streams.items():
        if stream is None or not stream.isatty():
            return f"The terminal program needs a terminal, but {name} is none."
    term = env.get("TERM", "")
    if term in {"", "dumb", "unknown"}:
        return (
            f"The terminal program needs a terminal that can move its cursor, but TERM is {term or 'unset'}."
        )
    return None
