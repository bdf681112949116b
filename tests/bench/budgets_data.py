"""The budgets of data, tables and memory: what the other benchmarks measure, as rows of the one table."""

from __future__ import annotations

import importlib.util
import json
import statistics
import subprocess
import sys
from typing import TYPE_CHECKING, Any

from tests.bench import bench_loading
from tests.bench.budget_rows import Row, spread
from tests.bench.loading_jobs import LOOKED_AT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TABLE = "tests.bench.bench_table"


def one(_folder: Path) -> list[Row]:
    """Time one 1D element beside the official client."""
    found = bench_loading.measure("one")
    slow, fast, ours = found["as_it_comes"], found["pages_of_500"], found["ours_knowing_the_ls"]
    factor = slow["ms"] / ours["ms"]
    beside = f"`cmsdials` `list_all` as it comes {spread(slow['all_ms'], 'ms')}; "
    beside += f"with page_size=500 {spread(fast['all_ms'], 'ms')}"
    return [
        Row(
            "one 1D ME of an 849-LS run, cold, services at their real cost",
            f"{spread(ours['all_ms'], 'ms')}, {factor:.1f} x faster",
            beside,
            f"{bench_loading.FASTER_ONE:g} x faster than `list_all`",
            factor >= bench_loading.FASTER_ONE,
            found,
        )
    ]


def first_plot(_folder: Path) -> list[Row]:
    """Time the first plot after an element was chosen."""
    found = bench_loading.measure("first_plot")
    rows = []
    for dim, each in found.items():
        times = each["quiet_ms"]
        rows.append(
            Row(
                f"first plot after choosing an ME, cold, {dim.upper()}",
                spread(times, "ms"),
                f"having left another one just before: {spread(each['busy_ms'], 'ms')}",
                f"{bench_loading.FIRST_PLOT_MS:g} ms",
                statistics.median(times) <= bench_loading.FIRST_PLOT_MS,
                each,
            )
        )
    return rows


def loop(_folder: Path) -> list[Row]:
    """Measure for how long the loop of the whole program is blocked while maps load."""
    found = bench_loading.measure("screen")
    least, most = found["work_ms_max"], found["own_ms_max"]
    return [
        Row(
            "event loop blocked while 2D data load, whole program",
            f"{least:.0f} to {most:.0f} ms at the most",
            f"by the clock, other processes included, {found['gap_ms_max']:.0f} ms",
            f"never over {bench_loading.LOOP_MS:g} ms",
            bench_loading.verdict(at_least=least, at_most=most),
            found,
        )
    ]


def table(_folder: Path) -> list[Row]:
    """Time the table of 2500 x 25 beside Textual's."""
    if importlib.util.find_spec(TABLE) is None:
        return [Row("table of 2500 x 25", "not measured", "", "", None)]
    done = subprocess.run([sys.executable, "-m", TABLE, "--json"], stdout=subprocess.PIPE, check=True)
    found: list[dict[str, Any]] = json.loads(done.stdout)
    budgets: dict[str, float] = importlib.import_module(TABLE).BUDGET_MS
    rows = []
    for what, budget in budgets.items():
        ours, theirs = (
            next(each for each in found if each["what"] == what and (each["table"] == "dqmtui") is is_ours)
            for is_ours in (True, False)
        )
        rows.append(
            Row(
                f"table of 2500 x 25: {what}",
                f"{ours['median_ms']:.1f} ms ({ours['most_ms']:.1f} at most)",
                f"{theirs['table']} {theirs['median_ms']:.0f} ms",
                f"{budget:g} ms",
                ours["median_ms"] <= budget,
                {"ours": ours, "theirs": theirs},
            )
        )
    return rows


def memory(_folder: Path) -> list[Row]:
    """Measure the memory that looking at many elements takes."""
    found = bench_loading.measure("memory")
    growth, before = found["growth_at_the_most_mib"], found["before_mib"]
    n_1d, n_2d = (LOOKED_AT[dim] for dim in (1, 2))
    return [
        Row(
            f"memory, {found['ls']} LS with {n_1d} 1D and {n_2d} 2D MEs looked at",
            f"{growth:.0f} MiB at the most, {found['growth_in_the_end_mib']:.0f} in the end",
            f"before anything is loaded {before:.0f} MiB",
            f"{bench_loading.MEMORY_MIB:g} MiB",
            growth <= bench_loading.MEMORY_MIB,
            found,
        )
    ]


JOBS: dict[str, Callable[[Path], list[Row]]] = {
    "one": one,
    "first_plot": first_plot,
    "loop": loop,
    "table": table,
    "memory": memory,
}
