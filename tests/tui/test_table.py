from __future__ import annotations

from typing import TYPE_CHECKING, Self

from hypothesis import given
from hypothesis import strategies as st
from textual.app import App, ComposeResult
from textual.containers import Vertical

from dqmtui.tui.widgets.table import Cell, TableColumn, TableView
from dqmtui.tui.widgets.table_layout import furthest, laid_out
from dqmtui.tui.widgets.table_lines import SIGNS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Region
    from textual.strip import Strip


class Numbers:
    columns = (TableColumn("n", 5, right=True), TableColumn("name", 8))

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[int] = []

    def __len__(self) -> int:
        return self.count

    def cells(self, row: int) -> Sequence[Cell]:
        self.asked.append(row)
        return (str(row), ""), (f"row {row}", "#ff0000")


class Recorded(TableView):
    def __init__(self) -> None:
        super().__init__()
        self.repainted: list[Region] = []
        self.drawn: list[int] = []

    def render_line(self, y: int) -> Strip:
        self.drawn.append(y)
        return super().render_line(y)

    def refresh(
        self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False
    ) -> Self:
        self.repainted.extend(regions)
        super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)
        return self


class TableApp(App[None]):
    def compose(self) -> ComposeResult:
        yield Recorded()


class MovesApp(TableApp):
    def __init__(self) -> None:
        super().__init__()
        self.moves: list[TableView.Moved] = []

    def on_table_view_moved(self, event: TableView.Moved) -> None:
        self.moves.append(event)


def lines(table: TableView) -> list[str]:
    return [table.render_line(y).text.rstrip() for y in range(table.size.height)]


async def test_only_the_rows_on_screen_are_asked_for() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        rows = Numbers(100_000)
        table = app.query_one(Recorded)
        table.show_rows(rows, cursor=50_000)
        await pilot.pause()
        assert 0 < len(set(rows.asked)) <= 20
        assert lines(table)[0].split() == ["n", "name"]
        assert any(line.split()[0] == "50000" for line in lines(table)[1:])


async def test_a_cursor_move_repaints_two_lines() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        table.show_rows(Numbers(1000), cursor=3)
        await pilot.pause()
        table.repainted.clear()
        table.move_to(4)
        assert [(region.y, region.height) for region in table.repainted] == [(4, 1), (5, 1)]


async def test_streamed_rows_repaint_themselves_only_and_nothing_when_off_screen() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        table.show_rows(Numbers(1000), cursor=0)
        await pilot.pause()
        table.repainted.clear()
        table.rows_changed(500, 600)
        assert table.repainted == []
        table.rows_changed(2, 3)
        assert [(region.y, region.height) for region in table.repainted] == [(3, 2)]


async def test_the_cursor_stays_in_sight_and_stops_at_the_ends() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        table.show_rows(Numbers(40), cursor=0)
        for step, row in ((1, 1), (table.page, 1 + table.page), (1000, 39), (-1000, 0)):
            table.move_by(step)
            await pilot.pause()
            assert table.cursor == row
            assert any(line.split()[:1] == [str(row)] for line in lines(table)[1:])


async def test_an_empty_table_says_why() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        table.show_rows(Numbers(0), message="Nothing has come yet and this is a long sentence.")
        await pilot.pause()
        assert (
            " ".join(" ".join(lines(table)[1:]).split())
            == "Nothing has come yet and this is a long sentence."
        )
        table.move_by(1)
        assert table.cursor is None


async def test_text_from_a_server_cannot_steer_the_terminal() -> None:
    class Evil(Numbers):
        def cells(self, row: int) -> Sequence[Cell]:
            self.asked.append(row)
            return ("\x1b[2J", ""), ("[red]漢\u202e", "")

    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        table.show_rows(Evil(1), cursor=0)
        await pilot.pause()
        shown = lines(table)[1]
        assert shown.isprintable()
        assert "[red]" in shown
        assert all(len(line) <= 30 for line in lines(table))


async def test_the_bar_stands_where_the_rows_do_after_the_table_was_empty() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        for count, cursor in ((1000, 500), (0, None), (1000, 0)):
            table.show_rows(Numbers(count), cursor=cursor)
            await pilot.pause()
        assert table.scroll_offset.y == 0
        assert table.vertical_scrollbar.position == 0


async def test_the_last_column_takes_what_is_left_and_says_when_it_is_cut() -> None:
    class Long(Numbers):
        columns = (TableColumn("n", 5, right=True), TableColumn("name", 40))

        def cells(self, row: int) -> Sequence[Cell]:
            return (str(row), ""), ("a name that is too long" if row else "short", "")

    app = TableApp()
    async with app.run_test(size=(24, 10)) as pilot:
        table = app.query_one(Recorded)
        table.show_rows(Long(100), cursor=0)
        await pilot.pause()
        header, short, cut = (line.rstrip() for line in lines(table)[:3])
        assert header.split() == ["n", "name", SIGNS.right]
        assert short.endswith("short")
        assert cut.endswith("…")
        assert len(cut) == table.size.width - table.scrollbar_size_vertical
        assert len(cut) <= table.scrollable_content_region.width


