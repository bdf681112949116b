"""`dqmtui report`."""

from __future__ import annotations

import asyncio
import json
import re
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from dqmtui.export.handed_over import prepared
from dqmtui.model.lsmask import LSMask
from tests.export.test_reviewed import reviewing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended

TRACKS = "Tracking/TrackParameters/highPurityTracks/pt_1/GeneralProperties/"
CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
CONFIG = {
    f"{TRACKS}TrackPt_ImpactPoint_GenTk": {
        "xlim": [0, 100],
        "ylim": [1e-6, 1],
        "xlabel": "Track Pt",
        "ylabel": "Count",
        "logx": False,
        "logy": True,
        "norm": "norm",
    },
    f"{TRACKS}TrackEtaPhi_ImpactPoint_GenTk": None,
    "Tracking/NoSuchElement": {},
}


@pytest.fixture(autouse=True)
def state_dir(bare: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A journal that the test begins."""
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path / "state"))


def test_a_configuration_of_dqmexplore_becomes_a_page_and_text_in_one_go(
    cli: Callable[..., Ended], tmp_path: Path
) -> None:
    config, page = tmp_path / "plots_config.json", tmp_path / "report.html"
    config.write_text(json.dumps(CONFIG))
    cli("notes", "add", "--run", "380238", "--ls", "30-32", "--cause", "HV", "L1 charge low")
    done = cli(
        *("report", "--run", "380238", "--plots-config", str(config), "--ref", "379765"),
        *("--html", str(page), "--text"),
    )
    assert done.code == 0, done.err
    html = page.read_text()
    for words in (
        *("Run 380238", "9579", "HV", "30-32", "Track Pt", "Count", "run 379765", "pb^-1"),
        "there is no Tracking/NoSuchElement",
    ):
        assert words in html, words
    for words in (
        *("Run 380238 (fill 9579)", "good LS", "1-29, 33-35", "L1 charge low", "bad, HV: LS 30-32"),
        f"    {TRACKS}TrackPt_ImpactPoint_GenTk",
        "32 LS (1-29,33-35), unit area",
        "chi2 of shapes",
    ):
        assert words in done.out, words
    # the noted lumisections are there to be looked at
    assert html.count('id="r0p0t-') == 3
    again = cli("report", "--run", "380238", "--html", str(page))
    assert again.code == Exit.UNEXPECTED
    assert "--force" in again.err
    assert page.read_text() == html


def test_lumisections_are_shown_one_by_one_where_that_is_asked_for(cli: Callable[..., Ended]) -> None:
    line = ("report", "--run", "380238", "--me", CHARGE, "--ls", "3-7", "--each-ls", "--html", "-")
    page = cli(*line).out
    assert [ls for ls in range(1, 40) if f'id="r0p0t-{ls}"' in page] == [3, 4, 5, 6, 7]


def test_good_lumisections_may_be_those_of_a_published_mask(cli: Callable[..., Ended]) -> None:
    done = cli("report", "--run", "379011", "--me", CHARGE, "--good", "golden and not ml", "--text")
    assert done.code == 0, done.err
    assert "golden and not ml, less what is noted" in done.out
    assert "Golden.json" in done.err


def test_several_runs_make_one_report_without_plots(cli: Callable[..., Ended]) -> None:
    done = cli("report", "--run", "380238", "--run", "379011", "--markdown")
    assert done.out.startswith("# DQM review\n\n## Run 380238")
    assert "## Run 379011" in done.out
    rows = cli("report", "--run", "380238", "--run", "379011", "--json").json()
    assert [row["run_number"] for row in rows] == [380238, 379011]
    assert rows[0]["good"] == [[1, 35]]
    assert rows[0]["plots"] == []


def losses_of(text: str) -> list[str]:
    """Give the reasons for which luminosity is lost, from a text whose lines are put together again."""
    lost = re.sub(r"\n {12,}", " ", text).partition("Recorded luminosity that is lost:\n")[2]
    return [line.split(maxsplit=2)[2] for line in lost.splitlines() if line.startswith("    ")]


def test_whatever_takes_lumisections_out_is_said_with_what_it_costs(cli: Callable[..., Ended]) -> None:
    good = "dcs and not excluded and pileup > 52"
    line = ("--run", "381067", "--dataset", "Express", "--good", good)
    lost = losses_of(cli("report", *line, "--exclude", "100-119").out)
    assert "excluded by hand: LS 100-119" in lost
    assert [reason.partition(":")[0] for reason in lost] == ["pileup <= 52", "excluded by hand", "all"]
    (row, *_) = cli("report", *line, "--exclude", "100-119", "--json").json()
    assert [one["reason"] for one in row["lost"]] == ["pileup <= 52", "excluded by hand", "all"]
    assert losses_of(cli("report", *line).out) == losses_of(cli("notes", "export", *line).out) != []


def test_single_flags_in_stable_beams_cost_luminosity_in_the_words_of_conditions(
    cli: Callable[..., Ended],
) -> None:
    done = cli("report", "--run", "378981")
    lost = dict(reason.split(": LS ") for reason in losses_of(done.out))
    assert {"52", "88-89", "101", "113"} <= set(lost["BPix not ready"].split(", "))
    assert {"FPix not ready", "TOB not ready", "beams not stable", "all"} <= lost.keys()
    good = re.sub(r"\n {12,}", " ", done.out).partition("  good LS  ")[2].partition(" (dcs")[0].strip()
    (row,) = cli("report", "--run", "378981", "--json").json()
    assert len(row["good"]) > 50
    # nothing is cut off of a hand-over
    assert (
        good
        == row["about"]["good LS"].partition(" (dcs")[0]
        == str(LSMask.of(*row["good"])).replace(",", ", ")
    )
    assert "more ranges" not in done.out
    nothing = cli("report", "--run", "379356").out
    assert "recorded, good  0 pb^-1" in nothing
    assert {"BPix not ready: LS 1-632", "FPix not ready: LS 1-632"} <= set(losses_of(nothing))


async def test_the_program_and_the_shell_say_the_same_of_a_run(
    cli: Callable[..., Ended], demo: DemoServices
) -> None:
    good = "dcs and not excluded and pileup > 40"
    async with reviewing(demo, good) as review:
        text = (await prepared(review, "text", "")).make()
    line = ("--run", "380238", "--dataset", "ZeroBias", "--good", good)
    assert (await asyncio.to_thread(cli, "report", *line)).out == text
    assert len(losses_of(str(text))) > 1


def test_a_trend_of_a_page_is_not_flattened_by_ls_that_are_not_good(
    cli: Callable[..., Ended], tmp_path: Path
) -> None:
    page = tmp_path / "report.html"
    done = cli("report", "--run", "380238", "--me", CHARGE, "--norm", "hz", "--html", str(page))
    assert done.code == 0, done.err
    assert "▲▼ beyond the good LS" in page.read_text()


def test_a_run_without_good_lumisections_says_so(cli: Callable[..., Ended]) -> None:
    done = cli("report", "--run", "381208", "--dataset", "Cosmics", "--me", CHARGE, "--text")
    assert done.code == 0
    assert "no lumisection of run 381208 is dcs and not excluded; --good true takes all" in done.err
    assert "good LS         none" in done.out


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (("--html", "-", "--text"), "Only one thing can go to standard output"),
        (("--html", "x.html", "--text", "x.html"), "name the same file"),
        (("--me", "a", "--layout", "tracking"), "--me and a set of plots"),
        (("--good", "dcs and"), "--good"),
        (("--html", "no/such/directory/x.html"), "there is no directory"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_loaded(
    bare: Callable[..., Ended],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    line: tuple[str, ...],
    says: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DQMTUI_DIALS_URL", "http://127.0.0.1:9/")
    monkeypatch.setenv("DQMTUI_DIALS_TOKEN", "token")
    done = bare("report", "--run", "380238", *line)
    assert done.code in {Exit.USAGE, Exit.UNEXPECTED}
    assert says in done.err
    assert not list(tmp_path.glob("x*"))
