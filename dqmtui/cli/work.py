"""Runs the worker of a command: settings, the embedded services if they are asked for, the connection."""

from __future__ import annotations

import os
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.output import put
from dqmtui.cli.talk import limit_streams, locale_charset, tell
from dqmtui.cli.terminal import Terminal, look_at_stdout
from dqmtui.store.settings import DEFAULT, Settings, load_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from dqmtui.cli.later import Later
    from dqmtui.cli.shared import Shared
    from dqmtui.cli.table import Table
    from dqmtui.demo.process import DemoServices


@dataclass(frozen=True, slots=True)
class Work:
    """What a worker works with; `charset` is utf8 or ascii."""

    settings: Settings
    terminal: Terminal
    charset: str

    @property
    def table_width(self) -> int | None:
        """Cells that a table may take; as many as it needs where nobody looks at it."""
        return self.terminal.width if self.terminal.is_terminal else None

    def put_table(self, table: Table) -> None:
        """Print a table, and say which columns had no room."""
        put("".join(f"{line}\n" for line in table.lines))
        if table.hidden:
            tell(f"no room for the columns {', '.join(table.hidden)}; a wider terminal or --json shows them")


def settings_of(
    shared: Shared,
    more_environment: Mapping[str, str] | None = None,
    more_flags: Mapping[str, object] | None = None,
) -> Settings:
    """Load the settings that the shared options and the environment give; raises SettingsError and Stop."""
    if shared.demo and shared.dials_url:
        raise Stop(Exit.USAGE, "--demo and --dials-url name two different services; give one of them.")
    environ = {**os.environ, **(more_environment or {})}
    return load_settings({**shared.flags, **(more_flags or {})}, environ, shared.config)


def settings_on(
    services: DemoServices, shared: Shared, more_flags: Mapping[str, object] | None = None
) -> Settings:
    """Load the settings for the embedded services, where the person's own token is of no use."""
    return replace(settings_of(shared, services.own_environment(), more_flags), dials_token=None)


def charset_of(settings: Settings) -> str:
    """Give the character set to draw with, utf8 or ascii."""
    return locale_charset() if settings.charset == "auto" else settings.charset


def demo_arguments(settings: Settings) -> list[str]:
    """Give the options of the embedded services that the settings ask for; Stop for files of no use."""
    from dqmtui.cli.demo_files import recorded_files  # noqa: PLC0415 - who asks for no services pays for none

    return [part for name, file in recorded_files(settings).items() for part in (name, str(file))]


def run_command(worker: Later, shared: Shared, options: Mapping[str, Any], runner: Later | None) -> Any:
    """Let a worker work: through the `runner`, which connects it, on the embedded services with --demo."""
    settings = settings_of(shared)
    with demo_services(shared, settings) as services:
        # NumPy and its friends are imported while the embedded services start
        call = worker.load()
        connected = None if runner is None else runner.load()
        if services is not None:
            settings = settings_on(services.wait_ready(), shared)
        for note in settings.notes:
            tell(note)
        charset = charset_of(settings)
        limit_streams(charset)
        work = Work(settings, look_at_stdout(shared.color), charset)
        with log_of(settings, "warning", tell):
            if connected is None:
                return call(work, **options)
            return connected(work, call, options)


@contextmanager
def log_of(settings: Settings, level: str, notify: Callable[[str], None]) -> Iterator[None]:
    """Keep a log while something works, at `level` unless the person named one.

    `notify` gets a sentence when there can be none, from another thread.
    """
    from dqmtui.store.log_file import end_log, setup_log  # noqa: PLC0415 - 10 ms that `--help` need not pay

    named = settings.origin("log_level") != DEFAULT
    setup_log(settings.state_dir, settings.log_level if named else level, notify)
    try:
        yield
    finally:
        end_log()


@contextmanager
def demo_services(
    shared: Shared, settings: Settings, options: Sequence[str] = ()
) -> Iterator[DemoServices | None]:
    """Begin the embedded services when they are asked for, and end them; they need not be ready yet."""
    if not shared.demo:
        yield None
        return
    from dqmtui.demo.process import DemoServices  # noqa: PLC0415 - who asks for no services pays for none

    with DemoServices.begin([*demo_arguments(settings), *options]) as services:
        yield services