async def test_a_move_tells_of_the_rows_that_the_person_saw() -> None:
    app = MovesApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        before, after = Numbers(10), Numbers(20)
        table.show_rows(before, cursor=0)
        table.move_by(3)
        table.show_rows(after, cursor=0)
        await pilot.pause()
        assert [(event.rows, event.row) for event in app.moves] == [(before, 3)]


# repainting


async def test_a_cursor_move_draws_two_lines_and_a_streamed_row_only_itself() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table, rows = app.query_one(Recorded), Numbers(1000)
        table.show_rows(rows, cursor=3)
        await pilot.pause()
        table.drawn.clear()
        table.move_by(1)
        await pilot.pause()
        assert sorted(table.drawn) == [4, 5]
        table.drawn.clear()
        rows.asked.clear()
        for row in range(1000):
            if not 1 < row < 9:
                table.rows_changed(row, row)
        table.rows_changed(2, 2)
        await pilot.pause()
        assert table.drawn == [1, 2, 3]
        assert rows.asked == [0, 1, 2]


async def test_a_row_is_asked_for_once_until_it_changes() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table, rows = app.query_one(Recorded), Numbers(1000)
        table.show_rows(rows)
        await pilot.pause()
        rows.asked.clear()
        table.refresh()
        await pilot.pause()
        assert rows.asked == []
        table.rows_changed(5, 5)
        table.rows_changed(500, 900)
        await pilot.pause()
        assert rows.asked == [5]


class Changing(Numbers):
    """Numbers of which some are others now."""

    def __init__(self, count: int, *other: int) -> None:
        super().__init__(count)
        self.other = other

    def cells(self, row: int) -> Sequence[Cell]:
        cells = super().cells(row)
        return (cells[0], ("other", "")) if row in self.other else cells


async def test_other_rows_repaint_only_the_lines_that_look_different() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        table.show_rows(Changing(1000), cursor=0)
        await pilot.pause()
        table.drawn.clear()
        table.show_rows(Changing(1000, 2, 4, 700), cursor=0)
        await pilot.pause()
        assert table.drawn == [3, 5]
        table.drawn.clear()
        table.all_rows_changed()
        await pilot.pause()
        assert table.drawn == []


class PaneApp(App[None]):
    def compose(self) -> ComposeResult:
        with Vertical():
            yield Recorded()


async def test_rows_that_change_while_their_pane_is_hidden_are_drawn_when_it_is_shown() -> None:
    app = PaneApp()
    async with app.run_test(size=(30, 10)) as pilot:
        pane, table, rows = app.query_one(Vertical), app.query_one(Recorded), Changing(100)
        table.show_rows(rows, cursor=0)

        async def shown() -> list[str]:
            pane.display = True
            await pilot.pause()
            drawn = [strip.text.split()[-1] for strip in app.screen._compositor.render_strips()[1:5]]
            pane.display = False
            await pilot.pause()
            return drawn

        assert await shown() == ["0", "1", "2", "3"]
        rows.other = (1,)
        table.rows_changed(1, 1)
        assert await shown() == ["0", "other", "2", "3"]
        rows.other = (2,)
        table.all_rows_changed()
        assert await shown() == ["0", "1", "other", "3"]
        table.show_rows(Changing(100, 3), cursor=0)
        assert await shown() == ["0", "1", "2", "other"]


async def test_rows_that_come_above_move_the_cursor_row_and_keep_it_in_sight() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        table.show_rows(Numbers(20), cursor=5)
        await pilot.pause()
        table.show_rows(Numbers(500), cursor=300)
        await pilot.pause()
        assert any(line.split()[0] == "300" for line in lines(table)[1:])


async def test_who_has_scrolled_away_is_not_brought_back_by_what_comes() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        table.show_rows(Changing(1000), cursor=0)
        await pilot.pause()
        table.scroll_to(y=400, animate=False, force=True, immediate=True)
        await pilot.pause()
        table.show_rows(Changing(1000, 405), cursor=0)
        await pilot.pause()
        assert table.scroll_offset.y == 400
        assert "other" in lines(table)[6]


async def test_fewer_rows_leave_no_empty_lines_below_them() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        table.show_rows(Numbers(1000), cursor=900)
        await pilot.pause()
        table.show_rows(Numbers(12))
        await pilot.pause()
        assert lines(table)[-1].split()[0] == "11"


