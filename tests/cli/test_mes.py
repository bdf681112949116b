"""`dqmtui mes`, and how an element is found by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from tests.cli.conftest import Ended

LAYER_1 = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"


def names(done: Ended) -> list[str]:
    return [row["me"] for row in done.json()]


def test_without_text_lists_all_elements_of_the_workspace(
    cli: Callable[..., Ended], dials: httpx.Client
) -> None:
    rows = cli("mes", "--json").json()
    expected = [{key: row[key] for key in ("me_id", "me", "dim")} for row in dials.get("mes/").json()]
    assert rows == sorted(expected, key=lambda row: row["me"])


@pytest.mark.parametrize("line", ["chargelayer1", "charge layer 1", "layer charge 1"])
def test_fuzzy_search_is_the_default_and_its_best_fit_comes_first(
    cli: Callable[..., Ended], line: str
) -> None:
    assert names(cli("mes", *line.split(), "--json"))[0] == LAYER_1


@pytest.mark.parametrize(
    ("workspace", "text", "found"),
    [
        ("tracker", "charge_PXDisk_+1", "PixelPhase1/Tracks/PXForward/charge_PXDisk_+1"),
        ("tracker", "MainDiagonal Position", "SiStrip/MechanicalView/MainDiagonal Position"),
        ("jetmet", "MET [GeV]", "HLT/JME/MET/HLT_PFMET120+PFMHT120/Efficiency vs MET [GeV]"),
    ],
)
def test_J9_plus_signs_spaces_and_brackets_work_in_each_mode(
    cli: Callable[..., Ended], workspace: str, text: str, found: str
) -> None:
    escaped = text.replace("+", r"\+").replace("[", r"\[").replace("]", r"\]")
    for line in ([text], ["--literal", text], ["--regex", escaped]):
        assert names(cli("--workspace", workspace, "mes", *line, "--json"))[0] == found


def test_J9_the_modes_differ(cli: Callable[..., Ended]) -> None:
    assert cli("mes", "--literal", "PXLayer.1").code == Exit.NOT_FOUND
    assert LAYER_1 in names(cli("mes", "--regex", "charge_PXLayer.1$", "--json"))


def test_a_regular_expression_that_is_none(cli: Callable[..., Ended]) -> None:
    done = cli("mes", "--regex", "[")
    assert done.code == Exit.USAGE
    assert "'[' is not a regular expression" in done.err


def test_by_dimension(cli: Callable[..., Ended]) -> None:
    ones, twos = (cli("mes", "--dim", dim, "--json").json() for dim in "12")
    assert {row["dim"] for row in ones} == {1}
    assert {row["dim"] for row in twos} == {2}
    assert len(ones) + len(twos) == len(cli("mes", "--json").json())


def test_J8_the_elements_of_a_run_are_said_to_be_those_of_its_first_ls(
    cli: Callable[..., Ended], dials: httpx.Client
) -> None:
    done = cli("mes", "--run", "379011", "--json")
    listed = {row["me_id"] for row in dials.get("mes/14661044/379011/").json()}
    assert {row["me_id"] for row in done.json()} == listed
    assert "first lumisection of run 379011; others may come later" in done.err


@pytest.mark.parametrize(("typed", "option"), [("=PXLayer_1", "--literal"), ("~PXLayer_[12]$", "--regex")])
def test_a_sign_before_the_text_says_how_to_search_as_in_the_finder(
    cli: Callable[..., Ended], typed: str, option: str
) -> None:
    found = cli("mes", typed, "--json").json()
    assert found == cli("mes", option, typed[1:], "--json").json()
    assert found
    # an option says that the sign is a part of the text
    assert cli("mes", option, typed, "--json").code == Exit.NOT_FOUND


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("qqqqzzzz", "The fuzzy search for 'qqqqzzzz' finds no monitoring element of"),
        ("=qqqq", "Capitals count where there are any"),
        ("--workspace csc", "DIALS has no monitoring element in workspace csc."),
        ("--workspace csc --dim 2", "DIALS has no monitoring element in workspace csc."),
    ],
)
def test_why_nothing_is_found_is_said_with_what_to_do(
    cli: Callable[..., Ended], line: str, says: str
) -> None:
    done = cli("mes", *line.split())
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert says in done.err


@pytest.mark.parametrize("line", ["qqqqzzzz", "--workspace muon", "--literal qqqq"])
def test_nothing_found(cli: Callable[..., Ended], line: str) -> None:
    done = cli("mes", *line.split(), "--json")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "no monitoring element" in done.err


@pytest.mark.parametrize("name", [LAYER_1, "charge_PXLayer_1", "PXBarrel/charge_PXLayer_1"])
def test_an_element_is_known_by_its_name_the_last_part_of_it_or_any_unique_part(
    cli: Callable[..., Ended], name: str
) -> None:
    assert cli("hist", "--run", "379011", "--ls", "5", "--me", name, "--json").json()["me"] == LAYER_1


def test_an_exact_name_wins_over_longer_ones(cli: Callable[..., Ended]) -> None:
    exact = "PixelPhase1/Tracks/charge_PXBarrel"
    assert cli("hist", "--run", "379011", "--ls", "5", "--me", exact, "--json").json()["me"] == exact


def test_an_ambiguous_name_lists_the_candidates(cli: Callable[..., Ended]) -> None:
    done = cli("hist", "--run", "379011", "--ls", "5", "--me", "charge_PXLayer", "--json")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "4 monitoring elements have 'charge_PXLayer' in their name" in done.err
    assert [line.strip() for line in done.err.splitlines()[1:]] == [
        f"{LAYER_1[:-1]}{layer}" for layer in "1234"
    ]


def test_of_many_candidates_twenty_are_listed(cli: Callable[..., Ended]) -> None:
    done = cli("trend", "--run", "379011", "--me", "SiStrip")
    assert done.code == Exit.USAGE
    *listed, last = done.err.splitlines()[1:]
    assert len(listed) == 20
    assert last.strip().startswith("... and ")


def test_a_name_that_is_none_is_answered_with_the_nearest(cli: Callable[..., Ended]) -> None:
    done = cli("trend", "--run", "379011", "--me", "chrgPXLayer_1")
    assert done.code == Exit.NOT_FOUND
    assert LAYER_1 in done.err
