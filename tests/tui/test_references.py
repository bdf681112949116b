"""Choosing references: what is offered first, and that other data are never taken in silence."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

from textual.widgets import Static

from dqmtui.review.choices import OtherRun
from dqmtui.review.datalayer import DataLayer
from dqmtui.review.review import Target
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.panes.status import MessageLine
from dqmtui.tui.widgets.hit_list import HitList
from dqmtui.tui.widgets.picker import Picker
from tests.tui.driving import on_screen, reviewing, screen_text, typed, until

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.model.lstable import Source

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=381151, dataset="ZeroBias", me=CHARGE, ls=100)


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


def place_of(text: str, what: str) -> int:
    """Give the line on which something stands first."""
    return next(at for at, line in enumerate(text.splitlines()) if what in line)


async def test_the_references_of_certhelpers_list_are_offered_first(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(160, 45)) as (pilot, _):
        await typed(pilot, "r")
        before = on_screen(pilot)
        await typed(pilot, "escape", "colon", " reference.list", "enter")
        await until(pilot, lambda: "for this one: 381065" in said(pilot))
        await typed(pilot, "r")
        after = on_screen(pilot)
        assert "CertHelper express prompt" in after
        assert place_of(after, "run 381065  ZeroBias") == place_of(after, "nothing") + 1
        assert place_of(before, "run 381065  ZeroBias") > place_of(before, "nothing") + 1


async def test_a_list_that_cannot_be_read_is_an_error_and_changes_nothing(
    demo: DemoServices, tmp_path: Path
) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps([[381151, 381067]]))
    bad.write_text("[[381151,")
    async with reviewing(demo, AT, size=(160, 45)) as (pilot, _):
        await typed(pilot, "colon", f" reference.list {good}", "enter")
        await until(pilot, lambda: "for this one: 381067" in said(pilot))
        for place in (bad, tmp_path / "none.json", "~nobody-of-that-name/list.json"):
            await typed(pilot, "colon", f" reference.list {place}", "enter")
            await until(pilot, lambda: "stays as it was" in said(pilot))
        await typed(pilot, "r")
        shown = on_screen(pilot)
        assert place_of(shown, "run 381067  ZeroBias") == place_of(shown, "nothing") + 1


async def test_the_list_ranks_by_luminosity_and_pileup_too_once_it_has_come_and_says_all_of_a_run(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, AT, size=(160, 45)) as (pilot, review):
        await typed(pilot, "r")
        await until(pilot, lambda: review.ranges_of_runs.known[381151].pileup is not None, "the pileup")
        await typed(pilot, *["down"] * 4)
        shown = " ".join(on_screen(pilot).split())
        runs = [at for at in (380360, 380310, 381067) if f"run {at}" in shown]
        assert sorted(runs, key=lambda run: shown.index(f"run {run}")) == runs
        said_of_it = str(pilot.app.screen.query_one(".picker--detail", Static).render())
        ranges = review.ranges_of_runs.known[380360]
        low, high = ranges.pileup or (0, 0)
        assert f"pileup {low:.0f} to {high:.0f}, " in said_of_it
        low, high = ranges.luminosity or (0, 0)
        assert 1e33 < low < high
        assert f"luminosity {low:.1e} to {high:.1e} cm⁻²s⁻¹, ".replace("e+", "e") in said_of_it
        assert "beams protons, stable; B field 3.80 T; HLT key the same" in said_of_it


async def test_what_is_known_by_and_by_moves_nothing_under_the_hands_of_who_chooses(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_come, ask = asyncio.Event(), DataLayer.conditions_source

    async def held_back(data: DataLayer, run: int) -> Source:
        await may_come.wait()
        return await ask(data, run)

    async with reviewing(demo, AT, size=(160, 45)) as (pilot, review):
        monkeypatch.setattr(DataLayer, "conditions_source", held_back)
        await pilot.press("r", *["down"] * 5)
        hits = pilot.app.screen.query_one(Picker).query_one(HitList)
        before = [hits.render_line(y).text[:50] for y in range(hits.size.height)]
        detail = pilot.app.screen.query_one(".picker--detail", Static)
        await until(
            pilot, lambda: "luminosity not read; pileup not read" in str(detail.render()), "the conditions"
        )
        may_come.set()
        await until(pilot, lambda: "% shared; duration" in str(detail.render()), "the pileup")
        assert [hits.render_line(y).text[:50] for y in range(hits.size.height)] == before
        await pilot.press("enter")
        await pilot.pause()
        assert review.reference_number == int(before[5].split()[1])
        assert before[5].startswith("run ")


async def test_J4_a_reference_of_other_data_says_so_when_it_is_chosen_and_beside_its_name(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, Target(run=379011, me=CHARGE), size=(160, 45)) as (pilot, review):
        await typed(pilot, "r", " =StreamExpress", "enter")
        assert isinstance(review.state.reference, OtherRun)
        assert "express, not prompt" in said(pilot)
        await until(pilot, lambda: "express, not prompt" in screen_text(pilot.app.screen.query_one(PlotPane)))
        await typed(pilot, "r", " =ZeroBias", "enter")
        assert "not prompt" not in said(pilot)
