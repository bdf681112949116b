"""`dqmtui hist`."""

from __future__ import annotations

import importlib
import io
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest

from dqmtui.cli.exits import Exit
from tests.cli.between import InBetween
from tests.services.web import json_reply

pd: Any = importlib.import_module("pandas")

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import httpx
    from starlette.requests import Request

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended
    from tests.services.web import Web

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
    for ls in (510, 1, 1142):
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


# -- several lumisections ------------------------------------------------------------------------------------

RUN = ("hist", "--run", "379011", "--me", CHARGE)


def bins(cli: Callable[..., Ended], *ls: int) -> Any:
    """The sum of the histograms of some LS, each asked for by itself."""
    return sum(np.array(cli(*RUN, "--ls", str(one), "--json").json()["values"]) for one in ls)


def test_N5_the_integral_is_the_sum_of_the_lumisections_by_number(cli: Callable[..., Ended]) -> None:
    found = cli(*RUN, "--ls", "5-7,40", "--json").json()
    assert found["ls_used"] == [5, 6, 7, 40]
    np.testing.assert_array_equal(found["values"], bins(cli, 5, 6, 7, 40))
    np.testing.assert_allclose(found["errors"], np.sqrt(found["values"]))
    assert (found["ls"], found["normalisation"], found["divisor"]) == (None, "counts", 1)


@pytest.mark.parametrize("exclude", [["--exclude", "3,[5,9]"], ["--exclude", "3", "--exclude", "[[5,9]]"]])
def test_N5_the_excluded_come_as_numbers_and_as_ranges(cli: Callable[..., Ended], exclude: list[str]) -> None:
    found = cli(*RUN, "--ls", "1-11", *exclude, "--json").json()
    assert found["ls_used"] == [1, 2, 4, 10, 11]
    assert found["ls_left_out"] == [{"why": "excluded", "ls": [[3, 3], [5, 9]]}]


def test_N5_numbers_that_the_run_does_not_have_are_ignored_with_a_note(cli: Callable[..., Ended]) -> None:
    done = cli("hist", "--run", "380238", "--me", CHARGE, "--ls", "39-42,186", "--json")
    assert done.json()["ls_used"] == [39, 40]
    assert done.json()["ls_left_out"] == [{"why": "without data", "ls": [[41, 42], [186, 186]]}]
    assert "without data: LS 41-42,186" in done.err
    done = cli("hist", "--run", "380238", "--me", CHARGE, "--ls", "186")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "no data for LS 186 in run 380238" in done.err
    done = cli("hist", "--run", "380238", "--me", CHARGE, "--ls", "186-190")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")


def test_N6_a_certification_json_and_an_expression_both_count(
    cli: Callable[..., Ended], tmp_path: Path
) -> None:
    golden = tmp_path / "golden.json"
    golden.write_text('{"generated_json": {"381080": [[100, 120], [330, -1]]}}')
    line = ("hist", "--run", "381080", "--dataset", "Zero", "--me", CHARGE)
    found = cli(*line, "--mask", str(golden), "--good", "dcs and not excluded", "--exclude", "105", "--json")
    (dcs,) = cli("mask", "--run", "381080", "--dcs").json().values()
    (last,) = [last for first, last in dcs if first <= 335 <= last]
    assert found.json()["ls_used"] == [*range(100, 105), *range(106, 121), *range(330, last + 1)]
    done = cli("hist", "--run", "379011", "--me", CHARGE, "--mask", str(golden))
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    golden.write_text('{"381080": "all"}')
    assert cli(*line, "--mask", str(golden)).code == Exit.USAGE


def test_an_expression_that_cannot_be_read_says_what_is_near(cli: Callable[..., Ended]) -> None:
    done = cli(*RUN, "--good", "dsc and rate > 10")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "dcs" in done.err


# -- normalising ---------------------------------------------------------------------------------------------


def rates(cli: Callable[..., Ended], *more: str) -> dict[int, float]:
    rows = cli("rates", "--run", "379011", *more, "--json").json()
    return {row["ls"]: row["rate_hz"] for row in rows}


