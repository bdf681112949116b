"""The screen as an SVG that needs nothing else: blocks and frames are shapes, so that no font leaves gaps."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from rich.cells import cell_len
from rich.color import blend_rgb
from rich.color_triplet import ColorTriplet
from rich.style import Style

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from rich.segment import Segment
    from rich.terminal_theme import TerminalTheme

WIDTH, HEIGHT = 10, 20
"""Size of a cell in the units of the picture."""

_FONT_SIZE = 16.6
"""The letters of the fonts below are as wide as a cell then."""
_BASELINE = 15
_MARGIN = 10
_FONTS = 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, "Liberation Mono", monospace'
_DIM = 0.5
_LINE, _HEAVY = 1.4, 3.0

Box = tuple[float, float, float, float]
"""Left, top, width and height of a rectangle, within a cell or on the whole picture."""


@dataclass(slots=True)
class _Layer:
    """Rectangles by what they are filled with; those that touch in a line or as a column are one."""

    boxes: defaultdict[tuple[str, float], list[Box]] = field(default_factory=lambda: defaultdict(list))

    def put(self, box: Box, fill: str, opacity: float = 1) -> None:
        boxes = self.boxes[fill, opacity]
        if boxes:
            left, top, width, height = boxes[-1]
            if (top, height) == (box[1], box[3]) and abs(left + width - box[0]) < 1e-6:  # noqa: PLR2004 - rounding
                boxes[-1] = (left, top, width + box[2], height)
                return
        boxes.append(box)

    def paths(self) -> Iterator[str]:
        for (fill, opacity), boxes in self.boxes.items():
            see_through = "" if opacity == 1 else f' fill-opacity="{opacity}"'
            path = "".join(f"M{_n(x)} {_n(y)}h{_n(w)}v{_n(h)}h{_n(-w)}z" for x, y, w, h in _columns(boxes))
            yield f'<path fill="{fill}"{see_through} d="{path}"/>'


def _columns(boxes: Iterable[Box]) -> Iterable[Box]:
    """Make one of rectangles that stand right under each other and are as wide."""
    found: list[Box] = []
    ends: dict[tuple[float, float, float], int] = {}
    for left, top, width, height in boxes:
        at = ends.pop((left, width, round(top, 3)), None)
        if at is None:
            at = len(found)
            found.append((left, top, width, height))
        else:
            found[at] = (left, found[at][1], width, top + height - found[at][1])
        ends[left, width, round(top + height, 3)] = at
    return found


def svg_of(lines: Sequence[Iterable[Segment]], columns: int, theme: TerminalTheme, title: str) -> str:
    """Draw lines of a screen of so many columns; `theme` has the colours that a style leaves open."""
    page, grounds, blocks = _hex(theme.background_color), _Layer(), _Layer()
    texts: defaultdict[str, list[str]] = defaultdict(list)
    for row, line in enumerate(lines):
        column = 0
        for segment in line:
            if segment.control:
                continue
            width = cell_len(segment.text)
            look = _look(segment.style or Style.null(), theme)
            x, y = _MARGIN + column * WIDTH, _MARGIN + row * HEIGHT
            if look.ground != page:
                grounds.put((x, y, width * WIDTH, HEIGHT), look.ground)
            for at, piece in _pieces(segment.text):
                if (shape := _shapes().get(piece)) is not None:
                    for left, top, across, down in shape.boxes:
                        box = (x + at * WIDTH + left, y + top, across, down)
                        blocks.put(box, look.ink, shape.opacity)
                else:
                    texts[look.attributes].append(_text(piece, x + at * WIDTH, y))
            column += width
    size = (2 * _MARGIN + columns * WIDTH, 2 * _MARGIN + len(lines) * HEIGHT)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]} {size[1]}" '
        f'width="{size[0]}" height="{size[1]}" font-size="{_FONT_SIZE}" font-family={quoteattr(_FONTS)} '
        'xml:space="preserve">'
    )
    return "\n".join(
        [
            head,
            f"<title>{escape(_plain(title))}</title>",
            f'<rect width="100%" height="100%" fill="{page}"/>',
            '<g shape-rendering="crispEdges">',
            *grounds.paths(),
            *blocks.paths(),
            "</g>",
            *(line for look, some in texts.items() for line in (f"<g{look}>", *some, "</g>")),
            "</svg>\n",
        ]
    )


@dataclass(frozen=True, slots=True)
class _Look:
    ink: str
    ground: str
    attributes: str


@lru_cache(4096)
def _look(style: Style, theme: TerminalTheme) -> _Look:
    ink = theme.foreground_color if style.color is None else style.color.get_truecolor(theme)
    ground = (
        theme.background_color
        if style.bgcolor is None
        else style.bgcolor.get_truecolor(theme, foreground=False)
    )
    if style.reverse:
        ink, ground = ground, ink
    if style.dim:
        ink = blend_rgb(ink, ground, _DIM)
    decorations = [
        name for name, is_on in (("underline", style.underline), ("line-through", style.strike)) if is_on
    ]
    attributes = f' fill="{_hex(ink)}"'
    attributes += ' font-weight="bold"' if style.bold else ""
    attributes += ' font-style="italic"' if style.italic else ""
    attributes += f' text-decoration="{" ".join(decorations)}"' if decorations else ""
    return _Look(_hex(ink), _hex(ground), attributes)


def _hex(color: ColorTriplet) -> str:
    return ColorTriplet(*color).hex


def _n(number: float) -> str:
    return f"{number:.4g}" if abs(number) < 1000 else f"{number:.6g}"  # noqa: PLR2004 - a tenth of a unit


def _text(text: str, x: float, y: float) -> str:
    width = cell_len(text) * WIDTH
    return f'<text x="{_n(x)}" y="{_n(y + _BASELINE)}" textLength="{width}">{escape(text)}</text>'


def _plain(text: str) -> str:
    """Leave out what no XML may hold."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Cut a text into shapes, a character each, and texts without spaces around them; with their columns."""
    column, begun, piece = 0, 0, ""
    for char in _plain(text):
        width = cell_len(char)
        if char in _shapes() or (char == " " and piece.endswith(" ")) or (char == " " and not piece):
            if piece.strip():
                yield begun, piece.rstrip()
            piece = ""
            if char != " ":
                yield column, char
        else:
            begun = begun if piece else column
            piece += char
        column += width
    if piece.strip():
        yield begun, piece.rstrip()


