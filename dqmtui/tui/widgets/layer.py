"""What is shown over the panes and hidden again, without a screen of its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from textual.binding import Binding
from textual.containers import ScrollableContainer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.css.scalar import Scalar

    from dqmtui.tui.look import Look

LINES_BELOW = 2
"""Lines at the bottom of the screen: what is said, and the keys."""

_AROUND_KEYS = 6
"""Cells of a border that are not for the keys on it."""


def keys_within(keys: str, room: int) -> str:
    """Leave out of keys, parted by several spaces, what has no room; the last, which closes, goes last."""
    parts = re.split(r"( {2,})", keys)
    while len(parts) > 1 and sum(map(len, parts)) > room:
        del parts[-3:-1]
    return "".join(parts)


class Layer(ScrollableContainer, can_focus=False):
    """A container over the panes that is hidden until somebody opens it.

    `stays`: a click beside it does not close it. `leaves_lines`: however low the screen is, the lines at its
    bottom are seen under it.
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
    leaves_lines = False
    enter_does = ""
    """What enter does in the line that is typed into, in a word or two; "" where there is none."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self.display = False
        self._keys = ""

    def on_mount(self) -> None:
        """Fit into the screen."""
        self.fit()

    def fit(self) -> None:
        """Keep within the screen as large as it is now."""
        if self.leaves_lines:
            self.styles.max_height = self.most_lines()
        self._fit_keys()

    def most_lines(self) -> int:
        """Count the lines that it may have with its border, as its style and the lines below it allow."""
        height = self.app.size.height
        most = height - LINES_BELOW - self._cells(self.styles.offset.y)
        wanted = self.styles.base.max_height
        return max(1, most if wanted is None else min(most, self._cells(wanted)))

    def say_keys(self, keys: str) -> None:
        """Write on the border what keys do, parted by several spaces, the one that closes last."""
        self._keys = keys
        self._fit_keys()

    def _fit_keys(self) -> None:
        if self._keys:
            wide, most = self.styles.width, self.styles.max_width
            room = min(self._cells(one) for one in (wide, most) if one is not None)
            self.border_subtitle = keys_within(self._keys, room - _AROUND_KEYS)

    def _cells(self, length: Scalar) -> int:
        return int(length.resolve(self.app.size, self.app.size))

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
