"""Where the panes stand in terminals of all sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Static

from dqmtui.review.review import Target
from dqmtui.tui.places import PANES, SMALLEST
from dqmtui.tui.sizes import LEAST
from tests.tui.driving import has_keys, on_screen, reviewing, screen_of, typed

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=379011, me=CHARGE)

ALL = set(PANES)
PLOTS = {"plot", "trend"}
SIZES = {
    (80, 24): PLOTS,
    (100, 30): PLOTS,
    (120, 36): ALL,
    (160, 45): ALL,
    (200, 50): ALL,
    (250, 70): ALL,
}


def shown(pilot: Pilot[None]) -> set[str]:
    """Name the panes that are on screen."""
    screen = screen_of(pilot)
    return {pane for pane in PANES if screen.query_one(f"#{pane}").region.area}


def check_places(pilot: Pilot[None]) -> None:
    """Check that nothing reaches beyond the screen or a neighbour, and that all panes are large enough."""
    screen = screen_of(pilot)
    panes = {pane: screen.query_one(f"#{pane}") for pane in shown(pilot)}
    for pane, widget in panes.items():
        inside = widget.region.intersection(screen.region)
        assert inside == widget.region, pane
        folded = pane == "runs" and screen.folds
        assert widget.region.height >= (1 if folded else LEAST[pane].get("height", 1)), pane
        others = (other for name, other in panes.items() if name != pane)
        assert not any(widget.region.overlaps(other.region) for other in others), pane
    covered = sum(widget.region.area for widget in panes.values())
    assert covered == screen.query_one("#panes").region.area


async def resized(pilot: Pilot[None], width: int, height: int) -> None:
    await pilot.resize_terminal(width, height)
    await pilot.pause()
    await pilot.pause()


async def test_every_size_shows_the_panes_that_have_room_and_nothing_is_cut(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        screen = screen_of(pilot)
        for (width, height), wanted in SIZES.items():
            await resized(pilot, width, height)
            assert shown(pilot) == wanted
            check_places(pilot)
            assert has_keys(pilot, screen.query_one("#plot"))
        # and back again
        await resized(pilot, 80, 24)
        assert shown(pilot) == PLOTS
        # one pane at a time, each by its key
        for key, wanted in (("1", {"runs"}), ("2", {"lumisections"}), ("3", PLOTS), ("4", PLOTS)):
            await typed(pilot, key)
            assert shown(pilot) == wanted
            check_places(pilot)
        await resized(pilot, 80, 18)
        assert shown(pilot) == {"trend"}
        await typed(pilot, "3")
        assert shown(pilot) == {"plot"}


async def test_the_runs_fold_into_a_line_where_rows_are_few_and_a_run_is_open(demo: DemoServices) -> None:
    async with reviewing(demo, size=(120, 36)) as (pilot, review):
        screen = screen_of(pilot)
        assert not screen.folds
        wide = screen.query_one("#left").region.width
        review.go_to_run(379011)
        await typed(pilot, "2")
        runs, lumisections = screen.query_one("#runs"), screen.query_one("#lumisections")
        assert runs.region.height == 1
        assert lumisections.region.height == screen.query_one("#panes").region.height - 1
        assert "1 Run 379011  fill 9477  397 LS" in on_screen(pilot)
        # the plot gets what the table of an open run does not need
        assert screen.query_one("#left").region.width < wide
        await typed(pilot, "1")
        assert runs.region.height > lumisections.region.height
        check_places(pilot)
        await typed(pilot, "tab")
        assert runs.region.height == 1
        # with enough rows both have their place
        await resized(pilot, 120, 45)
        assert runs.region.height > 1
        check_places(pilot)
        await resized(pilot, 160, 30)
        assert runs.region.height == 1
        check_places(pilot)


async def test_a_broad_terminal_has_the_tables_side_by_side(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(250, 70)) as (pilot, _):
        screen = screen_of(pilot)
        runs, lumisections = screen.query_one("#runs").region, screen.query_one("#lumisections").region
        assert runs.y == lumisections.y
        assert runs.right == lumisections.x
        assert runs.height == lumisections.height == screen.query_one("#panes").region.height


async def test_a_terminal_that_is_too_small_says_so_and_recovers(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, _):
        await resized(pilot, SMALLEST[0] - 1, SMALLEST[1])
        told = screen_of(pilot).query_one("#too-small", Static)
        assert told.region == screen_of(pilot).region
        assert f"at least {SMALLEST[0]}x{SMALLEST[1]}" in on_screen(pilot)
        await resized(pilot, *SMALLEST)
        assert not told.region
        check_places(pilot)
