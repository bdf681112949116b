"""What a scan with the default settings finds in the synthetic runs, against what is wrong there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.truth import load_truth
from dqmtui.demo.cms.world import build_world
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.judging.scan import Scanner
from dqmtui.model.judging.scan_explained import Judging
from dqmtui.model.judging.scan_ranges import ranges
from tests.bench.bench_scan import (
    about,
    elements_of,
    false_alarms,
    is_placed,
    scan_run,
    stack_of,
    table_of,
    truth_of,
)

if TYPE_CHECKING:
    from dqmtui.demo.cms.records import Element
    from dqmtui.demo.cms.world import World

EVERY = 12
"""Of the elements in which nothing is wrong, so many are left out for each that is scanned."""


def some_elements(world: World, workspace: str, run: int) -> list[Element]:
    """Elements that are spoilt in a run, and a few others; drawing all of them takes a minute."""
    spoilt = {
        me
        for anomaly in load_truth()
        if (anomaly.workspace, anomaly.run) == (workspace, run)
        for me in elements_of(world, anomaly)
    }
    elements = world.elements(workspace)
    return [one for at, one in enumerate(elements) if one.me in spoilt or at % EVERY == 0]


def test_S6_a_scan_finds_and_places_what_is_wrong_and_raises_no_more_false_alarms_than_it_predicts() -> None:
    world = build_world()
    alarms, expected, needed = [], 0.0, 0
    for workspace, run in sorted({(one.workspace, one.run) for one in load_truth()}):
        scanned = scan_run(world, workspace, run, elements=some_elements(world, workspace, run))
        for anomaly in truth_of(scanned):
            for me in elements_of(world, anomaly) if anomaly.enough_statistics else ():
                found = about(scanned, anomaly, me)
                assert len(found) == 1, f"{anomaly.name} in {me} is found as {found}"
                assert is_placed(anomaly, found[0]), f"{anomaly.name} is placed at {found[0]}"
                needed += 1
        alarms += false_alarms(scanned)
        expected += scanned.result.expected_false_alarms
    assert needed >= len([one for one in load_truth() if one.enough_statistics]) > 0
    assert len(alarms) <= expected, alarms


CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"


def test_a_charge_that_is_low_in_a_lumisection_without_a_rate_row_is_found() -> None:
    world = build_world()
    table = table_of(world, "tracker", 379011)
    element = next(one for one in world.elements("tracker") if one.me == CHARGE)
    drawn = stack_of(world, table.key, element)
    (rows,) = drawn.held()
    assert drawn.x is not None
    data = rows.data.copy()
    at = int(np.searchsorted(rows.ls, 41))
    low = np.repeat(drawn.x.centres * 0.8, data[at].astype(np.int64))
    data[at] = np.histogram(low, drawn.x.edges)[0]
    made = HistogramStack(drawn.key, drawn.element, rows.ls)
    made.fill(StackRows(rows.ls, rows.entries, data, drawn.x))
    made.finish()
    scanner = Scanner(table)
    (found,) = ranges([scanner.score(made)], Judging(table, scanner.good)).suspicions
    assert (found.first_ls, found.last_ls, found.conditions) == (41, 41, ())
    assert found.score > 20
