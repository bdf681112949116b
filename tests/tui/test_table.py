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
