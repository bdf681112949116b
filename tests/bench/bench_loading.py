"""Time the loading of histograms beside the official client, at what the real service costs.

Run it by hand: `python -m tests.bench.bench_loading [--json] [JOB ...]`. It starts the embedded services with
`--cost real` and does every job in a process of its own, one after the other. Jobs: one, many, first_plot,
loop, screen, memory.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from dqmtui.demo.process import DemoServices
from tests.bench.loading_jobs import JOBS, LOADS_AT_ONCE, LOOKED_AT, N_ELEMENTS

if TYPE_CHECKING:
    from collections.abc import Callable

FASTER_ONE = 20.0
FASTER_MANY = 1.8
MORE_REQUESTS = 2
FIRST_PLOT_MS = 150.0
LOOP_MS = 50.0
MEMORY_MIB = 300.0

Numbers = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table; `met` is None for what nobody has promised, and for what cannot be told."""

    what: str
    wanted: str
    measured: str
    met: bool | None


def one_lines(found: Numbers) -> list[Line]:
    """Judge one 1D element."""
    slow, fast = found["as_it_comes"], found["pages_of_500"]
    most = fast["requests"]["th1"] + MORE_REQUESTS
    lines = [
        Line("one 1D ME, cmsdials as it comes", "", f"{slow['ms']:.0f} ms, {requests(slow)}", None),
        Line("one 1D ME, cmsdials page_size=500", "", f"{fast['ms']:.0f} ms, {requests(fast)}", None),
    ]
    for name, what in (("ours_knowing_the_ls", "LS known"), ("ours", "with the list of LS")):
        ours = found[name]
        factor = slow["ms"] / ours["ms"]
        lines += [
            Line(
                f"one 1D ME, ours, {what}",
                f">= {FASTER_ONE:g} x as it comes",
                f"{ours['ms']:.0f} ms, {factor:.1f} x",
                factor >= FASTER_ONE,
            ),
            Line(
                f"  requests for histograms, {what}",
                f"<= {most}",
                requests(ours),
                ours["requests"]["th1"] <= most,
            ),
        ]
    return lines


def many_lines(found: Numbers) -> list[Line]:
    """Judge many 1D elements."""
    theirs, ours = found["pages_of_500"], found["ours"]
    factor = theirs["ms"] / ours["ms"]
    return [
        Line(
            f"{N_ELEMENTS} 1D MEs, cmsdials page_size=500 in turn",
            "",
            f"{theirs['ms']:.0f} ms, {requests(theirs)}",
            None,
        ),
        Line(
            f"{N_ELEMENTS} 1D MEs, ours",
            f">= {FASTER_MANY:g} x that",
            f"{ours['ms']:.0f} ms, {factor:.2f} x, {requests(ours)}",
            factor >= FASTER_MANY,
        ),
    ]


def first_plot_lines(found: Numbers) -> list[Line]:
    """Judge the first plot."""
    lines = []
    for dim, each in found.items():
        for name, what in (("quiet_ms", "from rest"), ("busy_ms", "after leaving another")):
            worst, middle = max(each[name]), sorted(each[name])[len(each[name]) // 2]
            lines.append(
                Line(
                    f"first plot, {dim.upper()}, {what}",
                    f"<= {FIRST_PLOT_MS:g} ms",
                    f"{worst:.0f} ms at the most, {middle:.0f} ms in the middle",
                    worst <= FIRST_PLOT_MS,
                )
            )
    return lines


def loop_lines(found: Numbers, where: str = "data layer alone") -> list[Line]:
    """Judge how free the loop stays."""
    what = f"loop blocked, {LOADS_AT_ONCE} maps loading, {where}"
    worst = found["slowest_callbacks"][0]
    return [
        Line(
            what,
            f"<= {LOOP_MS:g} ms",
            f"{found['work_ms_max']:.0f} to {found['own_ms_max']:.0f} ms by ourselves, "
            f"{found['gap_ms_max']:.0f} ms by the clock",
            verdict(at_least=found["work_ms_max"], at_most=found["own_ms_max"]),
        ),
        Line(
            "  slowest callback",
            "",
            f"{worst['wall_ms']:.0f} ms, {worst['cpu_ms']:.0f} of them working: {worst['name']}",
            None,
        ),
        Line(
            "  longest garbage collection",
            "",
            f"{found['collection_ms_max']:.0f} ms; {found['collectable_objects']} objects at the beginning",
            None,
        ),
    ]


def verdict(*, at_least: float, at_most: float) -> bool | None:
    """Judge a pause of the loop between two limits; None when other processes leave it open."""
    return True if at_most <= LOOP_MS else False if at_least > LOOP_MS else None


def screen_lines(found: Numbers) -> list[Line]:
    """Judge how free the loop of the whole program stays."""
    return loop_lines(found, "whole program")


def memory_lines(found: Numbers) -> list[Line]:
    """Judge the memory."""
    growth = found["growth_at_the_most_mib"]
    return [
        Line(
            f"memory, {found['ls']} LS, {LOOKED_AT[1]} 1D and {LOOKED_AT[2]} 2D MEs",
            f"<= {MEMORY_MIB:g} MiB more",
            f"{growth:.0f} MiB at the most, {found['growth_in_the_end_mib']:.0f} in the end",
            growth <= MEMORY_MIB,
        )
    ]


LINES: dict[str, Callable[[Numbers], list[Line]]] = {
    "one": one_lines,
    "many": many_lines,
    "first_plot": first_plot_lines,
    "loop": loop_lines,
    "screen": screen_lines,
    "memory": memory_lines,
}


def requests(found: Numbers) -> str:
    """Put numbers of requests into words."""
    return ", ".join(f"{n} {path}" for path, n in sorted(found["requests"].items()))


def measure(job: str) -> Numbers:
    """Do a job in a process of its own; raises CalledProcessError when it fails."""
    with DemoServices.start(["--cost", "real"]) as demo:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.loading_jobs", job],
            env={**os.environ, **demo.environment()},
            stdout=subprocess.PIPE,
            check=True,
        )
    numbers: Numbers = json.loads(done.stdout.splitlines()[-1])
    return numbers


def main() -> None:
    """Print a table, or everything as JSON."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"{', '.join(JOBS)}; default: all")
    parser.add_argument("--json", action="store_true", help="all numbers")
    options = parser.parse_args()
    unknown = set(options.jobs) - set(JOBS)
    if unknown:
        parser.error(f"there is no job {', '.join(sorted(unknown))}")
    load_before = os.getloadavg()[0]
    found = {job: measure(job) for job in options.jobs or JOBS}
    lines = [line for job, numbers in found.items() for line in LINES[job](numbers)]
    if options.json:
        everything = {
            "load_average_before": load_before,
            "numbers": found,
            "verdicts": [asdict(line) for line in lines],
        }
        sys.stdout.write(json.dumps(everything, indent=1) + "\n")
        return
    width = max(len(line.what) for line in lines)
    for line in lines:
        said = {None: "unclear" if line.wanted else "", True: "met", False: "MISSED"}[line.met]
        sys.stdout.write(f"{line.what:{width}}  {line.wanted:22}{said:8}{line.measured}\n")
    sys.stdout.write(f"load of the machine before: {load_before:.1f}\n")


if __name__ == "__main__":
    main()
