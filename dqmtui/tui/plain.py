"""What the terminal lacks is taken out of every line that is drawn: characters beyond ASCII, and colours."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter, Monochrome, NoColor

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.color import Color

_DEFAULT = Style.from_color(RichColor.default(), RichColor.default())


class PlainText(LineFilter):
    """Lets no character over 127 through: a net under the texts and signs that are made in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's
        """Write every character as one of ASCII, as wide as it was."""
        from dqmtui.render.charset import plain_cells  # noqa: PLC0415 - NumPy's modules, after the first frame

        return [
            segment if segment.text.isascii() else Segment(plain_cells(segment.text), *segment[1:])
            for segment in segments
        ]


class NoColors(LineFilter):
    """Takes the colours away, and leaves bold, underlined and reversed as they are.

    Textual's own filter would write shades of grey, which are colours to a terminal.
    """

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - Textual's
        """Draw everything in the terminal's own two colours."""
        return [
            Segment(text, None if style is None else _uncolored(style), control)
            for text, style, control in segments
        ]


@lru_cache(4096)
def _uncolored(style: Style) -> Style:
    return style + _DEFAULT


_PLAIN_TEXT, _NO_COLORS = PlainText(), NoColors()


def what_is_lacking(
    filters: Sequence[LineFilter], *, has_colors: bool, is_ascii: bool
) -> Sequence[LineFilter]:
    """Give Textual's filters with those that a terminal needs; only these take colours away."""
    own: list[LineFilter] = [] if has_colors else [_NO_COLORS]
    if is_ascii:
        own.append(_PLAIN_TEXT)
    return [*(one for one in filters if not isinstance(one, Monochrome | NoColor)), *own]