@pytest.mark.parametrize(
    ("norm", "label", "seconds"),
    [
        ("hz", "counts per Hz of HLT_ZeroBias", 1.0),
        ("event", "counts per event of HLT_ZeroBias (rate x 23.31 s)", 23.31040958),
    ],
)
def test_N2_counts_are_divided_by_the_summed_rates_of_the_same_ls(
    cli: Callable[..., Ended], norm: str, label: str, seconds: float
) -> None:
    rate = rates(cli)
    found = cli(*RUN, "--ls", "7-9", "--norm", norm, "--json")
    fields = found.json()
    divisor = (rate[7] + rate[9]) * seconds
    assert fields["normalisation"] == label
    assert fields["divisor"] == pytest.approx(divisor)
    np.testing.assert_allclose(fields["values"], bins(cli, 7, 9) / divisor)
    np.testing.assert_allclose(fields["errors"], np.sqrt(bins(cli, 7, 9)) / divisor)
    assert fields["ls_left_out"] == [{"why": "no HLT_ZeroBias rate row", "ls": [[8, 8]]}]
    assert "no HLT_ZeroBias rate row, left out: LS 8" in found.err


@pytest.mark.parametrize(
    ("name", "option", "label"),
    [
        ("HLT_IsoMu24", "--path", "HLT_IsoMu24"),
        ("HLT_IsoMu24_v1", "--path", "HLT_IsoMu24"),
        ("Muon0", "--rate-dataset", "dataset Muon0"),
        ("dataset:ZeroBias", "--rate-dataset", "dataset ZeroBias"),
    ],
)
def test_N2_any_path_or_dataset_divides(
    cli: Callable[..., Ended], name: str, option: str, label: str
) -> None:
    plain = name.removeprefix("dataset:").removesuffix("_v1")
    rate = rates(cli, option, plain)
    fields = cli(*RUN, "--ls", "9", "--norm", "hz", "--rate", name, "--json").json()
    assert fields["normalisation"] == f"counts per Hz of {label}"
    np.testing.assert_allclose(fields["values"], bins(cli, 9) / rate[9])


def test_an_unknown_rate_is_answered_with_the_nearest(cli: Callable[..., Ended]) -> None:
    done = cli(*RUN, "--ls", "9", "--norm", "hz", "--rate", "HLT_ZeroBas")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "neither a path nor a dataset 'HLT_ZeroBas'" in done.err
    assert "  HLT_ZeroBias\n" in done.err


@pytest.mark.parametrize(
    ("ls", "why"), [("8", "no HLT_ZeroBias rate row"), ("392-395", "HLT_ZeroBias rate 0")]
)
def test_N2_what_cannot_be_divided_is_masked_with_the_reason(
    cli: Callable[..., Ended], ls: str, why: str
) -> None:
    done = cli(*RUN, "--ls", ls, "--norm", "hz")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert why in done.err
    assert "--norm counts" in done.err
    done = cli(*RUN, "--ls", ls, "--norm", "hz", "--json")
    fields = orjson.loads(done.out)
    assert (done.code, fields["masked"], set(fields["values"])) == (Exit.NOT_FOUND, why, {None})
    # without a rate there are hardly any counts, but an LS whose rate was not recorded has them all
    assert (sum(fields["counts"]) > 0) == (ls == "8")


def test_N1_unit_area_sums_to_one_and_an_empty_lumisection_has_none(cli: Callable[..., Ended]) -> None:
    for me in (CHARGE, MAP):
        line = ("hist", "--run", "379011", "--me", me, "--ls", "9-10", "--norm", "area")
        assert np.sum(cli(*line, "--json").json()["values"]) == pytest.approx(1.0)
    line = ("hist", "--run", "381080", "--dataset", "Zero", "--me", CHARGE, "--ls", "384")
    done = cli(*line, "--norm", "area")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "empty" in done.err


def test_without_oms_only_what_needs_none_is_shown(cli: Callable[..., Ended]) -> None:
    assert cli(*RUN, "--ls", "9,10", "--norm", "area", "--oms-route", "off").code == 0
    for more in (("--norm", "hz"), ("--norm", "lumi"), ("--good", "dcs")):
        done = cli(*RUN, "--ls", "9,10", *more, "--oms-route", "off")
        assert (done.code, done.out) == (Exit.USAGE, "")
        assert "OMS is switched off" in done.err


# -- references ----------------------------------------------------------------------------------------------


