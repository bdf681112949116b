"""OMS fills and eras, as the planned runs imply them."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from dqmtui.demo.cms.beams import LUMISECTION_SECONDS, beam_columns, iso_times
from dqmtui.demo.cms.conditions import fill_numbers
from dqmtui.demo.cms.ranges import parse_ranges, within

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.demo.cms.plan import RunPlan
    from dqmtui.demo.cms.records import Attributes

_ERA_STARTS = (("2024B", 9471), ("2024C", 9518), ("2024D", 9583), ("2024E", 9634), ("2024F", 9719))


def eras() -> tuple[Attributes, ...]:
    """Rows of `eras`; the last one has no end yet."""
    closed = [
        {"name": name, "start_fill": start, "end_fill": next_start - 1}
        for (name, start), (_, next_start) in pairwise(_ERA_STARTS)
    ]
    name, start = _ERA_STARTS[-1]
    return (*closed, {"name": name, "start_fill": start, "end_fill": None})


def fills(plans: Sequence[RunPlan]) -> tuple[Attributes, ...]:
    """Rows of `fills`, sorted by fill number."""
    numbers = sorted({fill for plan in plans for _, fill in plan.fills if fill})
    return tuple(_fill(number, [p for p in plans if number in {f for _, f in p.fills}]) for number in numbers)


def _fill(number: int, plans: Sequence[RunPlan]) -> Attributes:
    delivered = recorded = peak_pileup = peak_lumi = 0.0
    moments: list[np.datetime64] = []
    stable_moments: list[np.datetime64] = []
    for plan in plans:
        rows = parse_ranges(plan.rows)
        ls = rows[fill_numbers(plan, rows) == number]
        beams = beam_columns(plan, ls)
        delivered += float(beams.delivered.sum())
        recorded += float(beams.recorded.sum())
        peak_pileup = max(peak_pileup, float(beams.pileup.max()))
        peak_lumi = max(peak_lumi, float(beams.delivered.max()) / LUMISECTION_SECONDS * 100.0)
        moments += [_moment(plan, int(ls[0]) - 1), _moment(plan, int(ls[-1]))]
        stable = ls[within(ls, plan.stable)]
        if stable.size:
            stable_moments += [_moment(plan, int(stable[0]) - 1), _moment(plan, int(stable[-1]))]
    collisions = any(not plan.cosmics for plan in plans)
    ongoing = any(plan.ongoing for plan in plans)
    start, end = min(moments) - np.timedelta64(40, "m"), max(moments) + np.timedelta64(3, "m")
    start_time, end_time = iso_times(np.array([start, end]))
    stable_start, stable_end = (
        iso_times(np.array([min(stable_moments), max(stable_moments)])) if stable_moments else (None, None)
    )
    scheme = f"25ns_{plans[0].bunches + 12}b_{plans[0].bunches}_hybrid"
    return {
        "fill_number": number,
        "era": plans[0].era,
        "start_time": start_time,
        "end_time": None if ongoing else end_time,
        "start_stable_beam": stable_start,
        "end_stable_beam": None if ongoing else stable_end,
        "stable_beams": bool(stable_moments),
        "duration": None if ongoing else int((end - start) / np.timedelta64(1, "s")),
        "energy": 6800.0 if collisions else 450.0,
        "bunches_colliding": plans[0].bunches if collisions else None,
        "beta_star": 30.0 if collisions else 1100.0,
        "crossing_angle": 160.0 if collisions else 0.0,
        "injection_scheme": scheme if collisions else None,
        "peak_lumi": round(peak_lumi, 4) if collisions else None,
        "peak_pileup": round(peak_pileup, 3) if collisions else None,
        "delivered_lumi": round(delivered, 6) if collisions else None,
        "recorded_lumi": round(recorded, 6) if collisions else None,
        "first_run_number": plans[0].run,
        "last_run_number": plans[-1].run,
    }


def _moment(plan: RunPlan, lumisections: int) -> np.datetime64:
    seconds = round(lumisections * LUMISECTION_SECONDS)
    return np.datetime64(plan.start, "s") + np.timedelta64(seconds, "s")
