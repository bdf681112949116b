"""`dqmtui plots` in pages: figures of DQMExplore's fig_config, several normalisations, every LS by itself."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli import opening
from dqmtui.cli.exits import Exit
from dqmtui.cli.main import run

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from tests.cli.conftest import Ended

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_"
MAP = (
    "PixelPhase1/Phase1_MechanicalView/PXBarrel/"
    "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_1"
)
AT = ("--run", "381080", "--dataset", "ZeroBias", "--ls", "20")
SHORT = {"short_titles": True, "width": 1000, "height": 1000, "vspace": 0.1}
WHOLE = {"short_titles": False, "width": 400, "height": 200, "hspace": 0.5, "show_colorbar": False}
BY_HZ = "counts per Hz of dataset ZeroBias"


@pytest.fixture
def line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """The plots of a configuration of DQMExplore, of one LS; fig.json is for the test to write."""
    (tmp_path / "plots.json").write_text(json.dumps({f"{CHARGE}1": {"norm": "norm"}, MAP: None}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DQMTUI_STATE_DIR", str(tmp_path / "state"))
    return ("--plots-config", "plots.json", "--fig-config", "fig.json", *AT)


def draw(
    cli: Callable[..., Ended], tmp_path: Path, figure: Mapping[str, object], *typed: str
) -> tuple[str, str]:
    """Make a page, and give what was said as well."""
    (tmp_path / "fig.json").write_text(json.dumps(figure))
    done = cli(*typed, "--html", "-")
    assert done.code == 0, done.err
    return done.out, done.err


@pytest.mark.parametrize("command", ["plots", "report"])
def test_a_page_is_drawn_as_the_fig_config_says(
    cli: Callable[..., Ended], tmp_path: Path, line: tuple[str, ...], command: str
) -> None:
    (large, said), (small, _) = (draw(cli, tmp_path, figure, command, *line) for figure in (SHORT, WHOLE))
    assert "grid-template-columns:repeat(2,475px);grid-template-rows:repeat(1,1000px);gap:100px 50px" in large
    assert "grid-template-columns:repeat(2,100px);grid-template-rows:repeat(1,200px);gap:30px 200px" in small
    assert "<h3>charge_PXLayer_1</h3><p" in large
    assert f"<h3>{CHARGE}1</h3><p" in small
    assert ("<linearGradient" in large, "<linearGradient" in small) == (True, False)
    assert "not used" not in said


@pytest.mark.parametrize(
    ("typed", "unused"),
    [
        (("plots",), "width, height, vspace"),
        (("plots", "--json"), "short_titles, width, height, vspace"),
        (("report", "--text"), "short_titles, width, height, vspace"),
    ],
)
def test_what_a_fig_config_says_of_pages_is_named_once_where_none_is_made(
    cli: Callable[..., Ended], tmp_path: Path, line: tuple[str, ...], typed: tuple[str, ...], unused: str
) -> None:
    (tmp_path / "fig.json").write_text(json.dumps({"figure_title": "Charge", **SHORT}))
    done = cli(*typed, *line)
    assert done.code == 0
    assert done.err.count(f"fig.json: not used here, only in pages (--html): {unused}\n") == 1
    if typed == ("plots",):
        assert done.out.startswith("Charge\n\n")
        assert "\ncharge_PXLayer_1\n" in done.out
        assert CHARGE not in done.out


def test_the_terminal_program_names_what_it_does_not_use_of_a_fig_config(
    bare: Callable[..., Ended],
    tmp_path: Path,
    line: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(opening, "why_no_tui", lambda: None)
    (tmp_path / "fig.json").write_text(json.dumps({"figure_title": "Charge", **WHOLE}))
    assert run(line[:4], lambda opened: 0 if opened.layout is not None else 1) == 0
    unused = "short_titles, width, height, hspace, show_colorbar"
    assert capsys.readouterr().err == f"dqmtui: fig.json: not used here, only in pages (--html): {unused}\n"


def test_spaces_without_room_for_the_plots_are_refused_before_anything_is_loaded(
    bare: Callable[..., Ended], tmp_path: Path, line: tuple[str, ...]
) -> None:
    (tmp_path / "fig.json").write_text('{"vspace": 0.5}')
    done = bare("plots", *line, "--norm", "area", "--norm", "hz", "--norm", "counts", "--html", "x.html")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "fig.json: vspace: 0.5 leaves no room for 6 plots, 3 rows of 2; it must be below 0.5" in done.err


def test_plots_are_drawn_in_each_normalisation_with_every_lumisection_of_run_and_reference(
    cli: Callable[..., Ended], tmp_path: Path, line: tuple[str, ...]
) -> None:
    page = cli(
        *("plots", "--me", "charge_PXLayer_1", "--run", "381080", "--ref", "381067", "--ls", "18-21"),
        *("--dataset", "StreamExpress", "--rate", "ZeroBias", "--norm", "counts", "--norm", "hz"),
        *("--each-ls", "--trends", "--html", "-"),
    ).out
    heads = re.findall(r"<h3>(.*?)</h3>", page)
    assert heads == ["charge_PXLayer_1, counts", f"charge_PXLayer_1, {BY_HZ}"]
    for plot in ("r0p0", "r0p1"):
        assert re.findall(rf'id="{plot}t-(\d+)"', page) == ["18", "19", "20", "21"]
        theirs = [int(ls) for ls in re.findall(rf'id="{plot}o0t-(\d+)"', page)]
        assert len(theirs) > 300, "all that the reference has, whatever is looked at of the run"
    assert page.count("lumisections of run 381067 one by one</summary>") == 2
    assert page.count(f", {BY_HZ}; the line: ") == 2
    tops = re.findall(r"y from 0 to ([\d.]+), (counts[^;]*); the line: the mean of", page)
    assert [unit for _, unit in tops] == ["counts", BY_HZ]
    assert float(tops[1][0]) < float(tops[0][0]) / 10, "LS and their mean are divided alike"
    assert page.count("<figure>") == 2 + len(("mean", "its error", "rate"))


def test_every_lumisection_by_itself_takes_a_page(bare: Callable[..., Ended], tmp_path: Path) -> None:
    done = bare("plots", *AT, "--me", "charge_PXLayer_1", "--each-ls")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert "add --html FILE" in done.err


def test_plots_in_text_and_json_have_each_normalisation_once(
    cli: Callable[..., Ended], line: tuple[str, ...]
) -> None:
    typed = ("plots", *AT, "--me", "charge_PXLayer_1", "--rate", "ZeroBias")
    norms = ("--norm", "hz", "--norm", "area", "--norm", "hz")
    assert [row["normalisation"] for row in cli(*typed, *norms, "--json").json()] == [BY_HZ, "unit area"]
    assert cli(*typed, *norms).out.count(f"{CHARGE}1\n") == 2
