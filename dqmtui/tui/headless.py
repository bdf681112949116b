"""The program without a terminal: it opens, waits until everything stands still, and gives its screen."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from dqmtui.model.states import SourceState
from dqmtui.review.facts import Severity
from dqmtui.services.records import Health
from dqmtui.tui.app import DqmtuiApp
from dqmtui.tui.progress import coming
from dqmtui.tui.screen import ReviewScreen

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.review.review import Review
    from dqmtui.review.target import Target
    from dqmtui.services.errors import NotLoggedIn

LOOK_EVERY_S = 0.05
STILL_S = 0.7
"""Nothing on the screen has changed for so long once everything has come: pages are drawn a little late."""


class Outcome(Enum):
    """How it ended."""

    SHOWN = "shown"
    LATE = "something was still coming"
    MISSING = "what was asked for is not there"
    NOT_LOGGED_IN = "a login is missing"
    FAILED = "a service is down"


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen, "" where there is none, with a sentence about what is wrong."""

    outcome: Outcome
    data: str = ""
    words: str = ""


class _Unattended(ReviewScreen):
    """A review nobody sits in front of: no login is begun, since nobody could agree to it."""

    wanted: NotLoggedIn | None = None

    def login_wanted(self, error: NotLoggedIn) -> None:
        """Remember that a login is missing."""
        self.wanted = error


class UnattendedApp(DqmtuiApp):
    """The application that gives one screen, as a kind of `dqmtui.tui.screenshot.KINDS`.

    It waits `patience_s` for what is asked for.
    """

    def _kind_of_screen(self) -> type[ReviewScreen]:
        return _Unattended

    def shown(self, target: Target, size: tuple[int, int], kind: str, patience_s: float) -> Shown:
        """Run, and give the screen in `size`, columns and rows."""
        end: list[Shown] = []

        async def watch(pilot: Pilot[object]) -> None:
            if isinstance(self.review_screen, _Unattended):
                end.append(await _watched(self.review_screen, target, kind, patience_s, pilot))
            self.exit()

        self.run(headless=True, size=size, auto_pilot=watch)
        return end[0] if end else Shown(Outcome.FAILED, "", "the terminal program ended by itself")


async def _watched(
    screen: _Unattended, target: Target, kind: str, patience_s: float, pilot: Pilot[object]
) -> Shown:
    deadline = time.monotonic() + patience_s
    is_still = await _stands_still(screen, deadline, pilot)
    words = _complaint(screen)
    if screen.wanted is not None:
        return Shown(Outcome.NOT_LOGGED_IN, "", screen.wanted.message)
    review = screen.review
    if review is None or not _is_there(review, target):
        is_down = any(state.health is Health.DOWN for state in screen.services.values())
        outcome = Outcome.FAILED if review is None or is_down else Outcome.MISSING
        return Shown(outcome if is_still else Outcome.LATE, "", words or "nothing has come")
    return Shown(Outcome.SHOWN if is_still else Outcome.LATE, screen.pictured(kind), words)


def _complaint(screen: ReviewScreen) -> str:
    """Give the last error that was said, "" without one."""
    errors = screen.messages.of(frozenset({Severity.ERROR}))
    return errors[0].notice.text if errors else ""


def _is_there(review: Review, target: Target) -> bool:
    """Tell whether the review stands where it was asked to open."""
    state = review.state
    run = target.run is None or (state.run is not None and state.run.run == target.run)
    ls = target.ls is None or target.run is None or state.ls == target.ls
    return run and ls and (not target.me or state.element is not None)


async def _stands_still(screen: _Unattended, deadline: float, pilot: Pilot[object]) -> bool:
    """Wait until nothing is coming and nothing changes any more; tell whether it did not take too long."""
    seen, since = "", time.monotonic()
    while time.monotonic() < deadline:
        await pilot.pause()
        if screen.wanted is not None or (screen.review is None and _complaint(screen)):
            return True
        now = screen.pictured(".txt") if _is_settled(screen) else ""
        if now != seen or not now:
            seen, since = now, time.monotonic()
        elif time.monotonic() - since > STILL_S:
            return True
        await asyncio.sleep(LOOK_EVERY_S)
    return False


def _is_settled(screen: ReviewScreen) -> bool:
    review = screen.review
    if review is None or review.is_busy or coming(review) is not None:
        return False
    table = review.table
    return table is None or all(one.state is not SourceState.LOADING for one in table.sources.values())
