"""What the terminal and the locale allow."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from dqmtui.cli.talk import locale_charset
from dqmtui.cli.terminal import color_level, look_at_stdout
from tests.cli.conftest import clean_environment
from tests.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.demo.process import DemoServices

HIST = ("hist", "--run", "379011", "--me", "charge_PXLayer_1", "--ls", "9")


@pytest.mark.parametrize(
    ("environ", "level"),
    [
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "tmux-256color", "COLORTERM": ""}, "256"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm", "COLORTERM": "24bit"}, "truecolor"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "dumb"}, "none"),
        ({"TERM": "dumb", "COLORTERM": "truecolor"}, "none"),
        ({}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": "1"}, "none"),
        ({"TERM": "xterm-256color", "NO_COLOR": ""}, "256"),
    ],
)
def test_colours_of_a_terminal(environ: dict[str, str], level: str) -> None:
    assert color_level("auto", environ, is_terminal=True) == level
    assert color_level(None, environ, is_terminal=True) == level
    assert color_level(None, environ, is_terminal=False) == "none"
    assert color_level("16", environ, is_terminal=False) == "16"


def test_without_a_terminal_there_are_80_by_24_cells() -> None:
    terminal = look_at_stdout(environ={"COLUMNS": "200", "TERM": "xterm-256color"})
    assert (terminal.width, terminal.height) == (80, 24)
    assert (terminal.is_terminal, terminal.color_level) == (False, "none")


@pytest.mark.parametrize(
    ("environ", "charset"),
    [
        ({"LC_ALL": "en_US.UTF-8"}, "utf8"),
        ({"LANG": "en_US.utf8"}, "utf8"),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, "ascii"),
        ({"LC_CTYPE": "de_DE.ISO-8859-1", "LANG": "en_US.UTF-8"}, "ascii"),
        ({"LANG": "POSIX"}, "ascii"),
        ({}, "ascii"),
    ],
)
def test_the_character_set_of_a_locale(environ: dict[str, str], charset: str) -> None:
    assert locale_charset(environ) == charset


class TestInATerminal:
    """Commands in a pseudo-terminal of 100 x 30 cells."""

    @staticmethod
    def run(home: Path, demo: DemoServices, *arguments: str, **environment: str) -> Terminal:
        return Terminal(
            [sys.executable, "-m", "dqmtui", *arguments],
            width=100,
            height=30,
            env={**clean_environment(home), **demo.environment(), "TERM": "xterm-256color", **environment},
        )

    def test_a_plot_takes_the_terminal_but_for_the_prompt(self, home: Path, demo: DemoServices) -> None:
        with self.run(home, demo, *HIST) as terminal:
            assert terminal.wait_for_end() == Exit.OK
            lines = terminal.text.split("\n")
        assert lines[0] == "run 379011  /ZeroBias/Run2024B-PromptReco-v1/DQMIO"
        assert lines[28].endswith("80k")
        assert lines[29] == ""
        assert b"\x1b[0;38;5;" in terminal.output

    def test_no_color(self, home: Path, demo: DemoServices) -> None:
        with self.run(home, demo, *HIST, NO_COLOR="1") as terminal:
            assert terminal.wait_for_end() == Exit.OK
        assert b"\x1b" not in terminal.output

    def test_a_table_keeps_to_the_width_and_says_what_it_leaves_out(
        self, home: Path, demo: DemoServices
    ) -> None:
        with self.run(home, demo, "runs", "--dataset", "Run2024B") as terminal:
            assert terminal.wait_for_end() == Exit.OK
            lines = terminal.text.split("\n")
        assert lines[1].startswith("379356  /ZeroBias/Run2024B-PromptReco-v1/DQMIO ")
        assert "no room for the columns" in terminal.text
        assert "HLT key" in terminal.text

    def test_what_the_terminal_program_is_told(self, home: Path, demo: DemoServices) -> None:
        program = (
            "import sys\n"
            "from dqmtui.cli.main import run\n"
            "def show(o):\n"
            "    print(o.run, o.dataset, o.me, o.ls, o.charset, o.color, o.settings.workspace)\n"
            "    print(o.prepare() is o.settings, sorted(o.themes))\n"
            "    return 7\n"
            "sys.exit(run(sys.argv[1:], show))\n"
        )
        line = "--run 5 --dataset Zero --me x --ls 9 --charset ascii --color 16 --workspace jetmet"
        with Terminal(
            [sys.executable, "-c", program, *line.split()],
            width=120,
            env={**clean_environment(home), **demo.environment(), "TERM": "xterm"},
        ) as terminal:
            assert terminal.wait_for_end() == 7
            assert "5 Zero x 9 ascii 16 jetmet" in terminal.text
            assert "'dqm-dark'" in terminal.text
            assert "True" in terminal.text

    def test_an_unexpected_error_is_a_sentence_that_says_where(self, home: Path) -> None:
        program = (
            "import sys\n"
            "from dqmtui.cli.main import run\n"
            "def fail(opening):\n"
            "    raise KeyError('oh')\n"
            "sys.exit(run([], fail))\n"
        )
        with Terminal(
            [sys.executable, "-c", program], width=120, env={**clean_environment(home), "TERM": "xterm"}
        ) as terminal:
            assert terminal.wait_for_end() == Exit.UNEXPECTED
            assert "dqmtui: unexpected KeyError: 'oh'" in terminal.text
            assert "mistake of this program, in dqmtui/cli/opening.py line" in terminal.text
            assert "Traceback" not in terminal.text
