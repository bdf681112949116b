"""Pictures for the shell: the views of the terminal program, written as lines of text."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dqmtui.cli.output import put
from dqmtui.cli.themes import chosen_theme
from dqmtui.model.text import shortened
from dqmtui.render.cells import Palette
from dqmtui.render.charset import detect

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.cli.work import Work
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.charset import Charset

HEAD_LINES = 2
PROMPT_LINES = 1
LEAST_HEIGHT = 8


@dataclass(frozen=True, slots=True)
class Pictures:
    """How pictures are drawn, and how large: what they are of stands in two lines above them."""

    work: Work
    theme: Theme
    charset: Charset
    palette: Palette
    width: int | None = None
    height: int | None = None

    @classmethod
    def of(cls, work: Work, width: int | None = None, height: int | None = None) -> Pictures:
        """Take theme, characters and colours from the settings; raises ThemeError, and Stop for no theme.

        `width` and `height` stand in for those of the terminal.
        """
        charset = detect(work.charset)
        if work.terminal.color_level == "none":
            # without colour a map needs other characters, not only other colours
            charset = replace(charset, color=False, half=None)
        return cls(work, chosen_theme(work.settings), charset, Palette(), width, height)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height that are left for the picture."""
        return self.size_without(0)

    def size_without(self, rows: int) -> tuple[int, int]:
        """Width and height that are left when some rows are to stand under the picture."""
        terminal = self.work.terminal
        around = HEAD_LINES + rows + (PROMPT_LINES if terminal.is_terminal and self.height is None else 0)
        height = terminal.height if self.height is None else self.height
        return self._width, max(height - around, LEAST_HEIGHT)

    @property
    def _width(self) -> int:
        return self.work.terminal.width if self.width is None else self.width

    def put(self, head: Sequence[str], picture: CellGrid) -> None:
        """Print a picture under its two lines of head."""
        terminal = self.work.terminal
        lines = [self.charset.text(shortened(line, self._width, ellipsis="...")) for line in head]
        put("\n".join([*lines, picture.to_ansi(terminal.color_level), ""]))
