"""Which keymap file counts, and what is said about one that is wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.store import paths
from dqmtui.store.keymap_file import KeymapFileError, chosen_keymap, keymap_path, load_keymap
from dqmtui.store.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of a person's configuration."""
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    directory = paths.config_dir()
    directory.mkdir(parents=True)
    return directory


def test_without_a_file_the_keys_are_the_default_ones() -> None:
    assert not chosen_keymap(load_settings({}, {})).changed


def test_the_persons_own_file_counts(own: Path) -> None:
    (own / "keymap.toml").write_text('[keys]\nreload = "f5"\n')
    keymap = chosen_keymap(load_settings({}, {}))
    assert keymap.changed == {"reload"}
    assert keymap.source == str(own / "keymap.toml")


def test_a_file_that_is_named_counts_before_that(own: Path, tmp_path: Path) -> None:
    (own / "keymap.toml").write_text("this is broken")
    file = tmp_path / "other.toml"
    file.write_text('[keys]\nreload = "f6"\n')
    settings = load_settings({}, {"DQMTUI_KEYMAP": str(file)})
    assert keymap_path(settings) == file
    assert chosen_keymap(settings).by_id["reload"].keys == ("f6",)


def test_beside_the_configuration_that_is_named_is_looked_and_nowhere_else(own: Path, tmp_path: Path) -> None:
    (own / "keymap.toml").write_text("this is broken")
    file = tmp_path / "conf" / "config.toml"
    file.parent.mkdir()
    file.touch()
    settings = load_settings({}, {"DQMTUI_CONFIG": str(file)})
    assert not chosen_keymap(settings).changed
    (file.parent / "keymap.toml").write_text('[keys]\nreload = "f7"\n')
    assert chosen_keymap(settings).by_id["reload"].keys == ("f7",)


def test_an_empty_file_gives_the_default_keys(tmp_path: Path) -> None:
    file = tmp_path / "keymap.toml"
    file.write_text("")
    assert not load_keymap(file).changed


def test_a_named_file_that_is_missing_is_said(tmp_path: Path) -> None:
    settings = load_settings({}, {"DQMTUI_KEYMAP": str(tmp_path / "none.toml")})
    with pytest.raises(KeymapFileError, match=r"none\.toml: cannot be read: No such file"):
        chosen_keymap(settings)


@pytest.mark.parametrize("data", [b"[keys\n", b"\xff\xfe", b"[keys]\ngood = 'f5'\ngood.choose = 'f6'\n"])
def test_what_is_no_toml_is_said(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "keymap.toml"
    file.write_bytes(data)
    with pytest.raises(KeymapFileError, match=r"keymap\.toml: is not TOML: "):
        load_keymap(file)


def test_every_problem_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "keymap.toml"
    file.write_text('[keys]\n"ls.next" = "ctl+x"\n\n  quit = []\n')
    with pytest.raises(KeymapFileError) as caught:
        load_keymap(file)
    assert caught.value.file == file
    assert caught.value.problems == (
        "line 2: ls.next: 'ctl+x' is no key; did you mean ctrl+x?",
        "line 4: quit: must keep a key: give it one.",
    )


def test_a_directory_that_cannot_be_reached_is_said_to_be(own: Path) -> None:
    settings = load_settings({}, {})
    own.rmdir()
    own.symlink_to("x" * 300)
    with pytest.raises(KeymapFileError, match="cannot be read: File name too long"):
        chosen_keymap(settings)