# -- characters that are shapes -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shape:
    boxes: tuple[Box, ...]
    opacity: float = 1


def _eighths(left: int, top: int, right: int, bottom: int) -> Box:
    """Give the part of a cell between eighths of its width and height."""
    return left * WIDTH / 8, top * HEIGHT / 8, (right - left) * WIDTH / 8, (bottom - top) * HEIGHT / 8


_WHOLE = _eighths(0, 0, 8, 8)
_QUARTERS = {
    "a": _eighths(0, 0, 4, 4),
    "b": _eighths(4, 0, 8, 4),
    "c": _eighths(0, 4, 4, 8),
    "d": _eighths(4, 4, 8, 8),
}
_QUADRANTS = {
    "▖": "c", "▗": "d", "▘": "a", "▙": "acd", "▚": "ad", "▛": "abc", "▜": "abd", "▝": "b", "▞": "bc",
    "▟": "bcd",
}  # fmt: skip
_SHADES = {"░": 0.25, "▒": 0.5, "▓": 0.75}
# where the lines of a frame go: up, down, left, right
_LINES = {
    "─": "lr", "│": "ud", "┌": "dr", "┐": "dl", "└": "ur", "┘": "ul", "├": "udr", "┤": "udl", "┬": "dlr",
    "┴": "ulr", "┼": "udlr", "╭": "dr", "╮": "dl", "╰": "ur", "╯": "ul", "╴": "l", "╵": "u", "╶": "r",
    "╷": "d",
}  # fmt: skip
_HEAVY_LINES = {
    "━": "lr", "┃": "ud", "┏": "dr", "┓": "dl", "┗": "ur", "┛": "ul", "┣": "udr", "┫": "udl", "┳": "dlr",
    "┻": "ulr", "╋": "udlr",
}  # fmt: skip
_DASHED = "┄┈╌"
# column and row of the dots of a Braille character, in the order of its bits
_DOTS = ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2), (0, 3), (1, 3))
_DOT = 2.6


@lru_cache(1)
def _shapes() -> Mapping[str, _Shape]:
    """Give the shapes of all characters that have one."""
    shapes = {char: _Shape((_WHOLE,), opacity) for char, opacity in _SHADES.items()}
    blocks = {chr(0x2580 + n): _eighths(0, 8 - n, 8, 8) for n in range(1, 9)}
    blocks |= {chr(0x2590 - n): _eighths(0, 0, n, 8) for n in range(1, 8)}
    blocks |= {"▀": _eighths(0, 0, 8, 4), "▐": _eighths(4, 0, 8, 8)}
    blocks |= {"▔": _eighths(0, 0, 8, 1), "▕": _eighths(7, 0, 8, 8)}
    shapes |= {char: _Shape((box,)) for char, box in blocks.items()}
    shapes |= {char: _Shape(tuple(_QUARTERS[one] for one in parts)) for char, parts in _QUADRANTS.items()}
    shapes |= {char: _Shape(_arms(directions, _LINE)) for char, directions in _LINES.items()}
    shapes |= {char: _Shape(_arms(directions, _HEAVY)) for char, directions in _HEAVY_LINES.items()}
    dashes = tuple((left, (HEIGHT - _LINE) / 2, WIDTH / 4, _LINE) for left in (WIDTH / 8, WIDTH * 5 / 8))
    shapes |= dict.fromkeys(_DASHED, _Shape(dashes))
    for bits in range(1, 256):
        dots = (_dot(*place) for bit, place in enumerate(_DOTS) if bits >> bit & 1)
        shapes[chr(0x2800 + bits)] = _Shape(tuple(dots))
    return shapes


def _arms(directions: str, thick: float) -> tuple[Box, ...]:
    """Draw lines from the middle of a cell to its edges; those that go through are one."""
    across, down = WIDTH / 2, HEIGHT / 2
    left = 0.0 if "l" in directions else across - thick / 2
    right = float(WIDTH) if "r" in directions else across + thick / 2
    top = 0.0 if "u" in directions else down - thick / 2
    bottom = float(HEIGHT) if "d" in directions else down + thick / 2
    boxes = []
    if {"l", "r"} & set(directions):
        boxes.append((left, down - thick / 2, right - left, thick))
    if {"u", "d"} & set(directions):
        boxes.append((across - thick / 2, top, thick, bottom - top))
    return tuple(boxes)


def _dot(column: int, row: int) -> Box:
    return (
        WIDTH / 4 + column * WIDTH / 2 - _DOT / 2,
        HEIGHT / 8 + row * HEIGHT / 4 - _DOT / 2,
        _DOT,
        _DOT,
    )
