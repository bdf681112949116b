"""`dqmtui demo`: the embedded services, with the terminal program or alone."""

from __future__ import annotations

import json
import os
import select
import shlex
import stat
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.opening import open_tui
from dqmtui.cli.output import put
from dqmtui.cli.talk import tell
from dqmtui.cli.work import demo_arguments, settings_of
from dqmtui.demo.process import DemoServices

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.cli.opening import Opening
    from dqmtui.cli.shared import Shared

LOOK_EVERY_S = 0.5


def show(
    shared: Shared,
    start_tui: Callable[[Opening], int],
    *,
    run: int | None,
    dataset: str | None,
    me: str | None,
    ls: int | None,
    ref: int | None,
    layout: str | None,
    plots_config: Path | None,
    fig_config: Path | None,
    theme: str | None,
    session: str | None,
    fresh: bool | None,
    no_mouse: bool | None,
    serve: bool,
    port: int | None,
    oms_data: Path | None,
    oms_rates: Path | None,
    token_lifetime: int | None,
    growing: bool,
    cost: str | None,
    faults: str | None,
    as_json: bool,
) -> int:
    """Open the terminal program on the embedded services, or serve them; gives the exit code."""
    shared = replace(shared, demo=True)
    typed = {"--port": port, "--token-lifetime": token_lifetime, "--cost": cost, "--faults": faults}
    options = [str(part) for name, value in typed.items() if value is not None for part in (name, value)]
    options += ["--growing"] if growing else []
    files = {"demo_oms_data": oms_data, "demo_oms_rates": oms_rates}
    if serve:
        settings = settings_of(shared, None, files)
        _serve([*demo_arguments(settings), *options], as_json=as_json)
        return Exit.OK
    if as_json:
        raise Stop(Exit.USAGE, "--json prints the environment for clients, so it goes with --serve.")
    return open_tui(
        shared,
        start_tui,
        run=run,
        dataset=dataset,
        me=me,
        ls=ls,
        ref=ref,
        layout=layout,
        plots_config=plots_config,
        fig_config=fig_config,
        theme=theme,
        session=session,
        fresh=fresh,
        no_mouse=no_mouse,
        flags=files,
        demo_options=options,
    )


def _serve(arguments: list[str], *, as_json: bool) -> None:
    """Print the environment of the embedded services; stay until they, standard input or the parent end."""
    parent = os.getppid()
    with DemoServices.start(arguments) as services:
        environment = services.environment()
        lines = [f"export {name}={shlex.quote(value)}\n" for name, value in environment.items()]
        put(json.dumps(environment) + "\n" if as_json else "".join(lines))
        tell(f"the embedded services are at {services.dials_url}; ctrl+c ends them")
        watched = _watched_input()
        while services.running:
            if os.getppid() != parent:
                return
            ready, _, _ = select.select(watched, [], [], LOOK_EVERY_S)
            if ready and not os.read(watched[0], 4096):
                return
    raise Stop(Exit.SERVICE, "The embedded services ended by themselves.")


def _watched_input() -> list[int]:
    """Give standard input if it is a pipe or socket: its end says that whoever holds it has gone.

    A terminal is left to the shell, and the end of a file says nothing.
    """
    if sys.stdin is None:
        return []
    mode = os.fstat(sys.stdin.fileno()).st_mode
    return [sys.stdin.fileno()] if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode) else []
