"""Panes made larger and smaller by keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.review.review import Target
from dqmtui.tui.places import PANES
from dqmtui.tui.sizes import AXES, PARTS, Mode, change_of, least_of, mode_of, read_sizes, share_of, weights
from tests.tui.driving import on_screen, reviewing, screen_of, typed
from tests.tui.test_screen_layouts import check_places, resized

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.tui.sizes import Axis

AT = Target(run=379011, me="PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1")


BOTH: tuple[Axis, Axis] = ("width", "height")


def region(pilot: Pilot[None], widget: str) -> Region:
    return screen_of(pilot).query_one(f"#{widget}").region


async def test_keys_share_the_screen_out_anew_and_counts_repeat_them(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(160, 45)) as (pilot, _):
        usual = {pane: region(pilot, pane) for pane in PANES}
        # keys that come before the screen is laid out anew count, too
        await typed(pilot, "plus", "plus", "plus")
        assert region(pilot, "plot").height == usual["plot"].height + 3
        assert region(pilot, "trend").height == usual["trend"].height - 3
        assert "Plot: " in on_screen(pilot)
        assert "= gives all panes their usual sizes" in on_screen(pilot)
        await typed(pilot, "5", "minus")
        assert region(pilot, "plot").height == usual["plot"].height - 2
        await typed(pilot, "6", "asterisk")
        assert region(pilot, "plot").width == usual["plot"].width + 12
        await typed(pilot, "2", "plus", "underscore")
        assert region(pilot, "lumisections").height == usual["lumisections"].height + 1
        assert region(pilot, "lumisections").width == usual["lumisections"].width - 14
        check_places(pilot)
        await typed(pilot, "equals_sign")
        assert {pane: region(pilot, pane) for pane in PANES} == usual


async def test_no_pane_gets_smaller_than_it_is_useful_whatever_is_typed(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(160, 45)) as (pilot, _):
        screen = screen_of(pilot)
        for pane in PANES:
            screen.go_to_pane(pane)
            for resize in (screen.action_resize_height, screen.action_resize_width):
                for step in (99, -99):
                    resize(step)
                    await pilot.pause()
                    check_places(pilot)
        assert "It can go no further" not in on_screen(pilot)
        await typed(pilot, "9", "9", "underscore")
        assert "It can go no further" in on_screen(pilot)


async def test_sizes_hold_for_their_arrangement_and_stay_sensible_in_other_terminals(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, AT, size=(160, 45)) as (pilot, _):
        await typed(pilot, "8", "plus")
        chosen = region(pilot, "plot").height
        await resized(pilot, 120, 60)
        await typed(pilot, "7", "minus")
        check_places(pilot)
        await resized(pilot, 250, 70)
        await typed(pilot, "2", "5", "asterisk")
        check_places(pilot)
        for size in ((80, 24), (151, 22)):
            await resized(pilot, *size)
            check_places(pilot)
        await resized(pilot, 160, 45)
        assert region(pilot, "plot").height == chosen


async def test_what_cannot_be_resized_is_said(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(120, 36)) as (pilot, _):
        await typed(pilot, "2", "plus")
        assert "The runs are folded" in on_screen(pilot)
        await typed(pilot, "z", "plus")
        assert "fills the screen" in on_screen(pilot)
        await typed(pilot, "z")
        await resized(pilot, 80, 24)
        await typed(pilot, "2", "asterisk")
        assert "Lumisections has all of the width there is" in on_screen(pilot)
        await typed(pilot, "3", "plus")
        assert "Plot: " in on_screen(pilot)


# -- shares ------------------------------------------------------------------------------------------------


@given(st.integers(20, 999), st.data())
def test_a_share_comes_out_as_the_cells_it_was_made_of(of: int, data: st.DataObject) -> None:
    cells = data.draw(st.integers(1, of - 1))
    first, second = weights(round(share_of(cells, of), 4))
    assert int(of * first / (first + second)) == cells


@pytest.mark.parametrize("mode", list(Mode))
def test_growing_means_growing_for_every_pane_that_has_a_neighbour(mode: Mode) -> None:
    for pane in PANES:
        for axis in BOTH:
            change = change_of(mode, pane, axis)
            if change is not None:
                assert AXES[mode][change.part] == axis
                first = {"left": PARTS["runs"]}.get(change.part, PARTS[change.part][:1])
                assert change.first_grows is (pane in first)
                assert min(least_of(mode, change.part)) > 0


@pytest.mark.parametrize(
    ("width", "mode"),
    [(60, "narrow"), (109, "narrow"), (110, "wide"), (149, "wide"), (150, "roomy"), (230, "broad")],
)
def test_the_width_of_the_terminal_decides_the_arrangement(width: int, mode: str) -> None:
    assert mode_of(width).value == mode


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        "x",
        {"roomy": []},
        {"roomy": {"plot": 2.0}},
        {"roomy": {"plot": "0.5"}},
        {"tiny": {"plot": 0.5}},
    ],
)
def test_sizes_in_a_file_that_make_no_sense_are_left_out(data: object) -> None:
    assert not read_sizes(data)


def test_sizes_in_a_file_are_read_as_they_were_written() -> None:
    sizes = {"roomy": {"plot": 0.61, "left": 0.4}, "narrow": {"plot": 0.3}}
    assert read_sizes(sizes) == sizes
    assert read_sizes({**sizes, "narrow": {"left": 0.3, "plot": 0.3}}) == sizes
