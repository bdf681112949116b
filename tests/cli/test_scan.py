"""`dqmtui scan`: the ranked list of a run in the shell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

RUN = ("scan", "--run", "381065", "--dataset", "ZeroBias", "--me", "PXBarrel/charge_PXLayer")
HOLES = ("scan", "--run", "379011", "--dataset", "ZeroBias", "--me", "charge_PXLayer_1")
"""A run whose rate rows are absent every 33 LS and end with zeros."""

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"


def found(done: Ended) -> list[dict[str, Any]]:
    """What a scan lists."""
    assert done.code == 0, done.err
    rows: list[dict[str, Any]] = done.json()["suspicions"]
    return rows


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
    (row,) = found(cli(*RUN, "--json"))
    assert (row["me"], row["first_ls"], row["last_ls"]) == (CHARGE, 300, 302)
    assert row["first_ls"] <= row["peak_ls"] <= row["last_ls"]
    assert row["score"] > row["threshold"] > 3
    assert row["n"] > 1000
    assert row["test"]
    assert row["reference"] == "the same run, without the LS itself"
    assert row["normalisation"] == "counts, scaled to the LS"
    assert row["conditions"] == []


def test_excluded_lumisections_are_not_judged(cli: Callable[..., Ended]) -> None:
    done = cli(*RUN, "--exclude", "300-302", "--json")
    assert found(done) == []
    assert done.json()["good_ls"] == cli(*RUN, "--json").json()["good_ls"] - 3


def test_another_run_can_be_the_reference(cli: Callable[..., Ended]) -> None:
    rows = found(cli(*RUN, "--ref", "381151", "--json"))
    assert rows[0]["first_ls"] == 300
    assert rows[0]["reference"].startswith("run 381151, ")


def test_fewer_false_alarms_make_a_higher_threshold(cli: Callable[..., Ended]) -> None:
    (usual,) = found(cli(*RUN, "--json"))
    (strict,) = found(cli(*RUN, "--false-alarms", "0.001", "--json"))
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
        (("--test", "nosuch"), "'nosuch' is none of entries, mean, mean x"),
        (("--norm", "area"), "'area'"),
        (("--rate", "HLT_NoSuch"), "HLT_NoSuch"),
    ],
)
def test_mistakes_are_told(cli: Callable[..., Ended], options: tuple[str, ...], says: str) -> None:
    ended = cli(*RUN, *options)
    assert ended.code != 0
    assert ended.out == ""
    assert says in ended.err


def test_every_good_lumisection_that_is_not_judged_is_counted_with_its_reason(
    cli: Callable[..., Ended],
) -> None:
    ended = cli(*HOLES, "--json")
    told = ended.json()
    assert (told["good_ls"], told["judged_ls"], told["not_judged"]) == (397, 391, {"trigger rate 0": 6})
    assert (told["entries_per"], told["entries_not_judged"]) == ("trigger rate", 12)
    assert "391 of 397 good LS (dcs and not excluded)" in ended.err
    assert "6 not judged (6 trigger rate 0)" in ended.err
    assert "12 of unknown trigger rate: entries not judged" in ended.err
    by_lumi = cli(*HOLES, "--norm", "lumi", "--json").json()
    assert (by_lumi["entries_per"], by_lumi["entries_not_judged"]) == ("recorded luminosity", 0)


def test_a_condition_of_the_whole_run_explains_nothing(cli: Callable[..., Ended]) -> None:
    name, good = "NormalizedHitResiduals_TIB__Layer__1", "beams_stable and tibtid_ready and tob_ready"
    rows = found(cli("scan", "--run", "379356", "--me", name, "--good", good, "--json"))
    assert [(row["first_ls"], row["conditions"]) for row in rows] == [(387, [])]


def test_the_tests_are_chosen_by_the_names_that_results_have(cli: Callable[..., Ended]) -> None:
    whole = cli(*RUN, "--json").json()
    (row,) = found(cli(*RUN, "--test", "mean", "--test", "empty-block", "--json"))
    assert (row["test"].partition(",")[0], row["first_ls"]) == ("mean", 300)
    counted = cli(*RUN, "--test", "entries", "--json").json()
    assert counted["tests"] == ["entries"]
    assert counted["suspicions"] == []
    assert counted["trials"] < whole["trials"] / 3


def test_the_scores_of_the_first_element_are_drawn_under_the_list(cli: Callable[..., Ended]) -> None:
    lines = cli(*RUN, "--height", "20", "--width", "90").out.splitlines()
    assert lines[2] == f"score of {CHARGE}"
    assert lines[3].startswith("LS 300-302: ")
    assert len(lines) == 20
    assert max(map(len, lines[2:])) == 90
    assert lines[4].split()[-2:] == ["|z|", "4.11"]
    assert lines[-1].split()[0] == "pileup"
    assert any("\u2717" in line.partition("\u2502")[2] for line in lines)
    assert len(cli(*RUN, "--no-plot").out.splitlines()) == 2
    assert cli(*RUN, "--exclude", "300-302").out == ""
