"""`dqmtui scan`: the ranked list of a run in the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

RUN = ("scan", "--run", "381065", "--dataset", "ZeroBias", "--me", "PXBarrel/charge_PXLayer")
CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"


def test_what_is_odd_is_listed_with_what_stands_against_it(cli: Callable[..., Ended]) -> None:
    ended = cli(*RUN)
    assert ended.code == 0
    title, first = ended.out.splitlines()[:2]
    assert title.split()[:5] == ["LS", "score", "test", "ME", "why"]
    assert first.split()[0] == "300-302"
    assert CHARGE in first
    assert "1 suspicious range, 0 explained by conditions, in 4 MEs" in ended.err
    assert "1 false alarm expected" in ended.err
    assert "a score is a sort key, not a verdict" in ended.err


def test_S7_n_reference_normalisation_and_test_stand_next_to_a_score(cli: Callable[..., Ended]) -> None:
    (row,) = cli(*RUN, "--json").json()
    assert (row["me"], row["first_ls"], row["last_ls"]) == (CHARGE, 300, 302)
    assert row["first_ls"] <= row["peak_ls"] <= row["last_ls"]
    assert row["score"] > row["threshold"] > 3
    assert row["n"] > 1000
    assert row["test"]
    assert row["reference"] == "the same run, without the LS itself"
    assert row["normalisation"] == "counts, scaled to the LS"
    assert row["conditions"] == []


def test_excluded_lumisections_are_not_judged(cli: Callable[..., Ended]) -> None:
    assert cli(*RUN, "--exclude", "300-302", "--json").json() == []


def test_another_run_can_be_the_reference(cli: Callable[..., Ended]) -> None:
    rows = cli(*RUN, "--ref", "381151", "--json").json()
    assert rows[0]["first_ls"] == 300
    assert rows[0]["reference"].startswith("run 381151, ")


def test_fewer_false_alarms_make_a_higher_threshold(cli: Callable[..., Ended]) -> None:
    (usual,), (strict,) = cli(*RUN, "--json").json(), cli(*RUN, "--false-alarms", "0.001", "--json").json()
    assert strict["threshold"] > usual["threshold"]


def test_the_list_goes_into_tables(cli: Callable[..., Ended], tmp_path: Path) -> None:
    csv, parquet = tmp_path / "odd.csv", tmp_path / "odd.parquet"
    ended = cli(*RUN, "--csv", str(csv), "--parquet", str(parquet))
    assert (ended.code, ended.out) == (0, "")
    frame = pd.read_csv(csv)
    assert frame["first_ls"].tolist() == [300]
    assert frame["me"].tolist() == pd.read_parquet(parquet)["me"].tolist()


def test_a_table_without_rows_has_its_columns(cli: Callable[..., Ended]) -> None:
    ended = cli(*RUN, "--exclude", "300-302", "--csv", "-")
    assert ended.out.startswith(
        "run_number,dataset,me,dim,first_ls,last_ls,peak_ls,score,threshold,test,why,n,"
    )
    assert len(ended.out.splitlines()) == 1


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--good", "dcs and ls < 40"), "it takes 12 to know what is usual"),
        (("--good", "dcs and nonsense"), "nonsense"),
        (("--me", "nothing_like_this"), "There is no monitoring element 'nothing_like_this'"),
        (("--false-alarms", "0"), "'0' is not a number above zero"),
        (("--layout", "nosuch"), "There is no layout 'nosuch'"),
    ],
)
def test_mistakes_are_told(cli: Callable[..., Ended], options: tuple[str, ...], says: str) -> None:
    ended = cli(*RUN, *options)
    assert ended.code != 0
    assert ended.out == ""
    assert says in ended.err
