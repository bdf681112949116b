"""Several sessions share a cache without locks, and one that is killed while it writes harms nobody."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from dqmtui.store.cache import Cache
from tests.store.cache_writer import ELEMENTS
from tests.store.cached import URL, of_element

ROOT = Path(__file__).parents[2]
WRITER = "tests.store.cache_writer"
PATIENCE_S = 120


def writer(*arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        # later versions of Python warn of copies of a process with threads; these write files and die
        [sys.executable, "-W", "ignore::DeprecationWarning", "-m", WRITER, *map(str, arguments)],
        stderr=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )


def assert_sound(cache: Cache) -> None:
    found = cache.verify()
    assert found.bad == []
    assert found.aside == 0
    assert found.sound == 2 * ELEMENTS
    for number in range(ELEMENTS):
        frame = cache.of(URL).histograms(of_element(number))
        assert frame is not None
        assert frame.coverage.complete
        assert cache.of(URL).answer("rounds", number) is not None


def test_two_sessions_write_the_same_files_at_once(tmp_path: Path, told: list[str]) -> None:
    sessions = [writer("write", tmp_path, 60) for _ in range(2)]
    ended = [(session.communicate(timeout=PATIENCE_S)[1], session.returncode) for session in sessions]
    assert ended == [("", 0)] * 2
    cache = Cache(tmp_path, 10, told.append)
    assert_sound(cache)
    assert cache.verify().unfinished == 0
    assert told == []


def test_a_hundred_writers_killed_while_they_write_leave_a_sound_cache(
    tmp_path: Path, told: list[str]
) -> None:
    # whatever the dying leave out, this session has kept all of it
    kept = writer("write", tmp_path, ELEMENTS)
    assert (kept.communicate(timeout=PATIENCE_S)[1], kept.returncode) == ("", 0)
    dying = writer("die", tmp_path, 100, 2024)
    beside = writer("write", tmp_path, 100)
    for session in (dying, beside):
        assert (session.communicate(timeout=PATIENCE_S)[1], session.returncode) == ("", 0)
    cache = Cache(tmp_path, 10, told.append)
    assert_sound(cache)
    # some were killed before they had renamed what they had written
    assert cache.verify().unfinished > 0
    assert told == []
