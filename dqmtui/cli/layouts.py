"""The layout that was asked for, and how a fig_config wants its plots drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop, must_exist
from dqmtui.cli.talk import tell

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from dqmtui.model.dqmexplore import Figure
    from dqmtui.model.layouts import Layout
    from dqmtui.store.settings import Settings


def chosen_layout(
    settings: Settings, name: str | None, plots_config: Path | None = None, fig_config: Path | None = None
) -> Layout | None:
    """Read the layout of this name, or DQMExplore's configurations; None when nothing is asked for.

    Raises Stop where there is no such layout, and for what is wrong with a file.
    """
    if name is None and plots_config is None and fig_config is None:
        return None
    # who asks for no layout does not wait for these
    from dqmtui.model.theme import nearest_name  # noqa: PLC0415 - see above
    from dqmtui.store.layout_files import (  # noqa: PLC0415 - see above
        LayoutError,
        available_layouts,
        load_dqmexplore,
        load_layout,
    )

    if name is not None and plots_config is not None:
        raise Stop(Exit.USAGE, "--layout and --plots-config both name a set of plots; type one of them.")
    must_exist(plots_config, fig_config)
    try:
        if plots_config is not None:
            return load_dqmexplore(plots_config, fig_config)
        if name is None or fig_config is not None:
            raise Stop(Exit.USAGE, "--fig-config says how a figure looks and goes with --plots-config.")
        files = available_layouts(settings.config_dir / "layouts")
        if name in files:
            return load_layout(files[name])
        near = nearest_name(name, files)
        hint = f"; did you mean {near}?" if near else "."
        raise Stop(Exit.USAGE, f"There is no layout {name!r}{hint}", [f"There are: {', '.join(files)}"])
    except LayoutError as error:
        raise Stop(Exit.USAGE, str(error)) from error


def chosen_figure(
    layout: Layout | None, fig_config: Path | None, n: int, *, in_page: bool, used: Collection[str] = ()
) -> Figure:
    """Give how the fig_config of a layout wants its plots drawn, up to n of them.

    Where no page is made, what it says is told not to be used, but for the keys of `used`. Raises Stop where
    its spaces leave the plots no room.
    """
    from dqmtui.model.dqmexplore import read_fig_config  # noqa: PLC0415 - who asks for none does not wait
    from dqmtui.model.layouts import LayoutKeyError  # noqa: PLC0415 - see above

    figure = read_fig_config({} if layout is None else layout.extra)
    if fig_config is None:
        return figure
    unused = [key for key in figure.given if key not in used]
    if not in_page and unused:
        tell(f"{fig_config.name}: not used here, only in pages (--html): {', '.join(unused)}")
    try:
        if in_page and figure.is_sized:
            figure.grid(n)
    except LayoutKeyError as error:
        raise Stop(Exit.USAGE, f"{fig_config}: {error.key}: {error.message}") from error
    return figure
