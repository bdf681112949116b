"""Runs a command line: every way in which it can end becomes a sentence and an exit code."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from dqmtui.cli.commands import build
from dqmtui.cli.exits import Exit, ReaderGone, Stop
from dqmtui.cli.later import Later
from dqmtui.cli.talk import NAME, limit_streams, locale_charset, tell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmtui.cli.opening import Opening

COMPLETION = "_DQMTUI_COMPLETE"
"""The variable by which a shell says that it wants a line completed."""

_ANSWER = Later("dqmtui.cli.completion:answer")
_EXPLAINED = Later("dqmtui.cli.trouble:explained")


def run(arguments: Sequence[str], start_tui: Callable[[Opening], int]) -> int:
    """Run `dqmtui` with these arguments and give its exit code; never raises and prints no traceback.

    Only Python's development mode (`python -X dev -m dqmtui`) lets an unexpected error through.
    """
    limit_streams(locale_charset())
    try:
        program = build(start_tui)
        if asked := os.environ.get(COMPLETION):
            code = _ANSWER(program, asked)
        else:
            code = program.main(list(arguments), prog_name=NAME, standalone_mode=False)
    except ReaderGone:
        return Exit.OK
    except click.UsageError as error:
        return _end(Stop(Exit.USAGE, *_usage(error)))
    except (click.Abort, KeyboardInterrupt):
        return _end(Stop(Exit.INTERRUPTED, "interrupted"))
    except Stop as stop:
        return _end(stop)
    except Exception as error:  # the last line of defence: a sentence instead of a traceback
        if sys.flags.dev_mode:
            raise
        return _end(_EXPLAINED(error))
    finally:
        _settle_stdout()
    return code if isinstance(code, int) else Exit.OK


def _end(stop: Stop) -> int:
    tell(stop.message, stop.choices)
    return stop.code


def _usage(error: click.UsageError) -> tuple[str, list[str]]:
    message = error.format_message()
    message = message[:1].lower() + message[1:]
    path = error.ctx.command_path if error.ctx is not None else NAME
    return message, [f"`{path} --help` says more."]


def _settle_stdout() -> None:
    """Let go of what could not be written, of which the interpreter would complain at its end."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
