"""What can be told of the terminal: size, colours and characters, and what it answers when it is asked."""

from __future__ import annotations

import os
import re
import select
import sys
import termios
import time
import tty
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dqmtui.cli.talk import deciding_locale, locale_charset
from dqmtui.cli.terminal import color_level
from dqmtui.model.text import harmless
from dqmtui.review.checkup_findings import Fault, Finding
from dqmtui.review.tmux import passing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.cli.work import Work
    from dqmtui.review.tmux import Passing

PATIENCE_S = 1.0
"""So long a terminal may take to answer; one behind a slow link takes a round trip."""
SMALLEST = (80, 24)

# DECRQM: is mode 2026, synchronized output, known? Then DA1, which every terminal answers: once that has come
# there is no other answer to wait for.
_QUESTION = b"\x1b[?2026$p\x1b[c"
_SYNCHRONIZED = re.compile(rb"\x1b\[\?2026;([0-4])\$y")
_ATTRIBUTES = re.compile(rb"\x1b\[\?([0-9;]*)c")
_CLIPBOARD = b"52"
_MOST_BYTES = 4096


def look_at_terminal(work: Work, environ: Mapping[str, str]) -> list[Finding]:
    """Look at standard output and at what the environment says of it."""
    return [
        _size(work),
        _colors(work, environ),
        _characters(work, environ),
        _between(environ),
        _abilities(environ),
    ]


def _size(work: Work) -> Finding:
    terminal = work.terminal
    facts = {"is_terminal": terminal.is_terminal, "width": terminal.width, "height": terminal.height}
    if not terminal.is_terminal:
        return Finding("terminal", "size", "standard output is no terminal", facts)
    says = f"{terminal.width} x {terminal.height}"
    if terminal.width < SMALLEST[0] or terminal.height < SMALLEST[1]:
        advice = (
            f"Make the window {SMALLEST[0]} x {SMALLEST[1]} or larger; plots have little room below that."
        )
        return Finding("terminal", "size", says, facts, Fault.SETUP, advice)
    return Finding("terminal", "size", says, facts)


def _colors(work: Work, environ: Mapping[str, str]) -> Finding:
    level = work.terminal.color_level
    term, colorterm = environ.get("TERM", ""), environ.get("COLORTERM", "")
    facts = {
        "colors": level,
        "TERM": term or None,
        "COLORTERM": colorterm or None,
        "NO_COLOR": bool(environ.get("NO_COLOR")),
    }
    if level != color_level(None, environ, is_terminal=work.terminal.is_terminal):
        why = "--color says so"
    elif not work.terminal.is_terminal:
        why = "no terminal"
    elif environ.get("NO_COLOR"):
        why = "NO_COLOR is set"
    elif level == "truecolor":
        why = f"COLORTERM is {colorterm}"
    else:
        why = f"TERM is {term or 'unset'}" + ("" if colorterm else ", COLORTERM is unset")
    says = f"{level} ({harmless(why)})"
    if work.terminal.is_terminal and term in {"", "dumb"}:
        advice = "Set TERM to what your terminal is, such as xterm-256color."
        return Finding("terminal", "colours", says, facts, Fault.SETUP, advice)
    return Finding("terminal", "colours", says, facts)


def _characters(work: Work, environ: Mapping[str, str]) -> Finding:
    settings = work.settings
    locale = {name: environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)}
    name, value = deciding_locale(environ)
    why = f"{name} is {harmless(value)}" if name else "neither LC_ALL, LC_CTYPE nor LANG says more"
    if settings.charset != "auto":
        why = f"{settings.origin('charset')}; {why}"
    facts = {"charset": work.charset, "setting": settings.charset, "locale": locale}
    says = f"{work.charset} ({why})"
    if settings.charset == "utf8" and locale_charset(environ) == "ascii":
        advice = "The locale is not UTF-8: set LANG to C.UTF-8, or charset to auto."
        return Finding("terminal", "characters", says, facts, Fault.SETUP, advice)
    return Finding("terminal", "characters", says, facts)


