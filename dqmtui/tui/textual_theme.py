"""A theme as Textual knows it; apart from `Look`, which brings all actions: the first frame has none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.theme import Theme as TextualTheme

if TYPE_CHECKING:
    from dqmtui.model.theme import Theme


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
