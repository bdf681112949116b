"""`dqmtui screenshot`: the terminal program's screen as a file, without a terminal."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.opening import open_tui
from dqmtui.cli.shot import KINDS, STDOUT, Shot

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.cli.opening import Opening
    from dqmtui.cli.shared import Shared


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
    size: tuple[int, int],
    output: Path,
    force: bool,
    patience: int,
) -> int:
    """Write the screen and give the exit code; raises what `open_tui` raises, and Stop."""
    shot = Shot(size, output, force, float(patience))
    if shot.kind not in KINDS:
        raise Stop(Exit.USAGE, f"--output {output} should end in {', '.join(KINDS)}, or be - for text.")
    if output != STDOUT and not force and os.path.lexists(output):
        raise Stop(Exit.UNEXPECTED, f"There already is a file {output}. --force replaces it.")
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
        shot=shot,
    )
