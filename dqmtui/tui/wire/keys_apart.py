"""Telling escape and the key typed right after it from one key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual._xterm_parser import XTermParser

if TYPE_CHECKING:
    from collections.abc import Iterable

ESCAPE = "\x1b"

_BEGIN_SEQUENCES = frozenset("[O")
"""What terminals send behind escape for keys that are no characters."""

_WORD_KEYS = frozenset("bf\x7f")
"""What terminals send behind escape for alt with left, right and backspace, which mean words of a text."""

_OTHER_KEYS = frozenset("\t")
"""What some terminals send behind escape for shift with tab."""


class WordKey(events.Key):
    """A key that goes by words where a text is typed; anywhere else it is escape and another key, `apart`."""

    def __init__(self, key: str, apart: tuple[events.Key, ...]) -> None:
        super().__init__(key, None)
        self.apart = apart


class KeysApart(XTermParser):
    """Reads what a terminal sends; escape and a character that came with it are two keys.

    Textual takes them for one key with alt, or for a character of another keyboard, and escape is lost: over
    a slow link, and in tmux for half a second, keys that are typed one after the other arrive together.
    Nothing here is bound to alt but in texts, where it goes by words: which of the two is meant is known to
    who gets the key.
    """

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:  # noqa: FBT001, FBT002 - as Textual has it
        behind = sequence if alt else sequence[1:]
        is_apart = alt or sequence[:1] == ESCAPE
        if is_apart and len(behind) == 1 and behind not in _OTHER_KEYS:
            if alt or behind not in _BEGIN_SEQUENCES:
                apart = (events.Key("escape", ESCAPE), *super()._sequence_to_key_events(behind))
                if behind in _WORD_KEYS:
                    for key in super()._sequence_to_key_events(sequence, alt):
                        yield WordKey(key.key, apart)
                else:
                    yield from apart
            return
        yield from super()._sequence_to_key_events(sequence, alt)
