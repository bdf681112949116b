from __future__ import annotations

from typing import TYPE_CHECKING, Self

from textual.app import App, ComposeResult

from dqmtui.tui.widgets.table import Cell, TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.geometry import Region


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
        assert header.endswith("name")
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