async def test_without_a_cursor_row_a_step_goes_to_the_rows_beside_the_place() -> None:
    app = TableApp()
    async with app.run_test(size=(30, 10)) as pilot:
        table = app.query_one(Recorded)
        for step, row in ((1, 7), (-1, 6), (3, 9)):
            table.show_rows(Numbers(40), beside=7)
            table.move_by(step)
            await pilot.pause()
            assert table.cursor == row


# columns


class Wide:
    """Many columns, of which the first two stay."""

    def __init__(self, count: int = 30) -> None:
        self.columns = (
            TableColumn("", 1, glued=True),
            TableColumn("LS", 4, right=True),
            *(TableColumn(f"c{k}", 6, right=True, unit="Hz") for k in range(count)),
        )

    def __len__(self) -> int:
        return 50

    def cells(self, row: int) -> Sequence[Cell]:
        return [("!", ""), (str(row), ""), *((f"{row}.{k}", "") for k in range(len(self.columns) - 2))]


async def test_scrolled_sideways_the_first_columns_stay_and_the_header_says_that_there_is_more() -> None:
    app = TableApp()
    async with app.run_test(size=(40, 10)) as pilot:
        table = app.query_one(Recorded)
        table.fixed_columns = 2
        table.show_rows(Wide(), cursor=0)
        await pilot.pause()
        assert lines(table)[0].split() == [
            "LS",
            *("c0", "Hz", "c1", "Hz", "c2", "Hz", "c3", "Hz"),
            SIGNS.right,
        ]
        assert lines(table)[1].split() == ["!", "0", "0.0", "0.1", "0.2", "0.3"]
        assert table.scroll_columns(2)
        await pilot.pause()
        assert lines(table)[0].startswith(f"   LS{SIGNS.left}")
        assert lines(table)[1].split() == ["!", "0", "0.2", "0.3", "0.4", "0.5"]
        assert table.scroll_columns(1000)
        assert not table.scroll_columns(1)
        await pilot.pause()
        assert lines(table)[1].split()[-1] == "0.29"
        assert SIGNS.right not in lines(table)[0]
        assert table.scroll_columns(-1000)
        assert not table.scroll_columns(-1)


async def test_columns_for_which_there_is_room_again_are_not_left_hidden() -> None:
    app = TableApp()
    async with app.run_test(size=(40, 10)) as pilot:
        table = app.query_one(Recorded)
        table.fixed_columns = 2
        table.show_rows(Wide(8), cursor=0)
        table.scroll_columns(100)
        await pilot.resize_terminal(120, 10)
        await pilot.pause()
        assert lines(table)[1].split()[2] == "0.0"


@given(
    st.lists(st.tuples(st.integers(1, 12), st.booleans(), st.booleans()), min_size=1, max_size=12),
    st.integers(0, 3),
    st.integers(0, 12),
    st.integers(1, 60),
)
def test_columns_never_overlap_nor_leave_the_width_and_numbers_are_whole(
    some: list[tuple[int, bool, bool]], fixed: int, scrolled: int, width: int
) -> None:
    columns = [TableColumn("t", w, right=right, glued=glued) for w, right, glued in some]
    layout = laid_out(columns, fixed, scrolled, width)
    ends = [0]
    for place in layout.places:
        assert place.x >= ends[-1]
        ends.append(place.x + place.width)
        if place.column.right and place.width < place.column.width:
            assert len(layout.places) <= fixed + 1, "cut though others were there"
    assert ends[-1] <= width
    most = furthest(columns, fixed, width)
    assert not laid_out(columns, fixed, most, width).more_right or most == max(0, len(columns) - fixed - 1)


async def test_the_sorted_column_has_an_arrow_in_its_title_in_both_character_sets() -> None:
    app = TableApp()
    async with app.run_test(size=(40, 10)) as pilot:
        table = app.query_one(Recorded)
        table.fixed_columns = 2
        for ellipsis, up, down in (("…", "↑", "↓"), ("~", "^", "v")):
            table.ellipsis = ellipsis
            for descending, sign in ((False, up), (True, down)):
                table.show_rows(Wide(2), sorted_by=(3, descending))
                await pilot.pause()
                assert lines(table)[0].split() == ["LS", "c0", "Hz", sign + "c1", "Hz"]


async def test_a_click_on_a_title_tells_of_its_column_and_moves_nothing() -> None:
    clicks: list[int] = []

    class ClickApp(TableApp):
        def on_table_view_header_clicked(self, event: TableView.HeaderClicked) -> None:
            clicks.append(event.column)

    app = ClickApp()
    async with app.run_test(size=(40, 10)) as pilot:
        table = app.query_one(Recorded)
        table.fixed_columns = 2
        table.show_rows(Wide(), cursor=4)
        await pilot.pause()
        await pilot.click(Recorded, offset=(4, 0))
        await pilot.click(Recorded, offset=(15, 0))
        table.scroll_columns(3)
        await pilot.click(Recorded, offset=(15, 0))
        assert clicks == [1, 3, 6]
        assert table.cursor == 4
