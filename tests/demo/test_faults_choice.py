"""Which requests a fault happens to: at the rate, reproducibly, and to nobody else."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from dqmtui.demo.process import DemoError, DemoServices
from dqmtui.demo.web.faults_spec import RATED, Dice, parse_faults
from tests.demo.faulty import OMS, PROXIED, REFERENCES, RUNS, TOKEN, misbehaving

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[2]
SPEC = "500=0.2,reset=0.2,html=0.1"


def chosen(spec: str, count: int) -> Sequence[str | None]:
    faults = parse_faults(spec)
    return [faults.fault_of(Dice(faults.seed, number)) for number in range(1, count + 1)]


def test_the_same_seed_gives_the_same_faults_and_another_one_others() -> None:
    def outcomes(seed: int) -> Sequence[str]:
        with misbehaving(f"{SPEC},seed={seed}") as services:
            return services.outcomes(40)

    first = outcomes(3)
    assert {"200", "500", "ReadError"} <= set(first)
    assert first == outcomes(3)
    assert first != outcomes(4)


def test_what_happens_over_http_is_what_the_specification_foretells() -> None:
    seen = {"500": "500", "reset": "ReadError", "html": "200", None: "200"}
    with misbehaving(SPEC) as services:
        assert services.outcomes(40) == [seen[fault] for fault in chosen(SPEC, 40)]


def test_a_repeated_request_gets_through() -> None:
    with misbehaving("500=0.5") as services:
        assert "200" in services.outcomes(20)


def test_faults_come_at_their_rates() -> None:
    counts = Counter(chosen("500=0.1,slow=0.3:1,missing=0.05", 20_000))
    rates = {name: counts[name] / 20_000 for name in ("500", "slow", "missing")}
    assert rates == pytest.approx({"500": 0.1, "slow": 0.3, "missing": 0.05}, abs=0.01)
    assert set(counts) == {*rates, None}


def test_a_mix_has_every_fault_and_each_at_the_same_rate() -> None:
    counts = Counter(chosen("mix=0.4", 20_000))
    assert counts[None] / 20_000 == pytest.approx(0.6, abs=0.02)
    assert set(counts) - {None} == set(RATED)
    assert max(counts[name] for name in RATED) < 1.4 * min(counts[name] for name in RATED)


def test_a_fault_named_beside_a_mix_keeps_its_own_rate() -> None:
    faults = parse_faults("mix=0.2,stall=0:1,reset=0.3,missing=0.1")
    assert "stall" not in faults.rates
    assert (faults.rates["reset"], faults.rates["missing"]) == (0.3, 0.1)
    assert sum(faults.rates.values()) == pytest.approx(0.2 + 0.3 + 0.1)


@pytest.mark.parametrize(
    ("service", "meets"),
    [("dials", [RUNS]), ("oms", [OMS, PROXIED]), ("auth", [TOKEN])],
)
def test_only_one_service_misbehaves(service: str, meets: Sequence[str]) -> None:
    with misbehaving(f"504=1,only={service}") as services:
        paths = (RUNS, OMS, PROXIED, TOKEN, REFERENCES)
        assert [path for path in paths if services.outcome(path) == "504"] == meets


def test_only_requests_whose_path_and_query_fit_are_counted_and_touched() -> None:
    with misbehaving(r"down=1:1,path=run/\?.*page_size=3$") as services:
        assert services.outcomes(3, "/api/v1/run/?page_size=30") == ["200"] * 3
        assert services.outcomes(3) == ["200", "ReadError", "200"]


@pytest.mark.parametrize("spec", ["", "seed=3", "500=0", "mix=0,only=dials", "down=5:0"])
def test_a_specification_may_ask_for_nothing(spec: str) -> None:
    assert not parse_faults(spec)


def test_the_process_misbehaves_as_told() -> None:
    with DemoServices.start(["--faults", "down=0:1,502=1"]) as services:
        url = f"{services.dials_url}api/v1/workspaces/"
        with pytest.raises(httpx.ReadError):
            httpx.get(url)
        assert httpx.get(url).status_code == 502


def test_faults_write_nothing_and_one_that_lasts_does_not_hold_up_the_end() -> None:
    spec = "down=0:1,path=reset|stall,stall=1:600"
    with subprocess.Popen(
        [sys.executable, "-m", "dqmtui.demo.web.server", "--parent-pipe", "--faults", spec],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        ready = json.loads(child.stdout.readline())
        with pytest.raises(httpx.ReadError):
            httpx.get(f"{ready['dials_url']}?reset")
        for client_waits_s in (0.3, 0.1):
            with pytest.raises(httpx.ReadTimeout):
                httpx.get(f"{ready['dials_url']}?stall", timeout=client_waits_s)
        with socket.create_connection(("127.0.0.1", ready["port"])) as waiting:
            waiting.sendall(b"GET /?stall HTTP/1.1\r\nHost: x\r\n\r\n")
            assert waiting.recv(12) == b"HTTP/1.1 404"
            out, err = child.communicate(timeout=60)
    assert (child.returncode, out, err) == (0, b"", b"")


def test_services_that_behave_do_not_even_load_what_it_takes_to_misbehave() -> None:
    code = (
        "import sys, dqmtui.demo.web.server as server\n"
        "server._Server.run = lambda *_: print([name for name in sys.modules if 'fault' in name])\n"
        "server.main([])\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    environment.pop("DQMTUI_DEMO_FAULTS", None)
    found = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert found.stdout == "[]\n"


def test_the_process_reads_its_environment_and_what_is_typed_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DQMTUI_DEMO_FAULTS", "502=1")
    for arguments, status in (([], 502), (["--faults", "504=1"], 504), (["--faults", ""], 200)):
        with DemoServices.start(arguments) as services:
            assert httpx.get(services.certhelper_url).status_code == status


def test_a_specification_that_makes_no_sense_ends_the_process_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(DemoError, match=r"^--faults: rest=1: .* did you mean reset\?$"):
        DemoServices.start(["--faults", "rest=1"])
    monkeypatch.setenv("DQMTUI_DEMO_FAULTS", "500=2")
    with pytest.raises(DemoError, match=r"DQMTUI_DEMO_FAULTS: 500=2: "):
        DemoServices.start()
