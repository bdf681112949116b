"""Opening the terminal program: what is asked of it, and whether it can run here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.layouts import chosen_figure, chosen_layout
from dqmtui.cli.talk import tell, told_at_the_end
from dqmtui.cli.terminal import why_no_tui
from dqmtui.cli.themes import all_themes
from dqmtui.cli.work import charset_of, demo_services, log_of, settings_of, settings_on
from dqmtui.store.keymap_file import has_keymap, keymap_path, load_keymap
from dqmtui.store.sessions import (
    DEFAULT,
    OpenedSession,
    SessionError,
    Sessions,
    begun,
    check_name,
    opened,
    sessions_home,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from dqmtui.cli.shared import Shared
    from dqmtui.cli.shot import Shot
    from dqmtui.model.keymap import Keymap
    from dqmtui.model.layouts import Layout
    from dqmtui.model.theme import Theme
    from dqmtui.store.settings import Settings


@dataclass(frozen=True, slots=True)
class Opening:
    """How the terminal program opens.

    `prepare` waits for the embedded services, where there are any, and gives the settings with the addresses
    of the services; it raises OSError when they did not start. `dataset` and `me` are any part of a name, or
    ""; `ref` is the run to compare with. With a `shot`, no terminal is used. `charset` is utf8 or ascii;
    `color` auto, none, 16, 256 or truecolor. `keymap` is the person's own, where there is one.
    """

    settings: Settings
    prepare: Callable[[], Settings]
    themes: Mapping[str, Theme]
    charset: str
    color: str
    run: int | None
    dataset: str
    me: str
    ls: int | None
    ref: int | None = None
    layout: Layout | None = None
    keymap: Keymap | None = None
    shot: Shot | None = None
    session: OpenedSession | None = None


def open_tui(
    shared: Shared,
    start_tui: Callable[[Opening], int],
    *,
    run: int | None,
    dataset: str | None,
    me: str | None,
    ls: int | None,
    ref: int | None = None,
    layout: str | None = None,
    plots_config: Path | None = None,
    fig_config: Path | None = None,
    theme: str | None = None,
    session: str | None = None,
    fresh: bool | None = None,
    no_mouse: bool | None = None,
    flags: Mapping[str, object] | None = None,
    demo_options: Sequence[str] = (),
    shot: Shot | None = None,
) -> int:
    """Open the terminal program, or make a `shot` of its screen without a terminal; gives the exit code.

    The embedded services, if they are asked for, start beside it and end with it. Raises Stop where there is
    no terminal for it, SettingsError, ThemeError and KeymapFileError.
    """
    problem = None if shot is not None else why_no_tui()
    if problem is not None:
        raise Stop(Exit.USAGE, problem, ["The commands work anywhere: `dqmtui --help` lists them."])
    flags = {**(flags or {}), "theme": theme, "mouse": "off" if no_mouse else None}
    settings = settings_of(shared, None, flags)
    chosen = chosen_layout(settings, layout, plots_config, fig_config)
    if fig_config is not None:
        chosen_figure(chosen, fig_config, 0, in_page=False)
    # the default keys, and all actions with them, are not needed for the first frame
    keymap = load_keymap(keymap_path(settings)) if has_keymap(settings) else None
    to_open = None if shot is not None else _session(settings, session, demo=shared.demo, fresh=bool(fresh))
    for note in settings.notes:
        tell(note)
    with (
        # nothing may write over the screen: what is to be said of the log is said afterwards
        told_at_the_end() as later,
        log_of(settings, "info", later),
        demo_services(shared, settings, demo_options) as services,
    ):

        def prepare() -> Settings:
            if services is None:
                return settings
            from dqmtui.demo.process import DemoError  # noqa: PLC0415 - who asks for no services has none

            try:
                return settings_on(services.wait_ready(), shared, flags)
            except DemoError as error:
                raise OSError(str(error)) from error

        return start_tui(
            Opening(
                settings=settings,
                prepare=prepare,
                themes=all_themes(settings),
                charset=charset_of(settings),
                color=shared.color or "auto",
                run=run,
                dataset=dataset or "",
                me=me or "",
                ls=ls,
                ref=ref,
                layout=chosen,
                keymap=keymap,
                shot=shot,
                session=to_open,
            )
        )


def _session(settings: Settings, name: str | None, *, demo: bool, fresh: bool) -> OpenedSession:
    """Open a session by its name, else that written last; raises Stop for what is no name.

    Those of the embedded services are never those of real ones.
    """
    sessions = Sessions(sessions_home(settings.state_dir, "" if demo else settings.dials_url))
    try:
        chosen = check_name(name) if name is not None else DEFAULT if fresh else sessions.last()
    except SessionError as error:
        raise Stop(Exit.USAGE, str(error)) from error
    return begun(sessions, chosen) if fresh else opened(sessions, chosen)
