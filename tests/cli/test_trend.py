"""`dqmtui trend`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.cli.exits import Exit
from tests.cli.between import InBetween
from tests.services.web import json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended
    from tests.services.web import Web

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
MAP = "PixelPhase1/Tracks/PXBarrel/clusterposition_zphi_ontrack_PXLayer_1"


def trend(cli: Callable[..., Ended], run: int, me: str, *more: str) -> dict[int, dict[str, Any]]:
    rows = cli("trend", "--run", str(run), "--me", me, "--json", *more).json()
    return {row["ls"]: row for row in rows}


def test_T1_statistics_of_1d_use_true_centres(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    rows = trend(cli, 379011, CHARGE)
    params = {"dataset_id": "14661044", "run_number": "379011", "me": CHARGE, "page_size": "500"}
    given = dials.get("th1/", params=params).json()["results"]
    assert len(given) == len(rows) == 397
    for one in given[::50]:
        row, n = rows[one["ls_number"]], one["data"]
        width = (one["x_max"] - one["x_min"]) / one["x_bin"]
        x = [one["x_min"] + (i + 0.5) * width for i in range(len(n))]
        mean = sum(a * b for a, b in zip(n, x, strict=True)) / sum(n)
        std = math.sqrt(sum(a * (b - mean) ** 2 for a, b in zip(n, x, strict=True)) / sum(n))
        assert row == {
            "ls": one["ls_number"],
            "mean": pytest.approx(mean, rel=1e-12),
            "std": pytest.approx(std, rel=1e-9),
            "mean_error": pytest.approx(std / math.sqrt(sum(n)), rel=1e-9),
            "mode": pytest.approx(x[n.index(max(n))], rel=1e-12),
            "max": max(n),
            "entries": one["entries"],
            "sum": sum(n),
            "outside_fraction": pytest.approx(1 - sum(n) / one["entries"], abs=1e-12),
        }


def test_T2_an_empty_ls_has_no_mean(cli: Callable[..., Ended]) -> None:
    rows = trend(cli, 381080, CHARGE, "--dataset", "Zero")
    assert (rows[384]["entries"], rows[384]["sum"]) == (0, 0)
    assert {rows[384][name] for name in ("mean", "std", "mean_error", "mode", "max")} == {None}
    assert rows[300]["mean"] > 0


def test_T2_an_absent_ls_is_null(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    first = {element["me"] for element in dials.get("mes/14661044/379011/").json()}
    later = min(element["me"] for element in dials.get("mes/").json() if element["me"] not in first)
    rows = trend(cli, 379011, later)
    assert {value for name, value in rows[1].items() if name != "ls"} == {None}
    assert any(row["entries"] for row in rows.values())


def test_T4_maps_have_statistics_of_their_own(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    row = trend(cli, 379011, MAP)[9]
    params = {"dataset_id": "14661044", "run_number": "379011", "me": MAP, "ls_number": "9"}
    (given,) = dials.get("th2/", params=params).json()["results"]
    cells = [value for line in given["data"] for value in line]
    assert list(row) == [
        *("ls", "occupancy", "mean_x", "mean_y", "empty_bins"),
        *("max", "entries", "sum", "outside_fraction"),
    ]
    assert row["empty_bins"] == cells.count(0)
    assert row["occupancy"] == pytest.approx(1 - cells.count(0) / len(cells))
    assert (row["max"], row["sum"], row["entries"]) == (max(cells), sum(cells), given["entries"])


def test_J8_all_pages_of_a_long_run_are_read(cli: Callable[..., Ended]) -> None:
    rows = trend(cli, 379765, CHARGE)
    assert len(rows) == 1736
    assert all(row["entries"] is not None for row in rows.values())


def test_the_picture_names_statistic_run_dataset_and_element(cli: Callable[..., Ended]) -> None:
    done = cli("trend", "--run", "379011", "--me", CHARGE, "--statistic", "entries")
    lines = done.out.splitlines()
    assert lines[0] == "run 379011  /ZeroBias/Run2024B-PromptReco-v1/DQMIO"
    assert lines[1] == f"entries of {CHARGE}"
    assert len(lines) == 24
    assert max(map(len, lines)) <= 80
    assert "data" in done.out


def test_a_statistic_that_the_element_does_not_have(cli: Callable[..., Ended]) -> None:
    done = cli("trend", "--run", "379011", "--me", MAP, "--statistic", "std")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "has no 'std'" in done.err
    assert "occupancy" in done.err


def test_an_element_without_histograms_in_the_run(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    nothing = json_reply({"next": None, "previous": None, "results": []})
    web.handler = InBetween(demo, lambda request: request.url.path.endswith("/th1/"), nothing)
    done = on_web("trend", "--run", "379011", "--me", CHARGE, "--json")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert f"run 379011 has no histograms of {CHARGE}" in done.err


def test_J6_histograms_with_other_axes_are_left_out_and_named(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    def widen(page: dict[str, Any]) -> dict[str, Any]:
        rows = [row | {"x_max": 1e6} if row["ls_number"] >= 390 else row for row in page["results"]]
        return page | {"results": rows}

    web.handler = InBetween(demo, lambda request: request.url.path.endswith("/th1/"), edit=widen)
    done = on_web("trend", "--run", "379011", "--me", CHARGE, "--json")
    means = {row["ls"]: row["mean"] for row in done.json()}
    assert means[389] > 0
    assert {means[ls] for ls in range(390, 398)} == {None}
    assert "LS 390-397 have other axes than the rest of the run and are left out" in done.err
