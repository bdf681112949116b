"""The code that `trend` writes: cmsdials alone comes to the same numbers."""

from __future__ import annotations

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


def by_ls(rows: list[dict[str, Any]], statistic: str, run: int) -> dict[int, float]:
    return {
        row["ls"]: row[statistic] for row in rows if row["run_number"] == run and row[statistic] is not None
    }


@pytest.mark.parametrize(
    ("me", "statistic", "more"),
    [
        (CHARGE, "entries", ("--norm", "hz")),
        (MAP, "mean_y", ()),
    ],
)
def test_the_code_of_a_trend_gives_its_numbers(
    cli: Callable[..., Ended],
    demo: DemoServices,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    me: str,
    statistic: str,
    more: tuple[str, ...],
) -> None:
    line = ("trend", "--run", "380238", "--me", me, "--statistic", statistic, *more)
    rows = cli(*line, "--json").json()
    theirs = run_code(cli(*line, "--code", "-").out, demo, tmp_path, monkeypatch)
    mine = by_ls(rows, statistic, 380238)
    assert theirs["ls_1"] == list(mine)
    assert len(mine) > 30
    np.testing.assert_allclose(theirs["values_1"], list(mine.values()), rtol=1e-12)


def test_the_code_has_the_reference_and_its_band(
    cli: Callable[..., Ended], demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("trend", "--run", "379011", "--me", CHARGE, "--statistic", "std", "--ref", "380238")
    rows = cli(*line, "--json").json()
    theirs = run_code(cli(*line, "--code", "-").out, demo, tmp_path, monkeypatch)
    other = np.array(list(by_ls(rows, "std", 380238).values()))
    np.testing.assert_allclose(theirs["values_2"], other, rtol=1e-12)
    median = np.median(other)
    assert theirs["median"] == pytest.approx(median)
    assert theirs["spread"] == pytest.approx(1.4826 * np.median(np.abs(other - median)))


def test_the_code_has_the_band_of_the_run_itself(
    cli: Callable[..., Ended], demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ("trend", "--run", "380238", "--me", CHARGE, "--statistic", "std", "--ref", "rest")
    row = cli(*line, "--json").json()[0]
    theirs = run_code(cli(*line, "--code", "-").out, demo, tmp_path, monkeypatch)
    assert theirs["median"] == pytest.approx(row["reference_std"])
    assert theirs["spread"] == pytest.approx(row["reference_std_spread"])


def test_T5_curves_and_maps_in_one_trend_are_no_code(cli: Callable[..., Ended]) -> None:
    done = cli(
        *("trend", "--run", "380238", "--me", CHARGE, "--me", MAP, "--statistic", "entries", "--code", "-")
    )
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "only one kind can be code" in done.err
