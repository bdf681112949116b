"""Running dqmtui as a shell does, and, where no process is needed, in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from dqmtui.cli.main import run
from dqmtui.demo.process import DemoServices
from tests.services.web import Web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from dqmtui.cli.opening import Opening

ROOT = Path(__file__).parents[2]
PATIENCE_S = 60

RECORDED = ("oms_lumisections_2024E_subset.json.gz", "hlt_rates_2024E_subset.json.gz")


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str

    def json(self) -> Any:
        assert self.code == 0, self.err
        return orjson.loads(self.out)


def clean_environment(home: Path) -> dict[str, str]:
    """What a person's shell would give, and nothing of this one's settings."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
        "PYTHONWARNINGS": "error",
    }


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home directory without configuration."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="session")
def process(home: Path) -> Callable[..., Ended]:
    """Run `dqmtui` in a process of its own, without terminal and with `env` over a clean environment."""

    def start(*arguments: str, env: Mapping[str, str] | None = None) -> Ended:
        done = subprocess.run(
            [sys.executable, "-m", "dqmtui", *arguments],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
            timeout=PATIENCE_S,
            cwd=home,
            env={**clean_environment(home), **(env or {})},
        )
        return Ended(done.returncode, done.stdout, done.stderr)

    return start


def no_tui(opening: Opening) -> int:
    raise AssertionError(f"the terminal program would have opened: {opening}")


@pytest.fixture
def bare(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., Ended]:
    """Run a command in this process, on no services but those that the test names."""
    for name in [name for name in os.environ if name.startswith("DQMTUI_")]:
        monkeypatch.delenv(name)
    for name, value in clean_environment(home).items():
        monkeypatch.setenv(name, value)

    def start(*arguments: str) -> Ended:
        capsys.readouterr()
        code = run(arguments, no_tui)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return start


@pytest.fixture
def cli(
    bare: Callable[..., Ended], demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Ended]:
    """Run a command in this process on the embedded services."""
    for name, value in demo.environment().items():
        monkeypatch.setenv(name, value)
    return bare


@pytest.fixture
def web() -> Iterator[Web]:
    """A server whose answers the test writes."""
    with Web() as server:
        yield server


@pytest.fixture
def on_web(bare: Callable[..., Ended], web: Web, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Ended]:
    """Run a command in this process with that server in place of DIALS."""
    monkeypatch.setenv("DQMTUI_DIALS_URL", web.url)
    monkeypatch.setenv("DQMTUI_DIALS_TOKEN", "token")
    return bare


@pytest.fixture
def dials(demo: DemoServices) -> Iterator[httpx.Client]:
    """A plain client of the embedded DIALS, to compare with."""
    headers = {"Authorization": f"Bearer {demo.token}", "Workspace": "tracker"}
    with httpx.Client(base_url=f"{demo.dials_url}api/v1/", headers=headers, timeout=PATIENCE_S) as client:
        yield client


@pytest.fixture(scope="session")
def recorded(shared_data: Path) -> Iterator[DemoServices]:
    """The embedded services around recorded OMS data."""
    lumisections, rates = (shared_data / name for name in RECORDED)
    with DemoServices.start(["--oms-data", str(lumisections), "--oms-rates", str(rates)]) as services:
        yield services
