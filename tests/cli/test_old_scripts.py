"""What DQMExplore's scripts do, each by one command with the same files; README's table is run as it is."""

from __future__ import annotations

import csv
import json
import re
import shlex
from html.parser import HTMLParser
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from dqmtui.model.lsmask import LSMask
from tests.cli.conftest import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_"
SCRIPTS = ("1D_ME_Explore.py", "run_all.py", "plotMEs", "fetch_golden", "fetch_refruns", "search_runs")
LABELS = ["unit area", "counts per Hz of HLT_ZeroBias"]
BY_ZERO_BIAS = "counts per Hz of dataset ZeroBias"
RUNS_OF_RUN_ALL = {"384032": "381080", "383948": "381067"}
"""Runs that the demo does not have, and which of its own stand for them."""

AT = ("--run", "381080", "--dataset", "ZeroBias")
CHOSEN: dict[tuple[str, ...], str] = {
    (): "all LS",
    ("--ls", "1-40", "--exclude", "7"): "LS 1-40, without LS 7",
    ("--good", "dcs and ls < 50"): "all LS of which dcs and ls < 50 is true",
}
"""What is typed to choose lumisections, and what a page says of it."""

RULE = {
    "and": [
        {">=": [{"var": "run.oms.run_number"}, 378981]},
        {"==": [{"var": "lumisection.rr.tracker-pixel"}, "GOOD"]},
    ]
}


def table() -> list[tuple[str, str]]:
    """The rows of README's table: what was typed, what is typed now."""
    text = (ROOT / "README.md").read_text()
    part = text.partition("| what you typed | what you type now |\n|---|---|\n")[2].partition("\n\n")[0]
    return [(before, now) for before, now in re.findall(r"^\| `(.+?)` \| `(.+?)` \|$", part, re.MULTILINE)]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory with the files that the lines name."""
    plots = {
        f"{CHARGE}1": {"xlim": [0, 60000], "ylim": [1e-6, 1], "logy": True, "norm": "norm", "xlabel": "Q"},
        f"{CHARGE}2": {"norm": "trignorm"},
        "Not/In/This/Workspace": None,
    }
    (tmp_path / "plots.json").write_text(json.dumps(plots))
    figure = {"figure_title": "Charge <of> 381080", "short_titles": True, "width": 1000, "description": ""}
    (tmp_path / "fig.json").write_text(json.dumps(figure))
    (tmp_path / "rr_config.json").write_text(json.dumps(RULE))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_table_has_every_script() -> None:
    assert {name for name in SCRIPTS for before, _ in table() if name in before} == {*SCRIPTS}


def test_the_table_has_the_runs_that_the_scripts_had() -> None:
    [now] = [now for before, now in table() if "run_all.py" in before]
    assert "--run 384032 --ref 383948 --dataset StreamExpress" in now


def test_every_line_of_the_table_does_what_the_script_did(cli: Callable[..., Ended], place: Path) -> None:
    has_registry = find_spec("runregistry") is not None
    for before, now in table():
        for theirs, of_the_demo in RUNS_OF_RUN_ALL.items():
            now = now.replace(theirs, of_the_demo)  # noqa: PLW2901 - the line as the demo knows it
        program, *words = shlex.split(now)
        assert program == "dqmtui"
        done = cli(*words)
        if "golden fetch" in now and not has_registry:
            assert done.code == Exit.USAGE
            assert "pip install 'dqmtui[rr]'" in done.err
            continue
        assert done.code == 0, (before, done.err)
        for word, value in pairwise(words):
            if word in {"--html", "--output"}:
                assert (place / value).stat().st_size > 0
            elif word == "--list":
                assert json.loads((place / value).read_text())
        if "search_runs" in before:
            assert "/Express/Collisions2024/DQM" in done.out, "printed, whether it is written or not"
    _has_all_of_the_explorer((place / "plots.html").read_text(), elements=1)
    _has_all_of_the_explorer((place / "layers.html").read_text(), elements=4)
    figure = (place / "out.html").read_text()
    assert "/ZeroBias/" in figure
    assert BY_ZERO_BIAS in figure, "plots.json divides one of them by the rate"
    assert [len(re.findall(rf'id="r0p{at}t-', figure)) > 300 for at in (0, 1)] == [True, True]


def _has_all_of_the_explorer(text: str, *, elements: int) -> None:
    """The page has what 1D_ME_Explore.py drew of each element, from the dataset that it looked in.

    Counts and rate-normalised counts, both with the reference, each with every LS of run and reference; mean,
    error on the mean, and rate.
    """
    # a large page: it is not parsed
    assert "<dd>/StreamExpress/" in text
    assert "/ZeroBias/" not in text
    heads = [f"charge_PXLayer_{layer}, {norm}" for layer in (1, 2, 3, 4) for norm in ("counts", BY_ZERO_BIAS)]
    assert re.findall("<h3>(.*?)</h3>", text) == heads[: 2 * elements]
    assert text.count("<figure>") == elements * (2 + 3)
    for at in range(2 * elements):
        for of in ("t", "o0t"):
            assert len(re.findall(rf'id="r0p{at}{of}-\d', text)) > 300


class Page(HTMLParser):
    """What is in a page: headings and words, the number of pictures, and whatever could fetch or run."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings: list[str] = []
        self.words = ""
        self.pictures = 0
        self.dangers: list[str] = []
        self._open = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open = tag
        self.pictures += tag == "figure"
        if tag in {"script", "iframe", "link", "object"} or any(name.startswith("on") for name, _ in attrs):
            self.dangers.append(tag)

    def handle_data(self, data: str) -> None:
        self.words += data
        if self._open in {"h1", "h2", "h3"} and data.strip():
            self.headings.append(data)


