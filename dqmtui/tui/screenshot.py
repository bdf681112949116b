"""The screen as it stands, as SVG, as text, and as text with the colours of the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import COLOR_SYSTEMS
from rich.segment import Segment
from rich.style import Style
from rich.terminal_theme import DEFAULT_TERMINAL_THEME, TerminalTheme

from dqmtui.model.secrets import without_secrets
from dqmtui.render.colors import rgb
from dqmtui.tui.svg import svg_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.app import App

    from dqmtui.model.theme import Theme

    Lines = Sequence[Sequence[Segment]]

KINDS = (".svg", ".txt", ".ans")
"""What a screenshot may be: a picture, text, or text with escape sequences for its colours."""


def lines_of(app: App[None]) -> Lines:
    """Take what stands on the screen; a line in which anything looks like a secret is written without it."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001 - there is no other way
    return [_harmless(list(strip)) for strip in strips]


def _harmless(segments: list[Segment]) -> list[Segment]:
    text = "".join(segment.text for segment in segments if not segment.control)
    shown = without_secrets(text)
    if shown == text:
        return [Segment(_printable(part), style) for part, style, control in segments if not control]
    return [Segment(_printable(shown[: len(text)].ljust(len(text))), segments[0].style)]


def _printable(text: str) -> str:
    return text if text.isprintable() else "".join(char if char.isprintable() else "?" for char in text)


def picture(lines: Lines, kind: str, theme: Theme, title: str, color_system: str | None) -> str:
    """Write lines as one of `KINDS`; `color_system` is Rich's name of the terminal's colours, if any."""
    match kind:
        case ".svg":
            columns = max((Segment.get_line_length(list(line)) for line in lines), default=0)
            return svg_of(lines, columns, terminal_theme(theme), title)
        case ".txt":
            return _joined("".join(segment.text for segment in line).rstrip() for line in lines)
        case ".ans":
            system = None if color_system is None else COLOR_SYSTEMS[color_system]
            return _joined(
                "".join(_bare(segment.style).render(segment.text, color_system=system) for segment in line)
                for line in lines
            )
        case _:
            raise ValueError(f"no screenshot is written as {kind!r}")


def _joined(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _bare(style: Style | None) -> Style:
    """Give a style without what only means something in the program: links and clicks."""
    return Style.null() if style is None else style.clear_meta_and_links()


def terminal_theme(theme: Theme) -> TerminalTheme:
    """Give the colours for what a style leaves open."""
    ansi = DEFAULT_TERMINAL_THEME.ansi_colors
    normal, bright = ([(*ansi[number],) for number in part] for part in (range(8), range(8, 16)))
    return TerminalTheme(rgb(theme.background), rgb(theme.ui.foreground), normal, bright)
