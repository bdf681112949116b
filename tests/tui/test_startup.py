"""The start: what the first frame imports, and the whole program going on where it was left."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from tests.cli.conftest import clean_environment
from tests.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

DQMTUI = (sys.executable, "-m", "dqmtui")
CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"

FIRST_FRAME = {
    "click",
    "dqmtui",
    "markdown_it",
    "platformdirs",
    "pygments",
    "rich",
    "textual",
    "typing_extensions",
}
"""All that may be imported before the first frame is out, besides the standard library."""

PROBE = """
import sys
from textual.app import App
import dqmtui.__main__ as main
from dqmtui.cli import opening
from dqmtui.cli.main import run
opening.why_no_tui = lambda: None

def at_first_frame(app):
    names = {name.partition(".")[0] for name in sys.modules} - set(sys.stdlib_module_names)
    print("\\n!", *sorted(name for name in names if not name.startswith("_")))
    print("!", *sorted(name for name in sys.modules if name.startswith("dqmtui.")))
    app.exit()

def run_unattended(app, **_):
    from textual.app import App
    app._connect = lambda: at_first_frame(app)
    App.run(app, headless=True, size=(160, 45))

def start(opening):
    import dqmtui.tui.app
    dqmtui.tui.app.DqmtuiApp.run = run_unattended
    return main.start_tui(opening)

run([], start)
"""


def test_the_first_frame_imports_neither_numpy_nor_anything_of_the_services(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env=clean_environment(tmp_path) | {"PYTHONPATH": os.getcwd()},  # noqa: PTH109 - a text is wanted
    )
    libraries, modules = (line.split()[1:] for line in done.stdout.splitlines() if line.startswith("!"))
    assert {*libraries} <= FIRST_FRAME
    assert "textual" in libraries
    assert "dqmtui.tui.first" in modules
    later = {"dqmtui.tui.screen", "dqmtui.review.review", "dqmtui.render.cells"}
    later |= {
        "dqmtui.cli.command_table",
        "dqmtui.cli.help_text",
        "dqmtui.model.actions",
        "dqmtui.demo.process",
    }
    assert not later & {*modules}


def test_the_program_goes_on_where_it_was_left_and_keys_typed_at_once_count(tmp_path: Path) -> None:
    env = {"DQMTUI_STATE_DIR": str(tmp_path / "state"), "DQMTUI_CACHE_DIR": str(tmp_path / "cache")}
    with Terminal(
        [*DQMTUI, "demo", "--run", "379011", "--me", CHARGE], width=120, height=36, env=env
    ) as terminal:
        # typed before there is anything that understands it
        terminal.wait_for("Lumisections")
        terminal.press("?")
        terminal.wait_for("esc closes")
        terminal.press("escape")
        terminal.wait_for(lambda text: "LS 1   counts" in text and "esc closes" not in text)
        terminal.press("n")
        terminal.wait_for("LS 1   unit area")
        terminal.press("5", "right")
        terminal.wait_for("LS 6   unit area")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    with Terminal([*DQMTUI, "demo", "--no-mouse"], width=120, height=36, env=env) as terminal:
        # the first frame says already where one is
        first = terminal.wait_for("Lumisections")
        assert "run 379011  LS 6" in first
        assert "3 charge_PXLayer_1" in first
        terminal.wait_for("LS 6   unit area")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        # nothing asks the terminal for the mouse
        assert b"\x1b[?1000h" not in terminal.output
        assert b"\x1b[?1003h" not in terminal.output
