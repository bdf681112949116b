"""Time our table beside Textual's DataTable, both of 2500 rows and 25 columns, in one run.

Run it by hand: `python -m tests.bench.bench_table [--json]`. A page down is from the key to everything drawn.
The updates change one cell of every row: all at once, before the screen is drawn, or one at a time, the
screen being drawn after each. The times are those of the processor, so that what else the machine does counts
little; each is the median of several.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import sys
import time
from dataclasses import asdict, dataclass
from functools import partial
from typing import TYPE_CHECKING

from textual.app import App, ComposeResult
from textual.coordinate import Coordinate
from textual.widgets import DataTable

from dqmtui.tui.widgets.table import Cell, TableColumn, TableView

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.pilot import Pilot

ROWS, COLUMNS = 2500, 25
SIZE = (160, 45)
WIDTH = 7
PAGES = 15
BURSTS = 3
SINGLES = 100
PAGE, BURST, SINGLE = "page down", "2500 updates at once", "an update, drawn at once"
BUDGET_MS = {PAGE: 12.0, BURST: 50.0}
OURS = "dqmtui"


@dataclass(frozen=True, slots=True)
class Timed:
    """What one of the tables took, in ms of the processor."""

    table: str
    what: str
    median_ms: float
    most_ms: float


class Numbers:
    """Rows of numbers that change."""

    columns = tuple(TableColumn(f"c{k}", WIDTH, right=True) for k in range(COLUMNS))

    def __init__(self) -> None:
        self.values = [[float(row + k) for k in range(COLUMNS)] for row in range(ROWS)]

    def __len__(self) -> int:
        return ROWS

    def cells(self, row: int) -> Sequence[Cell]:
        """Write a row, every fifth cell in a colour."""
        return [(f"{value:.2f}", "#ff5f5f" if k % 5 == 0 else "") for k, value in enumerate(self.values[row])]


class Ours(App[None]):
    """An application of our table."""

    def compose(self) -> ComposeResult:
        """Lay out the table."""
        yield TableView()


class Theirs(App[None]):
    """An application of Textual's table."""

    def compose(self) -> ComposeResult:
        """Lay out the table."""
        yield DataTable()


async def timed(pilot: Pilot[None], work: Callable[[], object]) -> float:
    """Give the processor time of some work and of drawing what came of it, in ms."""
    start = time.process_time()
    work()
    # the pilot's own waiting sleeps, which costs nothing here
    await pilot.pause()
    return 1e3 * (time.process_time() - start)


async def measured(
    pilot: Pilot[None], name: str, page_down: Callable[[], object], update: Callable[[int, int], object]
) -> list[Timed]:
    """Page down and stream updates; `update` changes a row to what it is at a turn."""

    def burst(turn: int) -> None:
        for row in range(ROWS):
            update(row, turn)

    await pilot.pause()
    pages = [await timed(pilot, page_down) for _ in range(PAGES)]
    bursts = [await timed(pilot, partial(burst, turn)) for turn in range(BURSTS)]
    singles = [await timed(pilot, partial(update, row, BURSTS)) for row in range(0, ROWS, ROWS // SINGLES)]
    return [
        Timed(name, PAGE, statistics.median(pages), max(pages)),
        Timed(name, BURST, statistics.median(bursts), max(bursts)),
        Timed(name, SINGLE, statistics.median(singles), max(singles)),
    ]


async def ours() -> list[Timed]:
    """Time our table."""
    app = Ours()
    async with app.run_test(size=SIZE) as pilot:
        table, rows = app.query_one(TableView), Numbers()
        table.show_rows(rows, cursor=0)

        def update(row: int, turn: int) -> None:
            rows.values[row][row % COLUMNS] = 0.5 * turn
            table.rows_changed(row, row)

        return await measured(pilot, OURS, lambda: table.move_by(table.page), update)


async def theirs() -> list[Timed]:
    """Time Textual's table."""
    app = Theirs()
    async with app.run_test(size=SIZE) as pilot:
        table, numbers = app.query_one(DataTable), Numbers()
        for k in range(COLUMNS):
            table.add_column(f"c{k}", width=WIDTH)
        table.add_rows([f"{value:.2f}" for value in row] for row in numbers.values)

        def update(row: int, turn: int) -> None:
            table.update_cell_at(Coordinate(row, row % COLUMNS), f"{0.5 * turn:.2f}")

        return await measured(pilot, "DataTable", table.action_page_down, update)


def main() -> None:
    """Print a table, or everything as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="all numbers")
    options = parser.parse_args()
    found = [*asyncio.run(ours()), *asyncio.run(theirs())]
    if options.json:
        sys.stdout.write(json.dumps([asdict(one) for one in found], indent=1) + "\n")
        return
    for one in found:
        budget = BUDGET_MS.get(one.what) if one.table == OURS else None
        met = "" if budget is None else "met" if one.median_ms <= budget else "MISSED"
        verdict = f"   {met} ({budget:g} ms)" if met else ""
        sys.stdout.write(
            f"{one.table:10} {one.what:25} {one.median_ms:8.2f} ms, {one.most_ms:.2f} at most{verdict}\n"
        )


if __name__ == "__main__":
    main()
