"""How everything is drawn: theme, character set, styles shared by all pictures, and names of keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dqmtui.model.keymap import Keymap

if TYPE_CHECKING:
    from dqmtui.model.theme import Glyphs, Theme
    from dqmtui.render.cells import CellStyle, Palette
    from dqmtui.render.charset import Charset


def _palette() -> Palette:
    from dqmtui.render.cells import Palette  # noqa: PLC0415 - the first frame does without NumPy

    return Palette()


@dataclass(frozen=True)
class Look:
    """Theme, character set, palette and keymap; replaced as a whole when the theme changes."""

    theme: Theme
    charset: Charset
    palette: Palette = field(default_factory=_palette)
    keymap: Keymap = field(default=Keymap(), compare=False)

    @property
    def glyphs(self) -> Glyphs:
        """The glyphs of the states."""
        return self.charset.glyphs(self.theme)

    def key(self, action_id: str) -> str:
        """Give the first key of an action as it is now and stands on screen, else what to type: `:login`."""
        return self.keymap.shown(action_id, ascii_only=self.charset.name == "ascii")

    def style(self, role: str, *, bold: bool = False) -> CellStyle:
        """Give the style of a role on the background."""
        from dqmtui.render.cells import CellStyle  # noqa: PLC0415 - as above

        return CellStyle(fg=self.theme.role(role), bg=self.theme.background, bold=bold)
