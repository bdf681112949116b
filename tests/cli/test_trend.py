"""`dqmtui trend`."""

from __future__ import annotations

import csv
import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pyarrow.parquet import read_schema

from dqmtui.cli.exits import Exit, Stop
from dqmtui.cli.trend_beside import in_unit_of
from dqmtui.model.divisors import Divisors, Quantity
from dqmtui.model.normalise import Normalisation
from tests.cli.between import InBetween
from tests.services.web import json_reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended
    from tests.services.web import Web

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
LINE = ("--run", "381113", "--dataset", "Zero")
MAP = "PixelPhase1/Tracks/PXBarrel/clusterposition_zphi_ontrack_PXLayer_1"


def trend(cli: Callable[..., Ended], run: int, me: str, *more: str) -> dict[int, dict[str, Any]]:
    rows = cli("trend", "--run", str(run), "--me", me, "--json", *more).json()
    return {row["ls"]: row for row in rows}


def test_T1_statistics_of_1d_use_true_centres(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    rows = trend(cli, 379011, CHARGE)
    params = {"dataset_id": "14661044", "run_number": "379011", "me": CHARGE, "page_size": "500"}
    given = dials.get("th1/", params=params).json()["results"]
    assert len(given) == sum(row["state"] != "absent" for row in rows.values()) == 397
    for one in given[::50]:
        row, n = rows[one["ls_number"]], one["data"]
        width = (one["x_max"] - one["x_min"]) / one["x_bin"]
        x = [one["x_min"] + (i + 0.5) * width for i in range(len(n))]
        mean = sum(a * b for a, b in zip(n, x, strict=True)) / sum(n)
        std = math.sqrt(sum(a * (b - mean) ** 2 for a, b in zip(n, x, strict=True)) / sum(n))
        assert row == {
            "run_number": 379011,
            "dataset": "/ZeroBias/Run2024B-PromptReco-v1/DQMIO",
            "me": CHARGE,
            "ls": one["ls_number"],
            "state": "value",
            "why": "",
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
    assert (rows[384]["state"], rows[384]["entries"], rows[384]["sum"]) == ("empty", 0, 0)
    assert {rows[384][name] for name in ("mean", "std", "mean_error", "mode", "max")} == {None}
    assert rows[300]["mean"] > 0


def test_T2_an_absent_ls_is_null(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    first = {element["me"] for element in dials.get("mes/14661044/379011/").json()}
    later = min(element["me"] for element in dials.get("mes/").json() if element["me"] not in first)
    rows = trend(cli, 379011, later)
    about = {"run_number", "dataset", "me", "ls", "state", "why"}
    assert {value for name, value in rows[1].items() if name not in about} == {None}
    assert rows[1]["state"] == "absent"
    assert any(row["entries"] for row in rows.values())


def test_J3_an_ls_that_dials_does_not_have_is_absent_however_the_ls_are_chosen(
    cli: Callable[..., Ended],
) -> None:
    rows = trend(cli, 381115, CHARGE)
    assert len(rows) == 1341
    assert {row["state"] for row in rows.values()} == {"value", "empty", "absent"}
    (absent,) = [ls for ls, row in rows.items() if row["state"] == "absent"]
    assert absent == 408
    assert rows[408]["mean"] is None
    assert trend(cli, 381115, CHARGE, "--from-ls", "408", "--to-ls", "408") == {408: rows[408]}
    assert trend(cli, 381115, CHARGE, "--good", "dcs")[408]["state"] in {"absent", "left out"}


def test_J3_absent_ls_of_a_reference_have_rows_too(cli: Callable[..., Ended]) -> None:
    line = ("trend", "--run", "379011", "--me", CHARGE, "--statistic", "mean", "--ref", "381115", "--json")
    rows = {row["ls"]: row for row in cli(*line).json() if row["run_number"] == 381115}
    assert rows[408]["state"] == "absent"


def test_T4_maps_have_statistics_of_their_own(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    row = trend(cli, 379011, MAP)[9]
    params = {"dataset_id": "14661044", "run_number": "379011", "me": MAP, "ls_number": "9"}
    (given,) = dials.get("th2/", params=params).json()["results"]
    cells = [value for line in given["data"] for value in line]
    assert list(row) == [
        *("run_number", "dataset", "me", "ls", "state", "why"),
        *("occupancy", "mean_x", "mean_y", "empty_bins"),
        *("max", "entries", "sum", "outside_fraction"),
    ]
    assert row["empty_bins"] == cells.count(0)
    assert row["occupancy"] == pytest.approx(1 - cells.count(0) / len(cells))
    assert (row["max"], row["sum"], row["entries"]) == (max(cells), sum(cells), given["entries"])


def test_J8_all_pages_of_a_long_run_are_read(cli: Callable[..., Ended]) -> None:
    rows = trend(cli, 379765, CHARGE)
    assert sum(row["entries"] is not None for row in rows.values()) == 1736
    assert {row["state"] for row in rows.values() if row["entries"] is None} == {"absent"}


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
    assert {row["state"] for row in done.json() if 390 <= row["ls"] <= 397} == {"other axes"}
    assert "LS 390-397 have other axes than the rest of the run and are left out" in done.err


def test_N2_counts_are_divided_by_the_rate_of_their_ls_and_masked_where_there_is_none(
    cli: Callable[..., Ended],
) -> None:
    plain = trend(cli, 379011, CHARGE, "--statistic", "entries")
    rate = {row["ls"]: row["rate_hz"] for row in cli("rates", "--run", "379011", "--json").json()}
    line = ("trend", "--run", "379011", "--me", CHARGE, "--statistic", "entries", "--norm", "hz")
    done = cli(*line, "--json")
    rows = {row["ls"]: row for row in done.json()}
    assert rows[100]["entries"] == pytest.approx(plain[100]["entries"] / rate[100])
    assert (rows[8]["state"], rows[8]["entries"]) == ("masked", None)
    assert rows[8]["why"] == "no HLT_ZeroBias rate row"
    assert rows[392]["why"] == "HLT_ZeroBias rate 0"
    assert "no HLT_ZeroBias rate row: LS 8,41,74" in done.err


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("--norm hz", "Which statistic?"),
        ("--norm hz --statistic mean", "divides not mean"),
        ("--norm area --statistic entries", "divides nothing of a trend"),
    ],
)
def test_T3_a_rate_divides_only_what_grows_with_it(cli: Callable[..., Ended], line: str, says: str) -> None:
    done = cli("trend", "--run", "379011", "--me", CHARGE, *line.split())
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert says in done.err


def test_the_lumisections_that_are_not_good_are_left_out_and_said_to_be(cli: Callable[..., Ended]) -> None:
    (mask,) = cli("mask", "--run", "381080", "--dcs").json().values()
    rows = trend(cli, 381080, CHARGE, "--dataset", "Zero", "--good", "dcs", "--exclude", "[20,25]")
    good = {ls for ls, row in rows.items() if row["state"] != "left out"}
    assert good == {ls for first, last in mask for ls in range(first, last + 1)} - set(range(20, 26))
    assert (rows[22]["mean"], rows[22]["why"]) == (None, "excluded")
    assert rows[max(rows)]["why"] == "not dcs"


def test_T5_a_reference_has_its_own_ls_numbers(cli: Callable[..., Ended]) -> None:
    line = ("trend", "--run", "380238", "--me", CHARGE, "--statistic", "mean", "--ref", "379765")
    rows = cli(*line, "--json").json()
    there = [row["run_number"] for row in rows if row["state"] != "absent"]
    assert (there.count(380238), there.count(379765)) == (40, 1736)
    alone = trend(cli, 379765, CHARGE, "--statistic", "mean")
    assert [row["mean"] for row in rows if row["run_number"] == 379765] == [
        row["mean"] for row in alone.values()
    ]
    assert "run 379765 median" in cli(*line).out


def test_two_elements_stand_in_one_plot_and_one_table(cli: Callable[..., Ended]) -> None:
    line = ("trend", "--run", "379011", "--me", CHARGE, "--me", MAP, "--statistic", "entries")
    rows = cli(*line, "--json", "--from-ls", "5", "--to-ls", "7").json()
    assert [(row["me"], row["ls"]) for row in rows] == [(me, ls) for me in (CHARGE, MAP) for ls in (5, 6, 7)]
    assert "charge_PXLayer_1" in cli(*line).out.splitlines()[2]
    done = cli(*line[:-2])
    assert (done.code, done.out) == (Exit.USAGE, "")


def test_what_stands_under_the_trend_is_joined_on_the_ls_number(cli: Callable[..., Ended]) -> None:
    pileup = {row["ls"]: row["pileup"] for row in cli("lumis", *LINE, "--json").json()}
    rows = trend(cli, 381113, CHARGE, "--dataset", "Zero", "--statistic", "mean", "--under", "pileup")
    assert {ls: row["pileup"] for ls, row in rows.items()} == {ls: pileup.get(ls) for ls in rows}
    assert {rows[ls]["pileup"] for ls in range(213, 220)} == {None}
    done = cli("trend", "--run", "379011", "--me", CHARGE, "--under", "prescales")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "pileup" in done.err


def test_N3_a_ratio_is_not_divided(cli: Callable[..., Ended]) -> None:
    line = ("trend", "--run", "379011", "--me", "FractionOfGoodPVtx_offline", "--statistic", "entries")
    done = cli(*line, "--norm", "hz")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "is a ratio or a difference" in done.err


def test_N4_the_luminosity_of_another_run_is_brought_to_the_unit_of_the_run() -> None:
    ls = np.array([1, 2])
    mine, theirs, unknown = (
        Divisors.of(
            Normalisation.PER_LUMINOSITY,
            luminosity=Quantity.of_rows("recorded luminosity", ls, np.array([lumi, lumi]), unit),
        )
        for lumi, unit in ((0.5, "pb^{-1}"), (5e5, "ub^{-1}"), (5.0, "apples"))
    )
    brought = in_unit_of(mine, theirs, 379765)
    assert brought.over(ls).values == pytest.approx([0.5, 0.5])
    assert brought.label == mine.label
    with pytest.raises(Stop, match="run 379765 has another unit"):
        in_unit_of(mine, unknown, 379765)


def values_of(rows: list[dict[str, Any]], name: str) -> dict[int, float]:
    return {row["ls"]: row[name] for row in rows if row[name] is not None}


def test_S5_a_reference_of_the_run_itself_is_where_its_good_ls_have_the_statistic(
    cli: Callable[..., Ended],
) -> None:
    line = ("trend", "--run", "380238", "--me", CHARGE, "--statistic", "mean", "--exclude", "1-3")
    for ref, excluded in (("rest", "37-40"), ("neighbours:5:1", "30-40")):
        rows = cli(*line, "--ref", ref, "--ref-exclude", excluded, "--json").json()
        first = int(excluded.partition("-")[0])
        good = np.array([row["mean"] for row in rows if row["mean"] is not None and 3 < row["ls"] < first])
        median = float(np.median(good))
        (band,) = {(row["reference_mean"], row["reference_mean_spread"]) for row in rows}
        assert band == pytest.approx((median, 1.4826 * np.median(np.abs(good - median))))
        picture = cli(*line, "--ref", ref, "--ref-exclude", excluded).out
        assert f"this run: median ± 1.4826 MAD of {good.size} LS" in picture


@pytest.mark.parametrize(
    ("statistic", "ref", "label"),
    [
        ("chi2/dof", "rest", "the rest of 36 good LS"),
        ("KS distance", "neighbours:5:1", "5 good LS on either side"),
        ("KS distance", "379011", "run 379011, 100 LS"),
    ],
)
def test_S1_S2_every_ls_is_compared_with_a_reference(
    cli: Callable[..., Ended], statistic: str, ref: str, label: str
) -> None:
    line = ("trend", "--run", "380238", "--me", CHARGE, "--statistic", statistic, "--ref", ref)
    more = ("--ref-good", "ls < 37") if ref == "rest" else ("--ref-exclude", "101-397")
    rows = cli(*line, *more, "--json").json()
    assert {row["reference"] for row in rows} == {label}
    assert {row["run_number"] for row in rows} == {380238}
    found = values_of(rows, statistic)
    assert set(range(1, 37)) <= found.keys()
    test, name = ("chi2", "chi2_per_dof") if statistic == "chi2/dof" else ("ks", "ks")
    other = ("compare", "--run", "380238", "--me", CHARGE, "--ref", ref, *more, "--test", test, "--each-ls")
    expected = {row["ls"]: row[name] for row in cli(*other, "--json").json()}
    assert {ls: found[ls] for ls in (2, 11, 36)} == pytest.approx({ls: expected[ls] for ls in (2, 11, 36)})


def test_a_comparison_is_a_picture_and_a_table(cli: Callable[..., Ended], tmp_path: Path) -> None:
    refs = ("--ref", "rest", "--ref", "neighbours")
    line = ("trend", "--run", "380238", "--me", CHARGE, "--statistic", "KS distance", *refs)
    lines = cli(*line, "--width", "120").out.splitlines()
    assert lines[1] == f"KS distance of {CHARGE}"
    assert "the rest of" in lines[2]
    assert "10 good LS on either side" in lines[2]
    table = tmp_path / "t.csv"
    assert cli(*line, "--csv", str(table), "--parquet", str(tmp_path / "t.parquet")).code == 0
    rows = [*csv.DictReader(table.read_text().splitlines())]
    assert len({row["reference"] for row in rows}) == 2
    assert sum(bool(row["KS distance"]) for row in rows) > 70
    columns = read_schema(tmp_path / "t.parquet").names
    assert {"KS distance", "reference", "state", "why"} <= {*columns}
    assert cli(*line, "--svg", str(tmp_path / "t.svg")).code == 0


def test_what_cannot_be_compared_says_so(cli: Callable[..., Ended]) -> None:
    line = ("trend", "--run", "380238", "--me", CHARGE)
    done = cli(*line, "--statistic", "chi2/dof")
    assert done.code == Exit.USAGE
    assert "chi2/dof compares with a reference: give --ref RUN, rest or neighbours" in done.err
    done = cli(*line, "--ref", "380238")
    assert done.code == Exit.USAGE
    assert "--ref rest compares with the rest of it" in done.err
    ratio = ("trend", "--run", "380238", "--me", "FractionOfGoodPVtx_offline", "--ref", "rest")
    done = cli(*ratio, "--statistic", "chi2/dof")
    assert done.code == Exit.USAGE
    assert "compares counts, and the bins of" in done.err
    done = cli("trend", "--run", "380238", "--me", MAP, "--ref", "rest", "--statistic", "KS distance")
    assert "is 2D and has no 'KS distance'" in done.err


def test_T2_what_is_too_large_for_a_number_has_no_value_and_that_is_said(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    value = 1e308

    def huge(page: dict[str, Any]) -> dict[str, Any]:
        return page | {"results": [row | {"data": [value] * row["x_bin"]} for row in page["results"]]}

    web.handler = InBetween(demo, lambda request: request.url.path.endswith("/th1/"), edit=huge)
    line = ("trend", "--run", "380238", "--me", CHARGE, "--ref", "rest")
    done = on_web(*line)
    assert "no LS has a mean" in done.out
    assert (done.code, done.err.replace("\n", "")) == (
        0,
        "dqmtui: run 380238: too large for a number: LS 1-40",
    )
    rows = on_web(*line, "--json", "--statistic", "mean").json()
    assert {(row["state"], row["why"], row["mean"]) for row in rows if row["state"] != "absent"} == {
        ("masked", "too large for a number", None)
    }
    rows = on_web(*line, "--json").json()
    assert {(row["state"], row["mean"], row["max"]) for row in rows if row["state"] != "absent"} == {
        ("value", None, value)
    }