def test_a_page_has_the_plots_of_the_configuration_with_trends(
    cli: Callable[..., Ended], place: Path
) -> None:
    line = ("plots", "--plots-config", "plots.json", "--fig-config", "fig.json", *AT, "--trends")
    done = cli(*line, "--html", "out.html")
    assert done.code == 0, done.err
    assert "there is no Not/In/This/Workspace" in done.err
    page = Page((place / "out.html").read_text())
    assert page.headings == ["Charge <of> 381080", "Run 381080", "charge_PXLayer_1", "charge_PXLayer_2"]
    assert "there is no Not/In/This/Workspace" in page.words
    assert page.pictures == 8, "of each the histogram, the mean, its error, and the rate"
    assert page.dangers == []
    again = cli(*line, "--html", "out.html")
    assert again.code == Exit.UNEXPECTED
    assert "--force replaces it" in again.err


def test_a_page_says_which_lumisections_it_integrates(cli: Callable[..., Ended], place: Path) -> None:
    line = ("plots", *AT, "--me", "charge_PXLayer_1", "--html", "-")
    for typed, said in CHOSEN.items():
        used = cli("plots", *AT, "--me", "charge_PXLayer_1", "--json", *typed).json()[0]["ls_used"]
        words = Page(cli(*line, *typed).out).words
        assert said in words
        ranges = str(LSMask.from_numbers(used)).replace(",", ", ")
        assert f"Sum over {len(used)} LS: {ranges}" in words


def test_a_page_of_plots_is_not_a_review(cli: Callable[..., Ended], place: Path) -> None:
    words = Page(cli("plots", *AT, "--me", "charge_PXLayer_1", "--html", "-").out).words
    assert "Notes" not in words
    assert "Luminosity lost" not in words


def test_each_plot_has_the_normalisation_of_its_configuration_unless_one_is_typed(
    cli: Callable[..., Ended], place: Path
) -> None:
    line = ("plots", "--plots-config", "plots.json", *AT, "--json")
    assert [row["normalisation"] for row in cli(*line).json()] == LABELS
    assert {row["normalisation"] for row in cli(*line, "--norm", "counts").json()} == {"counts"}


def test_plots_in_text_have_the_ranges_and_labels_of_the_configuration(
    cli: Callable[..., Ended], place: Path
) -> None:
    done = cli("plots", "--plots-config", "plots.json", *AT, "--ls", "20")
    assert done.code == 0
    first = done.out.partition(f"{CHARGE}2")[0]
    assert f"{CHARGE}1" in first
    assert "60k" in first
    assert re.search(r"^ +Q$", first, re.MULTILINE)


