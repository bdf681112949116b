"""The program: joins the command line with the terminal program, which it imports only when that opens."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from dqmtui.cli.main import run

if TYPE_CHECKING:
    from dqmtui.cli.opening import Opening

_TEXTUAL_COLORS = {"16": "standard", "256": "256", "truecolor": "truecolor"}


def main() -> int:
    """Run the command line of this process and give its exit code."""
    return run(sys.argv[1:], start_tui)


def start_tui(opening: Opening) -> int:
    """Run the terminal program and give its exit code."""
    # Textual reads its colours from the environment when it is imported
    if opening.color in _TEXTUAL_COLORS:
        os.environ["TEXTUAL_COLOR_SYSTEM"] = _TEXTUAL_COLORS[opening.color]
    elif opening.color == "none":
        os.environ["NO_COLOR"] = "1"
    from dqmtui.render.charset import detect  # noqa: PLC0415 - a headless command must not pay for these
    from dqmtui.review.review import Target  # noqa: PLC0415 - as above
    from dqmtui.tui.app import DqmtuiApp  # noqa: PLC0415 - as above
    from dqmtui.tui.look import Look  # noqa: PLC0415 - as above

    settings = opening.settings
    target = Target(
        workspace=settings.workspace or "",
        dataset=opening.dataset,
        run=opening.run,
        me=opening.me,
        ls=opening.ls,
        reference=opening.ref,
        layout=opening.layout,
    )
    look = Look(opening.themes[settings.theme], detect(opening.charset))
    app = DqmtuiApp(opening.prepare, target, look, opening.themes, wire=settings.wire == "on")
    app.run()
    return app.return_code or 0


if __name__ == "__main__":
    sys.exit(main())
