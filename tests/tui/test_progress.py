"""What is said of what is loading: how far it is, and how long it will take."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.review.review import Target
from dqmtui.services.dials import DialsClient
from dqmtui.tui.panes.status import MessageLine
from dqmtui.tui.progress import LEAST_S, Eta, Progress, coming, to_go
from tests.tui.driving import pages_held_back, review_app, review_of, screen_text, settled, typed, until

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dqmtui.demo.process import DemoServices

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"


@dataclass
class Clock:
    """A clock that goes when it is told to, in seconds."""

    now: float = 100.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Watched:
    """An estimate on a clock that the test sets."""

    clock: Clock
    eta: Eta
    total: int = 1000

    @classmethod
    def of(cls, total: int = 1000) -> Watched:
        clock = Clock()
        return cls(clock, Eta(clock), total)

    def at(self, seconds: float, done: int, what: Hashable = "plot") -> float | None:
        self.clock.now = 100.0 + seconds
        return self.eta.seconds(Progress(what, "", done, self.total))


def test_nothing_is_known_before_some_has_come_for_a_second() -> None:
    watched = Watched.of()
    assert watched.at(0, 0) is None
    assert watched.at(0.4, 10) is None
    assert watched.at(0.8, 20) is None
    assert watched.at(2, 40) == pytest.approx(960 / 20)


def test_of_what_has_no_known_size_nothing_is_said() -> None:
    watched = Watched.of(total=0)
    assert [watched.at(second, 10 * second) for second in range(5)] == [None] * 5


def test_at_a_steady_pace_it_runs_down_with_the_clock() -> None:
    watched = Watched.of()
    said = [watched.at(second / 4, 5 * second) for second in range(4 * 49)]
    known = [(second / 4, left) for second, left in enumerate(said) if left is not None]
    assert len(known) > 180
    for second, left in known:
        assert left + second == pytest.approx(50, abs=0.01)


def test_what_comes_in_bursts_does_not_make_it_jump() -> None:
    watched = Watched.of()
    said = []
    for second in range(40):
        # ten pages at once, every five seconds
        left = watched.at(second, second // 5 * 100)
        if left is not None:
            said.append(left)
    assert len(said) > 25
    assert all(later < earlier for earlier, later in pairwise(said))


def test_a_pace_that_has_changed_clearly_is_taken_up() -> None:
    watched = Watched.of()
    for second in range(10):
        watched.at(second, 50 * second)
    slow = [watched.at(10 + second, 500 + 5 * second) for second in range(40)]
    assert slow[-1] is not None
    # 305 are left at 5 in a second
    assert slow[-1] == pytest.approx(61, rel=0.25)


def test_who_waits_long_for_the_next_piece_is_told_no_time() -> None:
    watched = Watched.of()
    for second in range(10):
        watched.at(second, 10 * second)
    assert watched.at(12, 90) is not None
    assert watched.at(16, 90) is None


def test_something_else_is_measured_anew() -> None:
    watched = Watched.of()
    for second in range(5):
        watched.at(second, 10 * second)
    assert watched.at(5, 40, what="another") is None
    assert watched.at(6, 140, what="another") == pytest.approx(8.6)


def test_a_pause_is_no_part_of_the_pace() -> None:
    watched = Watched.of()
    for second in range(5):
        watched.at(second, 10 * second)
    watched.eta.seconds(None)
    assert watched.at(1000, 40) is None
    assert watched.at(1001, 50) == pytest.approx(95)


def test_what_begins_again_is_measured_anew() -> None:
    watched = Watched.of()
    for second in range(5):
        watched.at(second, 100 * second)
    assert watched.at(5, 0) is None


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 50)), max_size=40))
def test_however_it_comes_the_time_is_none_or_positive(steps: list[tuple[float, int]]) -> None:
    watched, seconds, done = Watched.of(), 0.0, 0
    for wait, more in steps:
        seconds, done = seconds + wait, min(watched.total, done + more)
        left = watched.at(seconds, done)
        assert left is None or left > 0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (0.5, ""),
        (LEAST_S, ""),
        (2.1, "3 s to go"),
        (10, "10 s to go"),
        (11, "15 s to go"),
        (59, "60 s to go"),
        (61, "70 s to go"),
        (119.5, "120 s to go"),
        (121, "3 min to go"),
        (3599, "60 min to go"),
        (10_000, "hours to go"),
    ],
)
def test_a_time_is_written_as_well_as_it_is_known(seconds: float | None, words: str) -> None:
    assert to_go(seconds) == words


@given(st.floats(2.001, 20_000))
def test_what_is_written_never_grows_while_the_time_runs_down(seconds: float) -> None:
    def read(words: str) -> float:
        number, unit = words.split()[:2] if words[0].isdecimal() else ("7260", "s")
        return float(number) * (60 if unit == "min" else 1)

    assert read(to_go(seconds)) <= read(to_go(seconds * 1.01 + 0.01))


async def test_plots_say_how_many_of_how_many_ls_have_come_and_when_the_rest_will(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = pages_held_back(monkeypatch)
    app = review_app(demo.environment(), Target(run=381115, me=CHARGE, ls=700))
    clock = Clock()
    async with app.run_test(size=(160, 45)) as pilot:
        line = app.review_screen.query_one(MessageLine)
        line._eta = Eta(clock)
        await until(pilot, lambda: "0/1340 LS of charge_PXLayer_1  (esc stops)" in screen_text(line), "it")
        review = app.review_screen.review
        assert review is not None
        progress = coming(review)
        assert progress is not None
        assert (progress.done, progress.total) == (0, 1340)
        may_go_on.set()
        await settled(pilot)
        assert "LS of" not in screen_text(line)


async def test_a_page_of_plots_is_counted_together(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = review_app(demo.environment(), Target(run=381080, dataset="ZeroBias", me=CHARGE))
    async with app.run_test(size=(160, 45)) as pilot:
        line = app.review_screen.query_one(MessageLine)
        await until(pilot, lambda: app.review_screen.review is not None)
        await settled(pilot)
        may_go_on = pages_held_back(monkeypatch)
        await pilot.press("P", "P")
        # the one that was there counts as well
        await until(pilot, lambda: "384/1536 LS of 4 plots" in screen_text(line), "the page")
        may_go_on.set()
        await settled(pilot)


async def test_at_the_very_beginning_it_is_said_what_is_asked_for_and_it_can_be_stopped(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = asyncio.Event()
    ask = DialsClient.workspaces

    async def held_back(client: DialsClient) -> list[str]:
        await may_go_on.wait()
        return await ask(client)

    monkeypatch.setattr(DialsClient, "workspaces", held_back)
    app = review_app(demo.environment())
    async with app.run_test(size=(80, 24)) as pilot:
        line = app.review_screen.query_one(MessageLine)
        await until(pilot, lambda: "workspaces  (esc stops)" in screen_text(line), "the beginning")
        await pilot.press("escape")
        await until(pilot, lambda: "Stopped" in screen_text(line), "the end of it")
        assert "workspaces" not in screen_text(line)
        may_go_on.set()
        await pilot.press("ctrl+r")
        await settled(pilot)
        assert review_of(pilot).run_list.is_complete


async def test_runs_are_counted_and_can_be_stopped(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_go_on = asyncio.Event()
    ask = DialsClient.runs

    async def held_back(*arguments: Any, **named: Any) -> Any:
        rows = await ask(*arguments, **named)
        await may_go_on.wait()
        return rows

    monkeypatch.setattr(DialsClient, "runs", held_back)
    app = review_app(demo.environment())
    async with app.run_test(size=(160, 45)) as pilot:
        line = app.review_screen.query_one(MessageLine)
        await until(pilot, lambda: "runs: 0 so far, 0/" in screen_text(line), "the beginning")
        assert "datasets  (esc stops)" in screen_text(line)
        await typed(pilot, "escape")
        assert "so far" not in screen_text(line)
        may_go_on.set()
        await typed(pilot, "ctrl+r")
        await until(pilot, lambda: review_of(pilot).run_list.is_complete, "all runs")
        assert "so far" not in screen_text(line)
