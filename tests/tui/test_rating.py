"""Choosing whose rate histograms are divided by, by prompt and picker."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.review.review import Target
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.panes.status import MessageLine
from dqmtui.tui.widgets.picker import Picker
from tests.tui.driving import on_screen, reviewing, screen_text, typed, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices

AT = Target(run=381065, dataset="ZeroBias", me="PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1", ls=103)


def plot(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(PlotPane))


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


async def asked(pilot: Pilot[None], line: str) -> None:
    """Type a line at the prompt."""
    await typed(pilot, ":", f" {line}", "enter")


async def test_the_prompt_takes_a_path_and_the_label_says_it(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, _):
        await typed(pilot, "n", "n")
        assert "counts per Hz of HLT_ZeroBias" in plot(pilot)
        await asked(pilot, "rate HLT_IsoMu24")
        await until(pilot, lambda: "The rate is that of HLT_IsoMu24 now." in said(pilot))
        await until(pilot, lambda: "counts per Hz of HLT_IsoMu24" in plot(pilot))


async def test_a_name_that_there_is_not_is_answered_with_the_nearest(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await asked(pilot, "rate HLT_IsoMu42")
        await until(pilot, lambda: "HLT_IsoMu24" in said(pilot))
        assert review.rate.name == "HLT_ZeroBias"


async def test_without_a_name_the_paths_and_datasets_of_the_run_are_offered(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "n", "n")
        await asked(pilot, "rate")
        picker = pilot.app.screen.query_one(Picker)
        await until(pilot, lambda: picker.is_open)
        text = on_screen(pilot)
        assert "Divide by the rate of" in text
        assert "in use" in text
        await typed(pilot, " muon0", "enter")
        await until(pilot, lambda: review.rate.typed == "dataset:Muon0")
        await until(pilot, lambda: "counts per Hz of dataset Muon0" in plot(pilot))
