"""What a person may write for a key."""

from __future__ import annotations

import string

import pytest

from dqmtui.model.keynames import VALID, KeyNameError, pictured, read_key, spelt


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("→", "right"),
        ("right", "right"),
        ("?", "question_mark"),
        ("question_mark", "question_mark"),
        ("/", "slash"),
        ("space", "space"),
        (" ", "space"),
        ("ctrl+x", "ctrl+x"),
        ("Ctrl+X", "ctrl+x"),
        ("control+x", "ctrl+x"),
        ("F1", "f1"),
        ("esc", "escape"),
        ("L", "L"),
        ("shift+l", "L"),
        ("+", "plus"),
        ("pgdn", "pagedown"),
        ("shift+ctrl+left", "ctrl+shift+left"),
        ("alt+L", "alt+shift+l"),
        ("ctrl+space", "ctrl+@"),
        ("ctrl+\\", "ctrl+backslash"),
        ("é", "é"),
        ("§", "section_sign"),
    ],
)
def test_a_key_is_written_as_it_stands_on_the_keyboard(written: str, name: str) -> None:
    assert read_key(written) == name


@pytest.mark.parametrize("key", [*string.ascii_letters, *string.digits, *string.punctuation])
def test_every_character_of_a_keyboard_has_the_name_that_textual_gives_it(key: str) -> None:
    from textual.keys import _character_to_key

    assert read_key(key) == _character_to_key(key)


@pytest.mark.parametrize("name", sorted(VALID))
def test_what_is_spelt_out_is_read_back(name: str) -> None:
    assert read_key(spelt(name)) == name
    assert read_key(pictured(name)) == name


@pytest.mark.parametrize(
    ("written", "near"),
    [
        ("ctl+x", "ctrl+x"),
        ("ctrl-x", "ctrl+x"),
        ("strg+x", "ctrl+x"),
        ("rigth", "right"),
        ("pagdown", "pagedown"),
        ("escpae", "escape"),
    ],
)
def test_a_mistake_names_the_nearest_key(written: str, near: str) -> None:
    with pytest.raises(KeyNameError, match=rf"is no key; did you mean {near.replace('+', '[+]')}\?"):
        read_key(written)


@pytest.mark.parametrize(
    ("written", "same"), [("ctrl+i", "tab"), ("ctrl+m", "enter"), ("ctrl+h", "backspace"), ("ctrl+[", "esc")]
)
def test_keys_that_terminals_send_as_another_are_explained(written: str, same: str) -> None:
    with pytest.raises(KeyNameError, match=f"reaches the program as {same}"):
        read_key(written)


@pytest.mark.parametrize(
    "written", ["ctrl+.", "shift+enter", "ctrl+shift+a", "alt+right", "shift+1", "ctrl+5"]
)
def test_keys_that_terminals_do_not_have_are_refused(written: str) -> None:
    with pytest.raises(KeyNameError, match="nothing that every terminal can send; take"):
        read_key(written)


@pytest.mark.parametrize("written", ["ctrl+c", "ctrl+q"])
def test_keys_that_are_taken_say_by_what(written: str) -> None:
    with pytest.raises(KeyNameError, match="cannot mean anything else"):
        read_key(written)


@pytest.mark.parametrize("written", ["", "qwertyuiop", "the right one"])
def test_what_is_like_no_key_says_how_keys_are_written(written: str) -> None:
    with pytest.raises(KeyNameError, match=r"is no key; write such as right, l, \?, space, ctrl\+x or f5"):
        read_key(written)


def test_keys_stand_on_screen_as_pictures_and_in_files_as_words() -> None:
    keys = ("right", "ctrl+left", "f5", "escape", "question_mark")
    assert [pictured(key) for key in keys] == ["→", "ctrl+←", "F5", "esc", "?"]
    assert [spelt(key) for key in keys] == ["right", "ctrl+left", "f5", "esc", "?"]
