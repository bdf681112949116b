"""The process of the embedded services: how it starts, says where it is, refuses, and ends."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from dqmtui.demo.process import DemoError, DemoServices

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
SERVER = [sys.executable, "-m", "dqmtui.demo.web.server"]
PATIENCE_S = 60.0
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def wait_until(condition: Callable[[], bool], seconds: float = PATIENCE_S) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def alive(services: DemoServices) -> bool:
    return services.running


def run_server(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*SERVER, *arguments],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )


def test_a_started_service_is_ready_on_loopback(demo: DemoServices) -> None:
    assert alive(demo)
    reply = httpx.get(
        f"{demo.dials_url}api/v1/workspaces/", headers={"Authorization": f"Bearer {demo.token}"}
    )
    assert "tracker" in reply.json()["workspaces"]
    assert demo.dials_url == f"http://127.0.0.1:{demo.port}/"
    assert demo.oms_url == f"http://127.0.0.1:{demo.port}/agg/api/v1"
    assert demo.auth_url == f"http://127.0.0.1:{demo.port}/auth/"
    assert isinstance(httpx.get(demo.certhelper_url).json(), list)


def test_the_environment_points_this_program_at_the_services(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("DQMTUI_CACHE_DIR", raising=False)
    environment = demo.environment()
    cache = Path(environment.pop("DQMTUI_CACHE_DIR"))
    assert cache.is_dir()
    monkeypatch.setenv("DQMTUI_CACHE_DIR", "/mine")
    assert demo.environment()["DQMTUI_CACHE_DIR"] == "/mine"
    assert environment == {
        "DQMTUI_DIALS_URL": demo.dials_url,
        "DQMTUI_OMS_URL": demo.oms_url,
        "DQMTUI_AUTH_URL": demo.auth_url,
        "DQMTUI_CERTHELPER_URL": demo.certhelper_url,
        "DQMTUI_RR_URL": demo.rr_url,
        "DQMTUI_DIALS_TOKEN": demo.token,
        "API_CLIENT_ID": "dqmtui-demo",
        "API_CLIENT_SECRET": "dqmtui-demo-secret",
    }


def test_begin_returns_before_the_child_is_ready_and_wait_ready_may_be_repeated() -> None:
    services = DemoServices.begin()
    with services:
        assert alive(services)
        assert not hasattr(services, "port")
        assert services.wait_ready() is services
        assert services.wait_ready(0.0).port == services.port
    assert not alive(services)
    services.stop()


def test_stop_frees_the_port_and_leaves_no_process() -> None:
    with DemoServices.start() as services:
        port, pid = services.port, services.pid
    assert not listening(port)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_the_services_end_with_a_parent_that_is_killed() -> None:
    code = (
        "from dqmtui.demo.process import DemoServices; import signal;"
        "services = DemoServices.start(); print(services.port, flush=True); signal.pause()"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], env=ENVIRONMENT, stdout=subprocess.PIPE)
    with parent:
        assert parent.stdout is not None
        port = int(parent.stdout.readline())
        assert listening(port)
        parent.kill()
        wait_until(lambda: not listening(port))


def test_a_parent_that_dies_before_the_child_is_ready_takes_it_along(tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    child = subprocess.Popen(
        [*SERVER, "--parent-pipe", "--cache-dir", str(cache)],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdin is not None
        child.stdin.close()
        assert child.wait(PATIENCE_S) == 0
    assert not cache.exists()


def test_no_directory_stays_behind_whatever_ends_parent_or_child(tmp_path: Path) -> None:
    code = (
        "from dqmtui.demo.process import DemoServices; import pathlib, signal;"
        "services = DemoServices.start();"
        "pathlib.Path(services.environment()['DQMTUI_CACHE_DIR'], 'kept').write_text('x');"
        "print(services.pid, flush=True); signal.pause()"
    )
    environment = {**ENVIRONMENT, "TMPDIR": str(tmp_path)}
    environment.pop("DQMTUI_CACHE_DIR", None)
    signals = (signal.SIGHUP, signal.SIGTERM, signal.SIGKILL)
    command = [sys.executable, "-c", code]
    with contextlib.ExitStack() as ends:
        # side by side, for each takes its time to start
        parents = [
            ends.enter_context(subprocess.Popen(command, env=environment, stdout=subprocess.PIPE))
            for _ in (*signals, "all at once, as when somebody logs out")
        ]
        pids = [int(parent.stdout.readline()) for parent in parents if parent.stdout is not None]
        assert len(list(tmp_path.glob("dqmtui-demo-*/kept"))) == len(parents)
        for parent, number in zip(parents, signals, strict=False):
            parent.send_signal(number)
        for pid in (pids[-1], parents[-1].pid):
            os.kill(pid, signal.SIGTERM)
        wait_until(lambda: not any(tmp_path.iterdir()))


def test_sigterm_and_sigint_end_it_cleanly_and_silently() -> None:
    for number in (signal.SIGTERM, signal.SIGINT):
        child = subprocess.Popen(
            SERVER, env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        with child:
            assert child.stdout is not None
            json.loads(child.stdout.readline())
            child.send_signal(number)
            out, err = child.communicate(timeout=PATIENCE_S)
            assert (child.returncode, out, err) == (0, b"", b"")


def test_an_open_connection_does_not_hold_up_the_end() -> None:
    with DemoServices.start() as services, socket.create_connection(("127.0.0.1", services.port)) as idle:
        idle.sendall(b"GET /certhelper/refruns.json HTTP/1.1\r\nHost: x\r\n\r\n")
        assert idle.recv(12) == b"HTTP/1.1 200"
        services.stop()
        assert not alive(services)


def test_nothing_but_one_line_is_written() -> None:
    child = subprocess.Popen(
        [*SERVER, "--parent-pipe"],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    with child:
        assert child.stdout is not None
        ready = json.loads(child.stdout.readline())
        for path in ("api/v1/run/", "nothing", "agg/api/v1/runs"):
            httpx.get(ready["dials_url"] + path)
        with socket.create_connection(("127.0.0.1", ready["port"])) as connection:
            connection.sendall(b"no HTTP\r\n\r\n")
            connection.recv(1000)
        out, err = child.communicate(timeout=PATIENCE_S)
        assert (child.returncode, out, err) == (0, b"", b"")


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.1", "example.org"])  # noqa: S104 - must be refused
def test_it_refuses_to_listen_anywhere_else(host: str) -> None:
    ended = run_server("--host", host)
    assert ended.returncode == 2
    assert "127.0.0.1 only" in ended.stderr


def test_a_port_that_is_taken_is_an_error_that_says_so(demo: DemoServices) -> None:
    with pytest.raises(DemoError, match=f"cannot listen on 127.0.0.1:{demo.port}"):
        DemoServices.start(["--port", str(demo.port)])


def test_recorded_data_that_is_not_there_is_an_error_that_says_so(tmp_path: Path) -> None:
    missing = tmp_path / "missing.json.gz"
    with pytest.raises(DemoError, match=r"^--oms-data cannot be read: No such .*missing\.json\.gz") as said:
        DemoServices.start(["--oms-data", str(missing)])
    assert said.value.is_refusal


def test_recorded_runs_do_not_grow(tmp_path: Path) -> None:
    with pytest.raises(DemoError, match="stay as they were recorded") as said:
        DemoServices.start(["--growing", "--oms-data", str(tmp_path / "any.json")])
    assert said.value.is_refusal


def test_a_wrong_option_is_an_error_with_what_the_child_said() -> None:
    with pytest.raises(DemoError, match=r"(?s)ended \(2\).*--nonsense") as said:
        DemoServices.start(["--nonsense"])
    assert not said.value.is_refusal


def test_a_child_that_is_not_ready_in_time_is_ended() -> None:
    services = DemoServices.begin()
    with pytest.raises(DemoError, match="are not ready after 0 s"):
        services.wait_ready(0.0)
    assert not alive(services)


def test_stop_ends_a_wait_in_another_thread() -> None:
    services = DemoServices.begin()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(services.wait_ready, 60.0)
        services.stop()
        with contextlib.suppress(DemoError):  # or it was ready just before
            waiting.result(PATIENCE_S)
    assert not alive(services)


def test_it_starts_in_a_directory_full_of_misleading_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("json", "numpy", "uvicorn", "dqmtui"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('wrong module')")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    with DemoServices.start() as services:
        assert alive(services)


def test_the_parent_side_imports_only_the_standard_library() -> None:
    code = "import dqmtui.demo.process, sys; print(sorted(name.partition('.')[0] for name in sys.modules))"
    found = subprocess.run(
        [sys.executable, "-S", "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True
    ).stdout
    foreign = set(json.loads(found.replace("'", '"'))) - sys.stdlib_module_names - {"__main__", "dqmtui"}
    assert not foreign


def test_the_server_imports_no_heavy_library() -> None:
    code = "import dqmtui.demo.web.server, sys; print([m for m in sys.modules if '.' not in m])"
    found = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True
    ).stdout
    heavy = {
        "pandas",
        "pyarrow",
        "textual",
        "rich",
        "httpx",
        "requests",
        "cmsdials",
        "omsapi",
        "pydantic",
        "scipy",
    }
    assert not heavy & set(json.loads(found.replace("'", '"')))


def test_recorded_oms_data_are_served_as_they_are(shared_data: Path) -> None:
    options = [
        f"--oms-data={shared_data / 'oms_lumisections_2024E_subset.json.gz'}",
        f"--oms-rates={shared_data / 'hlt_rates_2024E_subset.json.gz'}",
    ]
    with DemoServices.start(options) as services:
        query = "endpoint=lumisections&filter[run_number][EQ]=381113&filter[pileup][EQ]=null"
        reply = httpx.get(
            f"{services.dials_url}api/v1/oms-proxy/?{query}",
            headers={"Authorization": f"Bearer {services.token}"},
        ).json()
    unknown = [record["attributes"]["lumisection_number"] for record in reply["data"]]
    assert unknown == list(range(213, 220))


def test_tokens_live_as_long_as_asked_but_the_ready_made_one_stays() -> None:
    with DemoServices.start(["--token-lifetime", "1"]) as services:
        token = httpx.post(
            f"{services.auth_url}realms/cern/api-access/token",
            data={
                "grant_type": "client_credentials",
                "client_id": services.client_id,
                "client_secret": services.client_secret,
                "audience": "cms-dials-prod-confidential-app",
            },
        ).json()
        assert token["expires_in"] == 1

        def ask(bearer: str) -> httpx.Response:
            url = f"{services.dials_url}api/v1/workspaces/"
            return httpx.get(url, headers={"Authorization": f"Bearer {bearer}"})

        wait_until(lambda: ask(token["access_token"]).status_code == 403)
        assert ask(token["access_token"]).json()["code"] == "access_token_expired"
        assert ask(services.token).status_code == 200


def test_real_cost_is_charged_when_asked_for() -> None:
    with DemoServices.start(["--cost", "real"]) as services:
        headers = {"Authorization": f"Bearer {services.token}"}
        began = time.perf_counter()
        page = httpx.get(f"{services.dials_url}api/v1/th1/?page_size=300", headers=headers).json()
        assert len(page["results"]) == 300
        assert time.perf_counter() - began >= 0.018 + 300 * 0.1e-3
