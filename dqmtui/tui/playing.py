"""Playing through the lumisections, as a film."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dqmtui.model.states import CellState
from dqmtui.review.facts import Severity
from dqmtui.review.grouped import group_of, step_group
from dqmtui.review.histograms import LoadState
from dqmtui.review.stepping import step_from
from dqmtui.tui.focus import Focus

if TYPE_CHECKING:
    from textual import events
    from textual.timer import Timer

    from dqmtui.review.review import Review

STEPS_PER_S = 4
MOST_STEPS_PER_S = 50
PLAY = "ls.play"
_LONGEST_LEAP_S = 1.0
"""After a longer standstill, of a suspended program for instance, the film goes on where it was."""


class Playing(Focus):
    """The action that plays; any other key ends it, the end of the run, or an LS that does not come."""

    _player: Timer | None = None
    _per_s = STEPS_PER_S
    _shown_until = 0.0
    _waits_for = 0

    @property
    def playing(self) -> str:
        """What is played, and whether it waits; "" when nothing is."""
        if self._player is None:
            return ""
        glyph = ">" if self.look.charset.name == "ascii" else "▶"
        return f"{glyph} waits for LS {self._waits_for}" if self._waits_for else f"{glyph} {self._per_s}/s"

    async def action_act(self, action_id: str, argument: str = "") -> None:
        """Do an action of the table; any but the playing itself ends the playing, escape nothing else."""
        was_playing = self._player is not None
        if action_id != PLAY:
            self.stop_playing()
        if was_playing and action_id == "cancel":
            return
        await super().action_act(action_id, argument)

    def action_digit(self, digit: int) -> None:
        """Go on with a number; it ends the playing as any key does."""
        self.stop_playing()
        super().action_digit(digit)

    def on_key(self, _event: events.Key) -> None:
        """End the playing by a key that does nothing else."""
        self.stop_playing()

    def action_play(self) -> None:
        """Play from the LS under the cursor on, or stop."""
        review = self.review
        if self._player is not None:
            self.stop_playing()
            return
        if review is None or review.state.ls is None:
            self.notice("There is no run open whose LS could be played.")
            return
        if self._next(review, 1) == review.state.ls:
            self.notice(f"This is the last LS; {self.look.key('ls.first')} goes to the first.")
            return
        self._per_s = min(self._times, MOST_STEPS_PER_S) if self._number is not None else STEPS_PER_S
        self._shown_until, self._waits_for = time.monotonic(), 0
        self._player = self.set_interval(1 / self._per_s, self._play_on)
        self.notice("Playing; any key stops it")

    def stop_playing(self, why: str = "", severity: Severity = Severity.INFO) -> None:
        """Stop where one is."""
        if self._player is None:
            return
        self._player.stop()
        self._player, self._waits_for = None, 0
        self.notice(why, severity)
        self.show_lines()

    def _play_on(self) -> None:
        """Go to the LS that is due now: where the terminal was too slow, some are not shown."""
        review, now = self.review, time.monotonic()
        if self._player is None:
            return
        if review is None or review.state.ls is None:
            self.stop_playing()
            return
        if now - self._shown_until > _LONGEST_LEAP_S + 1 / self._per_s:
            self._shown_until = now - 1 / self._per_s
        due = int((now - self._shown_until) * self._per_s + 0.5)
        steps, self._waits_for = self._ready(review, due)
        if self._waits_for:
            self._shown_until = now
        else:
            self._shown_until += due / self._per_s
        if steps:
            review.step_ls(steps)
        load = review.load
        if self._waits_for and (load is None or load.state is not LoadState.LOADING):
            key = self.look.key("reload")
            self.stop_playing(f"LS {self._waits_for} has not come; {key} asks for it.", Severity.WARNING)
        elif not self._waits_for and self._next(review, 1) == review.state.ls:
            self.stop_playing("Played to the last LS.")
        self.show_lines()

    def _ready(self, review: Review, due: int) -> tuple[int, int]:
        """Count the steps whose histograms have come, and name the LS that is waited for, 0 without one."""
        ls = review.state.ls
        for step in range(1, due + 1):
            following = self._next(review, step)
            if following == ls:
                return step - 1, 0
            missing = self._missing(review, following)
            if missing:
                return step - 1, missing
            ls = following
        return due, 0

    @staticmethod
    def _next(review: Review, step: int) -> int:
        ls, size, known = review.state.ls or 1, review.state.group, review.steppable()
        return step_group(ls, step, known, size) if size > 1 else step_from(ls, step, known)

    @staticmethod
    def _missing(review: Review, ls: int) -> int:
        """Give the first LS at a place, a group perhaps, that has not come; 0 when all have."""
        stack = None if review.load is None else review.load.stack
        if stack is None:
            return ls
        size = review.state.group
        wanted = [ls] if size == 1 else list(group_of(review.steppable(), ls, size))
        return next((one for one in wanted if stack.state_of(one) is CellState.NOT_LOADED), 0)
