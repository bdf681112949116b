"""Keys that lead nowhere say so, in few words and without filling the list of messages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.review.review import Target
from tests.tui.driving import on_screen, reviewing, screen_of, typed

if TYPE_CHECKING:
    from dqmtui.demo.process import DemoServices

AT = Target(run=379011)


async def test_at_the_end_of_run_and_elements_the_keys_that_lead_nowhere_say_so(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        screen = screen_of(pilot)
        await typed(pilot, "g")
        for key in ("g", "h", "H", "left"):
            await typed(pilot, key)
            assert "This is the first LS of the run that has data." in on_screen(pilot), key
            # which says no more once it is no longer so
            await typed(pilot, "l")
            assert "This is the first LS" not in on_screen(pilot), key
            await typed(pilot, "h")
            assert "This is the first LS" not in on_screen(pilot), key
        await typed(pilot, "G")
        assert "This is the last LS" not in on_screen(pilot)
        for key in ("G", "l", "L", "right"):
            screen.confirm("")
            await typed(pilot, key)
            assert "This is the last LS of the run that has data." in on_screen(pilot), key
        said = len(screen.messages)
        await typed(pilot, *["right"] * 20)
        assert len(screen.messages) == said
        await typed(pilot, "1", "0", "N", "G", "G")
        assert f"This is the last group of {review.state.group} LS of the run" in on_screen(pilot)
        review.select_element(review.elements[0], [review.elements[0]])
        for key in ("full_stop", "comma"):
            screen.confirm("")
            await typed(pilot, key)
            assert "This is the only element of those found; / finds others." in on_screen(pilot), key
