"""The whole program in a real terminal on bad days: services that misbehave, die, come back, or are away."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from dqmtui.demo.process import DemoServices
from tests.terminal import Terminal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

DQMTUI = (sys.executable, "-m", "dqmtui")
CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
CLUSTERS = (
    "PixelPhase1/Phase1_MechanicalView/PXBarrel/"
    "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_1"
)
PLACES = (
    (381065, "charge_PXLayer_1", 103),
    (381115, "size_PXLayer_2", 1319),
    (379011, "charge_PXDisk_+1", 41),
)
"""Run, element and LS of a review."""

# every fault at the rate that `mix=0.2` gives it, with stalls that end soon enough for a test
MIX = "mix=0.2,stall=0.0134:1,slow=0.0134:0.2,slowbody=0.0134:0.2,seed=7"
LINES_OF_SERVICES = 2
"""Lines at the bottom that tell of services and keys rather than of the run."""


def home_in(path: Path) -> dict[str, str]:
    """Environment whose files are below a directory."""
    return {
        "HOME": str(path),
        "DQMTUI_STATE_DIR": str(path / "state"),
        "DQMTUI_CACHE_DIR": str(path / "cache"),
        "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
    }


def plot_of(ls: int, text: str) -> bool:
    return re.search(rf"LS {ls} +counts", text) is not None


def holds(part: str, text: str) -> bool:
    return part in text


def is_complete(text: str) -> bool:
    """Tell whether nothing is loading or missing any more."""
    return not re.search(r"esc stops|goes on|runs: \d+ so far|retrying|down|not logged in|…  $", text)


def insist(terminal: Terminal, fits: Callable[[str], bool]) -> None:
    """Wait for what fits, asking again whenever the program has come to rest without it."""
    for _ in range(30):
        text = terminal.wait_for_rest(patience_s=120.0)
        if fits(text):
            return
        if "esc stops" not in text:
            terminal.press("ctrl+r")
    raise AssertionError(f"it does not come:\n{terminal.text}")


def find(terminal: Terminal, me: str) -> None:
    """Choose an element in the finder, as soon as it is there."""
    for _ in range(30):
        terminal.press("/", me)
        if f"/{me}" in terminal.wait_for_rest():
            terminal.press("enter")
            return
        terminal.press("escape", "ctrl+r")
    raise AssertionError(f"it cannot be found:\n{terminal.text}")


def reviewed(terminal: Terminal) -> list[str]:
    """Look at every place of a review, and give what was on the screen there."""
    screens = []
    for run, me, ls in PLACES:
        terminal.press(":", str(run), "enter")
        insist(terminal, partial(holds, f"run {run}"))
        find(terminal, me)
        insist(terminal, partial(holds, "counts"))
        terminal.press(":", str(ls), "enter")
        insist(terminal, partial(plot_of, ls))
        text = whole(terminal, ls)
        screens.append("\n".join(text.splitlines()[:-LINES_OF_SERVICES]))
    return screens


def whole(terminal: Terminal, ls: int) -> str:
    """Wait until everything has come, asking again for what failed."""
    insist(terminal, lambda text: is_complete(text) and plot_of(ls, text))
    return terminal.text


def test_with_every_fifth_request_failing_a_review_of_three_runs_shows_the_right_values(
    tmp_path: Path,
) -> None:
    shown = []
    for name, faults in (("good", []), ("bad", ["--faults", MIX])):
        env = home_in(tmp_path / name)
        with Terminal(
            [*DQMTUI, "demo", "--dataset", "Run2024E-PromptReco", *faults], width=160, height=45, env=env
        ) as terminal:
            terminal.wait_for("381151", 120.0)
            shown.append(reviewed(terminal))
            terminal.press("q")
            assert terminal.wait_for_end() == 0
    assert shown[0] == shown[1]
    logs = list((tmp_path / "bad" / "state").rglob("*.log*"))
    assert logs
    for log in logs:
        assert "Traceback" not in log.read_text()


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


@contextmanager
def services_at(port: int, *options: str) -> Iterator[DemoServices]:
    """The embedded services at a port, which stays theirs when they come back."""
    with DemoServices.start(["--port", str(port), *options]) as services:
        yield services


def environment_of(services: DemoServices, home: Path) -> dict[str, str]:
    """Environment with an application as login, which services that come back know again."""
    own = services.environment()
    names = ("DQMTUI_DIALS_URL", "DQMTUI_OMS_URL", "DQMTUI_AUTH_URL")
    login = {"DQMTUI_CLIENT_ID": services.client_id, "DQMTUI_CLIENT_SECRET": services.client_secret}
    return {**home_in(home), **{name: own[name] for name in names}, **login}


def loaded_of(text: str) -> tuple[int, int]:
    found = re.search(r"(\d+)(?:/| of )(\d+) LS", text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def test_services_killed_in_mid_load_leave_what_came_and_the_rest_comes_when_they_are_back(
    tmp_path: Path,
) -> None:
    port = free_port()
    with services_at(port, "--cost", "real") as services:
        env = environment_of(services, tmp_path)
        command = [*DQMTUI, "--run", "381208", "--me", CLUSTERS, "--ls", "1200"]
        with Terminal(command, width=160, height=45, env=env) as terminal:
            terminal.wait_for(lambda text: 0 < loaded_of(text)[0] < 2376 and "esc stops" in text)
            os.kill(services.pid, signal.SIGKILL)
            text = terminal.wait_for("goes on", 90.0)
            came, expected = loaded_of(text)
            assert 0 < came < expected == 2376
            assert "Partial" in text
            assert plot_of(1200, text)
            services.stop()
            with services_at(port):
                terminal.press("ctrl+r")
                terminal.wait_for(
                    lambda text: not re.search("esc stops|goes on|Partial", text) and plot_of(1200, text),
                    90.0,
                )
                terminal.press("q")
                assert terminal.wait_for_end() == 0


def test_with_the_network_gone_from_the_start_a_run_of_an_earlier_session_opens(tmp_path: Path) -> None:
    port = free_port()
    command = [*DQMTUI, "--run", "381065", "--dataset", "ZeroBias", "--me", CHARGE, "--ls", "103"]
    with services_at(port) as services:
        env = environment_of(services, tmp_path)
        with Terminal(command, width=160, height=45, env=env) as terminal:
            terminal.wait_for(lambda text: plot_of(103, text))
            before = whole(terminal, 103)
            terminal.press("q")
            assert terminal.wait_for_end() == 0
    with Terminal(command, width=160, height=45, env=env) as terminal:
        terminal.wait_for(lambda text: plot_of(103, text) and "offline" in text, 90.0)
        after = terminal.text
        terminal.press("right")
        terminal.wait_for(lambda text: plot_of(104, text))
        with services_at(port):
            # nobody presses a key: it goes on by itself
            terminal.wait_for(lambda text: "offline" not in text, 90.0)
            terminal.press("left")
            terminal.wait_for(lambda text: plot_of(103, text))
            again = whole(terminal, 103)
        terminal.press("q")
        assert terminal.wait_for_end() == 0
    assert plot_in(again) == plot_in(before)
    assert plot_in(after) == plot_in(before)


def plot_in(text: str) -> list[str]:
    """The lines of the plot: those from its title to its axis, right of the left panes."""
    lines = text.splitlines()
    titles = ((row, re.search(r"LS \d+ +counts", line)) for row, line in enumerate(lines))
    top, left = next((row, title.start()) for row, title in titles if title is not None)
    bottom = next(row for row in range(top, len(lines)) if "└" in lines[row])
    return [line[left:] for line in lines[top:bottom]]


def test_a_command_without_network_answers_from_the_cache_and_says_so(tmp_path: Path) -> None:
    place = ["--run", "381065", "--dataset", "ZeroBias"]
    commands = (
        ["runs", "--dataset", "ZeroBias"],
        ["lumis", *place],
        ["trend", *place, "--me", CHARGE],
        ["hist", *place, "--me", CHARGE, "--ls", "103"],
    )

    def said(environment: Mapping[str, str]) -> list[subprocess.CompletedProcess[str]]:
        return [
            subprocess.run(
                [*DQMTUI, *command, "--json"],
                env={**os.environ, **environment},
                capture_output=True,
                text=True,
                check=False,
                timeout=120,
            )
            for command in commands
        ]

    with services_at(free_port()) as services:
        env = environment_of(services, tmp_path)
        before = said(env)
    after = said(env)
    assert [done.returncode for done in (*before, *after)] == [0] * len(commands) * 2
    assert [done.stdout for done in after] == [done.stdout for done in before]
    assert all("offline" in done.stderr for done in after)
    assert not any("offline" in done.stderr for done in before)
