"""A line of a few choices of which one is taken."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events

_STEPS = {"left": -1, "right": 1, "space": 1}


class OneOf(Widget, can_focus=True):
    """Takes one of a few words: by the arrows, or by the first letter that only one of them has."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"one-of--taken", "one-of--taken-focused"}

    DEFAULT_CSS = """
    OneOf {
        & > .one-of--taken { text-style: bold; background: $block-cursor-blurred-background; }
        & > .one-of--taken-focused { background: $block-cursor-background; color: $block-cursor-foreground; }
    }
    """

    @dataclass
    class Turned(Message):
        """Another word was taken."""

    @dataclass
    class Submitted(Message):
        """The person is done with the whole form."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._words: Sequence[str] = ()
        self._colors: Sequence[str] = ()
        self.chosen = 0
        """The position of the word that is taken."""

    def offer(self, words: Sequence[str], chosen: int, colors: Sequence[str] = ()) -> None:
        """Offer some words, one of them taken; `colors` are theirs while they are not in focus."""
        self._words, self._colors, self.chosen = words, colors or [""] * len(words), chosen
        self.refresh()

    def turn(self, step: int) -> None:
        """Take the next or previous word, going round."""
        if self._words:
            self.take((self.chosen + step) % len(self._words))

    def take(self, position: int) -> None:
        """Take a word."""
        if position != self.chosen:
            self.chosen = position
            self.refresh()
            self.post_message(self.Turned())

    def on_key(self, event: events.Key) -> None:
        """Take a word by the arrows or by its letter; no bindings, which would do so after the next key."""
        fits = [at for at, word in enumerate(self._words) if word[:1] == event.character]
        if event.key == "enter":
            self.post_message(self.Submitted())
        elif event.key in _STEPS:
            self.turn(_STEPS[event.key])
        elif len(fits) == 1:
            self.take(fits[0])
        else:
            return
        event.stop()

    def on_click(self, event: events.Click) -> None:
        """Take the word that was clicked."""
        start = 0
        for at, word in enumerate(self._words):
            end = start + len(word) + len("[]")
            if start <= event.x < end:
                self.take(at)
            start = end

    def render_line(self, y: int) -> Strip:
        """Draw the words, the one that is taken in brackets: colour says nothing alone."""
        base, width = self.rich_style, self.size.width
        if y:
            return Strip.blank(width, base)
        name = "one-of--taken-focused" if self.has_focus else "one-of--taken"
        taken = base + self.get_component_rich_style(name, partial=True)
        segments: list[Segment] = []
        for at, (word, color) in enumerate(zip(self._words, self._colors, strict=True)):
            colored = Style(color=color) if color and not (at == self.chosen and self.has_focus) else Style()
            shown = f"[{word}]" if at == self.chosen else f" {word} "
            segments.append(Segment(shown, (taken if at == self.chosen else base) + colored))
        return Strip(segments).crop_extend(0, width, base)
