"""Keys that arrive with an escape before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.app import App
from textual.widgets import Input

from dqmtui.model.keynames import VALID
from dqmtui.review.review import Target
from dqmtui.tui.first import FirstScreen
from dqmtui.tui.glimpses import Glimpse
from dqmtui.tui.help import HelpPanel
from dqmtui.tui.wire.keys_apart import AltKey, KeysApart
from tests.terminal import Terminal
from tests.test_program import DQMTUI
from tests.tui.driving import reviewing, screen_of, typed, until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices


def events_in(text: str, monkeypatch: pytest.MonkeyPatch) -> list[events.Key]:
    """Give the keys in what a terminal sent, once it has sent no more for long enough."""
    parser = KeysApart()
    found: list[Iterable[object]] = [list(parser.feed(text))]
    monkeypatch.setattr("textual._parser.get_time", lambda: float("inf"))
    found.append(list(parser.tick()))
    return [event for some in found for event in some if isinstance(event, events.Key)]


def read(text: str, monkeypatch: pytest.MonkeyPatch, *bound: str, is_typing: bool = False) -> list[str]:
    """Give the names of the keys that are meant where those of `bound` do something."""
    return [
        key.key
        for event in events_in(text, monkeypatch)
        for key in (event.meant(bound, is_typing=is_typing) if isinstance(event, AltKey) else (event,))
    ]


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("\x1bz", ["escape", "z"]),
        ("\x1b:", ["escape", "colon"]),
        ("\x1b1", ["escape", "1"]),
        ("\x1b[", ["escape", "left_square_bracket"]),
        ("\x1b]", ["escape", "right_square_bracket"]),
        ("\x1bO", ["escape", "O"]),
        ("\x1b\r", ["escape", "enter"]),
        ("\x1b\x1bq", ["escape", "escape", "q"]),
        ("\x1b/ab", ["escape", "slash", "a", "b"]),
        ("\x1b", ["escape"]),
        ("\x1b[C\x1bz", ["right", "escape", "z"]),
        ("\x1b[Cz\x1bOA", ["right", "z", "up"]),
        ("\x1bb\x1b\x7f\x1b\t", ["escape", "b", "escape", "backspace", "shift+tab"]),
    ],
)
def test_escape_and_what_is_typed_right_after_it_are_two_keys(
    text: str, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(text, monkeypatch) == keys


@pytest.mark.parametrize(
    ("text", "bound", "keys"),
    [
        ("\x1bx", ["alt+x"], ["alt+x"]),
        ("\x1bX\x1bx", ["alt+shift+x"], ["alt+shift+x", "escape", "x"]),
        ("\x1bO", ["alt+shift+o"], ["alt+shift+o"]),
        ("\x1bb", ["alt+b"], ["alt+b"]),
        ("\x1bx\x1by", ["alt+y"], ["escape", "x", "alt+y"]),
        ("\x1b\x1bx", ["alt+x"], ["escape", "alt+x"]),
    ],
)
def test_they_are_one_key_where_that_is_bound(
    text: str, bound: list[str], keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(text, monkeypatch, *bound) == keys


def test_every_key_with_alt_that_a_keymap_may_have_can_be_pressed(monkeypatch: pytest.MonkeyPatch) -> None:
    with_alt = sorted(key for key in VALID if key.startswith("alt+"))
    assert len(with_alt) == 2 * 26
    for key in with_alt:
        letter = key[-1].upper() if "shift" in key else key[-1]
        with monkeypatch.context() as patched:
            assert read(f"\x1b{letter}", patched, *with_alt) == [key]


def test_where_a_text_is_typed_some_go_by_words(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = read("\x1bb\x1bf\x1b\x7f\x1bx", monkeypatch, "alt+b", is_typing=True)
    assert keys == ["ctrl+left", "ctrl+right", "ctrl+w", "escape", "x"]


async def test_escape_and_b_are_two_keys_unless_a_text_is_typed(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=379011), (80, 24)) as (pilot, review):
        [left] = [event for event in KeysApart().feed("\x1bb") if isinstance(event, AltKey)]
        await typed(pilot, "question_mark")
        pilot.app.post_message(left)
        await until(pilot, lambda: review.state.shows_errors, "the errors")
        assert not screen_of(pilot).query_one(HelpPanel).is_open
        await typed(pilot, "colon", " one two")
        [left] = [event for event in KeysApart().feed("\x1bb") if isinstance(event, AltKey)]
        pilot.app.post_message(left)
        await typed(pilot, " x")
        assert screen_of(pilot).query_one("Prompt Input", Input).value == "one xtwo"


async def test_before_the_keymap_is_known_they_are_kept_as_they_came() -> None:
    class Beginning(App[None]):
        def get_default_screen(self) -> FirstScreen:
            return first

    first = FirstScreen(Glimpse())
    async with Beginning().run_test() as pilot:
        for event in KeysApart().feed("3\x1bx"):
            pilot.app.post_message(event)
        await until(pilot, lambda: len(first.typed) == 2, "the keys")
    alt = first.typed[1].copy()
    assert isinstance(alt, AltKey)
    assert [key.key for key in alt.meant(["alt+x"], is_typing=False)] == ["alt+x"]
    assert [key.key for key in alt.meant([], is_typing=False)] == ["escape", "x"]


async def test_what_comes_with_escape_is_for_the_pane_and_not_for_what_is_closed(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=379011), (80, 24)) as (pilot, _):
        screen = screen_of(pilot)
        for opening, key, pane in (("slash", "z", "runs"), ("M", "4", "trend")):
            screen.zoom(None)
            await typed(pilot, "1", opening)
            for event in KeysApart().feed(f"\x1b{key}"):
                pilot.app.post_message(event)
            await until(pilot, lambda: not screen.is_covered, "the panes")
            assert screen.pane_in_focus() == pane
            assert screen.zoomed == ("runs" if key == "z" else None)


def test_escape_and_a_key_in_one_go_and_a_key_with_alt_of_a_keymap(tmp_path: Path) -> None:
    keymap = tmp_path / "keymap.toml"
    keymap.write_text('[keys]\n"details" = "alt+x"\n')
    with Terminal(
        [*DQMTUI, "demo", "--run", "379011"],
        width=80,
        height=24,
        cwd=str(tmp_path),
        env={"DQMTUI_KEYMAP": str(keymap)},
    ) as terminal:
        terminal.wait_for(lambda text: "run 379011" in text and "50.41" in text)
        terminal.press("?")
        terminal.wait_for("esc closes")
        # a layer is left, and the prompt opened
        terminal.press("\x1b:120\r")
        terminal.wait_for("LS 120")
        terminal.press("\x1bx")
        terminal.wait_for("Messages")
        # the list of messages is left, and that of the notes opened
        terminal.press("\x1bM")
        terminal.wait_for(lambda text: "Messages" not in text and "Notes" in text)
        terminal.press("\x1bq")
        assert terminal.wait_for_end() == 0
        assert "excluded" not in terminal.text.lower()
