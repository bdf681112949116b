"""The plots of a page in a figure of a size, as a fig_config of DQMExplore asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.export.svg import text_of
from dqmtui.export.svg_histogram import histogram_svg

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.export.plots import HistogramShown
    from dqmtui.model.dqmexplore import Figure
    from dqmtui.model.keys import MonitoringElement

_TITLE = 20.0
"""Pixels of the title above a plot; one of a low figure has less."""


def title_of(element: MonitoringElement, figure: Figure) -> str:
    """Give the title of a plot: the last part of the name, or the name where the figure wants it whole."""
    return element.me if figure.short_titles is False else element.short_name


def head_html(element: MonitoringElement, figure: Figure, words: str = "") -> str:
    """Write what stands above a plot: its title, `words` that tell it from others of the same element.

    The whole name stands under a title, unless that has it or only short ones are wanted.
    """
    whole = f"<code>{text_of(element.me)}</code>" if figure.short_titles is None else ""
    more = f", {words}" if words else ""
    return f"<h3>{text_of(title_of(element, figure) + more)}</h3>{whole}"


def plot_svg(shown: HistogramShown, figure: Figure, name: str) -> str:
    """Draw a plot that stands as the page has room."""
    return histogram_svg(shown, name=name, colour_bar=figure.show_colorbar is not False)


def figure_html(plots: Sequence[tuple[HistogramShown, str]], figure: Figure, name: str) -> str:
    """Draw plots, each with what tells it from others of the same element, in a figure of their own.

    `name` is that of the figure in the page. Raises LayoutKeyError where the spaces leave no room.
    """
    if not plots:
        return ""
    grid = figure.grid(len(plots))
    title = min(_TITLE, grid.plot_height / 2)
    size = (grid.plot_width, grid.plot_height - title)
    cells = []
    for at, (shown, words) in enumerate(plots):
        said = text_of(title_of(shown.element, figure) + (f", {words}" if words else ""))
        svg = histogram_svg(
            shown, name=f"{name}p{at}", size=size, colour_bar=figure.show_colorbar is not False
        )
        whole = text_of(shown.element.me)
        cells.append(f'<figure><figcaption title="{whole}">{said}</figcaption>{svg}</figure>')
    style = (
        f"grid-template-columns:repeat({grid.columns},{_px(grid.plot_width)});"
        f"grid-template-rows:repeat({grid.rows},{_px(grid.plot_height)});"
        f"gap:{_px(grid.vspace)} {_px(grid.hspace)};--title:{_px(title)}"
    )
    inside = f'<div class="figure" id="{name}" style="{style}">{"".join(cells)}</div>'
    return f'<div class="card wide">{inside}</div>'


def _px(pixels: float) -> str:
    return f"{round(pixels, 2):.10g}px"
