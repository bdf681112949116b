"""Scan the runs of the synthetic world: what it costs, what of the known truth it finds, what else it finds.

Run it by hand: `python -m tests.bench.bench_scan [--run 381065 ...] [--kept DIRECTORY] [--table]`. Only the
scoring is timed, in CPU time of all threads; `--kept` keeps drawn histograms, which take most of the rest;
`--table` prints the tables of the README and docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.truth import Anomaly, load_truth
from dqmtui.demo.cms.world import World, build_world
from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.judging.scan import Scanner
from dqmtui.model.judging.scan_explained import Judging
from dqmtui.model.judging.scan_ranges import EXPECTED_FALSE_ALARMS, ScanResult, Suspicion, ranges
from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.model.lstable import DIALS, OMS, RATE, LSTable, Source, Values
from dqmtui.model.states import SourceState
from dqmtui.review.scan_words import judged_of_good

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.demo.cms.records import Element
    from dqmtui.model.judging.scan_scores import Scores

CLEAN_RUNS = (("tracker", 382229), ("tracker", 380310))
"""Runs that nothing is injected into."""

WITHIN_LS = 1


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scanned run: what was found and the CPU seconds that scoring and ranking took."""

    workspace: str
    run: int
    lumisections: int
    result: ScanResult
    cpu_s: float


def prompt_dataset(world: World, workspace: str, run: int) -> int:
    """Give the prompt dataset of a run in a workspace."""
    return next(
        dataset.dataset_id
        for dataset in world.datasets
        if dataset.reconstruction == "prompt" and run in world.dataset_runs(workspace, dataset.dataset_id)
    )


def table_of(world: World, workspace: str, run: int) -> LSTable:
    """Make the LS table of a run as the services would fill it."""
    dataset = prompt_dataset(world, workspace, run)
    record = world.runs[run]
    columns = dict(record.lumisections)
    ls = np.array(columns.pop("lumisection_number"), dtype=np.int64)
    oms = Source(ls, {name: Values.of(items) for name, items in columns.items()}, SourceState.LOADED)
    rows = world.lumisections(workspace, dataset, run)
    table = LSTable(RunKey(workspace, dataset, run)).with_source(OMS, oms)
    table = table.with_source(DIALS, Source(rows, {}, SourceState.LOADED))
    path = world.trigger_path(dataset, run)
    if path is None:
        return table
    rates = record.hlt[path]
    rate = Source(
        np.array(rates.first_lumisection_number, dtype=np.int64),
        {"rate_hz": Values.of(list(rates.rate_hz), "Hz")},
        SourceState.LOADED,
    )
    return table.with_source(RATE, rate)


def stack_of(world: World, key: RunKey, element: Element, kept: Path | None = None) -> HistogramStack:
    """Draw the histograms of an element, or take them from where they were kept."""
    ls = world.coverage(key.workspace, key.dataset_id, key.run, element.me_id)
    file = None if kept is None else kept / f"{key.workspace}_{key.run}" / f"{element.me_id}.npz"
    if file is not None and file.is_file():
        with np.load(file) as arrays:
            ls, entries, data = arrays["ls"], arrays["entries"], arrays["data"].astype(np.float64)
    else:
        entries, data = world.histograms(key.workspace, key.dataset_id, key.run, element.me_id, ls)
        if file is not None:
            file.parent.mkdir(parents=True, exist_ok=True)
            np.savez(file, ls=ls, entries=entries, data=data.astype(np.float32))
    me = MonitoringElement(element.me_id, element.me, element.dim)
    stack = HistogramStack(HistogramKey(key, element.me_id), me, ls)
    x = Axis(element.nx, element.x_min, element.x_max)
    y = Axis(element.ny, element.y_min, element.y_max) if element.dim == 2 else None
    stack.fill(StackRows(ls, entries, data, x, y))
    stack.finish()
    return stack


def scan_run(
    world: World,
    workspace: str,
    run: int,
    kept: Path | None = None,
    elements: Sequence[Element] | None = None,
) -> Scanned:
    """Scan elements of a run, by default all, with the default settings."""
    table = table_of(world, workspace, run)
    start = time.process_time()
    scanner = Scanner(table)
    cpu = time.process_time() - start
    scores: list[Scores] = []
    lumisections = 0
    for element in world.elements(workspace) if elements is None else elements:
        stack = stack_of(world, table.key, element, kept)
        lumisections = max(lumisections, stack.ls.size)
        start = time.process_time()
        scores.append(scanner.score(stack))
        cpu += time.process_time() - start
        del stack
    start = time.process_time()
    result = ranges(scores, Judging(table, scanner.good))
    cpu += time.process_time() - start
    return Scanned(workspace, run, lumisections, result, cpu)


def overlaps(anomaly: Anomaly, found: Suspicion) -> bool:
    """Whether a suspicion is about an anomaly: one of its elements, and a common LS."""
    named = any(re.fullmatch(pattern, found.element.me) for pattern in anomaly.mes)
    return named and found.first_ls <= anomaly.last_ls and found.last_ls >= anomaly.first_ls


def is_placed(anomaly: Anomaly, found: Suspicion) -> bool:
    """Whether first and last LS are within one of the truth."""
    return (
        abs(found.first_ls - anomaly.first_ls) <= WITHIN_LS
        and abs(found.last_ls - anomaly.last_ls) <= WITHIN_LS
    )


def elements_of(world: World, anomaly: Anomaly) -> list[str]:
    """List the elements that an anomaly changes."""
    return [
        element.me
        for element in world.elements(anomaly.workspace)
        if any(re.fullmatch(pattern, element.me) for pattern in anomaly.mes)
    ]


