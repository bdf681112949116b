from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmtui.render.cells import CellStyle, Palette, Rect, code_points
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.frame import Scale, _area_found, _Layout, plot_frame
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import cell

if TYPE_CHECKING:
    from dqmtui.model.theme import Theme
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.frame import PlotFrame

THEME = load_theme(available_themes()["dqm-dark"])
AXES = {"utf8": ("─", "┬", "│", "┤", "└"), "ascii": ("-", "+", "|", "+", "+")}


def lines(frame: PlotFrame) -> list[str]:
    return ["".join(map(chr, row)) for row in frame.grid.chars]


def test_a_frame_has_title_labels_axes_and_ticks(theme: Theme) -> None:
    frame = plot_frame(
        60,
        14,
        x=Scale(0, 100),
        y=Scale(0, 500),
        theme=theme,
        charset=UTF8,
        title="charge",
        x_label="cluster charge",
        y_label="counts",
    )
    assert frame.grid.to_text().split("\n") == [
        "counts                      charge",
        "   │",
        "   │",
        "400┤",
        "   │",
        "   │",
        "   │",
        "200┤",
        "   │",
        "   │",
        "  0┤",
        "   └┬──────────┬──────────┬──────────┬──────────┬──────────┬",
        "    0          20         40         60         80       100",
        "                        cluster charge",
    ]


@settings(max_examples=60)
@given(
    width=st.integers(4, 170),
    height=st.integers(4, 50),
    low=st.floats(-1e6, 1e6),
    span=st.floats(1e-3, 1e7),
    top=st.booleans(),
    bottom=st.booleans(),
    charset=st.sampled_from([UTF8, ASCII]),
)
def test_ticks_stand_exactly_in_the_cells_of_their_values(
    width: int, height: int, low: float, span: float, *, top: bool, bottom: bool, charset: Charset
) -> None:
    x = Scale(low, low + span)
    values = [low, low + 0.3 * span, low + span]
    frame = plot_frame(
        width,
        height,
        x=x,
        y=x,
        theme=THEME,
        charset=charset,
        title="t" * top,
        x_label="x" * bottom,
        x_ticks=[(value, "") if width < 30 else (value, "ab") for value in values],
        y_ticks=[(value, "cd") for value in values],
    )
    area = frame.area
    horizontal, tick_x, vertical, tick_y, corner = AXES[charset.name]
    drawn = lines(frame)
    axis = drawn[area.bottom]
    assert area.right == width
    assert axis[area.x - 1] == corner
    ticks = set(x.cells(values, area.width).tolist()) if width >= 30 else set()
    assert {column for column in range(area.width) if axis[area.x + column] == tick_x} == ticks
    assert set(axis[area.x :]) <= {horizontal, tick_x}
    rows = set(x.tip_cells(values, area.height).tolist()) if width >= 20 else set()
    column_of_axis = [drawn[y][area.x - 1] for y in range(area.bottom - 1, area.y - 1, -1)]
    assert {row for row, char in enumerate(column_of_axis) if char == tick_y} == rows
    assert set(column_of_axis) <= {vertical, tick_y}
    for row in rows:
        assert drawn[area.bottom - 1 - row][area.x - 3 : area.x - 1] == "cd"


@pytest.mark.parametrize("rows", range(4, 40))
def test_the_ticks_of_a_map_stand_beside_the_bins_that_begin_there(rows: int, theme: Theme) -> None:
    y = Scale(-14.5, 14.5)
    frame = plot_frame(60, rows + 2, x=Scale(0, 1), y=y, theme=theme, charset=UTF8, bins=(10, 29))
    area, drawn = frame.area, lines(frame)
    labels = {
        float(drawn[row][: area.x - 1]): area.bottom - 1 - row
        for row in range(area.y, area.bottom)
        if drawn[row][area.x - 1] == "┤"
    }
    values = list(labels)
    assert labels == dict(zip(values, frame.y.cells(values, area.height).tolist(), strict=True))
    assert 0.0 in labels or len(labels) < 3


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 10, 19, 20, 40])
@pytest.mark.parametrize("height", [1, 2, 3, 4, 5, 6, 7, 8, 20])
def test_any_size_leaves_an_area_for_the_data(width: int, height: int, charset: Charset) -> None:
    frame = plot_frame(
        width,
        height,
        x=Scale(0, 1),
        y=Scale(0, 1),
        y2=Scale(0, 5),
        theme=THEME,
        charset=charset,
        title="a long title of a plot",
        x_label="a long label of an axis",
        y_label="another label",
        y2_label="and another",
    )
    assert (frame.grid.width, frame.grid.height) == (width, height)
    assert frame.area.width >= 1
    assert frame.area.height >= 1
    assert frame.area.right <= width
    assert frame.area.bottom <= height


def test_an_empty_size_is_refused(theme: Theme) -> None:
    with pytest.raises(ValueError, match="0 x 5"):
        plot_frame(0, 5, x=Scale(0, 1), y=Scale(0, 1), theme=theme, charset=UTF8)


def test_a_second_y_axis_stands_on_the_right(theme: Theme) -> None:
    frame = plot_frame(
        40, 10, x=Scale(0, 1), y=Scale(0, 1), y2=Scale(0, 2000), y2_label="rate", theme=theme, charset=UTF8
    )
    drawn = lines(frame)
    assert drawn[0] == "rate".rjust(40)
    assert all(row[frame.area.right] in "│├" for row in drawn[frame.area.y : frame.area.bottom])
    assert drawn[frame.area.bottom][frame.area.right] == "┘"
    assert drawn[frame.area.bottom - 1].endswith("├0   ")


