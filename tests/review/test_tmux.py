"""What tmux is told and asked."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dqmtui.review.tmux import Passing, Taken, give, passing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEXT = "ABCD-EFGH \u00b5"
ROOT = Path(__file__).parents[2]
PATIENCE_S = 20.0


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a program of the name tmux on PATH, which is this shell script."""

    def write(script: str) -> None:
        program = tmp_path / "tmux"
        program.write_text(f"#!/bin/sh\ncd '{tmp_path}'\n{script}\n", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    return write


def test_the_text_is_put_into_the_paste_buffer_and_sent_on(
    fake: Callable[[str], None], tmp_path: Path
) -> None:
    fake('echo "$@" >> asked; cat > buffer')
    assert give(TEXT) is Taken.SENT
    assert (tmp_path / "buffer").read_text(encoding="utf-8") == TEXT
    assert (tmp_path / "asked").read_text(encoding="utf-8") == "load-buffer -w -\n"


def test_one_that_cannot_send_it_on_keeps_it(fake: Callable[[str], None], tmp_path: Path) -> None:
    fake('[ "$2" = -w ] && { echo "unknown flag -w" >&2; exit 1; }; cat > buffer')
    assert give(TEXT) is Taken.KEPT
    assert (tmp_path / "buffer").read_text(encoding="utf-8") == TEXT


def test_no_server_takes_it(fake: Callable[[str], None]) -> None:
    fake("exit 1")
    assert give(TEXT) is Taken.NOT
    assert passing() == Passing(None, None)
    assert passing().passes is None


def test_no_program_takes_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert give(TEXT) is Taken.NOT
    assert not passing().answers


def test_one_that_hangs_is_not_waited_for(
    fake: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dqmtui.review.tmux.PATIENCE_S", 0.05)
    fake("exec sleep 30")
    assert give(TEXT) is Taken.NOT


@pytest.mark.parametrize(
    ("clipboard", "passthrough", "version", "passes", "sends_on"),
    [
        ("external", "off", "3.3a", False, True),
        ("on", "off", "3.3a", True, True),
        ("external", "all", "next-3.4", True, True),
        ("off", "off", "2.9a", False, False),
        ("external", "off", "master", False, True),
    ],
)
def test_its_options_say_what_passes(
    fake: Callable[[str], None],
    clipboard: str,
    passthrough: str,
    version: str,
    passes: bool,  # noqa: FBT001 - what pytest gives
    sends_on: bool,  # noqa: FBT001 - what pytest gives
) -> None:
    fake(
        f'case "$*" in *set-clipboard) echo {clipboard};; *allow-passthrough) echo {passthrough};; '
        f"-V) echo tmux {version};; *) exit 1;; esac"
    )
    found = passing()
    assert (found.set_clipboard, found.allow_passthrough) == (clipboard, passthrough)
    assert (found.passes, found.sends_on) == (passes, sends_on)


def test_one_without_an_option_to_pass_through_passes(fake: Callable[[str], None]) -> None:
    fake('case "$*" in *set-clipboard) echo external;; -V) echo tmux 3.2;; *) exit 1;; esac')
    assert passing().passes is True


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Callable[..., str]]:
    """Give what runs a real tmux, as it comes, with a server of its own."""
    program = shutil.which("tmux")
    if program is None:
        pytest.skip("tmux is not installed")
    environ = {name: value for name, value in os.environ.items() if name not in {"TMUX", "TMUX_PANE"}}

    def run(*arguments: str) -> str:
        line = [program, "-S", str(tmp_path / "socket"), "-f", os.devnull, "-u", *arguments]
        done = subprocess.run(
            line, capture_output=True, encoding="utf-8", check=True, env=environ, timeout=PATIENCE_S
        )
        return done.stdout

    yield run
    run("kill-server")


def test_a_real_one_as_it_comes_has_the_text_in_its_paste_buffer(
    real: Callable[..., str], tmp_path: Path
) -> None:
    script = tmp_path / "script.py"
    script.write_text(
        "from dqmtui.review.tmux import give, passing\n"
        f"print(give({TEXT!r}).name, passing().set_clipboard, file=open('said', 'w'))\n",
        encoding="utf-8",
    )
    line = f"PYTHONPATH='{ROOT}' '{sys.executable}' script.py; tmux wait-for -S done; cat"
    real("new-session", "-d", "-c", str(tmp_path), line)
    real("wait-for", "done")
    assert (tmp_path / "said").read_text(encoding="utf-8").split() == ["SENT", "external"]
    assert real("show-buffer") == TEXT
