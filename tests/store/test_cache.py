"""The cache keeps within its size, sets aside what is damaged, and never stops the program."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dqmtui.store.cache import MB, Cache, ServiceCache
from dqmtui.store.cache_files import CacheFiles
from dqmtui.store.frame_parquet import frame_bytes
from tests.store.cached import EARLY, KEY, LATE, URL, files_of, of_element, partial, same, whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOUR_S = 3600


def test_what_was_kept_is_found_in_another_session(cache: Cache, dials: ServiceCache) -> None:
    frame = whole()
    assert dials.histograms(KEY) is None
    assert dials.keep_histograms(frame)
    found = Cache(cache.directory, 10, pytest.fail).of(URL).histograms(KEY)
    assert found is not None
    assert same(found, frame)


def test_a_less_complete_frame_does_not_replace_a_complete_one(dials: ServiceCache) -> None:
    assert dials.keep_histograms(partial([1, 2]))
    assert dials.keep_histograms(whole((1, 2, 5)))
    assert not dials.keep_histograms(partial([1, 2], at=LATE))
    found = dials.histograms(KEY)
    assert found is not None
    assert found.coverage.complete


def test_a_more_complete_frame_that_came_at_the_last_moment_stays(
    cache: Cache, dials: ServiceCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = cache.of(URL)

    def bytes_while_another_session_writes(service: str, frame: object) -> bytes:
        monkeypatch.undo()
        assert other.keep_histograms(whole())
        return frame_bytes(service, partial([1, 2]))

    monkeypatch.setattr("dqmtui.store.cache.frame_bytes", bytes_while_another_session_writes)
    assert not dials.keep_histograms(partial([1, 2]))
    found = dials.histograms(KEY)
    assert found is not None
    assert found.coverage.complete
    assert [path.name for path in cache.directory.rglob(".tmp-*")] == []


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def corrupt(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(data)


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("no parquet")


def foreign(path: Path) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"ls_number": [1, 2]}), path)


def wrong_key(path: Path) -> None:
    path.write_bytes(frame_bytes(URL.rstrip("/"), whole(key=replace(KEY, run=KEY.run + 1))))


def wrong_service(path: Path) -> None:
    path.write_bytes(frame_bytes("http://127.0.0.1:8000", whole()))


def directory(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("x")


def link(path: Path) -> None:
    target = path.with_name("elsewhere")
    path.rename(target)
    path.symlink_to(target)


def pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


DAMAGE = [cut, corrupt, empty, text, foreign, wrong_key, wrong_service, directory, link, pipe]


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_cannot_be_used_is_set_aside_with_the_reason_and_fetched_again(
    damage: Callable[[Path], None], cache: Cache, dials: ServiceCache, told: list[str]
) -> None:
    dials.keep_histograms(whole())
    (path,) = files_of(cache.directory)
    damage(path)
    assert dials.histograms(KEY) is None
    assert not os.path.lexists(path)
    (sentence,) = told
    assert sentence.startswith(f"The cached file {path.name} ")
    assert sentence.endswith("It was set aside, its data are fetched again.")
    (reason,) = cache.directory.rglob("*.reason.txt")
    assert str(path) in reason.read_text()
    assert os.path.lexists(str(reason).removesuffix(".reason.txt"))
    assert dials.keep_histograms(whole())
    assert dials.histograms(KEY) is not None


@pytest.mark.parametrize("damage", DAMAGE)
def test_what_cannot_be_used_is_replaced(
    damage: Callable[[Path], None], cache: Cache, dials: ServiceCache
) -> None:
    dials.keep_histograms(whole())
    (path,) = files_of(cache.directory)
    damage(path)
    dials.keep_histograms(partial([1]))
    dials.keep_histograms(whole((1, 2, 5, 6), at=LATE))
    found = dials.histograms(KEY)
    assert found is not None
    assert same(found, whole((1, 2, 5, 6), at=LATE))


@pytest.mark.parametrize("damage", [cut, corrupt, empty, text, foreign, wrong_key, wrong_service, link, pipe])
def test_verify_finds_what_cannot_be_used(
    damage: Callable[[Path], None], cache: Cache, dials: ServiceCache
) -> None:
    dials.keep_histograms(whole())
    dials.keep_histograms(whole(key=of_element(2)))
    dials.keep_answer([1], EARLY, "runs")
    (path,) = [path for path in files_of(cache.directory) if not path.stem.endswith("_2")]
    assert cache.verify().sound == 3
    damage(path)
    found = cache.verify()
    assert found.sound == 2
    assert path in [bad for bad, _ in found.bad]
    again = cache.verify()
    assert (again.sound, again.bad) == (2, [])
    assert again.aside == len(found.bad)


def age(path: Path, seconds: float) -> None:
    then = time.time() - seconds
    os.utime(path, (then, then))


def of_size(root: Path, size: int, count: int) -> CacheFiles:
    """Files of 1000 bytes, used one hour after the other, in a cache for `size` of them."""
    files = CacheFiles(root, size * 1000, pytest.fail)
    for number in range(count):
        assert files.write(root / "a" / str(number), bytes(1000))
        age(root / "a" / str(number), (count - number) * HOUR_S)
    return files


def names(root: Path) -> list[int]:
    return sorted(int(path.name) for path in (root / "a").iterdir())


def test_the_file_used_longest_ago_goes_first(tmp_path: Path) -> None:
    files = of_size(tmp_path, 10, 9)
    assert names(tmp_path) == list(range(9))
    assert files.read(tmp_path / "a" / "0")
    files.write(tmp_path / "a" / "9", bytes(1000))
    assert names(tmp_path) == [0, 3, 4, 5, 6, 7, 8, 9]


def test_the_cache_never_grows_over_its_size(tmp_path: Path) -> None:
    one, other = (CacheFiles(tmp_path, 20_000, pytest.fail) for _ in range(2))
    for number in range(200):
        (one, other)[number % 2].write(tmp_path / str(number % 7) / str(number), bytes(950))
        assert sum(file.size for file in one.kept()) <= 20_000


def test_what_was_set_aside_goes_first(tmp_path: Path) -> None:
    files = of_size(tmp_path, 10, 9)
    files.set_aside(tmp_path / "a" / "8", "is odd")
    files.write(tmp_path / "a" / "9", bytes(1000))
    assert names(tmp_path) == [1, 2, 3, 4, 5, 6, 7, 9]
    assert not any(tmp_path.rglob("*-8"))


def test_a_file_larger_than_the_cache_is_not_kept(tmp_path: Path, told: list[str]) -> None:
    files = CacheFiles(tmp_path, 1000, told.append)
    assert not files.write(tmp_path / "a", bytes(1001))
    assert files.write(tmp_path / "b", bytes(1000))
    assert files.read(tmp_path / "b") == bytes(1000)
    assert len(told) == 1
    assert "not kept" in told[0]


def test_what_dead_programs_left_is_swept_after_an_hour(tmp_path: Path) -> None:
    files = of_size(tmp_path, 10, 1)
    old, young = tmp_path / "a" / ".tmp-old", tmp_path / "a" / ".tmp-young"
    for path in (old, young):
        path.write_bytes(b"half")
    age(old, 1.1 * HOUR_S)
    files.sweep()
    assert (old.exists(), young.exists()) == (False, True)


def test_a_size_of_zero_switches_the_cache_off(tmp_path: Path) -> None:
    off = Cache(tmp_path / "cache", 0, pytest.fail)
    assert not off.is_on
    assert not off.of(URL).keep_histograms(whole())
    assert not off.of(URL).keep_answer(1, EARLY, "runs")
    assert off.of(URL).histograms(KEY) is None
    assert not (tmp_path / "cache").exists()


def test_the_cache_is_for_the_person_alone(cache: Cache, dials: ServiceCache) -> None:
    before = os.umask(0)
    try:
        dials.keep_histograms(whole())
        dials.keep_answer(1, EARLY, "runs", "tracker")
        cut(files_of(cache.directory)[0])
        dials.histograms(KEY)
        dials.keep_histograms(whole())
    finally:
        os.umask(before)
    for path in [cache.directory, *cache.directory.rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600)


def blocked_by_a_file(root: Path) -> None:
    root.write_text("in the way")


def blocked_by_a_link(root: Path) -> None:
    root.symlink_to("/proc/self/nowhere")


@pytest.mark.parametrize("block", [blocked_by_a_file, blocked_by_a_link])
def test_a_cache_that_cannot_be_written_is_told_once_and_the_program_goes_on(
    block: Callable[[Path], None], tmp_path: Path, told: list[str]
) -> None:
    block(tmp_path / "cache")
    cache = Cache(tmp_path / "cache", 10, told.append)
    for number in range(3):
        assert not cache.of(URL).keep_histograms(whole(key=of_element(number)))
        assert cache.of(URL).histograms(of_element(number)) is None
        assert not cache.of(URL).keep_answer(1, EARLY, "runs")
    (sentence,) = told
    assert sentence.startswith(f"Cannot write in the cache {tmp_path / 'cache'}")
    assert "goes on without it" in sentence


def test_a_full_disk_is_told_once_and_leaves_nothing_behind(
    cache: Cache, dials: ServiceCache, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        for number in range(3):
            assert not dials.keep_histograms(whole(key=of_element(number)))
    assert ["No space left on device" in sentence for sentence in told] == [True]
    assert [path for path in cache.directory.rglob("*") if path.is_file()] == []
    assert dials.keep_histograms(whole())


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_directory_that_can_only_be_read_serves(cache: Cache, dials: ServiceCache, told: list[str]) -> None:
    dials.keep_histograms(whole())
    folders = [path for path in [cache.directory, *cache.directory.rglob("*")] if path.is_dir()]
    for folder in folders:
        folder.chmod(0o500)
    try:
        assert dials.histograms(KEY) is not None
        assert not dials.keep_histograms(whole(at=LATE))
    finally:
        for folder in folders:
            folder.chmod(0o700)
    assert ["Permission denied" in sentence for sentence in told] == [True]


def test_contents_are_listed_by_run_and_kind_of_answer(cache: Cache, dials: ServiceCache) -> None:
    assert cache.contents() == []
    dials.keep_histograms(whole())
    dials.keep_histograms(whole(key=of_element(2)))
    dials.keep_histograms(whole(key=replace(KEY, run=379011)))
    dials.keep_answer(1, EARLY, "datasets")
    dials.keep_answer(1, EARLY, "runs", "tracker", 12)
    rows = cache.contents()
    assert [(row.run, row.answers, row.files) for row in rows] == [
        (379011, None, 1),
        (381065, None, 2),
        (None, "datasets", 1),
        (None, "runs", 1),
    ]
    assert {row.dataset for row in rows} == {KEY.dataset, None}
    assert sum(row.size for row in rows) == sum(
        path.stat().st_size for path in cache.directory.rglob("*") if path.is_file()
    )


def test_clear_removes_all_and_nothing_else(cache: Cache, dials: ServiceCache) -> None:
    dials.keep_histograms(whole())
    cut(files_of(cache.directory)[0])
    dials.histograms(KEY)
    dials.keep_answer(1, EARLY, "runs")
    theirs = cache.directory / "theirs.txt"
    theirs.write_text("not ours")
    files, size = cache.clear()
    assert (files, size > 0) == (3, True)
    assert list(cache.directory.iterdir()) == [theirs]
    assert cache.clear() == (0, 0)
    assert dials.keep_histograms(whole())


def test_a_link_in_the_cache_leads_nobody_out(cache: Cache, dials: ServiceCache, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    dials.keep_answer(1, EARLY, "runs")
    (cache.directory / "v1" / "link").symlink_to(outside)
    assert cache.verify().sound == 1
    cache.clear()
    assert (outside / "precious").read_text() == "x"
    assert list(cache.directory.iterdir()) == []


def test_a_megabyte_is_a_million_bytes(tmp_path: Path, told: list[str]) -> None:
    dials = Cache(tmp_path, 1, told.append).of(URL)
    assert not dials.keep_answer("x" * MB, EARLY, "runs")
    assert dials.keep_answer("x" * (MB - 400), EARLY, "runs")
