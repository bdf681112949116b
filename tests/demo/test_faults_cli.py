"""`dqmtui demo --faults`, and DQMTUI_DEMO_FAULTS for every command with --demo."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60


def environment(home: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        **more,
    }


def run(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "dqmtui", *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        env=environment(home, **more),
    )


@pytest.mark.parametrize(
    ("arguments", "more"), [(["--faults", "502=1"], {}), ([], {"DQMTUI_DEMO_FAULTS": "502=1"})]
)
def test_the_served_services_misbehave(tmp_path: Path, arguments: list[str], more: dict[str, str]) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "dqmtui", "demo", "--serve", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path, **more),
    ) as serving:
        assert serving.stdout is not None
        urls: list[str] = []
        while not urls:
            line = serving.stdout.readline()
            assert line, "the addresses are never told"
            _, assignment = shlex.split(line)
            urls = [assignment.partition("=")[2]] * assignment.startswith("DQMTUI_DIALS_URL=")
        (url,) = urls
        assert httpx.get(f"{url}api/v1/workspaces/").status_code == 502
        serving.communicate(timeout=PATIENCE_S)


@pytest.mark.parametrize(
    ("arguments", "more"), [(["--faults", "rest=0.1"], {}), ([], {"DQMTUI_DEMO_FAULTS": "rest=0.1"})]
)
def test_a_mistake_is_wrong_usage(tmp_path: Path, arguments: list[str], more: dict[str, str]) -> None:
    done = run(tmp_path, "demo", "--serve", *arguments, **more)
    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean reset?" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_embedded_services_of_any_command_misbehave(tmp_path: Path) -> None:
    done = run(tmp_path, "--demo", "runs", "--json", DQMTUI_DEMO_FAULTS="html=1,only=dials")
    assert (done.returncode, done.stdout) == (5, "")
    assert "web page" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_mistake_in_the_environment_is_told_by_any_command(tmp_path: Path) -> None:
    done = run(tmp_path, "--demo", "runs", DQMTUI_DEMO_FAULTS="rest=0.1")
    assert (done.returncode, done.stdout) == (2, "")
    assert "DQMTUI_DEMO_FAULTS: rest=0.1: there is no fault 'rest'; did you mean reset?" in done.stderr
    assert "Traceback" not in done.stderr
