"""A person's own keys."""

from __future__ import annotations

import tomllib

import pytest

from dqmtui.model.actions import ACTIONS, BY_ID
from dqmtui.model.keymap import Keymap, KeymapError, read_keymap, written_keymap


def problems(text: str) -> list[str]:
    with pytest.raises(KeymapError) as caught:
        read_keymap(tomllib.loads(text))
    return [str(problem) for problem in caught.value.problems]


def keys(text: str) -> dict[str, tuple[str, ...]]:
    keymap = read_keymap(tomllib.loads(text))
    return {action_id: keymap.by_id[action_id].keys for action_id in keymap.changed}


def test_without_a_word_all_keys_are_the_default_ones() -> None:
    assert read_keymap({}).actions == Keymap().actions == ACTIONS
    assert not read_keymap({"keys": {}}).changed


def test_an_action_has_the_keys_that_are_written_and_no_others() -> None:
    assert keys('[keys]\n"ls.next" = ["right", "ctrl+f"]\n"plot.x" = "f5"\n"ls.play" = []') == {
        "ls.next": ("right", "ctrl+f"),
        "plot.x": ("f5",),
        "ls.play": (),
    }


def test_names_with_a_dot_need_no_quotes() -> None:
    assert keys('[keys]\nls.next = "ctrl+f"\nls.previous = "ctrl+g"') == keys(
        '[keys]\n"ls.next" = "ctrl+f"\n"ls.previous" = "ctrl+g"'
    )


def test_two_actions_may_swap_their_keys() -> None:
    swapped = read_keymap({"keys": {"scan": ["s"], "scores": ["S"]}})
    assert {key: swapped.by_key[key].id for key in "sS"} == {"s": "scan", "S": "scores"}


def test_a_whole_keymap_that_is_written_down_changes_nothing() -> None:
    keymap = read_keymap(tomllib.loads(written_keymap(Keymap())))
    assert not keymap.changed
    own = read_keymap({"keys": {"quit": ["Q", "\\"], "ls.play": []}})
    assert read_keymap(tomllib.loads(written_keymap(own))).actions == own.actions


def test_an_unknown_action_names_the_nearest() -> None:
    assert problems('[keys]\n"ls.nxet" = "f5"') == ["ls.nxet: is no action; did you mean ls.next?"]
    assert problems('[keys]\nqqqqqqqq = "f5"') == ["qqqqqqqq: is no action; `dqmtui keys list` shows all."]


def test_an_unknown_key_names_the_nearest() -> None:
    assert problems('[keys]\nquit = ["q", "ctl+x"]') == ["quit: 'ctl+x' is no key; did you mean ctrl+x?"]


def test_an_unknown_table_names_the_one_there_is() -> None:
    assert problems('[kesy]\nquit = "Q"') == ["kesy: is nothing that a keymap has; did you mean keys?"]
    assert problems('quit = "Q"') == ["quit: is nothing that a keymap has; keys stand under [keys]."]


@pytest.mark.parametrize("value", ["3", "true", '["a", 3]', "2026-01-01"])
def test_what_is_no_key_and_no_list_of_keys_says_how_it_is_written(value: str) -> None:
    assert problems(f"[keys]\nquit = {value}") == [
        'quit: must be a key or a list of keys, such as ["right", "l"].'
    ]


def test_keys_must_be_a_table() -> None:
    assert "must be a table" in problems('keys = "q"')[0]


def test_a_key_of_another_action_names_both_and_how_to_free_it() -> None:
    text = BY_ID["scores"].text
    words = f's is a key of scores ({text}); give that other keys as well, such as "scores" = [].'
    assert problems('[keys]\nscan = "s"') == [f"scan: {words}"]


def test_a_key_that_is_given_to_two_names_both() -> None:
    [problem] = problems('[keys]\nscan = "f5"\nscores = "f5"')
    assert problem == "scores: f5 stands at scan as well; a key does one thing."
    assert problems('[keys]\nscan = ["f5", "F5"]') == ["scan: f5 stands there twice."]


@pytest.mark.parametrize("action_id", ["quit", "help"])
def test_quit_and_help_keep_a_key(action_id: str) -> None:
    assert problems(f"[keys]\n{action_id} = []") == [f"{action_id}: must keep a key: give it one."]
    assert keys(f'[keys]\n{action_id} = "f9"') == {action_id: ("f9",)}


@pytest.mark.parametrize("digit", ["0", "3", "7"])
def test_digits_are_panes_and_counts_and_nothing_else(digit: str) -> None:
    [problem] = problems(f'[keys]\nscan = "{digit}"')
    assert problem == f"scan: {digit} is taken: digits go to panes, and before a step they say how often."


def test_a_pane_keeps_its_digit_and_may_have_more() -> None:
    assert keys('[keys]\n"focus.plot" = ["3", "f3"]') == {"focus.plot": ("3", "f3")}
    [problem] = problems('[keys]\n"focus.plot" = "f3"')
    assert problem.startswith("focus.plot: 3 stays with it")


def test_everything_that_is_wrong_is_said_at_once() -> None:
    assert len(problems('[keys]\nquit = []\nscan = ["ctl+x", "5"]\nnone.such = "a"\n[more]\n')) == 5


def test_a_key_is_shown_as_it_is_now() -> None:
    keymap = read_keymap({"keys": {"reload": ["f5"], "ls.play": []}})
    assert keymap.shown("reload") == "F5"
    assert keymap.shown("ls.play") == ":ls.play"
    assert keymap.shown("ls.next") == "→"
    assert keymap.shown("ls.next", ascii_only=True) == "right"


@pytest.mark.parametrize(
    ("said", "now"),
    [
        ("Excluded: LS 5; u takes it back.", "Excluded: LS 5; U takes it back."),
        ("Partial: 3 of 9 LS came; ctrl+r goes on. Timeout", "Partial: 3 of 9 LS came; F5 goes on. Timeout"),
        (
            "is in several datasets, r chooses one of them",
            "is in several datasets, :reference.choose chooses one of them",
        ),
        ("u takes it back; s scores the LS", "U takes it back; s scores the LS"),
        ("The run is r, u and others are u; rates u", "The run is r, u and others are u; rates u"),
        ("LS 5 of run 381065", "LS 5 of run 381065"),
    ],
)
def test_sentences_that_name_default_keys_name_those_of_now(said: str, now: str) -> None:
    keymap = read_keymap({"keys": {"undo": "U", "trend.under": [], "reload": "f5", "reference.choose": []}})
    assert keymap.said(said) == now
    assert Keymap().said(said) == said