def _between(environ: Mapping[str, str]) -> Finding:
    """Say what stands between this program and the screen."""
    layers = {
        "tmux": bool(environ.get("TMUX")),
        "screen": bool(environ.get("STY")),
        "ssh": bool(environ.get("SSH_CONNECTION") or environ.get("SSH_TTY")),
    }
    program = " ".join(filter(None, (environ.get("TERM_PROGRAM"), environ.get("TERM_PROGRAM_VERSION"))))
    facts: dict[str, Any] = {**layers, "program": program or None}
    says = ", ".join([name for name, there in layers.items() if there]) or "nothing that is known"
    if program:
        says += f"; the terminal calls itself {harmless(program)}"
    return Finding("terminal", "in between", says, facts)


def _abilities(environ: Mapping[str, str]) -> Finding:
    answer = _asked_terminal()
    facts: dict[str, Any] = {"answered": None, "synchronized_output": None, "clipboard": None}
    if answer is None:
        return Finding("terminal", "abilities", "not asked: no terminal to talk with", facts)
    attributes = _ATTRIBUTES.search(answer)
    mode = _SYNCHRONIZED.search(answer)
    if attributes is None and mode is None:
        return Finding(
            "terminal", "abilities", f"no answer within {PATIENCE_S:g} s", {**facts, "answered": False}
        )
    # 0: not known; 4: always off; no answer: a terminal, or one in between, that does not know the question
    synchronized = None if mode is None else mode[1] not in {b"0", b"4"}
    has_clipboard = attributes is not None and _CLIPBOARD in attributes[1].split(b";")
    facts = {"answered": True, "synchronized_output": synchronized, "clipboard": has_clipboard or None}
    clipboard = "yes" if has_clipboard else "it does not say"
    if environ.get("TMUX"):
        clipboard, of_tmux = _through_tmux(passing())
        facts |= of_tmux
    in_words = {True: "yes", False: "no", None: "it does not say"}[synchronized]
    says = f"synchronized output {in_words}; clipboard (OSC 52) {clipboard}"
    return Finding("terminal", "abilities", says, facts)


def _through_tmux(found: Passing) -> tuple[str, dict[str, Any]]:
    """Say how what is copied gets through tmux, and which options say so."""
    facts = {
        "tmux_set_clipboard": found.set_clipboard,
        "tmux_allow_passthrough": found.allow_passthrough,
    }
    if not found.answers:
        return "only if tmux's option set-clipboard is on: tmux did not say", facts
    options = f"set-clipboard {found.set_clipboard}, allow-passthrough {found.allow_passthrough}"
    if found.sends_on:
        return f"through tmux's paste buffer ({options})", facts
    if found.passes:
        return f"through tmux ({options})", facts
    return f"not through tmux ({options}): `tmux set -s set-clipboard on` lets it", facts


def _asked_terminal() -> bytes | None:
    """Ask the terminal what it can do and give its answer, None where there is nobody to ask.

    Its modes are put back, and what it answers too late for us is thrown away with what was typed meanwhile.
    """
    streams = (sys.stdin, sys.stdout)
    if any(stream is None or not stream.isatty() for stream in streams):
        return None
    source, target = (stream.fileno() for stream in streams)
    try:
        if os.tcgetpgrp(source) != os.getpgrp():
            # in the background the answer would be the shell's
            return None
        before = termios.tcgetattr(source)
    except (OSError, termios.error):
        return None
    sys.stdout.flush()
    try:
        tty.setcbreak(source, termios.TCSANOW)
        os.write(target, _QUESTION)
        return _read_answer(source)
    except OSError:
        return None
    finally:
        with suppress(OSError, termios.error):
            termios.tcsetattr(source, termios.TCSAFLUSH, before)


def _read_answer(source: int) -> bytes:
    answer, until = b"", time.monotonic() + PATIENCE_S
    while _ATTRIBUTES.search(answer) is None and len(answer) < _MOST_BYTES:
        ready, _, _ = select.select([source], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            break
        part = os.read(source, 256)
        if not part:
            break
        answer += part
    return answer
