"""The keys as they are now: in help, footer and messages, and pressed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.export.kinds import KINDS
from dqmtui.model.actions import BY_ID, GROUPS
from dqmtui.model.keymap import Keymap, read_keymap
from dqmtui.render.charset import CHARSETS
from dqmtui.review.review import Target
from dqmtui.store.themes import available_themes, load_theme
from dqmtui.tui.footer import KeyLine
from dqmtui.tui.help import HelpPanel, help_text
from dqmtui.tui.look import Look
from dqmtui.tui.pane_keys import ALWAYS, ANYWHERE, BEFORE, FIRST, hinted
from dqmtui.tui.places import PANES
from dqmtui.tui.widgets.layer import Layer
from tests.tui.driving import on_screen, reviewing, screen_of, screen_text, typed

if TYPE_CHECKING:
    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=379011, me=CHARGE)
OWN = {
    "ls.next": ["n"],
    "plot.normalise": ["N"],
    "ls.group": [],
    "help": ["f2"],
    "reload": "f5",
    "login": "f6",
    "quit": ["Q"],
    "details": "f7",
    "undo": "f8",
}


def look(keys: dict[str, Any] | None = None, charset: str = "utf8") -> Look:
    theme = load_theme(available_themes(None)["dqm-dark"])
    return Look(theme, CHARSETS[charset], keymap=read_keymap({"keys": keys or {}}))


def test_what_footer_and_help_begin_with_are_actions() -> None:
    named = {*ALWAYS, *ANYWHERE, *BEFORE, *BEFORE.values(), *(one for some in FIRST.values() for one in some)}
    assert named <= set(BY_ID)
    assert set(FIRST) == set(PANES)


@pytest.mark.parametrize("pane", PANES)
def test_the_footer_has_every_hint_once_those_of_the_pane_first(pane: str) -> None:
    ids = [action.id for action in hinted(Keymap(), pane)]
    assert len(ids) == len(set(ids))
    assert {*ids, *ALWAYS} == {action.id for action in BY_ID.values() if action.hint and action.keys}
    first = [one for one in FIRST[pane] if BY_ID[one].hint]
    assert ids[: len(first)] == first


@pytest.mark.parametrize("width", [71, 140])
@pytest.mark.parametrize("charset", ["utf8", "ascii"])
@pytest.mark.parametrize("pane", PANES)
def test_help_names_every_action_within_its_width_the_pane_first(pane: str, charset: str, width: int) -> None:
    text = help_text(look(charset=charset), pane, width).plain
    lines = text.splitlines()
    assert lines[0].startswith(f"In the {pane}")
    assert max(map(len, text.partition("A number before a step")[0].splitlines())) <= width
    for action in BY_ID.values():
        assert all(word in text for word in action.text.split())
        assert (action.id in text) or action.keys
    assert all(f"{kind.id}," in text or f"{kind.id}." in text for kind in KINDS)
    for group in GROUPS:
        assert re.search(rf"(^|   ){group}", text, re.MULTILINE)
    if charset == "ascii":
        assert text.isascii()


def test_help_shows_the_keys_as_they_are_now() -> None:
    text = help_text(look(OWN), "plot", 71).plain
    assert re.search(r"^  n +Next LS that has data", text, re.MULTILINE)
    assert re.search(r"^  :ls\.group N +Sum N LS", text, re.MULTILINE)
    assert re.search(r"^  F6 +Log in to DIALS", text, re.MULTILINE)
    assert "25 n" in text


def test_help_tells_the_marks_beside_a_lumisection_with_the_keys_that_make_them() -> None:
    now = look({"note": ["ctrl+n"]})
    text = help_text(now, "lumisections", 71).plain
    for sign, meaning in (
        (now.glyphs.excluded, "left out of the good LS (x)"),
        ("!", "suspicious (s, S)"),
        (now.glyphs.note, "a note is about the LS (ctrl+n)"),
        (now.charset.vertical, "in the range (v)"),
    ):
        assert re.search(rf"^  {re.escape(sign)} +{re.escape(meaning)}$", text, re.MULTILINE)


async def test_help_opens_with_the_pane_in_focus_and_its_key_closes_it(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        panel = screen_of(pilot).query_one(HelpPanel)
        for number, pane in enumerate(PANES, 1):
            await typed(pilot, str(number), "question_mark")
            assert f"Keys, in the {pane} first" in on_screen(pilot)
            assert f"In the {pane}" in on_screen(pilot)
            await typed(pilot, "question_mark")
            assert not panel.is_open
        await typed(pilot, "question_mark", "G")
        assert "tab completes it" in on_screen(pilot)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_the_footer_follows_the_pane_and_always_has_help_and_quit(
    demo: DemoServices, size: tuple[int, int]
) -> None:
    async with reviewing(demo, AT, size=size) as (pilot, _):
        footer = screen_of(pilot).query_one(KeyLine)
        words = {"1": "dataset", "2": "f filter  o sort", "3": "norm", "4": "statistic"}
        for key, word in words.items():
            await typed(pilot, key)
            line = screen_text(footer)
            assert word in line
            assert "/ find ME" in line
            assert line.rstrip().endswith("? help  q quit")
            await typed(pilot, "question_mark")
            assert not any(hint in screen_text(footer) for hint in (word, "find ME", "quit"))
            await typed(pilot, "escape")
            assert screen_text(footer) == line


async def test_under_a_layer_the_footer_has_its_keys_and_no_others(demo: DemoServices) -> None:
    layers = {
        "slash": ("enter choose", "esc close"),
        "m": ("enter note it", "esc close", "tab next field"),
        "C": ("esc close", "space on or off", "o sort"),
        "M": ("enter go there", "ctrl+e edit"),
        "J": ("enter choose", "esc close"),
        "E": ("esc back", "f filter", "c copy this one"),
    }
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        footer = screen_of(pilot).query_one(KeyLine)
        await typed(pilot, "3")
        line = screen_text(footer)
        for key, hints in layers.items():
            await typed(pilot, key)
            shown = screen_text(footer)
            assert all(f" {hint} " in shown for hint in hints), key
            assert not any(f" {hint} " in shown for hint in ("n norm", "q quit", "/ find ME")), key
            await typed(pilot, "escape")
            assert screen_text(footer) == line, key


async def test_the_keys_of_every_layer_have_room_in_the_footer(demo: DemoServices) -> None:
    # where arrows are words
    async with reviewing(demo, size=(80, 24), charset="ascii") as (pilot, _):
        screen = screen_of(pilot)
        footer = screen.query_one(KeyLine)
        for layer in screen.query(Layer):
            footer.show(screen.look, "plot", layer)
            line = screen_text(footer)
            assert re.search(r"^ ?(enter [a-z ]+  )?esc [a-z]+ ", line), layer
            assert screen.look.charset.ellipsis not in line, layer
            assert line.isascii(), layer
            assert re.search(r"  $", line), layer


async def test_who_tries_ctrl_c_is_told_which_key_quits(demo: DemoServices) -> None:
    keymap = read_keymap({"keys": {"quit": ["Q"]}})
    async with reviewing(demo, size=(80, 24), keymap=keymap) as (pilot, _):
        await typed(pilot, "ctrl+c")
        assert " Q quits, and ctrl+q does while something is open " in on_screen(pilot)
        assert not pilot.app._notifications
        await typed(pilot, "escape")
        assert "quits" not in on_screen(pilot)


async def test_a_keymap_is_what_is_pressed_shown_and_counted(demo: DemoServices) -> None:
    async with reviewing(demo, AT, keymap=read_keymap({"keys": OWN})) as (pilot, review):
        screen = screen_of(pilot)
        visited: list[int | None] = []
        for keys in (("3", "g"), ("right", "l"), ("n",), ("g", "1", "2", "n")):
            await typed(pilot, *keys)
            visited.append(review.state.ls)
        assert visited == [1, 1, 2, 13]
        assert screen.pane_in_focus() == "plot"
        footer = screen_text(screen.query_one(KeyLine))
        assert "← n LS" in footer
        assert footer.rstrip().endswith("F2 help  Q quit")
        shown: list[bool] = []
        for key in ("question_mark", "f2", "f2", "f7", "f7", "E"):
            await typed(pilot, key)
            shown.append(screen.is_covered)
        assert shown == [False, True, False, True, False, False]
        await typed(pilot, "x")
        assert "F8 takes it back" in screen.on_line.text
        await typed(pilot, "colon", " 379011 x", "enter")
        assert "F2 lists the actions" in screen.on_line.text
