"""Telling escape and the key typed right after it from one key."""

from __future__ import annotations

from string import ascii_letters
from typing import TYPE_CHECKING, Self

from textual import events
from textual._xterm_parser import XTermParser

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

ESCAPE = "\x1b"

_BEGIN_SEQUENCES = frozenset("[O")
"""What terminals send behind escape for keys that are no characters."""

_WORD_KEYS = frozenset("bf\x7f")
"""What terminals send behind escape for alt with left, right and backspace, which mean words of a text."""

_OTHER_KEYS = frozenset("\t")
"""What some terminals send behind escape for shift with tab."""


class AltKey(events.Key):
    """Escape and a character that came with it, which terminals send for alt with that key as well.

    It is the key with alt, `key`, where that is bound to something, a key that goes by words, `word` ("" for
    none), where a text is typed, and anywhere else two keys, `apart`.
    """

    def __init__(self, key: str, word: str, apart: tuple[events.Key, ...]) -> None:
        super().__init__(key, None)
        self.word = word
        self.apart = apart

    def copy(self) -> Self:
        """Give another one that may be sent on."""
        return type(self)(self.key, self.word, tuple(key.copy() for key in self.apart))

    def meant(self, bound: Container[str], *, is_typing: bool) -> tuple[events.Key, ...]:
        """Give the plain keys that are meant where these names of keys are bound."""
        if is_typing and self.word:
            return (events.Key(self.word, None),)
        return (events.Key(self.key, None),) if self.key in bound else self.apart


class KeysApart(XTermParser):
    """Reads what a terminal sends; escape and a character that came with it are two keys.

    Textual takes them for one key with alt, or for a character of another keyboard, and escape is lost: over
    a slow link, and in tmux for half a second, keys that are typed one after the other arrive together. Of
    letters only who gets the keys knows which of the two is meant: somebody may have bound them with alt.
    """

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[events.Key]:  # noqa: FBT001, FBT002 - as Textual has it
        behind = sequence if alt else sequence[1:]
        is_apart = alt or sequence[:1] == ESCAPE
        if is_apart and len(behind) == 1 and behind not in _OTHER_KEYS:
            if alt or behind not in _BEGIN_SEQUENCES:
                apart = (events.Key("escape", ESCAPE), *super()._sequence_to_key_events(behind))
                if behind in ascii_letters or behind in _WORD_KEYS:
                    yield AltKey(_with_alt(apart[-1].key), self._word(behind), apart)
                else:
                    yield from apart
            return
        yield from super()._sequence_to_key_events(sequence, alt)

    def _word(self, behind: str) -> str:
        """Name the key that goes by words, "" where there is none."""
        if behind not in _WORD_KEYS:
            return ""
        return next((key.key for key in super()._sequence_to_key_events(ESCAPE + behind)), "")


def _with_alt(key: str) -> str:
    """Give Textual's name of a key with alt."""
    return f"alt+shift+{key.lower()}" if key.isupper() else f"alt+{key}"