def test_N4_the_reference_carries_the_same_normalisation(cli: Callable[..., Ended]) -> None:
    line = ("hist", "--me", CHARGE, "--norm", "hz", "--json")
    found = cli(*line, "--run", "379011", "--ls", "9", "--ref", "379765", "--ref-good", "ls <= 60").json()
    alone = cli(*line, "--run", "379765", "--ls", "1-60").json()
    (reference,) = found["references"]
    assert reference["normalisation"] == found["normalisation"] == "counts per Hz of HLT_ZeroBias"
    np.testing.assert_allclose(reference["values"], alone["values"])
    assert reference["ls_used"] == alone["ls_used"]
    values, other = np.array(found["values"]), np.array(reference["values"])
    some = other > 0
    np.testing.assert_allclose(np.array(reference["ratio"], dtype=float)[some], values[some] / other[some])
    np.testing.assert_allclose(reference["difference"], values - other)


def test_S6_a_lumisection_is_no_part_of_its_own_reference(cli: Callable[..., Ended]) -> None:
    for ref in ("rest", "379011"):
        found = cli(*RUN, "--ls", "9", "--good", "ls < 12", "--ref", ref, "--json").json()
        (reference,) = found["references"]
        assert reference["ls_used"] == [*range(1, 9), 10, 11]
        # the counts of 10 LS stand beside one, so they are scaled to one
        np.testing.assert_allclose(reference["values"], bins(cli, *range(1, 9), 10, 11) / 10)
    found = cli(*RUN, "--ls", "9", "--ref", "neighbours:2:1", "--ref", "rest", "--json").json()
    assert found["references"][0]["ls_used"] == [6, 7, 11, 12]
    assert len(found["references"]) == 2


def is_of_run(run: int) -> Callable[[Request], bool]:
    return lambda request: request.url.path.endswith("/th1/") and f"run_number={run}" in str(request.url)


