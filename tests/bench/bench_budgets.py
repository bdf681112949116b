"""Measure every row of the table of budgets, and what it is compared with, in one run.

Run it by hand: `python -m tests.bench.bench_budgets [--table | --json] [ROW ...]`. What is compared runs in
the same run, in turn where that is possible: a bare Textual app, uproot-browser (where it is installed), the
official client, Textual's own driver and table. Of times the median counts; behind it stands between which
values four of five were. Rows: start, steps, stale, one, first_plot, loop, cached, table, memory.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from tests.bench import budgets_data, budgets_terminal
from tests.bench.budget_rows import markdown, plain

if TYPE_CHECKING:
    from tests.bench.budget_rows import Row

JOBS = {**budgets_terminal.JOBS, **budgets_data.JOBS}
ORDER = ("start", "steps", "stale", "one", "first_plot", "loop", "cached", "table", "memory")
BUSY = 0.5
"""Load of the machine before, from which on others take part of what is measured."""


def machine(load_before: float, took_s: float) -> str:
    """Say what the numbers were measured on, and how busy that was."""
    others = "; others were using it: measure again when it is quiet" if load_before > BUSY else ""
    return (
        f"{os.cpu_count()} cores, Python {platform.python_version()}, Textual {version('textual')}; "
        f"load before {load_before:.1f}{others}; measured in {took_s:.0f} s"
    )


def main() -> None:
    """Print the rows for a terminal, as Markdown, or everything as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("rows", nargs="*", metavar="ROW", help=f"{', '.join(ORDER)}; default: all")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--table", action="store_true", help="a table in Markdown")
    form.add_argument("--json", action="store_true", help="all numbers")
    options = parser.parse_args()
    unknown = set(options.rows) - set(ORDER)
    if unknown:
        parser.error(f"there is no row {', '.join(sorted(unknown))}")
    load_before, began_s = os.getloadavg()[0], time.monotonic()
    rows: list[Row] = []
    for name in options.rows or ORDER:
        sys.stderr.write(f"{name} ...\n")
        with tempfile.TemporaryDirectory() as folder:
            rows += JOBS[name](Path(folder))
    said = machine(load_before, time.monotonic() - began_s)
    if options.json:
        everything = {"machine": said, "load_before": load_before, "rows": [asdict(row) for row in rows]}
        sys.stdout.write(json.dumps(everything, indent=1) + "\n")
    elif options.table:
        sys.stdout.write(f"{markdown(rows)}\n{said}\n")
    else:
        sys.stdout.write(f"{plain(rows)}{said}\n")


if __name__ == "__main__":
    main()
