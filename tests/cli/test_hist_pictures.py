"""Pictures of `hist`, `trend` and `compare` in files."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
RUN = ("--run", "380238", "--me", CHARGE)


@pytest.mark.parametrize(
    "line",
    [
        ("hist", *RUN, "--ls", "9", "--log"),
        ("trend", *RUN, "--statistic", "mean", "--from-ls", "3", "--to-ls", "9"),
        ("compare", *RUN, "--ls", "9", "--ref", "rest"),
    ],
)
def test_a_picture_is_written_in_place_of_one_in_text(
    cli: Callable[..., Ended], tmp_path: Path, line: tuple[str, ...]
) -> None:
    done = cli(*line, "--svg", str(tmp_path / "picture.svg"))
    assert (done.code, done.out) == (0, ""), done.err
    assert "a picture written to" in done.err
    assert (tmp_path / "picture.svg").read_text().startswith("<svg ")
    assert cli(*line, "--svg", str(tmp_path / "picture.svg")).code == Exit.UNEXPECTED
    assert cli(*line, "--svg", str(tmp_path / "picture.svg"), "--force").code == 0


def test_without_matplotlib_a_png_is_refused_with_what_to_do(
    cli: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    done = cli("hist", *RUN, "--ls", "9", "--png", str(tmp_path / "x.png"))
    assert done.code == Exit.NOT_FOUND
    assert "pip install 'dqmtui[png]'" in done.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("more", "says"),
    [
        (("--png", "-"), "A PNG is no text"),
        (("--svg", "-", "--code", "-"), "Only one thing"),
        (("--svg", "-", "--json"), "Only one thing"),
        (("--svg", "x", "--png", "x"), "name the same file"),
    ],
)
def test_two_things_do_not_go_to_one_place(
    bare: Callable[..., Ended], more: tuple[str, ...], says: str
) -> None:
    done = bare("hist", *RUN, *more)
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert says in done.err


def test_a_table_of_each_ls_is_no_picture(bare: Callable[..., Ended]) -> None:
    done = bare("compare", *RUN, "--ref", "rest", "--each-ls", "--svg", "-")
    assert done.code == Exit.USAGE
    assert "--each-ls gives a table" in done.err