def test_a_reference_without_the_element_is_said_and_the_histogram_stands_alone(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    nothing = json_reply({"next": None, "previous": None, "results": []})
    web.handler = InBetween(demo, is_of_run(379765), nothing)
    done = on_web(*RUN, "--ls", "9", "--ref", "379765", "--json")
    (reference,) = done.json()["references"]
    assert reference["refused"] == f"the reference: run 379765 has no {CHARGE}"
    assert "run 379765 has no" in done.err
    assert sum(done.json()["values"]) > 0


def merged(by: int) -> Callable[[Any], Any]:
    """Merge bins of every histogram of a page."""

    def edit(page: Any) -> Any:
        rows = [
            row | {"x_bin": len(row["data"]) // by, "data": np.reshape(row["data"], (-1, by)).sum(1).tolist()}
            for row in page["results"]
        ]
        return page | {"results": rows}

    return edit


def test_J6_other_bins_are_merged_where_that_is_exact_and_refused_where_it_is_not(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    line = (*RUN, "--ls", "9", "--ref", "379765")
    web.handler = InBetween(demo, is_of_run(379765), edit=merged(4))
    done = on_web(*line, "--json")
    fields = done.json()
    assert len(fields["values"]) == len(fields["references"][0]["values"]) == len(fields["x_edges"]) - 1 == 25
    assert "x axis rebinned: 4 bins merged into 1" in done.err
    assert "run 379765" in on_web(*line).out

    def widen(page: Any) -> Any:
        return page | {"results": [row | {"x_max": 777.0} for row in page["results"]]}

    web.handler = InBetween(demo, is_of_run(379765), edit=widen)
    on_web("cache", "clear")
    done = on_web(*line, "--json")
    assert "cannot be brought to the same bins" in done.json()["references"][0]["refused"]
    assert "not compared with run 379765" in done.err


def test_J6_a_histogram_that_cannot_be_shown_is_not_called_absent(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    def widened(page: Any) -> Any:
        return page | {
            "results": [row | ({"x_max": 777.0} if row["ls_number"] == 9 else {}) for row in page["results"]]
        }

    web.handler = InBetween(demo, lambda request: request.url.path.endswith("/th1/"), edit=widened)
    done = on_web(*RUN, "--ls", "9", "--ref", "rest")
    assert done.code == Exit.NOT_FOUND
    assert f"LS 9 of {CHARGE} in run 379011 cannot be shown: other axes" in done.err
    assert "no data" not in done.err


def test_a_histogram_of_one_bin_is_drawn_and_compared(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    web.handler = InBetween(demo, lambda request: request.url.path.endswith("/th1/"), edit=merged(100))
    done = on_web(*RUN, "--ls", "9", "--ref", "rest", "--json")
    assert len(done.json()["values"]) == 1
    assert done.json()["x_edges"] == [0.0, 80000.0]
    assert "LS 9" in on_web(*RUN, "--ls", "9", "--ref", "rest").out


def test_N3_a_ratio_is_a_mean_per_lumisection_whatever_the_normalisation(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    def negative(page: Any) -> Any:
        rows = [row | {"data": [-1.0 * row["ls_number"], *row["data"][1:]]} for row in page["results"]]
        return page | {"results": rows}

    web.handler = InBetween(demo, lambda request: request.url.path.endswith("/th1/"), edit=negative)
    done = on_web(*RUN, "--ls", "9,11", "--norm", "area", "--json")
    assert done.json()["values"][0] == -10
    assert set(done.json()["errors"]) == {None}
    assert "a ratio or difference" in done.err


@pytest.mark.parametrize("comparison", ["overlay", "ratio", "difference", "pull"])
@pytest.mark.parametrize("me", [CHARGE, MAP])
def test_the_picture_has_the_reference_in_the_size_that_was_asked_for(
    cli: Callable[..., Ended], me: str, comparison: str
) -> None:
    line = ("hist", "--run", "379011", "--me", me, "--ls", "9-12", "--ref", "rest", "--compare", comparison)
    lines = cli(*line, "--width", "100", "--height", "30", "--errors").out.splitlines()
    assert len(lines) == 30
    assert max(map(len, lines)) <= 100
    assert "4 LS (9-12)" in lines[2]
    if me == CHARGE:
        assert "this run without LS 9-12" in lines[3]


# -- tables --------------------------------------------------------------------------------------------------


def test_a_table_has_a_row_per_bin_and_reads_back_the_same(cli: Callable[..., Ended], tmp_path: Path) -> None:
    line = (*RUN, "--ls", "9", "--norm", "hz", "--ref", "rest")
    csv, parquet = tmp_path / "a.csv", tmp_path / "a.parquet"
    done = cli(*line, "--csv", str(csv), "--parquet", str(parquet))
    assert (done.code, done.out) == (0, "")
    fields = cli(*line, "--json").json()
    one, two = pd.read_csv(csv), pd.read_parquet(parquet)
    pd.testing.assert_frame_equal(one, two, check_dtype=False)
    assert [*two["x_low"], two["x_high"].iloc[-1]] == fields["x_edges"]
    assert two["content"].tolist() == fields["values"]
    assert two["reference"].tolist() == fields["references"][0]["values"]
    assert two.attrs["normalisation"] == fields["normalisation"]
    text = cli(*line, "--csv", "-").out
    assert text == csv.read_text()


def test_a_table_of_a_map_has_a_row_per_cell(cli: Callable[..., Ended]) -> None:
    line = ("hist", "--run", "379011", "--me", MAP, "--ls", "9")
    table = pd.read_csv(io.StringIO(cli(*line, "--csv", "-").out))
    fields = cli(*line, "--json").json()
    bins = np.array(fields["values"])
    assert table["content"].tolist() == bins.ravel().tolist()
    at = 3 * bins.shape[1] + 7
    assert (table["x_low"][at], table["y_low"][at]) == (fields["x_edges"][7], fields["y_edges"][3])
    assert (table["x_high"][at], table["y_high"][at]) == (fields["x_edges"][8], fields["y_edges"][4])


@pytest.mark.parametrize(("me", "kind"), [(CHARGE, "th1"), (MAP, "th2")])
def test_a_frame_is_what_cmsdials_makes_of_the_same_rows(
    cli: Callable[..., Ended], dials: httpx.Client, tmp_path: Path, me: str, kind: str
) -> None:
    file = tmp_path / "frame.parquet"
    line = ("hist", "--run", "379011", "--me", me, "--ls", "9-11", "--frame")
    cli(*line, "--parquet", str(file))
    rows = [row(dials, kind, 379011, ls, me, 14661044) for ls in (9, 10, 11)]
    models: Any = importlib.import_module(
        "cmsdials.clients.h1d.models" if kind == "th1" else "cmsdials.clients.h2d.models"
    )
    model = models.LumisectionHistogram1D if kind == "th1" else models.LumisectionHistogram2D
    theirs = pd.DataFrame([model(**one).model_dump() for one in rows])
    ours = pd.read_parquet(file)
    assert list(ours.columns) == list(theirs.columns)
    for name in ours.columns:
        if name != "data":
            pd.testing.assert_series_equal(ours[name], theirs[name])
    for one, two in zip(ours["data"], theirs["data"], strict=True):
        np.testing.assert_array_equal(np.stack(list(one)), np.array(two))
    assert cli(*line, "--json").json() == rows
