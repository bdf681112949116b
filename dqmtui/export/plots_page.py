"""A page of plots for a browser: one file without scripts, that needs nothing else and no network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.export.svg import text_of
from dqmtui.export.svg_frame import PLOT_CSS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_CSS = """
:root{color-scheme:light dark}
body{margin:1.5rem auto;max-width:120rem;padding:0 1rem;font:16px system-ui,sans-serif}
h1{font-size:1.4rem}h2{font-size:1.05rem;overflow-wrap:anywhere;margin:2rem 0 .5rem}
.plots{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,34rem),1fr));gap:1rem}
figure{margin:0}svg{width:100%;height:auto}p{color:GrayText}
"""


_ALLOWED = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def plots_page(title: str, said: str, sections: Iterable[tuple[str, Sequence[str]]]) -> str:
    """Write HTML with a heading for each section and its pictures, SVG that is not alone, side by side."""
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        # names come from servers: whatever they hold, nothing here runs or is fetched
        f'<meta http-equiv="Content-Security-Policy" content="{_ALLOWED}">',
        f"<title>{text_of(title)}</title><style>{_CSS}{PLOT_CSS}</style></head><body>",
        f"<h1>{text_of(title)}</h1><p>{text_of(said)}</p>",
    ]
    for name, pictures in sections:
        figures = "".join(f"<figure>{picture}</figure>" for picture in pictures)
        parts.append(f'<h2>{text_of(name)}</h2><div class="plots">{figures}</div>')
    return "\n".join([*parts, "</body></html>", ""])
