"""`dqmtui compare`."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from dqmtui.cli.exits import Exit
from tests.cli.between import InBetween
from tests.cli.test_hist import is_of_run, merged
from tests.services.web import json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended
    from tests.services.web import Web

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
MAP = "PixelPhase1/Tracks/PXBarrel/clusterposition_zphi_ontrack_PXLayer_1"
LINE = ("compare", "--run", "379011", "--me", CHARGE)


def values(cli: Callable[..., Ended], run: int, ls: str) -> Any:
    """The bins of an integral, and its axis."""
    found = cli("hist", "--run", str(run), "--me", CHARGE, "--ls", ls, "--json").json()
    edges = np.array(found["x_edges"])
    return np.array(found["values"], dtype=float), (edges[:-1] + edges[1:]) / 2


def one(done: Ended) -> dict[str, Any]:
    (row,) = done.json()
    return dict(row)


def test_S7_what_is_compared_with_what_stands_next_to_every_test(cli: Callable[..., Ended]) -> None:
    row = one(
        cli(*LINE, "--ls", "9-12", "--ref", "379765", "--ref-good", "ls < 60", "--norm", "hz", "--json")
    )
    assert {name: row[name] for name in list(row)[:13]} == {
        "run_number": 379011,
        "dataset": "/ZeroBias/Run2024B-PromptReco-v1/DQMIO",
        "me": CHARGE,
        "ls": "9-12",
        "n_ls": 4,
        "n": values(cli, 379011, "9-12")[0].sum(),
        "reference": "run 379765, 58 LS",
        "reference_dataset": "/ZeroBias/Run2024C-PromptReco-v1/DQMIO",
        "reference_n_ls": 58,
        "reference_n": values(cli, 379765, "2-59")[0].sum(),
        "normalisation": "counts per Hz of HLT_ZeroBias",
        "refused": "",
        "low_statistics": False,
    }


def test_S1_chi2_is_that_of_the_contingency_table(cli: Callable[..., Ended]) -> None:
    row = one(cli(*LINE, "--ls", "9", "--ref", "379765", "--test", "chi2", "--json"))
    d, _ = values(cli, 379011, "9")
    r, _ = values(cli, 379765, "2-1737")
    # bins merged from the left until the LS, which is the smaller, expects 5
    groups: list[list[float]] = []
    collected = np.zeros(2)
    need = 5 * (d.sum() + r.sum()) / d.sum()
    for pair in zip(d, r, strict=True):
        collected = collected + pair
        if collected.sum() >= need:
            groups.append(collected.tolist())
            collected = np.zeros(2)
    groups[-1] = (np.array(groups[-1]) + collected).tolist()
    expected = stats.chi2_contingency(np.array(groups).T, correction=False)
    assert row["chi2_dof"] == expected.dof == len(groups) - 1
    assert row["chi2"] == pytest.approx(expected.statistic, rel=1e-9)
    assert row["chi2_per_dof"] == pytest.approx(expected.statistic / expected.dof)
    assert row["chi2_p"] == pytest.approx(expected.pvalue, rel=1e-6)
    assert "ks" not in row


def test_S2_the_distance_is_that_of_the_cumulative_shapes(cli: Callable[..., Ended]) -> None:
    row = one(cli(*LINE, "--ls", "9", "--ref", "rest", "--ref-good", "ls < 12", "--test", "ks", "--json"))
    d, _ = values(cli, 379011, "9")
    r, _ = values(cli, 379011, "1-8,10-11")
    distance = np.abs(np.cumsum(d) / d.sum() - np.cumsum(r) / r.sum()).max()
    assert row["ks"] == pytest.approx(distance)
    scaled = np.sqrt(d.sum() * r.sum() / (d.sum() + r.sum())) * distance
    assert row["ks_p"] == pytest.approx(stats.kstwobign.sf(scaled), rel=1e-6)


def test_S4_the_shift_of_the_mean_is_in_units_of_its_error(cli: Callable[..., Ended]) -> None:
    row = one(cli(*LINE, "--ls", "9", "--ref", "379765", "--test", "mean", "--json"))
    both = []
    for run, ls in ((379011, "9"), (379765, "2-1737")):
        n, x = values(cli, run, ls)
        mean = np.average(x, weights=n)
        both.append((mean, np.average((x - mean) ** 2, weights=n) / n.sum()))
    (mean, square), (mean_r, square_r) = both
    assert (row["mean"], row["mean_reference"]) == (pytest.approx(mean), pytest.approx(mean_r))
    z = (mean - mean_r) / np.sqrt(square + square_r)
    assert row["mean_shift"] == pytest.approx(z, rel=1e-6)
    assert row["mean_log10_p"] == pytest.approx((np.log(2) + stats.norm.logsf(abs(z))) / np.log(10), rel=1e-6)


@pytest.mark.parametrize("norm", ["area", "hz", "lumi"])
def test_the_tests_compare_shapes_whatever_the_normalisation(cli: Callable[..., Ended], norm: str) -> None:
    plain, other = (
        one(cli(*LINE, "--ls", "9,10", "--ref", "rest", "--ref-good", "ls < 8", "--norm", name, "--json"))
        for name in ("counts", norm)
    )
    assert plain.pop("normalisation") == "counts"
    assert other.pop("normalisation") != "counts"
    assert plain == other


def test_S6_each_ls_is_compared_with_the_others_and_trials_are_counted(cli: Callable[..., Ended]) -> None:
    done = cli(*LINE, "--ls", "9-11", "--good", "ls < 30", "--ref", "rest", "--each-ls", "--json")
    rows = done.json()
    assert [row["ls"] for row in rows] == [9, 10, 11]
    for row in rows:
        single = one(cli(*LINE, "--ls", str(row["ls"]), "--good", "ls < 30", "--ref", "rest", "--json"))
        assert row["reference_n_ls"] == 28
        for name in (
            *("n", "reference_n", "chi2", "chi2_dof", "ks", "pull_largest", "beta_binomial_largest"),
            "mean_shift",
        ):
            assert row[name] == pytest.approx(single[name]), name
    assert "9 probabilities (3 LS x chi2, ks, mean)" in done.err
    assert "chance alone would give 0.009" in done.err
    head, *lines = cli(*LINE, "--ls", "9-11", "--ref", "rest", "--each-ls").out.splitlines()
    assert head.split()[:3] == ["LS", "n", "low"]
    assert [line.split()[0] for line in lines] == ["9", "10", "11"]


@pytest.mark.parametrize("me", [CHARGE, MAP])
def test_S3_the_largest_pull_is_that_of_the_histogram(cli: Callable[..., Ended], me: str) -> None:
    asked = ("--run", "379011", "--me", me, "--ls", "9", "--ref", "rest", "--ref-good", "ls < 12")
    row = one(cli("compare", *asked, "--json"))
    (reference,) = cli("hist", *asked, "--norm", "area", "--compare", "pull", "--json").json()["references"]
    bins = np.array(reference["pull"], dtype=float)
    assert row["pull_largest"] == pytest.approx(np.nanmax(np.abs(bins)), rel=1e-9)
    state = np.array(reference["pull_state"])
    assert set(state[np.isnan(bins)]) == {"fewer than 5 counts expected"}
    assert set(state[~np.isnan(bins)]) == {"value"}


def test_S3_the_beta_binomial_measure_is_put_to_what_is_usual_for_the_element(
    cli: Callable[..., Ended],
) -> None:
    line = (*LINE, "--good", "ls < 40", "--ref", "rest", "--each-ls", "--test", "beta", "--json")
    rows = cli(*line, "--ls", "1-39").json()
    measured = np.array([row["beta_binomial_per_bin"] for row in rows])
    spread = 1.4826 * np.median(np.abs(measured - np.median(measured)))
    z = [row["beta_binomial_z"] for row in rows]
    assert z == pytest.approx((measured - np.median(measured)) / spread)
    assert np.abs(np.median(z)) < 1e-9
    few = cli(*line, "--ls", "9-11").json()
    assert [row["beta_binomial_z"] for row in few] == [None] * 3


@pytest.mark.parametrize(
    ("chosen", "label"),
    [
        ((), "the rest of 397 LS, 6 of them empty"),
        (("--good", "ls < 30", "--exclude", "3"), "the rest of 28 LS of which ls < 30 is true, without LS 3"),
        (("--ref-good", "ls < 12"), "the rest of 11 LS of which ls < 12 is true"),
    ],
)
def test_S7_the_rest_is_said_to_be_of_the_lumisections_that_it_is_of(
    cli: Callable[..., Ended], chosen: tuple[str, ...], label: str
) -> None:
    rows = cli(*LINE, "--ls", "9", "--ref", "rest", "--each-ls", "--test", "mean", *chosen, "--json").json()
    assert [row["reference"] for row in rows] == [label]


@pytest.mark.parametrize("ref", ["379765", "neighbours:3:1"])
def test_each_ls_against_another_run_or_its_neighbours(cli: Callable[..., Ended], ref: str) -> None:
    rows = cli(*LINE, "--ls", "9,20", "--ref", ref, "--each-ls", "--test", "chi2", "--json").json()
    for row in rows:
        single = one(cli(*LINE, "--ls", str(row["ls"]), "--ref", ref, "--test", "chi2", "--json"))
        assert (row["chi2"], row["reference_n"]) == (pytest.approx(single["chi2"]), single["reference_n"])


def test_a_map_has_no_kolmogorov_distance_but_two_means(cli: Callable[..., Ended]) -> None:
    line = ("compare", "--run", "379011", "--me", MAP, "--ls", "9", "--ref", "rest", "--ref-good", "ls < 12")
    row = one(cli(*line, "--json"))
    assert "ks" not in row
    assert {"mean_x_shift", "mean_y_shift", "pull_largest", "chi2"} <= set(row)
    done = cli(*line, "--test", "ks")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "no Kolmogorov distance" in done.err


def test_S6_low_statistics_are_called_so(cli: Callable[..., Ended]) -> None:
    # after the beams were dumped there is hardly a hit
    line = ("compare", "--run", "381080", "--dataset", "Zero", "--me", CHARGE)
    rows = cli(*line, "--ls", "300,384", "--ref", "neighbours", "--each-ls", "--json").json()
    assert [row["low_statistics"] for row in rows] == [False, True]
    assert rows[1]["chi2"] is None
    done = cli(*line, "--ls", "384", "--ref", "300")
    assert done.code == Exit.NOT_FOUND


def test_a_histogram_of_one_bin_has_no_shape(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    web.handler = InBetween(demo, lambda request: request.url.path.endswith("/th1/"), edit=merged(100))
    row = one(on_web(*LINE, "--ls", "9", "--ref", "rest", "--json"))
    assert (row["chi2"], row["chi2_dof"], row["chi2_p"], row["ks"]) == (None, 0, None, 0)
    assert "no degree of freedom" in on_web(*LINE, "--ls", "9", "--ref", "rest").out


def test_nothing_to_compare_with_ends_with_the_reason(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    nothing = json_reply({"next": None, "previous": None, "results": []})
    web.handler = InBetween(demo, is_of_run(379765), nothing)
    done = on_web(*LINE, "--ls", "9", "--ref", "379765")
    assert done.code == Exit.NOT_FOUND
    assert f"nothing could be compared: the reference: run 379765 has no {CHARGE}" in done.err


def test_the_plot_has_both_and_the_tests_under_it(cli: Callable[..., Ended]) -> None:
    lines = cli(*LINE, "--ls", "9", "--ref", "rest", "--height", "30", "--width", "100").out.splitlines()
    assert len(lines) == 30
    assert "this run without LS 9" in lines[3]
    assert [line.split()[0] for line in lines[-5:]] == ["chi2", "Kolmogorov", "pull", "beta-binomial", "mean"]


def test_tables_have_the_same_numbers(cli: Callable[..., Ended]) -> None:
    line = (*LINE, "--ls", "9-10", "--ref", "rest", "--each-ls", "--test", "chi2")
    head, *rows = csv.reader(cli(*line, "--csv", "-").out.splitlines())
    found = cli(*line, "--json").json()
    assert head == list(found[0])
    at = head.index("chi2")
    assert [float(row[at]) for row in rows] == [row["chi2"] for row in found]


@pytest.mark.parametrize("each", [[], ["--each-ls"]])
def test_N3_a_ratio_is_no_count_to_be_tested(cli: Callable[..., Ended], each: list[str]) -> None:
    line = ("compare", "--run", "379011", "--me", "FractionOfGoodPVtx_offline", "--ls", "3-9")
    done = cli(*line, "--ref", "rest", *each)
    assert done.code == Exit.NOT_FOUND
    assert "no counts" in done.err
