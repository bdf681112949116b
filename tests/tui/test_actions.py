from __future__ import annotations

import re

import pytest

from dqmtui.model.keymap import read_keymap
from dqmtui.model.keynames import VALID
from dqmtui.render.charset import CHARSETS
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui.actions import ACTIONS, BY_ID, GROUPS, Action, bindings, digit_bindings
from dqmtui.tui.app import DqmtuiApp
from dqmtui.tui.look import Look
from dqmtui.tui.prompt import Do, read_command
from dqmtui.tui.screen import ReviewScreen

PROMISED = {
    "1": "focus.runs",
    "2": "focus.lumisections",
    "3": "focus.plot",
    "4": "focus.trend",
    "tab": "focus.next",
    "enter": "open",
    "right": "ls.next",
    "l": "ls.next",
    "left": "ls.previous",
    "h": "ls.previous",
    "L": "ls.forward",
    "H": "ls.back",
    "g": "ls.first",
    "G": "ls.last",
    "colon": "go",
    "slash": "me.find",
    "full_stop": "me.next",
    "comma": "me.previous",
    "greater_than_sign": "run.next",
    "less_than_sign": "run.previous",
    "n": "plot.normalise",
    "y": "plot.log",
    "Y": "plot.range",
    "z": "pane.zoom",
    "escape": "cancel",
    "question_mark": "help",
    "f1": "help",
    "ctrl+p": "palette",
    "T": "theme.next",
    "W": "workspace",
    "F": "run.follow",
    "c": "copy",
    "E": "details",
    "q": "quit",
}


def keys_of(actions: tuple[Action, ...]) -> list[str]:
    return [key for action in actions for key in action.keys]


def test_every_promised_key_does_what_is_promised() -> None:
    bound = {key: action.id for action in ACTIONS for key in action.keys}
    assert {key: bound.get(key) for key in PROMISED} == PROMISED


def test_no_key_means_two_things_and_no_id_stands_twice() -> None:
    keys = keys_of(ACTIONS)
    assert len(keys) == len(set(keys))
    assert len(BY_ID) == len(ACTIONS)


def test_keys_of_terminals_and_multiplexers_are_left_alone() -> None:
    assert not {"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q", "ctrl+z"} & set(keys_of(ACTIONS))


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_every_action_has_a_handler_a_group_and_a_sentence(action: Action) -> None:
    name = re.sub(r"\(.*", "", action.handler)
    owner: type = ReviewScreen
    if name.startswith("app."):
        owner, name = DqmtuiApp, name.removeprefix("app.")
    assert callable(getattr(owner, f"action_{name}"))
    assert action.group in GROUPS
    assert action.text[0].isupper()
    assert not action.text.endswith(".")


def test_bindings_come_from_the_table_alone() -> None:
    made = {binding.key: binding.action for binding in bindings()}
    digits = {str(digit) for digit in range(10)}
    assert made == {
        key: f"act({action.id!r})" for action in ACTIONS for key in action.keys if key not in digits
    }
    assert {binding.key for binding in digit_bindings()} == digits
    assert all(binding.priority for binding in (*bindings(), *digit_bindings()))


def test_every_default_key_is_one_that_a_keymap_may_have() -> None:
    assert set(keys_of(ACTIONS)) <= VALID


def test_the_screen_has_no_other_keys_than_those_of_the_table_and_digits() -> None:
    theme = load_theme(available_themes(None)["dqm-dark"])
    screen = ReviewScreen(Look(theme, CHARSETS["utf8"]))
    bound = {binding.key: binding.action for _, binding in screen._bindings}
    of_textual = {key for key, action in bound.items() if not action.startswith(("act(", "digit("))}
    assert of_textual == {"ctrl+c", "super+c"}
    again = ReviewScreen(Look(theme, CHARSETS["utf8"], keymap=read_keymap({"keys": {"focus.next": ["f2"]}})))
    assert "tab" not in {binding.key for _, binding in again._bindings}
    assert "tab" in {binding.key for _, binding in screen._bindings}


def test_an_action_without_a_key_says_how_to_type_it() -> None:
    assert BY_ID["login"].shown_keys == ":login"
    assert read_command(BY_ID["login"].shown_keys.removeprefix(":")) == Do("login")
