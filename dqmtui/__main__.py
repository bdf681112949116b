"""The program: joins the command line with the terminal program, which it imports only when that opens."""

from __future__ import annotations

import gc
import os
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.cli.opening import Opening
    from dqmtui.cli.shot import Shot
    from dqmtui.review.target import Target
    from dqmtui.tui.look import Look

_TEXTUAL_COLORS = {"16": "standard", "256": "256", "truecolor": "truecolor"}


def main() -> int:
    """Run the command line of this process and give its exit code."""
    return run(sys.argv[1:], start_tui)


def start_tui(opening: Opening) -> int:
    """Run the terminal program and give its exit code."""
    if opening.shot is None:
        # imports make hundreds of thousands of objects that all stay: to look for garbage among them again
        # and again only delays the first frame; the app looks again once the review is there
        gc.disable()
    # Textual reads its colours from the environment when it is imported
    if opening.color in _TEXTUAL_COLORS:
        os.environ["TEXTUAL_COLOR_SYSTEM"] = _TEXTUAL_COLORS[opening.color]
    elif opening.shot is not None and opening.color == "auto":
        os.environ["TEXTUAL_COLOR_SYSTEM"] = "256"
    elif opening.color == "none":
        os.environ["NO_COLOR"] = "1"
    from dqmtui.review.target import Target  # noqa: PLC0415 - a headless command must not pay for these
    from dqmtui.store.themes import theme_name  # noqa: PLC0415 - as above
    from dqmtui.tui.app import DqmtuiApp  # noqa: PLC0415 - as above
    from dqmtui.tui.first import FirstScreen  # noqa: PLC0415 - as above
    from dqmtui.tui.glimpses import beginning  # noqa: PLC0415 - as above

    settings, session = opening.settings, opening.session
    is_typed = settings.origin("workspace").startswith("flag")
    target = Target(
        workspace=settings.workspace or "" if is_typed else "",
        dataset=opening.dataset,
        run=opening.run,
        me=opening.me,
        ls=opening.ls,
        reference=opening.ref,
        layout=opening.layout,
    )
    if opening.shot is not None:
        return _make_shot(opening, opening.shot, replace(target, workspace=settings.workspace or ""))
    glimpse = beginning(None if session is None else session.data, target)
    usual = theme_name(settings.theme)
    wanted = usual if settings.origin("theme").startswith("flag") else glimpse.theme(usual)
    theme = wanted if wanted in opening.themes else usual
    app = DqmtuiApp(
        opening.prepare,
        target,
        lambda: _look(opening, theme, os.environ),
        opening.themes,
        wire=settings.wire == "on",
        session=session,
        first=(FirstScreen(glimpse, is_ascii=opening.charset == "ascii"), theme),
    )
    app.run(mouse=settings.mouse == "on")
    gc.enable()
    return app.return_code or 0


def _look(opening: Opening, theme: str, environ: Mapping[str, str]) -> Look:
    """Say how everything is drawn, which takes NumPy."""
    from dqmtui.model.keymap import Keymap  # noqa: PLC0415 - the first frame does without
    from dqmtui.render.charset import detect  # noqa: PLC0415 - as above
    from dqmtui.tui.look import Look  # noqa: PLC0415 - as above

    charset = detect(opening.charset, environ)
    return Look(opening.themes[theme], charset, keymap=opening.keymap or Keymap())


def _make_shot(opening: Opening, shot: Shot, target: Target) -> int:
    """Write the screen to a file and give the exit code."""
    from dqmtui.store.themes import theme_name  # noqa: PLC0415 - a headless command must not pay for these
    from dqmtui.tui.headless import UnattendedApp  # noqa: PLC0415 - as above

    # a file has its colours whatever the terminal can show
    environ = {"NO_COLOR": os.environ.get("NO_COLOR", "")}
    look = _look(opening, theme_name(opening.settings.theme), environ)
    unattended = UnattendedApp(opening.prepare, target, look, opening.themes)
    shown = unattended.shown(target, shot.size, shot.kind, shot.patience_s)
    return shot.finish(shown.data, shown.outcome.name, shown.words)


if __name__ == "__main__":
    sys.exit(main())
