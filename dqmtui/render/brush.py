"""Theme, characters and palette of a picture, and the pieces that all pictures share."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dqmtui.model.text import fitted
from dqmtui.render.cells import CellGrid, CellStyle

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import Palette
    from dqmtui.render.charset import Charset
    from dqmtui.render.frame import PlotFrame

MARGIN = 12
"""Cells on either side of a sentence, so that it leaves the axis alone."""

_KEPT_FRAMES = 24
_GAP = "   "
_FIRST = 2  # numbers that stand before the notes


@dataclass(frozen=True, slots=True, eq=False)
class Brush:
    """What every part of a picture is drawn with."""

    theme: Theme
    charset: Charset
    palette: Palette

    def style(self, role: str, *, bold: bool = False) -> CellStyle:
        """Give the style of a role on the background."""
        return CellStyle(fg=self.theme.role(role), bg=self.theme.background, bold=bold)

    def canvas(self, width: int, height: int) -> CellGrid:
        """Make an empty picture."""
        return CellGrid.blank(max(width, 0), max(height, 0), self.style("label"), self.palette)

    def centre(self, canvas: CellGrid, text: str) -> None:
        """Write a sentence across the middle of a picture."""
        lines = _wrapped(self.charset.text(text), max(10, canvas.width - 2 * MARGIN))
        top = max(1, (canvas.height - len(lines)) // 2)
        for row, line in enumerate(lines):
            left = (canvas.width - len(line) - 2) // 2
            canvas.put_text(left, top + row, f" {line} ", self.style("title"))

    def has_room(self, canvas: CellGrid, head: str, numbers: Sequence[str]) -> bool:
        """Tell whether a headline has room for all its numbers."""
        line = _GAP.join(map(self.charset.text, numbers))
        return len(line) <= canvas.width - len(self.charset.text(head)) - 5

    def headline(
        self, canvas: CellGrid, head: str, numbers: Sequence[str], notes: Sequence[str] = ()
    ) -> None:
        """Write what is shown, its numbers and notes on the drawing into the first row.

        Where room lacks, the last numbers go first, then the notes; the first number, which says what the
        contents are, is cut but never left out.
        """
        head = self.charset.text(head)
        canvas.put_text(1, 0, head, self.style("current", bold=True))
        room = canvas.width - len(head) - 5
        left, kept = ([self.charset.text(text) for text in texts] for texts in (numbers, notes))
        while len(line := _GAP.join([*left[:_FIRST], *kept, *left[_FIRST:]])) > room and len(left + kept) > 1:
            (left if len(left) > 1 else kept).pop()
        if room > 0:
            line = fitted(line, min(len(line), room), ellipsis=self.charset.ellipsis)
            canvas.put_text(len(head) + 4, 0, line, self.style("label"))


class KeptFrames:
    """Frames by what they were made from, the latest used ones."""

    def __init__(self) -> None:
        self._frames: OrderedDict[tuple[object, ...], PlotFrame] = OrderedDict()

    def get(self, key: tuple[object, ...], make: Callable[[], PlotFrame]) -> PlotFrame:
        """Give the frame of a key, made once."""
        frame = self._frames.get(key)
        if frame is None:
            frame = self._frames[key] = make()
            while len(self._frames) > _KEPT_FRAMES:
                self._frames.popitem(last=False)
        self._frames.move_to_end(key)
        return frame


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append(word)
        else:
            lines[-1] = f"{lines[-1]} {word}".strip()
    return lines
