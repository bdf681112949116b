"""Standard streams, signals and locales, in real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from tests.cli.conftest import PATIENCE_S, clean_environment
from tests.services.web import Gate, Web, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended

DQMTUI = [sys.executable, "-m", "dqmtui"]
HIST = ("hist", "--run", "379011", "--me", "charge_PXLayer_1", "--ls", "9")


def test_exit_codes_reach_the_shell(process: Callable[..., Ended], demo: DemoServices) -> None:
    lines = {
        "--version": Exit.OK,
        "runs": Exit.OK,
        "runs --nonsense": Exit.USAGE,
        "runs --dataset nonsense": Exit.NOT_FOUND,
    }
    for line, code in lines.items():
        assert process(*line.split(), env=demo.environment()).code == code
    assert process("runs").code == Exit.NOT_ALLOWED
    dead = {"DQMTUI_DIALS_URL": "http://127.0.0.1:1/", "DQMTUI_DIALS_TOKEN": "token"}
    assert process("runs", env=dead).code == Exit.SERVICE


def test_data_go_to_standard_output_and_talk_to_standard_error(
    process: Callable[..., Ended], demo: DemoServices
) -> None:
    done = process("rates", "--run", "379011", "--json", env=demo.environment())
    assert len(done.json()) == 385
    assert done.err == "dqmtui: HLT_ZeroBias_v10 in run 379011, 385 LS\n"


def test_a_reader_that_leaves_early_is_no_error(home: Path, demo: DemoServices) -> None:
    environment = {**clean_environment(home), **demo.environment()}
    with subprocess.Popen(
        [*DQMTUI, "lumis", "--run", "379011", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"[\n"
        child.stdout.close()
        assert child.stderr.read() == b""
        assert child.wait(PATIENCE_S) == Exit.OK


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("line", ["rates --run 379011", "--help"])
def test_output_that_cannot_be_written(home: Path, demo: DemoServices, line: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*DQMTUI, *line.split()],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=PATIENCE_S,
            env={**clean_environment(home), **demo.environment()},
        )
    assert done.returncode == Exit.UNEXPECTED
    assert "No space left on device" in done.stderr
    assert "Traceback" not in done.stderr


def test_standard_output_may_be_closed_from_the_start(home: Path, demo: DemoServices) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" "$@" >&-', *DQMTUI, "rates", "--run", "379011"],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
        timeout=PATIENCE_S,
        env={**clean_environment(home), **demo.environment()},
    )
    assert done.returncode == Exit.UNEXPECTED
    assert "Standard output is closed" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_ends_a_command_that_waits(home: Path) -> None:
    gate = Gate()

    async def answer(_: Request) -> Response:
        await gate.passed()
        return json_reply({})

    with Web(answer) as web:
        environment = {
            **clean_environment(home),
            "DQMTUI_DIALS_URL": web.url,
            "DQMTUI_DIALS_TOKEN": "token",
        }
        with subprocess.Popen(
            [*DQMTUI, "runs"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
        ) as child:
            deadline = time.monotonic() + PATIENCE_S
            while not web.requests:
                assert time.monotonic() < deadline
                assert child.poll() is None
                time.sleep(0.01)
            child.send_signal(signal.SIGINT)
            out, err = child.communicate(timeout=PATIENCE_S)
        gate.open()
    assert child.returncode == Exit.INTERRUPTED
    assert out == b""
    assert err.strip() == b"dqmtui: interrupted"


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "", "LANG": "C"}, {"LC_ALL": "POSIX"}])
def test_in_the_c_locale_no_byte_is_over_127(
    process: Callable[..., Ended], demo: DemoServices, locale: dict[str, str]
) -> None:
    for line in (HIST, ("trend", *HIST[1:5]), ("runs",), ("runs", "--dataset", "café")):
        done = process(*line, env={**demo.environment(), **locale})
        assert (done.out + done.err).isascii()
        assert done.out or done.code == Exit.NOT_FOUND


def test_in_a_utf8_locale_plots_use_blocks(process: Callable[..., Ended], demo: DemoServices) -> None:
    done = process(*HIST, env=demo.environment())
    assert "█" in done.out
    assert "█" not in process(*HIST, "--charset", "ascii", env=demo.environment()).out


def test_a_table_in_a_pipe_is_as_wide_as_it_needs(process: Callable[..., Ended], demo: DemoServices) -> None:
    done = process("mes", "--dim", "2", env={**demo.environment(), "COLUMNS": "40"})
    assert max(map(len, done.out.splitlines())) > 100
    assert "..." not in done.out


@pytest.mark.parametrize("line", ["", "demo", "--demo", "--run 381065"])
def test_the_terminal_program_needs_a_terminal(process: Callable[..., Ended], line: str) -> None:
    done = process(*line.split())
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "The terminal program needs a terminal, but standard input is none." in done.err


def test_demo_runs_a_command_on_services_that_end_with_it(process: Callable[..., Ended]) -> None:
    rows = process("--demo", "runs", "--json").json()
    assert 381065 in {row["run_number"] for row in rows}
    shown = process("config", "show", "--demo", "--json").json()
    url = next(row["value"] for row in shown if row["name"] == "dials_url")
    dead = {"DQMTUI_DIALS_URL": url, "DQMTUI_DIALS_TOKEN": "token"}
    assert process("runs", env=dead).code == Exit.SERVICE


def test_demo_honours_recorded_oms_data(process: Callable[..., Ended], shared_data: Path) -> None:
    environment = {
        "DQMTUI_DEMO_OMS_DATA": str(shared_data / "oms_lumisections_2024E_subset.json.gz"),
        "DQMTUI_DEMO_OMS_RATES": str(shared_data / "hlt_rates_2024E_subset.json.gz"),
    }
    rows = process("--demo", "runs", "--json", env=environment).json()
    assert 378981 not in {row["run_number"] for row in rows}
    assert 381115 in {row["run_number"] for row in rows}


def test_recorded_data_that_are_none(process: Callable[..., Ended], tmp_path: Path) -> None:
    file = tmp_path / "oms.json"
    file.write_text("this is no JSON")
    done = process("--demo", "runs", env={"DQMTUI_DEMO_OMS_DATA": str(file)})
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert done.err.startswith("dqmtui: --oms-data is not JSON")
    assert os.fspath(file) in done.err
    assert "Traceback" not in done.err
