"""`dqmtui hist`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.cli.conftest import Ended

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
MAP = "PixelPhase1/Tracks/PXBarrel/clusterposition_zphi_ontrack_PXLayer_1"


def row(dials: httpx.Client, kind: str, run: int, ls: int, me: str, dataset_id: int) -> dict[str, Any]:
    params = {"dataset_id": str(dataset_id), "run_number": str(run), "ls_number": str(ls), "me": me}
    (found,) = dials.get(f"{kind}/", params=params).json()["results"]
    return dict(found)


def test_1d_is_what_dials_has(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    given = row(dials, "th1", 379011, 9, CHARGE, 14661044)
    histogram = cli("hist", "--run", "379011", "--me", CHARGE, "--ls", "9", "--json").json()
    assert histogram["values"] == given["data"]
    assert histogram["x_edges"][0] == given["x_min"]
    assert histogram["x_edges"][-1] == given["x_max"]
    assert len(histogram["x_edges"]) == given["x_bin"] + 1
    assert {
        name: histogram[name] for name in ("run_number", "dataset", "me", "dim", "ls", "entries", "sum")
    } == {
        "run_number": 379011,
        "dataset": "/ZeroBias/Run2024B-PromptReco-v1/DQMIO",
        "me": CHARGE,
        "dim": 1,
        "ls": 9,
        "entries": given["entries"],
        "sum": sum(given["data"]),
    }
    assert all(isinstance(value, int) for value in histogram["values"])


def test_2d_is_what_dials_has_row_by_row(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    given = row(dials, "th2", 379011, 9, MAP, 14661044)
    histogram = cli("hist", "--run", "379011", "--me", MAP, "--ls", "9", "--json").json()
    assert histogram["dim"] == 2
    assert histogram["values"] == given["data"]
    assert [len(histogram["values"]), len(histogram["values"][0])] == [given["y_bin"], given["x_bin"]]
    assert [histogram["y_edges"][0], histogram["y_edges"][-1]] == [given["y_min"], given["y_max"]]
    assert len(histogram["y_edges"]) == given["y_bin"] + 1


def test_J1_an_ls_without_row_says_so_and_never_shows_a_neighbour(cli: Callable[..., Ended]) -> None:
    for ls in (510, 0, 1, 1142):
        done = cli("hist", "--run", "380310", "--me", CHARGE, "--ls", str(ls), "--json")
        assert (done.code, done.out) == (Exit.NOT_FOUND, "")
        assert f"no data for LS {ls} in run 380310; DIALS has LS 2-500, 526-1129" in done.err
    for ls in (500, 526):
        done = cli("hist", "--run", "380310", "--me", CHARGE, "--ls", str(ls), "--json")
        assert done.json()["ls"] == ls


def test_J6_an_element_may_be_absent_in_an_ls_that_the_run_has(
    cli: Callable[..., Ended], dials: httpx.Client
) -> None:
    first = {element["me"] for element in dials.get("mes/14661044/379011/").json()}
    every = {element["me"] for element in dials.get("mes/").json()}
    later = min(every - first)
    done = cli("hist", "--run", "379011", "--me", later, "--ls", "1")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert f"no data for LS 1 of {later}" in done.err


@pytest.mark.parametrize("me", [CHARGE, MAP])
@pytest.mark.parametrize("log", [[], ["--log"]])
def test_the_picture_names_run_dataset_element_and_ls(
    cli: Callable[..., Ended], me: str, log: list[str]
) -> None:
    done = cli("hist", "--run", "381065", "--dataset", "Express", "--me", me, "--ls", "100", *log)
    lines = done.out.splitlines()
    assert lines[0] == "run 381065  /StreamExpress/Run2024E-Express-v1/DQMIO"
    assert lines[1] == me
    assert lines[2].startswith(" LS 100   counts   entries ")
    assert len(lines) == 24
    assert max(map(len, lines)) <= 80
    assert "\x1b" not in done.out


def test_an_empty_histogram_is_called_empty(cli: Callable[..., Ended]) -> None:
    line = ("hist", "--run", "381080", "--dataset", "Zero", "--me", CHARGE, "--ls", "384")
    assert "LS 384 is empty" in cli(*line).out
    histogram = cli(*line, "--json").json()
    assert (histogram["ls"], histogram["sum"], set(histogram["values"])) == (384, 0, {0})


def test_colours_come_when_they_are_asked_for(cli: Callable[..., Ended]) -> None:
    line = ("hist", "--run", "379011", "--me", CHARGE, "--ls", "9")
    assert "\x1b[0;38;5;" in cli(*line, "--color", "256").out
    assert ";38;2;" in cli(*line, "--color", "truecolor").out
    assert "\x1b" not in cli(*line, "--color", "none").out


def test_an_unknown_theme_is_answered_with_those_there_are(
    cli: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DQMTUI_THEME", "plaid")
    done = cli("hist", "--run", "379011", "--me", CHARGE, "--ls", "9")
    assert done.code == Exit.USAGE
    assert "There is no theme plaid" in done.err
    assert "dqm-dark" in done.err
