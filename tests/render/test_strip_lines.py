from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.model.lsmask import LSMask
from dqmtui.render.brush import Brush
from dqmtui.render.cells import Palette
from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.render.ls_columns import LSColumns
from dqmtui.render.strip_lines import (
    luminosity_line,
    mask_line,
    ml_line,
    notes_line,
    prescale_line,
    score_line,
)
from dqmtui.store.themes import available_themes, load_theme
from tests.render.readback import cell
from tests.render.samples import table

if TYPE_CHECKING:
    from dqmtui.model.lstable import LSTable
    from dqmtui.render.cells import CellGrid
    from dqmtui.render.conditions_strip import StripLine

THEME = load_theme(available_themes()["dqm-dark"])
GLYPHS = THEME.glyphs


def drawn(line: StripLine, run: LSTable, width: int, charset: Charset = UTF8) -> CellGrid:
    columns = LSColumns.of(run.ls, width)
    return line.draw(columns.columns(run.ls), columns.source, Brush(THEME, charset, Palette()))


def text(grid: CellGrid) -> str:
    return "".join(map(chr, grid.chars[0]))


def test_each_stretch_of_a_prescale_column_has_its_name_at_its_start() -> None:
    names = ["2p0E34"] * 10 + ["Emergency"] * 4 + [None] * 2 + ["2p0E34"] * 4
    run = table(range(1, 21), prescale_name=names)
    none = GLYPHS.absent * 2
    wide, narrow = (text(drawn(prescale_line(run), run, width)) for width in (40, 20))
    assert wide == f"│2p0E34─────────────│Emerge…{none * 2}│2p0E34─"
    assert narrow == f"│2p0E34───│Em…{none}│2p…"


def test_a_stretch_that_is_too_short_for_a_name_is_a_line() -> None:
    run = table(range(1, 5), prescale_name=["first", "first", "second", "second"])
    assert text(drawn(prescale_line(run), run, 4)) == "│─│─"


def test_a_name_is_written_anew_after_a_hole() -> None:
    run = table([*range(1, 9), *range(11, 19)], prescale_name=["2p0E34"] * 16)
    assert text(drawn(prescale_line(run), run, 18)) == "│2p0E34─  │2p0E34─"


def test_a_name_in_ascii_stays_ascii() -> None:
    run = table(range(1, 31), prescale_name=["2p0E34µ"] * 30)
    assert text(drawn(prescale_line(run), run, 30, ASCII)).isascii()


def test_a_mask_shows_what_it_leaves_out() -> None:
    run = table(range(1, 11))
    shown = text(drawn(mask_line("golden", run, LSMask.from_numbers(np.arange(3, 9))), run, 10))
    assert shown == GLYPHS.masked * 2 + GLYPHS.track * 6 + GLYPHS.masked * 2
    excluded = drawn(mask_line("mine", run, LSMask.from_numbers(np.arange(2, 11)), role="excluded"), run, 10)
    assert cell(excluded, 0, 0)[0] == GLYPHS.excluded


def test_notes_and_ml_flags_are_marked_where_they_are() -> None:
    run = table([1, 2, 3, 4, 6])
    notes = notes_line(run, LSMask.from_numbers(np.array([2, 5])))
    assert text(drawn(notes, run, 6)) == f" {GLYPHS.note}    "
    flags = ml_line(run, LSMask.from_numbers(np.array([3])), LSMask.from_numbers(np.arange(1, 5)))
    track, bad = GLYPHS.track, GLYPHS.bad
    assert text(drawn(flags, run, 6)) == f"{track}{track}{bad}{track}  "


def test_J1_scores_are_joined_on_the_ls_number_and_one_without_a_score_is_a_gap() -> None:
    run = table([1, 2, 3, 5])
    line = score_line(run, np.array([2, 4, 5, 9]), np.array([4.0, 77.0, 8.0, 99.0]))
    assert text(drawn(line, run, 5)) == f"{GLYPHS.absent}▄{GLYPHS.absent} █"
    assert math.isnan(line.values[0])


def test_luminosity_is_read_from_its_column() -> None:
    run = table([1, 2, 3], recorded_lumi_per_lumisection=[0.4, None, 0.2])
    assert text(drawn(luminosity_line(run), run, 3)) == f"█{GLYPHS.absent}▄"


@pytest.mark.parametrize("width", [1, 2, 7, 50])
def test_an_ls_that_is_wider_than_a_cell_fills_its_cells(width: int, charset: Charset) -> None:
    run = table([1, 2], recorded_lumi_per_lumisection=[1.0, 1.0])
    shown = text(drawn(luminosity_line(run), run, width, charset))
    assert shown == chr(int(charset.bars[-1])) * width
