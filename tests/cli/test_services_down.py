"""A service that is down, answers nonsense, or does not let the person in."""

from __future__ import annotations

import re
import socket
from typing import TYPE_CHECKING, Any

import orjson
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


@pytest.mark.parametrize("line", ["runs", "oms runs"])
def test_that_nobody_checks_certificates_is_said_at_every_command(
    cli: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    assert "INSECURE" not in cli(*line.split(), "--json").err
    flagged = cli("--insecure", *line.split(), "--json")
    assert flagged.err.splitlines()[0].startswith("dqmtui: INSECURE (flag --insecure): no certificate is")
    assert flagged.err.count("INSECURE") == 1
    monkeypatch.setenv("DQMTUI_INSECURE", "1")
    assert "INSECURE (environment DQMTUI_INSECURE)" in cli(*line.split(), "--json").err


def test_a_web_page_that_says_not_found_says_nothing_of_the_run(
    on_web: Callable[..., Ended], web: Web
) -> None:
    web.handler = lambda _: html_reply("<h1>Not Found</h1>", 404)
    done = on_web("runs", "--run", "379011")
    assert (done.code, done.out) == (Exit.SERVICE, "")
    assert "Check its address in the settings." in done.err


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


def after_the_first_page(request: Request) -> bool:
    return request.url.path.endswith("/th1/") and int(request.query_params.get("ls_number__gte", 1)) > 1


def test_J8_what_came_of_a_trend_is_printed_and_the_rest_is_not_loaded(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    web.handler = between = InBetween(demo, after_the_first_page)
    done = on_web("trend", "--run", "379011", "--me", CHARGE, "--json")
    rows = orjson.loads(done.out)
    assert between.picked
    assert done.code == Exit.SERVICE
    assert f"100 of 397 LS of {CHARGE} came" in done.err
    assert "web page in place of data" in done.err
    states = [row["state"] for row in rows if row["mean"] is not None]
    assert states == ["value"] * 100
    assert {row["state"] for row in rows if row["mean"] is None} == {"not loaded"}
    assert len(rows) >= 397
    drawn = on_web("trend", "--run", "379011", "--me", CHARGE)
    assert drawn.code == Exit.SERVICE
    assert drawn.out.splitlines()[0].endswith("  partial: 100 of 397 LS")


@pytest.mark.parametrize("more", ["--statistic chi2/dof --ref rest", "--ref rest", "--svg trend.svg"])
def test_J8_nothing_is_made_of_all_ls_together_where_some_did_not_come(
    on_web: Callable[..., Ended],
    web: Web,
    demo: DemoServices,
    more: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    web.handler = InBetween(demo, after_the_first_page)
    done = on_web("trend", "--run", "379011", "--me", CHARGE, *more.split())
    assert (done.code, done.out, [*tmp_path.iterdir()]) == (Exit.SERVICE, "", [])
    assert f"100 of 397 LS of {CHARGE} came" in done.err


@pytest.mark.parametrize(
    ("line", "refused"),
    [
        (f"hist --run 379011 --me {CHARGE} --ls 9", "/th1/"),
        ("lumis --run 379011", "/lumisection/"),
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


@pytest.mark.parametrize(
    ("line", "refused", "known", "unknown", "says"),
    [
        ("runs", "endpoint=runs", "ls_count", "fill_number", "the cards of the runs"),
        (
            "lumis --run 379011",
            "endpoint=lumisections",
            "rate_hz",
            "beams_stable",
            "what OMS has of the lumisections",
        ),
        ("lumis --run 379011", "endpoint=hltpathrates", "beams_stable", "rate_hz", "the trigger rate"),
    ],
)
def test_what_dials_has_is_printed_where_oms_does_not_answer(
    on_web: Callable[..., Ended],
    web: Web,
    demo: DemoServices,
    line: str,
    refused: str,
    known: str,
    unknown: str,
    says: str,
) -> None:
    web.handler = InBetween(demo, lambda request: refused in f"{request.url}/")
    done = on_web(*line.split(), "--json")
    rows = orjson.loads(done.out)
    assert done.code == Exit.SERVICE
    assert {row[unknown] for row in rows} == {None}
    assert any(row[known] is not None for row in rows)
    assert all(row.get("in_oms") is not False for row in rows if unknown == "beams_stable")
    assert f"partial: {says} did not come; `--oms-route off` goes without OMS" in done.err
    assert "web page in place of data" in done.err
    table = on_web(*line.split())
    assert table.code == Exit.SERVICE
    assert len(table.out.splitlines()) == len(rows) + 1


def test_rows_of_a_trend_are_of_the_ls_that_dials_has_where_oms_does_not_say_which_there_are(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    web.handler = InBetween(demo, lambda request: "oms-proxy" in request.url.path)
    done = on_web("trend", "--run", "381115", "--me", CHARGE, "--json")
    rows = done.json()
    assert len(rows) == 1340
    assert 408 not in {row["ls"] for row in rows}
    assert "run 381115: what OMS has did not come, so LS that DIALS does not have may lack a row" in done.err


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
    assert done.code == Exit.SERVICE
    of_ls_50 = [row for row in orjson.loads(done.out or "[]") if row["ls"] == 50]
    assert {(row["state"], row["mean"]) for row in of_ls_50} <= {("not loaded", None)}
    assert bool(of_ls_50) is line.startswith("trend")
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


@pytest.mark.parametrize("line", ["hist --run 379011 --me " + CHARGE + " --ls 9", "lumis --run 379011"])
def test_a_web_page_in_place_of_data_leaves_what_the_cache_has(
    on_web: Callable[..., Ended],
    web: Web,
    demo: DemoServices,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    line: str,
) -> None:
    monkeypatch.setenv("DQMTUI_CACHE_DIR", str(tmp_path))
    web.handler = InBetween(demo, lambda _: False)
    # which reads all LS
    assert on_web("trend", "--run", "379011", "--me", CHARGE).code == Exit.OK
    before = on_web(*line.split())
    assert before.code == Exit.OK, before.err
    web.handler = lambda _: html_reply("<html>Welcome to our network</html>")
    after = on_web(*line.split())
    assert (after.code, after.out) == (Exit.OK, before.out)
    assert "offline: a service could not be reached; this is from the cache" in after.err


def test_J8_a_row_that_oms_repeats_takes_no_place_of_another(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    def repeat(reply: Any) -> Any:
        return {**reply, "data": [*reply["data"][:1], *reply["data"]]}

    # two pages
    line = ("rates", "--run", "381115", "--l1", "--json")
    web.handler = InBetween(demo, lambda _: False)
    whole = on_web(*line)
    web.handler = between = InBetween(demo, lambda request: "l1triggerrates" in str(request.url), edit=repeat)
    repeated = on_web(*line)
    assert between.picked == 2
    assert (repeated.code, repeated.err) == (Exit.OK, whole.err)
    assert repeated.out == whole.out


@pytest.fixture
def without_ls_7(web: Web, demo: DemoServices) -> None:
    """Let OMS leave out LS 7 of every list of lumisections, but count it."""

    def leave_out(reply: Any) -> Any:
        data = [one for one in reply["data"] if one["attributes"].get("lumisection_number") != 7]
        return {**reply, "data": data}

    web.handler = InBetween(demo, lambda request: "endpoint=lumisections" in str(request.url), edit=leave_out)


@pytest.mark.usefixtures("without_ls_7")
def test_J8_records_that_oms_leaves_out_are_told_and_are_not_called_absent(
    on_web: Callable[..., Ended],
) -> None:
    line = ("lumis", "--run", "379011")
    done = on_web(*line, "--json")
    ls_7 = next(row for row in done.json() if row["ls"] == 7)
    assert (ls_7["in_dials"], ls_7["in_oms"], ls_7["beams_stable"]) == (True, None, None)
    assert re.search(r"partial: OMS \(through DIALS\) sent \d+ of \d+ records of lumisections", done.err)
    (row,) = [text for text in on_web(*line).out.splitlines() if text.split()[0] == "7"]
    assert "not loaded" in row


@pytest.mark.usefixtures("without_ls_7")
@pytest.mark.parametrize("line", ["mask --run 379011 --dcs", f"trend --run 379011 --me {CHARGE} --good dcs"])
def test_J8_nothing_is_judged_by_a_part(on_web: Callable[..., Ended], line: str) -> None:
    done = on_web(*line.split(), "--json")
    assert (done.code, done.out) == (Exit.SERVICE, "")
    assert "records of lumisections" in done.err


def test_J8_a_list_of_runs_that_lacks_one_says_so_and_is_no_failure(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    def leave_out(reply: Any) -> Any:
        return {**reply, "results": [row for row in reply["results"] if row["run_number"] != 381065]}

    web.handler = InBetween(demo, lambda request: request.url.path.endswith("/run/"), edit=leave_out)
    done = on_web("runs", "--json")
    assert done.code == Exit.OK
    assert 381065 not in {row["run_number"] for row in done.json()}
    assert re.search(r"DIALS sent \d+ of \d+ rows of its list run with dataset_id \d+", done.err)
    one = on_web("lumis", "--run", "381065")
    assert (one.code, one.out) == (Exit.SERVICE, "")
    assert "DIALS counts run 381065" in one.err
