"""What a command imports, seen in a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import clean_environment

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.demo.process import DemoServices

COMMANDS = (
    *(
        "demo",
        "runs",
        "run",
        "lumis",
        "mes",
        "hist",
        "trend",
        "compare",
        "models",
        "flags",
        "files",
        "rates",
        "mask",
    ),
    *("oms", "notes", "notes add", "golden", "golden make", "refs", "login", "logout", "doctor", "config"),
    *("config show", "cache", "cache list", "keys", "keys list", "plots", "refruns", "golden fetch"),
    *("completion", "man", "help"),
)
HEAVY = {"pandas", "cmsdials", "omsapi", "textual", "httpx", "numpy", "asyncio", "plotext", "orjson"}

PROBE = """
import sys
from dqmtui.__main__ import start_tui
from dqmtui.cli.main import run
code = run(sys.argv[1:], start_tui)
print("\\n!", code, *{name.partition(".")[0] for name in sys.modules}, *(
    name for name in sys.modules if name.startswith("dqmtui.tui")
))
"""


def imported(home: Path, *arguments: str, env: dict[str, str] | None = None) -> tuple[int, set[str]]:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        cwd=home,
        env={**clean_environment(home), **(env or {})},
    )
    code, *modules = done.stdout.rpartition("\n!")[2].split()
    return int(code), set(modules)


@pytest.mark.parametrize(
    "arguments",
    [
        *("--help", "--version", "rnus", "help hist", "man", "completion bash"),
        *(f"{command} --help" for command in COMMANDS),
    ],
)
def test_help_and_version_import_no_library_but_click(home: Path, arguments: str) -> None:
    code, modules = imported(home, *arguments.split())
    assert code in {0, 2}
    assert "click" in modules
    assert not modules & HEAVY


@pytest.mark.parametrize(
    "arguments",
    [
        "runs --json",
        "lumis --run 379011",
        "mes charge --json",
        "hist --run 379011 --me charge_PXLayer_1 --ls 1",
        "trend --run 379011 --me charge_PXLayer_1",
        "hist --run 379011 --me charge_PXLayer_1 --norm hz --ref rest --good dcs --json",
        "compare --run 379011 --me charge_PXLayer_1 --ls 5 --ref rest --json",
        "rates --run 379011 --json",
        "mask --run 379011 --dcs",
        "notes list",
        "notes add --run 379011 --ls 5 --me charge_PXLayer_1 low",
        "notes export --run 379011",
        "golden make --run 379011 --notes",
        "refs --run 379011 --json",
        "run 381065",
        "oms eras",
        "models",
        "files --run 379011",
        "config show",
    ],
)
def test_headless_commands_import_neither_textual_nor_the_terminal_program(
    home: Path, demo: DemoServices, arguments: str
) -> None:
    code, modules = imported(home, *arguments.split(), env=demo.environment())
    assert code == 0
    assert not modules & {"textual", "dqmtui.tui", "pandas", "cmsdials", "omsapi"}
