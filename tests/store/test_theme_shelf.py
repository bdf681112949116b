"""Theme files that change, come and break while they are in use."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.store.themes import NoThemeError, ThemeError, ThemeNews, ThemeShelf, available_themes, theme_name

if TYPE_CHECKING:
    from pathlib import Path

DARK = available_themes()["dqm-dark"].read_text(encoding="utf-8")
NOTHING = ThemeNews()


def mine(title: str = "Mine") -> str:
    return DARK.replace('title = "DQM dark"', f'title = "{title}"')


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    (tmp_path / "mine.toml").write_text(mine(), encoding="utf-8")
    return tmp_path


def test_a_shelf_has_the_themes_shipped_and_those_of_the_directory(directory: Path) -> None:
    shelf = ThemeShelf(directory, "mine")
    assert set(shelf) == {*available_themes(), "mine"}
    assert shelf["mine"].title == "Mine"
    assert shelf.file("mine") == directory / "mine.toml"
    assert shelf.problems == ()
    assert shelf.look_again() == NOTHING


def test_a_theme_may_be_chosen_by_the_path_of_its_file(tmp_path: Path) -> None:
    path = tmp_path / "elsewhere.toml"
    path.write_text(mine("Elsewhere"), encoding="utf-8")
    shelf = ThemeShelf(None, str(path))
    assert shelf.chosen_name == theme_name(str(path)) == "elsewhere"
    assert shelf["elsewhere"].title == "Elsewhere"
    path.write_text(mine("Elsewhere else"), encoding="utf-8")
    assert shelf.look_again().changed == {"elsewhere"}
    assert shelf["elsewhere"].title == "Elsewhere else"


def test_a_file_that_has_changed_is_read_anew(directory: Path) -> None:
    shelf = ThemeShelf(directory, "mine")
    (directory / "mine.toml").write_text(mine("Mine, brighter"), encoding="utf-8")
    assert shelf.look_again() == ThemeNews(frozenset({"mine"}))
    assert shelf["mine"].title == "Mine, brighter"
    assert shelf.look_again() == NOTHING


def test_a_file_that_is_replaced_by_another_of_the_same_size_and_time_is_read_anew(directory: Path) -> None:
    shelf = ThemeShelf(directory, "mine")
    other = directory / "other"
    other.write_text(mine("Nice"), encoding="utf-8")
    other.replace(directory / "mine.toml")
    assert shelf.look_again().changed == {"mine"}


def test_a_file_that_is_only_touched_changes_nothing(directory: Path) -> None:
    shelf = ThemeShelf(directory, "mine")
    (directory / "mine.toml").touch()
    assert shelf.look_again() == NOTHING


def test_a_theme_that_is_added_later_is_there(directory: Path) -> None:
    shelf = ThemeShelf(directory, "dqm-dark")
    (directory / "later.toml").write_text(mine("Later"), encoding="utf-8")
    assert shelf.look_again().changed == {"later"}
    assert shelf["later"].title == "Later"


def test_a_directory_that_comes_later_is_there(tmp_path: Path) -> None:
    directory = tmp_path / "themes"
    shelf = ThemeShelf(directory, "dqm-dark")
    directory.mkdir()
    (directory / "later.toml").write_text(mine("Later"), encoding="utf-8")
    assert shelf.look_again().changed == {"later"}


def test_a_theme_whose_file_is_gone_is_gone_and_the_shipped_one_of_its_name_is_back(directory: Path) -> None:
    (directory / "dqm-dark.toml").write_text(mine("My dark"), encoding="utf-8")
    shelf = ThemeShelf(directory, "dqm-dark")
    assert shelf["dqm-dark"].title == "My dark"
    (directory / "dqm-dark.toml").unlink()
    (directory / "mine.toml").unlink()
    assert shelf.look_again().changed == {"dqm-dark"}
    assert shelf["dqm-dark"].title == "DQM dark"
    assert "mine" not in shelf


@pytest.mark.parametrize(
    ("broken", "key"),
    [
        (mine().replace('primary = "#5fafff"', 'primary = "blue"'), "ui.primary"),
        (mine().replace('border = "#5fafff"', 'border = "no colour"'), "variables.border"),
        (mine().replace('text-style = "bold"', 'text-style = "fat"'), "variables.block-cursor-text-style"),
        (mine() + "\nextra = 1\n", "glyphs.ascii.extra"),
        (mine()[:400], "is not TOML"),
    ],
)
def test_a_broken_file_leaves_the_theme_as_it_was_and_says_what_is_wrong_once(
    directory: Path, broken: str, key: str
) -> None:
    shelf = ThemeShelf(directory, "mine")
    before = shelf["mine"]
    (directory / "mine.toml").write_text(broken, encoding="utf-8")
    # an editor may be in the middle of it: it is told once it stays so
    assert shelf.look_again() == NOTHING
    (problem,) = shelf.look_again().problems
    assert str(directory / "mine.toml") in problem
    assert key in problem
    assert shelf.look_again() == NOTHING
    assert shelf["mine"] is before
    # of another size than any of the broken ones: it may have been written within one tick of the clock
    (directory / "mine.toml").write_text(mine("Mended at last"), encoding="utf-8")
    assert shelf.look_again() == ThemeNews(frozenset({"mine"}))
    assert shelf["mine"].title == "Mended at last"


def test_a_file_that_is_being_written_is_no_trouble(directory: Path) -> None:
    shelf = ThemeShelf(directory, "mine")
    for length in (100, 700):
        (directory / "mine.toml").write_text(mine("Longer")[:length], encoding="utf-8")
        assert shelf.look_again() == NOTHING
    (directory / "mine.toml").write_text(mine("Longer"), encoding="utf-8")
    assert shelf.look_again() == ThemeNews(frozenset({"mine"}))


def test_others_that_are_broken_from_the_beginning_are_left_out(directory: Path) -> None:
    (directory / "broken.toml").write_text("title = 1", encoding="utf-8")
    shelf = ThemeShelf(directory, "mine")
    assert "broken" not in shelf
    (problem,) = shelf.problems
    assert "broken.toml" in problem
    assert shelf.look_again() == NOTHING


def test_the_chosen_one_has_to_be_whole(directory: Path) -> None:
    (directory / "mine.toml").write_text("title = 1", encoding="utf-8")
    with pytest.raises(ThemeError, match=r"mine\.toml"):
        ThemeShelf(directory, "mine")
    with pytest.raises(ThemeError, match="cannot be read"):
        ThemeShelf(directory, str(directory / "nowhere.toml"))


def test_a_name_that_no_theme_has_names_the_nearest(directory: Path) -> None:
    with pytest.raises(NoThemeError, match="did you mean dqm-dark") as raised:
        ThemeShelf(directory, "dqmdark")
    assert "mine" in raised.value.names


def test_themes_stay_while_their_directory_cannot_be_reached(tmp_path: Path) -> None:
    directory = tmp_path / "themes"
    directory.mkdir()
    (directory / "mine.toml").write_text(mine(), encoding="utf-8")
    shelf = ThemeShelf(directory, "mine")
    directory.rename(tmp_path / "away")
    # as without a ticket for the file system: that it is there cannot even be asked
    directory.symlink_to("x" * 300)
    assert shelf.look_again() == NOTHING
    assert shelf["mine"].title == "Mine"


def test_a_theme_of_nobodys_directory_is_said_to_be(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match="cannot be read: Could not determine home directory"):
        ThemeShelf(tmp_path, "~nobody-of-that-name/mine.toml")
