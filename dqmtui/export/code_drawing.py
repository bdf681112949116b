"""How written code draws, with matplotlib: in a function that a program calls and an import does not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.export.plots import OVERLAY

if TYPE_CHECKING:
    from dqmtui.export.plots import HistogramShown, TrendFile

_END = [
    "    axes.legend()",
    "    plt.show()",
    "",
    "",
    'if __name__ == "__main__":',
    "    draw()",
]
_BEGIN = [
    "def draw():",
    '    """Draw what was on the screen."""',
    "    import matplotlib.pyplot as plt",
    "",
]


def histogram_drawing(shown: HistogramShown) -> str:
    """Write the function that draws a histogram, its references and the comparison."""
    references = [ascii(one.label) for one in shown.shown]
    has_residual = shown.comparison != OVERLAY and bool(references)
    title = ascii(f"Run {shown.origin.run}, {shown.title}")
    x_name = ascii(shown.options.x_label or shown.element.short_name)
    if shown.current.y is not None:
        return "\n".join(_map_lines(shown, title, references, has_residual=has_residual))
    lines = [*_BEGIN]
    if has_residual:
        rows = "2, sharex=True, height_ratios=(3, 1)"
        lines.append(f"    figure, (axes, below) = plt.subplots({rows}, layout='constrained')")
    else:
        lines.append("    figure, axes = plt.subplots(layout='constrained')")
    lines.append(f"    axes.stairs(values, x_edges, label={shown.title!a}, fill=True, alpha=0.4)")
    if not shown.current.is_ratio:
        lines.append("    middles = (x_edges[:-1] + x_edges[1:]) / 2")
        lines.append("    axes.errorbar(middles, values, errors, fmt='none', linewidth=1)")
    lines += [
        f"    axes.stairs(values_{number}, x_edges, label={label}, linewidth=1.5)"
        for number, label in enumerate(references, 1)
    ]
    lines += _scaling(shown)
    lines.append(f"    axes.set(title={title}, ylabel={shown.options.y_label or shown.current.label!a})")
    last = "axes"
    if has_residual:
        last = "below"
        lines.append("    below.stairs(residual, x_edges, baseline=None)")
        lines.append(f"    below.set_ylabel({shown.comparison!a})")
    lines.append(f"    {last}.set_xlabel({x_name})")
    return "\n".join([*lines, *_END])


def trend_drawing(trend: TrendFile) -> str:
    """Write the function that draws a trend and its band."""
    lines = [*_BEGIN, "    figure, axes = plt.subplots(figsize=(10, 4), layout='constrained')"]
    for number, line in enumerate(trend.lines, 1):
        where = "axes"
        if line.right:
            where = "other"
            lines.append("    other = axes.twinx()")
        style = "'.-'" if number == 1 else f"'.-', color='C{number}'"
        lines.append(f"    {where}.plot(ls_{number}, values_{number}, {style}, label={line.label!a})")
    if trend.band is not None and trend.band.origin is not None:
        lines.append("    axes.axhspan(median - spread, median + spread, alpha=0.2, color='C3')")
        lines.append(f"    axes.axhline(median, color='C3', label={trend.band.label!a})")
    if trend.log:
        lines.append("    axes.set_yscale('log')")
    if trend.zoom is not None:
        lines.append(f"    axes.set_xlim({trend.zoom[0]}, {trend.zoom[1]})")
    lines.append(f"    axes.set(xlabel='LS', ylabel={trend.label!a}, title='Run {trend.origin.run}')")
    return "\n".join([*lines, *_END])


def _map_lines(shown: HistogramShown, title: str, references: list[str], *, has_residual: bool) -> list[str]:
    what, colours = ("residual", ", cmap='RdBu_r'") if has_residual else ("values", "")
    log = ", norm='log'" if shown.options.log_y and not has_residual else ""
    label = f"{shown.comparison} to {shown.shown[0].label}" if has_residual else shown.current.label
    lines = [
        *_BEGIN,
        "    figure, axes = plt.subplots(layout='constrained')",
        f"    cells = axes.pcolormesh(x_edges, y_edges, {what}{log}{colours})",
        f"    figure.colorbar(cells, label={label!a})",
        f"    axes.set(title={title}, xlabel={shown.options.x_label or ''!a})",
    ]
    if references and not has_residual:
        lines.append("    # values_1 and so on are the references, which stand beside a map, not over it")
    return [*lines, *_END[1:]]


def _scaling(shown: HistogramShown) -> list[str]:
    options = shown.options
    lines = []
    if options.log_x:
        lines.append("    axes.set_xscale('log')")
    if options.log_y:
        lines.append("    axes.set_yscale('log')")
    if options.x_range is not None:
        lines.append(f"    axes.set_xlim({options.x_range[0]!r}, {options.x_range[1]!r})")
    if options.y_range is not None:
        lines.append(f"    axes.set_ylim({options.y_range[0]!r}, {options.y_range[1]!r})")
    return lines
