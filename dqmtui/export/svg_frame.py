"""The frame of a plot in SVG: axes with ticks, names, title and legend, and how all of it is coloured."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from dqmtui.export.svg import text_of
from dqmtui.model.text import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmtui.export.svg import Scale

WIDTH, HEIGHT = 1000, 560
LEFT, RIGHT, TOP, BOTTOM = 132, 28, 60, 92
"""The room of a plot and of what stands around it, in units of half a pixel at the usual size."""

X_TICKS, Y_TICKS = 6, 5
_PER_X_TICK, _PER_Y_TICK = 100, 37
"""Units of an axis that a tick needs at least."""

_LEGEND_CHARACTERS = 46
LEGEND_ROW = 30
_TITLE_CHARACTERS = 66
_CHARACTER = 11
"""Units that a character takes."""

_LEAST = (600, 340)
_MOST = 100_000
"""Units of a picture of a given size: one with less room is drawn smaller as a whole, its words too."""
_DASHES = ("", "16 8", "4 8", "24 8 4 8", "10 10", "2 6")
"""Dashes of references in turn: colour alone tells nobody which is which."""

PLOT_CSS = """
.p{--ink:#1b1f24;--soft:#59636e;--grid:#d8dee4;--paper:#fff;--cur:#0a58ca;--fill:#9ec5fe;--bad:#b3261e;
--good:#2f7d32;--unknown:#c77700;--none:#c9d1d9;--r0:#c2410c;--r1:#7c3aed;--r2:#0f766e;--r3:#9d174d;
--r4:#4d7c0f;--r5:#57534e;font:22px system-ui,sans-serif;fill:var(--ink)}
@media(prefers-color-scheme:dark){.p{--ink:#e6edf3;--soft:#9da7b3;--grid:#30363d;--paper:#0d1117;--cur:#79c0ff;
--fill:#1f4b80;--bad:#ff7b72;--good:#56d364;--unknown:#e3b341;--none:#484f58;--r0:#ffa657;--r1:#d2a8ff;
--r2:#56d4c4;--r3:#ff9bce;--r4:#a5d65a;--r5:#c9c4bd}}
@media print{.p{--ink:#000;--soft:#333;--grid:#ccc;--paper:#fff;--cur:#0a58ca;--fill:#9ec5fe;--bad:#b3261e;
--good:#2f7d32;--unknown:#c77700;--none:#c9d1d9;--r0:#c2410c;--r1:#7c3aed;--r2:#0f766e;--r3:#9d174d;
--r4:#4d7c0f;--r5:#57534e}}
.p .s{fill:var(--soft)}.p .m{text-anchor:middle}.p .e{text-anchor:end}.p .h{font-weight:600}
.p .g{stroke:var(--grid);fill:none}.p .f{stroke:var(--soft);stroke-width:2;fill:none}
.p .c{fill:var(--fill)}.p .l,.p .b{stroke:var(--cur);fill:none;stroke-width:3}.p .b{stroke-width:2}
.p .d{stroke-linecap:round;stroke-linejoin:round}
.p .r0,.p .r1,.p .r2,.p .r3,.p .r4,.p .r5{fill:none;stroke-width:3}
.p .r0{stroke:var(--r0)}.p .r1{stroke:var(--r1)}.p .r2{stroke:var(--r2)}.p .r3{stroke:var(--r3)}
.p .r4{stroke:var(--r4)}.p .r5{stroke:var(--r5)}
.p .band{fill:var(--r0);opacity:.18}.p .bad{fill:var(--bad)}.p .good{fill:var(--good)}
.p .unknown{fill:var(--unknown)}.p .none{fill:var(--none)}.p image{image-rendering:pixelated}
"""
"""Colours of plots by what they mean, for light and dark pages and for paper."""


@dataclass(slots=True)
class Drawing:
    """An SVG that is being drawn: its parts in order, over `width` x `height` units.

    `title` and `said` are read out where nobody sees it; with a `name` the names of its parts are its own.
    """

    title: str
    said: str
    width: int = WIDTH
    height: int = HEIGHT
    name: str = ""
    parts: list[str] = field(default_factory=list)

    def add(self, *parts: str) -> None:
        """Draw over what is there."""
        self.parts += parts

    def path(self, kind: str, data: str, more: str = "") -> None:
        """Draw a path of a kind, nothing where it has no point."""
        if data:
            self.parts.append(f'<path class="{kind}" d="{data}"{more}/>')

    def text(self, x: int, y: int, words: str, kind: str = "", more: str = "") -> None:
        """Write words, which may be anybody's."""
        named = f' class="{kind}"' if kind else ""
        self.parts.append(f'<text x="{x}" y="{y}"{named}{more}>{text_of(words)}</text>')

    def svg(self, *, alone: bool = False) -> str:
        """Give the SVG, with its colours and the declaration of a file of its own if it stands `alone`."""
        head = ""
        size = f'viewBox="0 0 {self.width} {self.height}"'
        if alone:
            size = (
                f'xmlns="http://www.w3.org/2000/svg" {size} width="{self.width // 2}" '
                f'height="{self.height // 2}"'
            )
            ground = f'<rect width="{self.width}" height="{self.height}" style="fill:var(--paper)"/>'
            head = f"<style>{PLOT_CSS}</style>{ground}"
        return (
            f'<svg class="p" role="img" {size}><title>{text_of(self.title)}</title>'
            f"<desc>{text_of(self.said)}</desc>{head}{''.join(self.parts)}</svg>"
        )


def units_of(size: tuple[float, float], more: int) -> tuple[int, int]:
    """Give width and height, in units, of a picture of `size` pixels.

    `more` is the height that it needs besides one pair of axes. A pixel is two units where there is room.
    """
    width, height = size
    per_pixel = max(2.0, _LEAST[0] / width, (_LEAST[1] + more) / height)
    return min(round(width * per_pixel), _MOST), min(round(height * per_pixel), _MOST)


def draw_frame(
    drawing: Drawing,
    x: Scale,
    y: Scale,
    *,
    x_name: str = "",
    y_name: str = "",
    title: str = "",
    has_x: bool = True,
) -> None:
    """Draw axes with their ticks, a light grid and the names; without `has_x` nothing under the x axis."""
    left, right, bottom, top = x.start, x.end, y.start, y.end
    x_ticks = x.ticks(max(2, min(X_TICKS, (right - left) // _PER_X_TICK)))
    y_ticks = y.ticks(max(2, min(Y_TICKS, (bottom - top) // _PER_Y_TICK)))
    most = min(_TITLE_CHARACTERS, (drawing.width - LEFT - RIGHT) // _CHARACTER)
    grid = "".join(f"M{left} {at}H{right}" for at, _ in y_ticks)
    drawing.path("g", grid + "".join(f"M{at} {bottom}V{top}" for at, _ in x_ticks))
    drawing.path("f", f"M{left} {top}V{bottom}H{right}")
    for at, label in y_ticks:
        drawing.text(left - 10, at + 8, label, "s e")
    for at, label in x_ticks if has_x else ():
        drawing.text(at, bottom + 30, label, "s m")
    if x_name and has_x:
        drawing.text(right, bottom + 66, shortened(x_name, most), "e")
    if y_name:
        place = f' transform="rotate(-90 26 {top})"'
        drawing.text(26, top, shortened(y_name, (bottom - top) // 10), "e", place)
    if title:
        drawing.text(left, TOP - 22, shortened(title, most), "h")


def top_under(entries: Sequence[tuple[str, str, str]], *, beside: int = 1) -> int:
    """Give where axes begin under the title and a legend, of which `beside` rows stand beside the title."""
    return TOP + LEGEND_ROW * max(len(entries) - beside, 0)


def draw_legend(
    drawing: Drawing, x: Scale, entries: Sequence[tuple[str, str, str]], *, beside: int = 1
) -> None:
    """Name what is drawn, right-aligned above the axes: kind, dashes and words of each."""
    most = min(_LEGEND_CHARACTERS, (x.end - x.start - 76) // _CHARACTER)
    for number, (kind, dashes, words) in enumerate(entries, 1 - beside):
        at = TOP - 22 + LEGEND_ROW * number
        drawing.text(x.end - 76, at, shortened(words, most), "e")
        drawing.path(kind, f"M{x.end - 64} {at - 7}h52", dashes)


def dashes_of(number: int) -> str:
    """Give the attribute with the dashes of a reference."""
    dashes = _DASHES[number % len(_DASHES)]
    return f' stroke-dasharray="{dashes}"' if dashes else ""


def in_words(parts: Iterable[str]) -> str:
    """Put sentences together."""
    return ". ".join(part for part in parts if part)
