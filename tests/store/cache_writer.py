"""A program that keeps histograms and answers for ever, to be run beside others and to be killed.

`python -m tests.store.cache_writer write DIRECTORY ROUNDS` writes so many rounds and reads each back;
`python -m tests.store.cache_writer die DIRECTORY TIMES SEED` lets so many writers be killed at any moment.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
from pathlib import Path

from dqmtui.store.cache import Cache
from dqmtui.store.frame_parquet import import_arrow
from tests.store.cached import EARLY, URL, of_element, partial, whole

LONGEST_LIFE_S = 0.02
ELEMENTS = 4


def fail(sentence: str) -> None:
    """Nothing is to be said of a cache that is sound."""
    raise AssertionError(sentence)


def write_round(cache: Cache, number: int) -> None:
    """Keep a part of a frame, all of it, and an answer."""
    dials = cache.of(URL)
    key = of_element(number % ELEMENTS)
    dials.keep_histograms(partial(range(1, 50), key=key))
    dials.keep_histograms(whole(range(1, 100 + number % 7), key=key))
    dials.keep_answer({"round": number}, EARLY, "rounds", number % ELEMENTS)


def write(directory: Path, rounds: int) -> None:
    """Write and read, as one of several sessions; what is read is whole."""
    cache = Cache(directory, 10, fail)
    for number in range(rounds):
        write_round(cache, number)
        frame = cache.of(URL).histograms(of_element(number % ELEMENTS))
        answer = cache.of(URL).answer("rounds", number % ELEMENTS)
        if frame is None or not frame.coverage.complete or answer is None:
            fail(f"round {number} is gone")


def die(directory: Path, times: int, seed: int) -> None:
    """Kill one writer after the other, each a moment after its first round."""
    chance = random.Random(seed)
    for _ in range(times):
        hears, says = os.pipe()
        # a copy of this process has imported everything
        child = os.fork()
        if not child:
            number = 0
            while True:
                write_round(Cache(directory, 10, fail), number)
                if not number:
                    os.write(says, b".")
                number += 1
        os.close(says)
        if not os.read(hears, 1):
            fail("a writer ended by itself")
        # nothing comes any more: this lets the writer live for a moment
        select.select([hears], [], [], chance.uniform(0, LONGEST_LIFE_S))
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        os.close(hears)
        if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
            fail("a writer ended by itself")


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["write", directory, rounds]:
            write(Path(directory), int(rounds))
        case ["die", directory, times, seed]:
            import_arrow()
            die(Path(directory), int(times), int(seed))
        case _:
            sys.exit(__doc__)
