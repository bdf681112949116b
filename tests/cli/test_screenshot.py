"""`dqmtui screenshot`: the program's screen without a terminal, and `dqmtui themes`."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from dqmtui.store.themes import available_themes

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
PLACE = ("--run", "381080", "--dataset", "ZeroBias", "--me", CHARGE, "--ls", "200")


@pytest.fixture
def shoot(process: Callable[..., Ended], demo: DemoServices, tmp_path: Path) -> Callable[..., Ended]:
    """Run the command in a process of its own, without a terminal, on the embedded services."""
    env = {
        **demo.environment(),
        "DQMTUI_CACHE_DIR": str(tmp_path / "cache"),
        "DQMTUI_STATE_DIR": str(tmp_path / "state"),
    }

    def start(*arguments: str, **more: str) -> Ended:
        return process("screenshot", *arguments, env={**env, **more})

    return start


def test_text_goes_to_standard_output_once_everything_has_come(shoot: Callable[..., Ended]) -> None:
    done = shoot(*PLACE, "--size", "80x24", "--charset", "ascii", "--output", "-")
    assert done.code == Exit.OK, done.err
    lines = done.out.splitlines()
    assert len(lines) == 24
    assert done.out.isascii()
    assert max(map(len, lines)) <= 80
    assert re.search(r"LS 200 +counts +entries", done.out)
    assert "stops)" not in done.out


def test_a_picture_replaces_another_only_with_force_and_needs_no_terminal(
    shoot: Callable[..., Ended], tmp_path: Path
) -> None:
    svg = tmp_path / "shot.svg"
    svg.write_text("mine")
    done = shoot(*PLACE, "--output", str(svg))
    assert done.code == Exit.UNEXPECTED
    assert "--force replaces it" in done.err
    assert svg.read_text() == "mine"
    done = shoot(*PLACE, "--theme", "dqm-light", "--output", str(svg), "--force", TERM="dumb")
    assert (done.code, done.out) == (Exit.OK, ""), done.err
    assert str(svg) in done.err
    root = ET.fromstring(svg.read_text())  # noqa: S314 - the program under test has written it
    assert root.attrib["viewBox"] == "0 0 1620 920"
    fills = {element.attrib.get("fill") for element in root.iter()}
    assert len(fills) > 10
    light = available_themes()["dqm-light"].read_text()
    background = re.search(r'background = "(#\w+)"', light)
    assert background is not None
    assert background[1] in fills


def test_what_is_not_there_gives_no_picture(shoot: Callable[..., Ended], tmp_path: Path) -> None:
    out = tmp_path / "shot.txt"
    done = shoot("--run", "999999", "--output", str(out))
    assert done.code == Exit.NOT_FOUND
    assert "999999" in done.err
    assert not out.exists()


def test_without_a_login_none_is_begun(shoot: Callable[..., Ended], tmp_path: Path) -> None:
    out = tmp_path / "shot.txt"
    done = shoot(*PLACE, "--output", str(out), DQMTUI_DIALS_TOKEN="expired")
    assert done.code == Exit.NOT_ALLOWED
    assert "log" in done.err
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--output", "shot.png"), "should end in .svg, .txt, .ans"),
        (("--output", "shot.svg", "--size", "10x10"), "is no size such as 160x45"),
        (("--output", "shot.svg", "--size", "160"), "is no size such as 160x45"),
        ((), "--output"),
        (("--output", "shot.svg", "--theme", "plaid"), "There is no theme plaid"),
    ],
)
def test_what_is_typed_wrongly_is_said(
    bare: Callable[..., Ended], arguments: tuple[str, ...], words: str
) -> None:
    done = bare("screenshot", *arguments)
    assert done.code == Exit.USAGE
    assert words in done.err


def test_themes_are_listed_with_their_files(bare: Callable[..., Ended]) -> None:
    done = bare("themes")
    assert done.code == Exit.OK
    for name, file in available_themes().items():
        assert re.search(rf"^{name} .*(dark|light) .*{re.escape(file.name)}$", done.out, re.MULTILINE)
    assert "dqm-dark is chosen" in done.err
    chosen = [theme["name"] for theme in bare("themes", "--json").json() if theme["chosen"]]
    assert chosen == ["dqm-dark"]


def test_themes_lie_beside_the_configuration_that_is_named(
    bare: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "config.toml").write_text('theme = "mine"\n', encoding="utf-8")
    own = tmp_path / "themes"
    own.mkdir()
    (own / "mine.toml").write_text(available_themes()["dqm-light"].read_text(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DQMTUI_CONFIG", "config.toml")
    done = bare("themes")
    assert done.code == Exit.OK
    assert f"mine is chosen; your own themes go into {own}" in done.err


def test_a_theme_of_the_settings_may_be_a_file(
    bare: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(available_themes()["dqm-light"].read_text(), encoding="utf-8")
    monkeypatch.setenv("DQMTUI_THEME", str(path))
    chosen = [theme for theme in bare("themes", "--json").json() if theme["chosen"]]
    assert [(theme["name"], theme["file"]) for theme in chosen] == [("mine", str(path))]
    path.write_text("title = 5", encoding="utf-8")
    done = bare("themes")
    assert done.code == Exit.USAGE
    assert str(path) in done.err


def test_a_theme_file_is_checked(bare: Callable[..., Ended], tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    text = available_themes()["dqm-light"].read_text()
    path.write_text(text, encoding="utf-8")
    done = bare("themes", "--check", str(path))
    assert (done.code, done.out) == (Exit.OK, f"{path} is a complete theme: DQM light\n")
    assert bare("themes", "--check", str(path), "--json").json()["name"] == "mine"
    path.write_text(text.replace("primary =", "primry ="), encoding="utf-8")
    done = bare("themes", "--check", str(path))
    assert done.code == Exit.USAGE
    assert f"{path}: ui.primry: unknown key; did you mean ui.primary?" in done.err


def test_several_runs_to_compare_with_are_refused_and_none_is_dropped(bare: Callable[..., Ended]) -> None:
    refs = ("--ref", "381067", "--ref", "381115")
    for line in (("--run", "381065"), ("screenshot", "--run", "381065", "--output", "-"), ("demo",)):
        done = bare(*line, *refs)
        assert done.code == Exit.USAGE
        assert "381067, 381115: the program opens with one; A in it adds others" in done.err