def test_plots_say_which_of_them_have_nothing_to_show(cli: Callable[..., Ended], place: Path) -> None:
    line = ("plots", *AT, "--ls", "9999", "--me", "charge_PXLayer_1")
    done = cli(*line)
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "9999" in done.err
    assert cli("plots", "--run", "381080").code == Exit.USAGE
    both = cli(*line[:5], "--layout", "pixel-barrel", "--plots-config", "plots.json")
    assert both.code == Exit.USAGE
    dashes = cli(*line[:3], "--me", "x", "--json", "--html", "-")
    assert "both go to standard output" in dashes.err


def test_the_list_of_reference_runs_is_fetched_and_searched(cli: Callable[..., Ended], place: Path) -> None:
    assert cli("refruns", "--output", "all.json").code == 0
    rows = json.loads((place / "all.json").read_text())
    assert [row["run_number"] for row in rows] == sorted(row["run_number"] for row in rows)
    mine = [row for row in rows if row["run_number"] == 381067]
    assert cli("refruns", "--run", "381067", "--list", "all.json", "--json").json() == mine
    express = [row for row in mine if row["run_reconstruction_type"] == "express"]
    found = cli("refruns", "--run", "381067", "--type", "express", "--list", "all.json", "--json").json()
    assert found == express
    theirs = [row for row in rows if row["reference_run_number"] == 381065]
    assert cli("refruns", "--ref", "381065", "--list", "all.json", "--json").json() == theirs


def test_rows_are_written_in_each_form_and_read_back(cli: Callable[..., Ended], place: Path) -> None:
    for name in ("x.json", "x.jsonl", "x.csv"):
        assert cli("refruns", "--run", "381067", "--output", name).code == 0
        assert (
            cli("refruns", "--list", name, "--json").json()
            == cli("refruns", "--run", "381067", "--json").json()
        )
    with (place / "x.csv").open() as file:
        assert next(csv.reader(file))[:2] == ["run_number", "run_reconstruction_type"]
    refused = cli("refruns", "--output", "x.txt")
    assert refused.code == Exit.USAGE
    assert "ends in .json, .jsonl, .csv" in refused.err


def test_a_run_that_is_not_in_the_list_is_told(cli: Callable[..., Ended], place: Path) -> None:
    done = cli("refruns", "--run", "1")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert cli("refruns", "--list", "nowhere.json").code == Exit.NOT_FOUND


needs_client = pytest.mark.skipif(
    find_spec("runregistry") is None, reason="runregistry, of the extra rr, is not installed"
)


@needs_client
def test_the_run_registry_makes_one_json_of_several_datasets(cli: Callable[..., Ended], place: Path) -> None:
    line = ("golden", "fetch", "--logic", "rr_config.json", "--dataset")
    express = cli(*line, "/Express/Collisions2024/DQM").json()
    both = cli(*line, "/Express/Collisions2024/DQM", "--dataset", "online").json()
    assert set(express) < set(both)
    meta = cli(*line, "/Express/Collisions2024/DQM", "--meta").json()
    assert meta["generated_json"] == express
    assert meta["json_logic"] == RULE


@needs_client
def test_a_rule_evaluated_here_agrees_with_the_run_registry(cli: Callable[..., Ended], place: Path) -> None:
    there = cli("golden", "fetch", "--logic", "rr_config.json", "--dataset", "online").json()
    here = cli("golden", "make", "--run", "381080", "--logic", "rr_config.json", "--rr", "online").json()
    assert here == {"381080": there["381080"]}


@needs_client
def test_lumisections_have_status_and_cause_of_the_run_registry(cli: Callable[..., Ended]) -> None:
    rows = cli("lumis", "--run", "378981", "--rr", "--json").json()
    at = {row["ls"]: row for row in rows}
    assert (at[113]["rr.tracker_pixel"], at[113]["rr.tracker_pixel_cause"]) == ("BAD", "not ready")
    assert (at[114]["rr.tracker_pixel"], at[114]["rr.tracker_pixel_cause"]) == ("GOOD", None)
    assert "BAD (not ready)" in cli("lumis", "--run", "378981", "--rr").out


@pytest.mark.skipif(find_spec("runregistry") is not None, reason="the client is installed")
@pytest.mark.parametrize(
    "line", ["lumis --run 381080 --dataset ZeroBias --rr", "golden fetch --dataset x --logic rr_config.json"]
)
def test_without_the_client_the_extra_is_named(cli: Callable[..., Ended], place: Path, line: str) -> None:
    done = cli(*line.split())
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "pip install 'dqmtui[rr]'" in done.err
