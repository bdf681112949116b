"""The layout with which the terminal program opens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop, must_exist

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.model.layouts import Layout


def chosen_layout(name: str | None, plots_config: Path | None, fig_config: Path | None) -> Layout | None:
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
    from dqmtui.store.paths import config_dir  # noqa: PLC0415 - see above

    if name is not None and plots_config is not None:
        raise Stop(Exit.USAGE, "--layout and --plots-config both name a set of plots; type one of them.")
    must_exist(plots_config, fig_config)
    try:
        if plots_config is not None:
            return load_dqmexplore(plots_config, fig_config)
        if name is None or fig_config is not None:
            raise Stop(Exit.USAGE, "--fig-config says how a figure looks and goes with --plots-config.")
        files = available_layouts(config_dir() / "layouts")
        if name in files:
            return load_layout(files[name])
        near = nearest_name(name, files)
        hint = f"; did you mean {near}?" if near else "."
        raise Stop(Exit.USAGE, f"There is no layout {name!r}{hint}", [f"There are: {', '.join(files)}"])
    except LayoutError as error:
        raise Stop(Exit.USAGE, str(error)) from error
