"""Keys that arrive with an escape before them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual import events
from textual.widgets import Input

from dqmtui.review.review import Target
from dqmtui.tui.help import HelpPanel
from dqmtui.tui.wire.keys_apart import KeysApart, WordKey
from tests.terminal import Terminal
from tests.test_program import DQMTUI
from tests.tui.driving import reviewing, screen_of, typed, until

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices


def read(text: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give the names of the keys in what a terminal sent, once it has sent no more for long enough."""
    parser = KeysApart()
    found: list[Iterable[object]] = [list(parser.feed(text))]
    monkeypatch.setattr("textual._parser.get_time", lambda: float("inf"))
    found.append(list(parser.tick()))
    return [event.key for some in found for event in some if isinstance(event, events.Key)]


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
        ("\x1bb\x1bf\x1b\x7f\x1b\t", ["ctrl+left", "ctrl+right", "ctrl+w", "shift+tab"]),
    ],
)
def test_escape_and_what_is_typed_right_after_it_are_two_keys(
    text: str, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert read(text, monkeypatch) == keys


def test_what_goes_by_words_in_a_text_knows_what_else_it_may_be(monkeypatch: pytest.MonkeyPatch) -> None:
    parser = KeysApart()
    monkeypatch.setattr("textual._parser.get_time", lambda: float("inf"))
    found = [
        event for event in [*parser.feed("\x1bb\x1bf\x1b\x7f"), *parser.tick()] if isinstance(event, WordKey)
    ]
    assert [[key.key for key in event.apart] for event in found] == [
        ["escape", "b"],
        ["escape", "f"],
        ["escape", "backspace"],
    ]


async def test_escape_and_b_are_two_keys_unless_a_text_is_typed(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=379011), (80, 24)) as (pilot, review):
        [left] = [event for event in KeysApart().feed("\x1bb") if isinstance(event, WordKey)]
        await typed(pilot, "question_mark")
        pilot.app.post_message(left)
        await until(pilot, lambda: review.state.shows_errors, "the errors")
        assert not screen_of(pilot).query_one(HelpPanel).is_open
        await typed(pilot, "colon", " one two")
        [left] = [event for event in KeysApart().feed("\x1bb") if isinstance(event, WordKey)]
        pilot.app.post_message(left)
        await typed(pilot, " x")
        assert screen_of(pilot).query_one("Prompt Input", Input).value == "one xtwo"


def test_a_layer_is_left_and_the_prompt_opened_in_one_go(tmp_path: Path) -> None:
    with Terminal([*DQMTUI, "demo", "--run", "379011"], width=80, height=24, cwd=str(tmp_path)) as terminal:
        terminal.wait_for(lambda text: "run 379011" in text and "50.41" in text)
        terminal.press("?")
        terminal.wait_for("esc closes")
        terminal.press("\x1b:120\r")
        terminal.wait_for("LS 120")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
