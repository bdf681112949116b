"""What is shown over the panes and hidden again, without a screen of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import ScrollableContainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmtui.tui.look import Look


class Layer(ScrollableContainer, can_focus=False):
    """A container over the panes that is hidden until somebody opens it.

    `stays`: a click beside it does not close it.
    """

    DEFAULT_CSS = """
    Layer {
        layer: overlay;
        overflow: hidden;
        background: $panel;
        scrollbar-size-vertical: 1;
    }
    """

    stays = False
    enter_does = ""
    """What enter does in the line that is typed into, in a word or two; "" where there is none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.display = False

    @property
    def is_open(self) -> bool:
        """Whether it is on screen."""
        return bool(self.display)

    @classmethod
    def own_bindings(cls) -> Iterator[Binding]:
        """Go through what keys do here and not in every widget that scrolls, the most general first."""
        for kind in reversed(cls.__mro__[: cls.__mro__.index(Layer)]):
            yield from Binding.make_bindings(vars(kind).get("BINDINGS", ()))

    def change_look(self, look: Look) -> None:
        """Draw what is open in another theme; what Textual colours alone follows by itself."""

    def hide(self) -> None:
        """Take it off the screen and tell nobody."""
        self.display = False
