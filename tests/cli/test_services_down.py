"""A service that is down, answers nonsense, or does not let the person in."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from tests.cli.between import InBetween
from tests.services.web import Web, html_reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
LINES = (
    "runs",
    "lumis --run 379011",
    "mes charge",
    "hist --run 379011 --me charge --ls 1",
    "trend --run 379011 --me charge",
    "rates --run 379011",
    "mask --run 379011 --dcs",
)


@pytest.mark.parametrize("line", ["runs", "rates --run 379011"])
def test_a_closed_port(bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, line: str) -> None:
    with socket.socket() as taken:
        # bound but not listening: connections are refused
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setenv("DQMTUI_DIALS_URL", f"http://127.0.0.1:{taken.getsockname()[1]}")
        monkeypatch.setenv("DQMTUI_DIALS_TOKEN", "token")
        done = bare(*line.split(), "--json")
    assert (done.code, done.out) == (Exit.SERVICE, "")
    assert "cannot be reached" in done.err
    assert "Traceback" not in done.err


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize(
    "answer",
    [
        html_reply("<html><body>It works!</body></html>"),
        json_reply(["what"]),
        json_reply({"results": [{"x": 1}]}),
    ],
    ids=["html", "other JSON", "rows of something else"],
)
def test_nonsense(on_web: Callable[..., Ended], web: Web, answer: Response, line: str) -> None:
    web.handler = lambda _: answer
    done = on_web(*line.split(), "--json")
    assert (done.code, done.out) == (Exit.SERVICE, "")
    assert done.err.startswith("dqmtui: ")
    assert "Traceback" not in done.err


@pytest.mark.parametrize("line", LINES)
def test_not_logged_in(bare: Callable[..., Ended], line: str) -> None:
    done = bare(*line.split(), "--json")
    assert (done.code, done.out) == (Exit.NOT_ALLOWED, "")
    assert "not logged in to DIALS" in done.err


def test_a_token_that_is_refused_is_not_shown(on_web: Callable[..., Ended], web: Web) -> None:
    web.handler = lambda _: json_reply({"detail": "Token expired", "code": "access_token_expired"}, 403)
    done = on_web("runs")
    assert (done.code, done.out) == (Exit.NOT_ALLOWED, "")
    assert "status 403" in done.err


def test_what_a_server_sends_never_steers_the_terminal(on_web: Callable[..., Ended], web: Web) -> None:
    web.handler = lambda _: json_reply({"workspaces": ["evil\x1b]0;owned\x07", "b\u202e"]})
    done = on_web("--workspace", "tracker", "runs")
    assert done.code == Exit.NOT_FOUND
    assert r"evil\x1b]0;owned\x07" in done.err
    assert not set(done.err) & {"\x1b", "\x07", "\u202e"}


@pytest.mark.parametrize(
    "line", [f"trend --run 379011 --me {CHARGE}", f"trend --run 379011 --me {CHARGE} --json"]
)
def test_J8_a_partial_result_is_an_error_and_not_data(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices, line: str
) -> None:
    web.handler = between = InBetween(
        demo,
        lambda request: (
            request.url.path.endswith("/th1/") and int(request.query_params.get("ls_number__gte", 1)) > 1
        ),
    )
    done = on_web(*line.split())
    assert between.picked
    assert (done.code, done.out) == (Exit.SERVICE, "")
    assert f"100 of 397 LS of {CHARGE} came" in done.err


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        (f"hist --run 379011 --me {CHARGE} --ls 9", "/th1/"),
        ("lumis --run 379011", "endpoint=hltpathrates"),
        ("lumis --run 379011", "endpoint=lumisections"),
        ("lumis --run 379011", "/lumisection/"),
        ("runs", "endpoint=runs"),
        ("runs", "dataset_id=14661044"),
        ("mask --all-runs --dcs", "381067"),
    ],
)
def test_J8_when_one_of_several_answers_fails_nothing_is_printed(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices, line: str, refused: str
) -> None:
    web.handler = between = InBetween(demo, lambda request: refused in f"{request.url}/")
    done = on_web(*line.split(), "--json")
    assert between.picked
    assert (done.code, done.out) == (Exit.SERVICE, "")
    assert "web page in place of data" in done.err


def test_the_picture_of_a_trend_says_what_its_strip_lacks(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    web.handler = InBetween(demo, lambda request: "endpoint=lumisections" in str(request.url))
    done = on_web("trend", "--run", "379011", "--me", CHARGE)
    assert done.code == Exit.OK
    assert "OMS is missing in the strip" in done.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (f"trend --run 379011 --me {CHARGE}", "396 of 397 LS"),
        (f"hist --run 379011 --me {CHARGE} --ls 50", "in LS 50, but cannot send them"),
    ],
)
def test_J2_a_histogram_that_dials_cannot_send_is_not_taken_for_absent(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices, line: str, says: str
) -> None:
    def has_ls_50(request: Request) -> bool:
        asked = request.query_params
        first, last = int(asked.get("ls_number__gte", 1)), int(asked.get("ls_number__lte", 50))
        has_bins = "data" in asked.get("fields", "data").split(",")
        return request.url.path.endswith("/th1/") and first <= 50 <= last and has_bins

    # a bin that is NaN makes DIALS fail for every page that has it, but not for one without bins
    web.handler = InBetween(demo, has_ls_50, json_reply({}, 500))
    done = on_web(*line.split(), "--json")
    assert (done.code, done.out) == (Exit.SERVICE, "")
    assert says in done.err
    assert "DIALS has histograms of charge_PXLayer_1 in LS 50, but cannot send them." in done.err
    # the LS around it can be had
    assert on_web("hist", "--run", "379011", "--me", CHARGE, "--ls", "49", "--json").json()["ls"] == 49


@pytest.mark.parametrize("line", ["run 381065", "lumis --run 379011", "rates --run 381065", "oms eras"])
def test_without_the_proxy_oms_is_asked_directly_and_that_is_said_once(
    on_web: Callable[..., Ended],
    web: Web,
    demo: DemoServices,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    line: str,
) -> None:
    web.handler = InBetween(
        demo, lambda request: "oms-proxy" in request.url.path, html_reply("no such page", 404)
    )
    environment = demo.environment()
    for name in ("DQMTUI_OMS_URL", "DQMTUI_AUTH_URL", "API_CLIENT_ID", "API_CLIENT_SECRET"):
        monkeypatch.setenv(name, environment[name])
    monkeypatch.setenv("DQMTUI_CACHE_DIR", str(tmp_path))
    done = on_web(*line.split(), "--json")
    assert done.code == Exit.OK, done.err
    assert done.json()
    assert done.err.count("Asking OMS directly from now on.") == 1