def test_each_part_has_the_colour_of_its_role(theme: Theme) -> None:
    frame = plot_frame(
        50, 12, x=Scale(0, 1), y=Scale(-1, 1), theme=theme, charset=UTF8,
        title="abc", x_label="x", y_label="y", gridlines=True,
    )  # fmt: skip
    seen = {cell(frame.grid, x, y) for y in range(12) for x in range(50)} - {(" ", CellStyle())}
    roles = {char: style.fg for char, style in seen if char != " "}
    assert roles["b"] == theme.roles.title
    assert roles["│"] == roles["─"] == roles["└"] == roles["┬"] == roles["┤"] == theme.roles.axis
    assert roles["x"] == roles["y"] == roles["1"] == theme.roles.label
    assert roles["┈"] == roles["▔"] == theme.roles.grid
    assert all(style.bg is None for _, style in seen)


def test_a_line_at_zero_runs_below_the_cell_boundary_from_which_bars_grow(charset: Charset) -> None:
    frame = plot_frame(40, 13, x=Scale(0, 1), y=Scale(-1, 3), theme=THEME, charset=charset)
    row = frame.area.bottom - frame.base
    assert set(lines(frame)[row][frame.area.x :]) == {charset.zero_line}
    assert lines(frame)[row][: frame.area.x].strip()[0] == "0"


def test_grids_can_share_a_palette(theme: Theme) -> None:
    palette = Palette()
    for size in (30, 40):
        frame = plot_frame(size, 10, x=Scale(0, 1), y=Scale(0, 1), theme=theme, charset=UTF8, palette=palette)
        assert frame.grid.palette is palette
    assert len(palette) < 8


@pytest.mark.parametrize(
    "text",
    [
        "\x1b[31mred\x1b[0m",
        "two\nlines",
        "漢字",
        "e\u0301",
        "\t",
        "  ",
        "└┬┘",
        "heart",
        "\u202eright",
        "x" * 500,
    ],
)
def test_hostile_text_cannot_break_the_frame(text: str, charset: Charset) -> None:
    def frame(label: str) -> CellGrid:
        return plot_frame(
            50,
            12,
            x=Scale(0, 1),
            y=Scale(0, 1),
            theme=THEME,
            charset=charset,
            title=label,
            x_label="x" + label,
            y_label="n",
            x_ticks=[(0.5, "t" + label[:3])],
        ).grid

    plain, hostile = frame("abc"), frame(text)
    assert plain.chars[1:-2].tolist() == hostile.chars[1:-2].tolist()
    assert "\x1b" not in hostile.to_text()
    assert len(hostile.to_text().split("\n")) == 12


def test_ascii_frames_have_no_byte_over_127() -> None:
    frame = plot_frame(
        60,
        12,
        x=Scale(0, 1),
        y=Scale(1e-6, 1, log=True),
        y2=Scale(-1, 1),
        theme=THEME,
        charset=ASCII,
        title="η → φ",
        x_label="µm",
        y_label="φ",
        gridlines=True,
    )
    assert frame.grid.to_text().isascii()


def test_plotext_is_imported_late_and_leaves_no_trace() -> None:
    """In a fresh interpreter, with a terminal much smaller than the plot."""
    program = """
import sys
from pathlib import Path
from dqmtui.render import bars, charset, frame, heatmap, points, strip
from dqmtui.store.themes import available_themes, load_theme
assert not {"plotext", "textual", "rich"} & set(sys.modules), "imported early"
theme = load_theme(available_themes()["dqm-dark"])
def draw():
    return frame.plot_frame(160, 45, x=frame.Scale(0, 1), y=frame.Scale(0, 1), theme=theme,
                            charset=charset.UTF8, title="title", x_label="x")
assert len(draw().grid.to_text().split(chr(10))[0]) > 80
import plotext
before = (plotext.figure.size(), plotext.terminal.size(), plotext.figure.build().string())
draw()
assert before == (plotext.figure.size(), plotext.terminal.size(), plotext.figure.build().string())
assert not {"textual", "rich"} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"COLUMNS": "30", "LINES": "8", "PYTHONPATH": ":".join(sys.path), "PATH": "/usr/bin:/bin"},
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_the_area_is_read_from_the_drawing_when_plotext_lays_out_otherwise() -> None:
    layout = _Layout(20, 8, top=1, x_label=0, axes=1, x_ticks=1, left=4)
    rows = [" " * 20, *["     │" + " " * 14] * 4, "     └" + "─" * 14, " " * 20, " " * 20]
    chars = code_points("".join(rows)).reshape(8, 20)
    assert layout.area == Rect(4, 1, 16, 5)
    assert _area_found(chars, layout) == Rect(6, 1, 14, 4)
    with pytest.raises(RuntimeError, match="no axes"):
        _area_found(np.full((8, 20), ord(" "), dtype=np.uint32), layout)


def test_labels_wider_than_the_plot_leave_room_for_the_data(theme: Theme) -> None:
    ticks = [(0.5, "a label of thirty characters!!")]
    frame = plot_frame(40, 8, x=Scale(0, 1), y=Scale(0, 1), y_ticks=ticks, theme=theme, charset=UTF8)
    assert frame.area.width == 39