def truth_of(scanned: Scanned) -> list[Anomaly]:
    """Give what is known to be wrong in a scanned run."""
    return [one for one in load_truth() if (one.workspace, one.run) == (scanned.workspace, scanned.run)]


def about(scanned: Scanned, anomaly: Anomaly, me: str) -> list[Suspicion]:
    """Give what a scan says of an anomaly in one of its elements, the most suspicious first."""
    return [one for one in scanned.result.suspicions if one.element.me == me and overlaps(anomaly, one)]


def false_alarms(scanned: Scanned) -> list[Suspicion]:
    """Give what is neither in the truth nor explained by conditions."""
    truth = truth_of(scanned)
    return [
        one
        for one in scanned.result.suspicions
        if not one.conditions and not any(overlaps(anomaly, one) for anomaly in truth)
    ]


def tables(world: World, scans: Sequence[Scanned]) -> str:
    """Write what was found of the truth, and what each scan cost and raised, as Markdown."""
    lines = ["| injected | run | LS | found at LS | score | by |", "|---|---|---|---|---|---|"]
    for scanned in scans:
        for anomaly in truth_of(scanned):
            for me in elements_of(world, anomaly):
                found = about(scanned, anomaly, me)
                span = ", ".join(f"{one.first_ls}-{one.last_ls}" for one in found) or "not found"
                score = f"{found[0].score:.1f}" if found else ""
                name = anomaly.name.replace("_", " ") + (
                    "" if anomaly.enough_statistics else " (too few entries)"
                )
                truth = f"{anomaly.first_ls}-{anomaly.last_ls}"
                by = found[0].test if found else ""
                lines.append(f"| {name} | {anomaly.run} | {truth} | {span} | {score} | {by} |")
    lines += ["", "| run | MEs x LS | scored in (CPU) | trials | threshold | false alarms (expected) |"]
    lines.append("|---|---|---|---|---|---|")
    for scanned in scans:
        result = scanned.result
        lines.append(
            f"| {scanned.workspace} {scanned.run} | {result.elements} x {scanned.lumisections} | "
            f"{scanned.cpu_s:.2f} s | {result.trials} | {result.threshold:.2f} | "
            f"{len(false_alarms(scanned))} ({result.expected_false_alarms:g}) |"
        )
    return "\n".join(lines) + "\n"


def report(world: World, scanned: Scanned) -> bool:
    """Print what was found in a run against the truth; tell whether all is as it should be."""
    truth = truth_of(scanned)
    result, out = scanned.result, sys.stdout.write
    fine = True
    out(
        f"\n{scanned.workspace} {scanned.run}: {result.elements} MEs x {scanned.lumisections} LS, "
        f"{judged_of_good(result)}, {result.trials} trials, |z| > {result.threshold:.2f}, "
        f"{scanned.cpu_s:.2f} s CPU; histograms not judged: {result.low_statistics} low statistics, "
        f"{result.not_comparable} not comparable\n"
    )
    for anomaly in truth:
        for me in elements_of(world, anomaly):
            mine = [
                (rank, one)
                for rank, one in enumerate(result.suspicions, 1)
                if one.element.me == me and overlaps(anomaly, one)
            ]
            good = len(mine) == 1 and is_placed(anomaly, mine[0][1])
            fine &= good or not anomaly.enough_statistics
            needed = "" if anomaly.enough_statistics else " (not enough statistics)"
            verdict = "found" if good else "off" if mine else "not found"
            out(f"  {verdict:9} {anomaly.name}{needed} {anomaly.first_ls}-{anomaly.last_ls} {me[-40:]}\n")
            for rank, one in mine:
                out(f"      #{rank} {one.first_ls}-{one.last_ls} z {one.score:.1f} {one.test}: {one.why}\n")
    others = [one for one in result.suspicions if not any(overlaps(anomaly, one) for anomaly in truth)]
    alarms = [one for one in others if not one.conditions]
    out(
        f"  not in the truth: {len(alarms)} unexplained, {len(others) - len(alarms)} explained; "
        f"expected by chance {result.expected_false_alarms:g}\n"
    )
    for one in others:
        told = f" [{'; '.join(one.conditions)}]" if one.conditions else ""
        out(
            f"            {one.first_ls}-{one.last_ls} z {one.score:.1f} {one.test} {one.element.me[-50:]}: "
            f"{one.why}{told}\n"
        )
    return fine


def main() -> int:
    """Scan the runs that were asked for, or those of the truth and two clean ones."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--run", type=int, action="append")
    parser.add_argument("--kept", type=Path)
    parser.add_argument("--table", action="store_true")
    options = parser.parse_args()
    world = build_world()
    runs = sorted({(one.workspace, one.run) for one in load_truth()}) + list(CLEAN_RUNS)
    chosen = [pair for pair in runs if not options.run or pair[1] in options.run]
    fine = True
    scans = []
    for workspace, run in chosen:
        scans.append(scan_run(world, workspace, run, options.kept))
        fine &= report(world, scans[-1])
    if options.table:
        sys.stdout.write("\n" + tables(world, scans))
    alarms = sum(len(false_alarms(scanned)) for scanned in scans)
    expected = EXPECTED_FALSE_ALARMS * len(scans)
    sys.stdout.write(
        f"\nall anomalies with enough statistics found within one LS: {'yes' if fine else 'NO'}; "
        f"{alarms} unexplained alarms not in the truth in {len(chosen)} scans, {expected:g} expected\n"
    )
    return 0 if fine else 1


if __name__ == "__main__":
    sys.exit(main())
