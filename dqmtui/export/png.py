"""PNG pictures of histograms and trends, drawn by matplotlib where it is installed (the extra `png`)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np

from dqmtui.export.files import ExportError

if TYPE_CHECKING:
    from dqmtui.export.plots import HistogramShown, TrendFile

DOTS_PER_INCH = 150
_SIZE, _WIDE = (8.0, 5.0), (11.0, 4.5)

NO_MATPLOTLIB = (
    "A PNG is drawn by matplotlib, which is not installed here: pip install 'dqmtui[png]', or take an SVG."
)


class NoPngError(ExportError):
    """A picture cannot be drawn; the text says what to do."""


def histogram_png(shown: HistogramShown) -> bytes:
    """Draw a histogram with its references; raises NoPngError."""
    if shown.current.x is None:
        raise NoPngError(f"There is nothing to be drawn: {shown.current.masked}.")
    residual = shown.residual()
    is_map = shown.current.y is not None
    rows = 2 if residual is not None and not is_map else 1
    figure = _figure(_SIZE)
    axes = figure.subplots(rows, sharex=True, height_ratios=(3, 1)[:rows], squeeze=False)[:, 0]
    axes[0].set_title(_plain(f"Run {shown.origin.run}, {shown.title}"), loc="left")
    if is_map:
        _draw_map(figure, axes[0], shown)
    else:
        _draw_curve(axes, shown)
    axes[-1].set_xlabel(_plain(shown.options.x_label or shown.element.me))
    return _written(figure)


def trend_png(trend: TrendFile) -> bytes:
    """Draw a trend with the band of its reference; raises NoPngError."""
    figure = _figure(_WIDE)
    axes = figure.subplots()
    trend = trend.as_drawn()
    band = trend.band
    if band is not None and np.isfinite(band.median):
        low, high = band.median - band.spread, band.median + band.spread
        axes.axhspan(low, high, color="C3", alpha=0.2)
        axes.axhline(band.median, color="C3", label=_plain(band.label))
    for number, line in enumerate(trend.zoomed().lines):
        here = axes.twinx() if line.right else axes
        here.errorbar(
            line.ls,
            line.values,
            line.errors,
            fmt=".-",
            color=f"C{number}",
            linewidth=1,
            markersize=3,
            label=_plain(line.label),
        )
    if trend.log:
        axes.set_yscale("log")
    axes.set(xlabel="LS", ylabel=_plain(trend.label))
    axes.set_title(f"Run {trend.origin.run}", loc="left")
    axes.legend()
    return _written(figure)


def _figure(size: tuple[float, float]) -> Any:
    try:
        from matplotlib.figure import Figure  # noqa: PLC0415 - an extra, and 200 ms
    except ImportError as error:
        raise NoPngError(NO_MATPLOTLIB) from error
    # without pyplot: no state that is shared, so a thread may draw, and no window system is looked for
    return Figure(figsize=size, layout="constrained")


def _written(figure: Any) -> bytes:
    out = io.BytesIO()
    figure.savefig(out, format="png", dpi=DOTS_PER_INCH)
    return out.getvalue()


def _draw_curve(axes: Any, shown: HistogramShown) -> None:
    current, options = shown.current, shown.options
    edges = np.zeros(0) if current.x is None else current.x.edges
    axes[0].stairs(shown.values, edges, fill=True, alpha=0.35, color="C0")
    axes[0].stairs(shown.values, edges, color="C0", label=_plain(shown.title))
    if not current.is_ratio and not current.masked:
        axes[0].errorbar((edges[:-1] + edges[1:]) / 2, shown.values, current.errors, fmt="none", color="C0")
    for number, one in enumerate(shown.shown, 1):
        if one.overlay is not None:
            axes[0].stairs(one.overlay.reference.values, edges, color=f"C{number}", label=_plain(one.label))
    if options.log_y:
        axes[0].set_yscale("log")
    if options.log_x:
        axes[0].set_xscale("log")
    if options.x_range is not None:
        axes[0].set_xlim(*options.x_range)
    if options.y_range is not None:
        axes[0].set_ylim(*options.y_range)
    axes[0].margins(x=0)
    axes[0].set_ylabel(_plain(options.y_label or current.label))
    axes[0].legend()
    residual = shown.residual()
    if residual is not None:
        axes[-1].stairs(residual[0], edges, baseline=None, color="C0")
        axes[-1].set_ylabel(shown.comparison)


def _draw_map(figure: Any, axes: Any, shown: HistogramShown) -> None:
    current, residual = shown.current, shown.residual()
    if current.x is None or current.y is None:
        return
    values, label = (shown.values, current.label) if residual is None else (residual[0], shown.comparison)
    scale = "log" if shown.options.log_y and residual is None and np.any(values > 0) else "linear"
    colours = "viridis" if residual is None else "RdBu_r"
    cells = axes.pcolormesh(current.x.edges, current.y.edges, values, norm=scale, cmap=colours)
    figure.colorbar(cells, label=_plain(label))


def _plain(text: str) -> str:
    """Let matplotlib write a text as it is: a dollar begins a formula, and a leading _ hides a label."""
    return " " + text.replace("$", r"\$") if text.startswith("_") else text.replace("$", r"\$")
