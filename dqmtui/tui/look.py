"""How everything is drawn: theme, character set, and the styles shared by all pictures."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.theme import Theme as TextualTheme

from dqmtui.render.cells import CellStyle, Palette

if TYPE_CHECKING:
    from dqmtui.model.theme import Glyphs, Theme
    from dqmtui.render.charset import Charset


@dataclass(frozen=True)
class Look:
    """Theme, character set and palette; replaced as a whole when the theme changes."""

    theme: Theme
    charset: Charset
    palette: Palette = field(default_factory=Palette)

    @property
    def glyphs(self) -> Glyphs:
        """The glyphs of the states."""
        return self.charset.glyphs(self.theme)

    def style(self, role: str, *, bold: bool = False) -> CellStyle:
        """Give the style of a role on the background."""
        return CellStyle(fg=self.theme.role(role), bg=self.theme.background, bold=bold)


def textual_theme(theme: Theme) -> TextualTheme:
    """Give Textual's form of a theme."""
    ui = theme.ui
    return TextualTheme(
        name=theme.name,
        primary=ui.primary,
        secondary=ui.secondary,
        accent=ui.accent,
        foreground=ui.foreground,
        background=ui.background,
        surface=ui.surface,
        panel=ui.panel,
        boost=ui.boost,
        success=ui.success,
        warning=ui.warning,
        error=ui.error,
        dark=theme.dark,
        variables=dict(theme.variables),
    )
