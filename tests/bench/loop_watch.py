"""Watching an event loop: how long it stood still, and how much of that was work of this process.

On a machine that others use too, a gap between two heartbeats says little by itself: the loop's thread may
only have waited for a processor. So every gap stands beside the processor time that was taken in it: that of
the loop's thread is what the program kept the loop waiting at the least, that of all its threads, which may
hold the interpreter, at the most.
"""

from __future__ import annotations

import asyncio
import gc
import threading
import time
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

if TYPE_CHECKING:
    from collections.abc import Iterator

BEAT_S = 1e-3
SLOW_MS = 20.0
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Gap:
    """A pause between two heartbeats in ms, less the time for which they sleep.

    `own` is the part of it for which threads of this process had a processor, `work` that of the loop's.
    """

    wall: float
    own: float
    work: float


@dataclass(frozen=True, slots=True)
class Callback:
    """A callback of the loop: its name, and its wall time and the loop's thread's processor time in ms."""

    name: str
    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Collection:
    """A garbage collection: generation, wall time in ms, and whether the loop's thread made it."""

    generation: int
    wall: float
    in_loop: bool


@dataclass(slots=True)
class LoopSeen:
    """What was seen of a loop."""

    gaps: list[Gap] = field(default_factory=list)
    callbacks: list[Callback] = field(default_factory=list)
    collections: list[Collection] = field(default_factory=list)

    def numbers(self) -> dict[str, Any]:
        """Give everything for JSON; all times in ms."""
        walls = sorted(gap.wall for gap in self.gaps)
        owns = sorted(gap.own for gap in self.gaps)
        works = sorted(gap.work for gap in self.gaps)
        worst = sorted(self.gaps, key=lambda gap: gap.wall, reverse=True)[:SHOWN]
        slow = sorted(self.callbacks, key=lambda each: each.wall, reverse=True)[:SHOWN]
        collections = Counter(each.generation for each in self.collections)
        return {
            "beats": len(walls),
            "gap_ms_max": walls[-1],
            "gap_ms_p999": _share(walls, 0.999),
            "own_ms_max": owns[-1],
            "own_ms_p999": _share(owns, 0.999),
            "work_ms_max": works[-1],
            "work_ms_p999": _share(works, 0.999),
            "gaps_over_20_ms": sum(wall > SLOW_MS for wall in walls),
            "own_over_20_ms": sum(own > SLOW_MS for own in owns),
            "callbacks": len(self.callbacks),
            "callback_cpu_ms_max": max(each.cpu for each in self.callbacks),
            "worst_gaps": [{"wall_ms": gap.wall, "own_ms": gap.own, "work_ms": gap.work} for gap in worst],
            "slowest_callbacks": [
                {"name": each.name, "wall_ms": each.wall, "cpu_ms": each.cpu} for each in slow
            ],
            "collections": {str(generation): n for generation, n in sorted(collections.items())},
            "collection_ms_max": max((each.wall for each in self.collections), default=0.0),
        }


def _share(sorted_values: list[float], share: float) -> float:
    return sorted_values[int(share * (len(sorted_values) - 1))]


@contextmanager
def watched_loop() -> Iterator[LoopSeen]:
    """Watch the running loop: a heartbeat, every callback, every garbage collection."""
    seen = LoopSeen()
    run, loop_thread = asyncio.Handle._run, threading.get_ident()
    collection_began = 0.0

    def timed_run(handle: asyncio.Handle) -> None:
        wall, cpu = time.perf_counter(), time.thread_time()
        run(handle)
        took, cpu_took = 1e3 * (time.perf_counter() - wall), 1e3 * (time.thread_time() - cpu)
        seen.callbacks.append(Callback(_name_of(handle) if took > 1 else "", took, cpu_took))

    def collected(phase: str, about: dict[str, int]) -> None:
        nonlocal collection_began
        now = time.perf_counter()
        if phase == "start":
            collection_began = now
        else:
            in_loop = threading.get_ident() == loop_thread
            seen.collections.append(Collection(about["generation"], 1e3 * (now - collection_began), in_loop))

    gc.callbacks.append(collected)
    beating = asyncio.create_task(_beat(seen.gaps))
    try:
        with patch.object(asyncio.Handle, "_run", timed_run):
            yield seen
    finally:
        beating.cancel()
        gc.callbacks.remove(collected)


async def _beat(gaps: list[Gap]) -> None:
    before = _clocks()
    while True:
        await asyncio.sleep(BEAT_S)
        now = _clocks()
        wall, own, work = (1e3 * (after - then) for then, after in zip(before, now, strict=True))
        gap = max(wall - 1e3 * BEAT_S, 0.0)
        gaps.append(Gap(gap, min(gap, own), min(gap, work)))
        before = now


def _clocks() -> tuple[float, float, float]:
    """Give seconds by the clock, of work of the process, and of work of this thread."""
    return time.perf_counter(), time.process_time(), time.thread_time()


def _name_of(handle: asyncio.Handle) -> str:
    callback = getattr(handle, "_callback", None)
    task = getattr(callback, "__self__", None)
    if isinstance(task, asyncio.Task):
        coroutine = task.get_coro()
        return f"step of {getattr(coroutine, '__qualname__', coroutine)}"
    return str(getattr(callback, "__qualname__", callback))
