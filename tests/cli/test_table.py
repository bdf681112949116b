"""Aligned tables."""

from __future__ import annotations

import pytest

from dqmtui.cli.table import Column, aligned

LEAST = 12
NAMES = ["PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1", "short"]


def test_columns_are_aligned_left_or_right_without_trailing_spaces() -> None:
    table = aligned([Column("LS", ["1", "100"], right=True), Column("what", ["a", "longer"])], None)
    assert table.lines == [" LS  what", "  1  a", "100  longer"]
    assert table.hidden == []


def test_a_table_without_rows_has_its_titles() -> None:
    assert aligned([Column("LS", []), Column("what", [])], 80).lines == ["LS  what"]


def test_without_a_width_nothing_is_cut() -> None:
    assert aligned([Column("me", NAMES, least=LEAST)], None).lines[1] == NAMES[0]


def test_a_column_that_allows_it_is_shortened_in_its_middle() -> None:
    table = aligned([Column("id", ["5", "6"]), Column("me", NAMES, least=LEAST)], 34)
    assert table.lines[1].startswith("5   Pixel")
    assert table.lines[1].endswith("charge_PXLayer_1")
    assert "..." in table.lines[1]
    assert max(map(len, table.lines)) == 34


@pytest.mark.parametrize("width", range(1, 90))
def test_no_line_is_wider_than_the_room_unless_one_column_alone_is(width: int) -> None:
    columns = [
        Column("number", ["123456", "7"], right=True),
        Column("me", NAMES, least=LEAST),
        Column("also", ["x" * 20, "y"]),
    ]
    table = aligned(columns, width)
    assert max(map(len, table.lines)) <= max(width, len("number"))
    shown = 3 - len(table.hidden)
    assert table.hidden == ["number", "me", "also"][shown:]


def test_the_widest_column_gives_room_first() -> None:
    columns = [Column("a", ["a" * 30], least=LEAST), Column("b", ["b" * 20], least=LEAST)]
    cells = aligned(columns, 42).lines[1].split("  ")
    assert list(map(len, cells)) == [20, 20]
    assert cells[1] == "b" * 20


def test_a_column_that_would_get_too_narrow_is_left_out_and_named() -> None:
    columns = [Column("number", ["123456"]), Column("me", NAMES[:1], least=LEAST)]
    assert aligned(columns, len("number") + 2 + LEAST).hidden == []
    assert aligned(columns, len("number") + 2 + LEAST - 1).hidden == ["me"]


def test_control_characters_are_escaped_in_cells_and_titles() -> None:
    table = aligned([Column("lumi/\x1b[2J", ["a\x1b]0;title\x07b", "new\nline"])], None)
    assert len(table.lines) == 3
    assert all(line.isprintable() for line in table.lines)
