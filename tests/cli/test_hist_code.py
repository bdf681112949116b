"""The code that `hist` and `compare` write: cmsdials alone comes to the same numbers."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.cli.exits import Exit
from tests.cli.written_code import run_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
MAP = "PixelPhase1/Tracks/PXBarrel/clusterposition_zphi_ontrack_PXLayer_1"
RUN = ("hist", "--run", "380238", "--me", CHARGE)
WITH = ("--ref", "379011", "--ref-exclude", "60-500")


@pytest.fixture
def both(
    cli: Callable[..., Ended], demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[dict[str, Any], dict[str, Any]]]:
    """Give what a command says as JSON, and what the code that it writes leaves behind."""

    def run(*line: str) -> tuple[dict[str, Any], dict[str, Any]]:
        ours = cli(*line, "--json").json()
        code = cli(*line, "--code", "-")
        assert code.code == 0, code.err
        ast.parse(code.out)
        return ours, run_code(code.out, demo, tmp_path, monkeypatch)

    return run


def assert_same(ours: dict[str, Any], theirs: dict[str, Any], suffix: str = "") -> None:
    for name in ("values", "counts", "errors"):
        if f"{name}{suffix}" in theirs:
            mine = np.array(ours[name], dtype=np.float64)
            np.testing.assert_allclose(theirs[f"{name}{suffix}"], mine, rtol=1e-12, atol=1e-15)
    assert theirs[f"ls{suffix}"] == ours["ls_used"]


@pytest.mark.parametrize(
    "line",
    [
        (*RUN, "--norm", "event", "--rate", "dataset:ZeroBias"),
        (*RUN, "--good", "dcs", "--exclude", "3-5", "--norm", "pileup"),
        ("hist", "--run", "380238", "--me", MAP, "--ls", "2-4", "--norm", "area"),
    ],
)
def test_the_code_of_a_histogram_gives_its_numbers(
    both: Callable[..., tuple[dict[str, Any], dict[str, Any]]], line: tuple[str, ...]
) -> None:
    ours, theirs = both(*line)
    assert_same(ours, theirs)
    np.testing.assert_allclose(theirs["x_edges"], ours["x_edges"])


@pytest.mark.parametrize("norm", ["counts", "hz", "lumi"])
def test_N4_the_code_of_references_gives_them_in_the_same_normalisation(
    both: Callable[..., tuple[dict[str, Any], dict[str, Any]]], norm: str
) -> None:
    line = (
        *RUN,
        "--good",
        "dcs",
        "--ls",
        "1-20",
        "--norm",
        norm,
        *WITH,
        "--ref",
        "rest",
        "--compare",
        "ratio",
    )
    ours, theirs = both(*line)
    assert_same(ours, theirs)
    assert_same(ours["references"][0], theirs, "_1")
    assert_same(ours["references"][1], theirs, "_2")
    ratio = np.array(ours["references"][0]["ratio"], dtype=np.float64)
    np.testing.assert_allclose(theirs["residual"], ratio, rtol=1e-12)


@pytest.mark.parametrize("comparison", ["difference", "pull"])
def test_the_code_compares_bin_by_bin(
    both: Callable[..., tuple[dict[str, Any], dict[str, Any]]], comparison: str
) -> None:
    ours, theirs = both(
        *RUN, "--ls", "9", "--ref", "neighbours:5:1", "--norm", "area", "--compare", comparison
    )
    mine = np.array(ours["references"][0][comparison], dtype=np.float64)
    np.testing.assert_allclose(theirs["residual"], mine, rtol=1e-10, atol=1e-15)


def test_N3_the_code_of_a_difference_gives_the_mean_of_its_lumisections(
    both: Callable[..., tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    ours, theirs = both(
        "hist", "--workspace", "jetmet", "--run", "381115", "--me", "PtDifference", "--ls", "5-7"
    )
    assert_same(ours, theirs)
    assert theirs["divisor"] == 3
    assert "errors" not in theirs


def test_compare_writes_the_code_of_what_it_draws(
    cli: Callable[..., Ended], demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("compare", "--run", "380238", "--me", CHARGE, "--ls", "30", "--ref", "rest")
    theirs = run_code(cli(*line, "--code", "-").out, demo, tmp_path, monkeypatch)
    (row,) = cli(*line, "--json").json()
    assert theirs["counts"].sum() == row["n"]
    assert theirs["counts_1"].sum() == row["reference_n"]
    assert (len(theirs["ls"]), len(theirs["ls_1"])) == (1, row["reference_n_ls"])


def test_of_nothing_there_is_no_code(cli: Callable[..., Ended]) -> None:
    line = ("hist", "--run", "381080", "--dataset", "Zero", "--me", CHARGE, "--ls", "384", "--code", "-")
    done = cli(*line)
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "nothing on screen to be fetched" in done.err
