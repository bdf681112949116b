"""How far what is loading has come and how long it will still take, judged by what has come."""

from __future__ import annotations

import math
import time
from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dqmtui.review.histograms import LoadState
from dqmtui.review.scan_words import short_progress

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from dqmtui.review.review import Review

LEAST_S = 2.0
"""What takes no longer is not worth saying."""

_MEASURED_S = 1.0
"""Nothing is known before something has come for so long."""
_WINDOW_S = 20.0
"""The pace is that of the last so many seconds: a service may be slower now than it was."""
_NEWS = 0.25
"""An estimate that differs by less than this share, or two seconds, changes nothing of what is said."""
_STALLED_S = 5.0
"""Least time without anything new after which nobody can say any more."""


@dataclass(frozen=True, slots=True)
class Progress:
    """Something that is coming: `done` of `total` pieces of `what`, told in `words`.

    `what` tells it from anything else; a `total` of 0 is not known, or nothing moves on for now.
    """

    what: Hashable
    words: str
    done: int = 0
    total: int = 0


class Eta:
    """Estimates when something has come, from when its pieces came; `clock` gives seconds.

    What is said runs down with the clock and is set anew only when the pace has clearly changed.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._what: Hashable = None
        self._came: deque[tuple[float, int]] = deque()
        self._ends_at: float | None = None

    def seconds(self, progress: Progress | None) -> float | None:
        """Take in how far it is, and give the seconds to go; None while nobody can say."""
        now = self._clock()
        if progress is None or not progress.total:
            self._forget(None)
            return None
        done = progress.done
        if progress.what != self._what or (self._came and done < self._came[-1][1]):
            self._forget(progress.what)
        if not self._came:
            self._came.append((now, done))
        elif done > self._came[-1][1]:
            self._came.append((now, done))
            self._estimate(now, progress.total - done)
        if self._ends_at is None or self._is_stalled(now):
            return None
        left = self._ends_at - now
        return left if left > 0 else None

    def _forget(self, what: Hashable) -> None:
        self._what, self._ends_at = what, None
        self._came.clear()

    def _estimate(self, now: float, left: int) -> None:
        """Take the pace of the last seconds for that of what is left."""
        came = self._came
        while len(came) > 2 and came[1][0] <= now - _WINDOW_S:  # noqa: PLR2004 - the ends of a distance
            came.popleft()
        (since, before), (_, done) = came[0], came[-1]
        if now - since < _MEASURED_S:
            return
        to_go = left * (now - since) / (done - before)
        known = None if self._ends_at is None else self._ends_at - now
        if known is None or abs(to_go - known) > max(LEAST_S, _NEWS * known):
            self._ends_at = now + to_go

    def _is_stalled(self, now: float) -> bool:
        """Tell whether nothing has come for much longer than it takes otherwise."""
        (first, _), (last, _) = self._came[0], self._came[-1]
        usual = (last - first) / max(1, len(self._came) - 1)
        return now - last > max(_STALLED_S, 3 * usual)


def to_go(seconds: float | None) -> str:
    """Write the time to go in steps that fit how well it is known, "" for none worth saying."""
    if seconds is None or seconds <= LEAST_S:
        return ""
    for upto, step, unit, name in _STEPS:
        if seconds <= upto:
            return f"{math.ceil(seconds / step) * step // unit} {name} to go"
    return "hours to go"


_STEPS = ((10, 1, 1, "s"), (60, 5, 1, "s"), (120, 10, 1, "s"), (7200, 60, 60, "min"))
"""Up to how many seconds, in steps of how many, in which unit (seconds), with which name."""


def coming(review: Review) -> Progress | None:
    """Say what is loading: the plots, else a scan, else workspaces, runs or their cards; None for nothing."""
    load, scan = review.load, review.scan
    left = [plot for plot in review.plots if plot.is_loading]
    if load is not None and (load.state is LoadState.LOADING or (left and not review.is_stopped)):
        return _plots(review)
    if scan is not None and not scan.is_over:
        moves = scan.eta_s is not None
        what = ("scan", scan.run, scan.scope)
        return Progress(
            what, short_progress(replace(scan, eta_s=None)), scan.done, scan.total if moves else 0
        )
    return _runs(review)


def _plots(review: Review) -> Progress:
    """Count the LS of all plots of the page together; those whose turn is yet to come have as many."""
    counts = [(0, 0) if plot.load is None else plot.load.progress for plot in review.plots]
    expected = max((total for _, total in counts), default=0)
    done = sum(loaded for loaded, _ in counts)
    total = sum(total or expected for _, total in counts)
    share = f"{done}/{total} LS of" if total else "LS of"
    state = review.state
    what = ("plots", state.run, *(plot.element for plot in review.plots))
    if len(counts) == 1:
        name = review.plots[0].element.short_name
        return Progress(what, f"{share} {name}", done, total)
    return Progress(what, f"{share} {len(counts)} plots", done, total)


def _runs(review: Review) -> Progress | None:
    if review.is_beginning:
        return Progress(("workspaces",), "workspaces")
    runs = review.run_list
    if runs.is_loading:
        read, datasets = runs.datasets_read, len(runs.datasets)
        of_all = f", {read}/{datasets} datasets" if datasets else ""
        return Progress(("runs", id(runs)), f"runs: {len(runs.entries)} so far{of_all}", read, datasets)
    if runs.cards_are_coming:
        cards, total = runs.cards_read
        return Progress(("cards", id(runs)), f"OMS cards of {cards}/{total} runs", cards, total)
    return None
