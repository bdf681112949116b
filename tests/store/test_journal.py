"""The journal on disk: private, checked line by line, merged on reading, honest about what is not kept."""

from __future__ import annotations

import json
import os
import resource
import stat
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.notes import LSExcluded, NotePut
from dqmtui.model.notes_journal import Journal
from dqmtui.store.journal import CLOSED, DAMAGED, KEPT, JournalError, JournalFiles, journal_home, new_id
from dqmtui.store.journal_lines import line_of, read_lines
from tests.model.note_samples import RUN, Desk, content, event_lists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dqmtui.model.notes import Event


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def files(tmp_path: Path, told: list[str]) -> JournalFiles:
    return JournalFiles(tmp_path, told.append)


def events_of(n: int, session: str = "s1") -> list[Event]:
    desk = Desk("ana", session)
    for number in range(1, n + 1):
        desk.note(content(str(number)))
    return list(desk.journal.events)


def journal_files(directory: Path) -> list[Path]:
    return sorted((directory / "journal").iterdir())


def test_what_was_appended_is_there_after_a_restart(files: JournalFiles, tmp_path: Path) -> None:
    events = events_of(3)
    for event in events:
        files.append(event)
    again = JournalFiles(tmp_path)
    assert Journal.of(again.load()) == Journal.of(events)
    assert again.poll() == ()


def test_the_journal_is_for_its_owner_alone(files: JournalFiles, tmp_path: Path) -> None:
    (tmp_path / "journal").mkdir(mode=0o755)
    files.append(*events_of(1))
    assert stat.S_IMODE((tmp_path / "journal").stat().st_mode) == 0o700
    assert [stat.S_IMODE(path.stat().st_mode) for path in journal_files(tmp_path)] == [0o600]


def test_looking_makes_no_file(files: JournalFiles, tmp_path: Path) -> None:
    assert files.load() == ()
    assert list(tmp_path.iterdir()) == []


def test_every_line_is_json_that_anybody_can_read(files: JournalFiles, tmp_path: Path) -> None:
    files.append(*events_of(2))
    (path,) = journal_files(tmp_path)
    lines = [json.loads(line) for line in path.read_text("ascii").splitlines()]
    assert [line["kind"] for line in lines] == ["note", "note"]
    assert [line["ls"] for line in lines] == [[[1, 1]], [[2, 2]]]


def test_two_sessions_write_files_of_their_own_and_see_each_others_events(tmp_path: Path) -> None:
    one, other = JournalFiles(tmp_path), JournalFiles(tmp_path)
    first, second, third = events_of(3)
    one.append(first)
    assert other.poll() == (first,)
    other.append(second)
    assert one.poll() == (second,)
    assert one.poll() == other.poll() == ()
    one.append(third)
    assert other.poll() == (third,)
    assert len(journal_files(tmp_path)) == 2


@given(event_lists())
def test_every_event_reads_back_out_of_its_line(events: list[Event]) -> None:
    read = read_lines(b"".join(map(line_of, events)))
    assert list(read.events) == events
    assert (read.damaged, read.later) == (0, 0)


@given(event_lists(), st.integers(0, 10**6))
def test_a_torn_last_line_is_not_read_and_harms_no_other(events: list[Event], cut: int) -> None:
    data = b"".join(map(line_of, events))
    data = data[: cut % (len(data) + 1)]
    read = read_lines(data)
    assert list(read.events) == events[: data.count(b"\n")]
    assert read.damaged == 0
    assert read.size == data.rfind(b"\n") + 1


@given(event_lists().filter(bool), st.integers(0, 10**6), st.integers(1, 255))
def test_a_byte_that_changed_costs_its_line_alone(events: list[Event], place: int, change: int) -> None:
    data = bytearray(b"".join(map(line_of, events)))
    data[place % len(data)] ^= change
    read = read_lines(bytes(data))
    # a changed line end spoils two lines, a new one inside a line makes two of it
    assert len(events) - 2 <= len(read.events) < len(events) + (data[place % len(data)] == ord("\n"))
    assert set(read.events) <= set(events)


def test_damage_is_told_once_and_the_other_lines_count(
    files: JournalFiles, tmp_path: Path, told: list[str]
) -> None:
    events = events_of(3)
    files.append(*events)
    (path,) = journal_files(tmp_path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + lines[1].replace(b"380238", b"380239") + lines[2])
    assert set(files.load()) == {events[0], events[2]}
    files.load()
    assert [sentence for sentence in told if str(path) in sentence] == told
    assert len(told) == 1


def test_a_line_that_is_being_written_is_read_when_it_is_whole(tmp_path: Path) -> None:
    line = line_of(events_of(1)[0])
    path = tmp_path / "journal" / "other.jsonl"
    path.parent.mkdir()
    path.write_bytes(line[:40])
    files = JournalFiles(tmp_path)
    assert files.poll() == ()
    path.write_bytes(line)
    assert len(files.poll()) == 1


def test_events_of_a_later_version_are_told_passed_over_and_kept(
    files: JournalFiles, tmp_path: Path, told: list[str]
) -> None:
    (event,) = events_of(1)
    own = line_of(event)
    rest = own[own.index(b'",') + 2 :].rstrip(b"\n").replace(b'"kind":"note"', b'"kind":"vote"')
    later = line_with(rest)
    for name, line in (("a.jsonl", own), ("b.jsonl", later)):
        (tmp_path / "journal").mkdir(exist_ok=True)
        (tmp_path / "journal" / name).write_bytes(line)
    assert files.load() == (event,)
    assert ["later version" in sentence for sentence in told] == [True]
    assert files.compact(least=2, idle_s=-1) == 2
    (kept,) = journal_files(tmp_path)
    assert sorted(kept.read_bytes().splitlines(keepends=True)) == sorted([own, later])


def line_with(rest: bytes) -> bytes:
    from hashlib import blake2b

    check = blake2b(rest, digest_size=8).hexdigest().encode()
    return b'{"check":"' + check + b'",' + rest + b"\n"


# -- trouble -------------------------------------------------------------------------------------------


@pytest.fixture
def small_files() -> Iterator[None]:
    """Let no file grow beyond 2000 bytes, which is how a disk that is full behaves: it takes a part."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_is_told_and_nothing_is_lost(
    files: JournalFiles, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    first, *more = events_of(20)
    files.append(first)
    request.getfixturevalue("small_files")
    with pytest.raises(JournalError, match="19 changes are in memory alone") as trouble:
        files.append(*more)
    assert str(tmp_path) in str(trouble.value)
    assert "File too large" in str(trouble.value)
    assert files.waiting == tuple(more)
    with pytest.raises(JournalError):
        files.retry()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    files.retry()
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert files.waiting == ()
    again = JournalFiles(tmp_path)
    assert Journal.of(again.load()) == Journal.of([first, *more])


def test_what_is_not_kept_can_be_saved_elsewhere_and_still_waits(files: JournalFiles, tmp_path: Path) -> None:
    events = events_of(2)
    (tmp_path / "journal").write_text("a file stands in the way")
    with pytest.raises(JournalError, match="cannot be kept"):
        files.append(*events)
    saved = tmp_path / "saved.jsonl"
    assert files.save_elsewhere(saved) == 2
    assert list(read_lines(saved.read_bytes()).events) == events
    assert stat.S_IMODE(saved.stat().st_mode) == 0o600
    with pytest.raises(JournalError, match="cannot be saved"):
        files.save_elsewhere(saved)
    assert files.waiting == tuple(events)
    (tmp_path / "journal").unlink()
    files.retry()
    assert files.waiting == ()
    assert set(JournalFiles(tmp_path).load()) == set(events)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_is_read_only_can_be_read(files: JournalFiles, tmp_path: Path) -> None:
    (event,) = events_of(1)
    files.append(event)
    files.close()
    (tmp_path / "journal").chmod(0o500)
    with pytest.raises(JournalError, match="Permission denied"):
        files.append(*events_of(1, "s2"))
    assert JournalFiles(tmp_path).load() == (event,)


def test_a_directory_that_cannot_be_listed_is_an_error_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "journal").write_text("")
    with pytest.raises(JournalError, match="cannot be read"):
        JournalFiles(tmp_path).load()


@pytest.mark.parametrize("kind", ["directory", "pipe", "link"])
def test_what_is_no_file_of_notes_is_told_and_passed_over(
    files: JournalFiles, tmp_path: Path, told: list[str], kind: str
) -> None:
    (event,) = events_of(1)
    files.append(event)
    strange = tmp_path / "journal" / "strange.jsonl"
    if kind == "directory":
        strange.mkdir()
    elif kind == "pipe":
        os.mkfifo(strange)
    else:
        strange.symlink_to(journal_files(tmp_path)[0])
    assert JournalFiles(tmp_path, told.append).load() == (event,)
    assert len(told) == 1
    assert "strange.jsonl" in told[0]


# -- compaction ----------------------------------------------------------------------------------------


def test_compaction_puts_ended_sessions_into_one_file_and_changes_nothing(
    tmp_path: Path, told: list[str]
) -> None:
    written: list[Event] = []
    for number in range(5):
        session = JournalFiles(tmp_path)
        events = events_of(2, f"s{number}")
        session.append(*events)
        if number < 2:
            session.close()
        written += events
    files = JournalFiles(tmp_path, told.append)
    state = Journal.of(files.load())
    assert files.compact(least=6, idle_s=-1) == 0
    # sessions that did not say that they ended may only seem to have
    assert files.compact(least=3, idle_s=3600) == 0
    assert files.compact(least=2, idle_s=3600) == 2
    assert files.compact(least=4, idle_s=-1) == 4
    assert [path.name.startswith(KEPT) for path in journal_files(tmp_path)] == [True]
    assert files.poll() == ()
    assert Journal.of(JournalFiles(tmp_path).load()) == state == Journal.of(written)
    assert told == []


def test_a_session_whose_file_was_taken_writes_on_in_another(tmp_path: Path) -> None:
    one, other = JournalFiles(tmp_path), JournalFiles(tmp_path)
    first, second, third, fourth = events_of(4)
    one.append(first)
    other.append(second)
    third_party = JournalFiles(tmp_path)
    assert third_party.compact(least=2, idle_s=-1) == 2
    one.append(third)
    other.append(fourth)
    assert set(JournalFiles(tmp_path).load()) == {first, second, third, fourth}


def test_a_file_that_another_compaction_takes_meanwhile_is_left_to_that(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = events_of(3)
    for event in events:
        JournalFiles(tmp_path).append(event)
    listed = JournalFiles._entries

    def taken_once_listed(files: JournalFiles) -> Iterator[os.DirEntry[str]]:
        entries = list(listed(files))
        taken = Path(entries[1].path)
        taken.rename(taken.with_name(taken.name + CLOSED))
        return iter(entries)

    monkeypatch.setattr(JournalFiles, "_entries", taken_once_listed)
    assert JournalFiles(tmp_path).compact(least=2, idle_s=-1) == 2
    monkeypatch.undo()
    assert set(JournalFiles(tmp_path).load()) == set(events)


def test_what_a_killed_compaction_left_is_read_and_used(tmp_path: Path) -> None:
    events = events_of(3)
    for event in events:
        JournalFiles(tmp_path).append(event)
    # killed after it had taken the files, and half way through the new one
    for path in journal_files(tmp_path)[:2]:
        path.rename(path.with_name(path.name + CLOSED))
    (tmp_path / "journal" / ".tmp-0123").write_bytes(line_of(events[0])[:50])
    files = JournalFiles(tmp_path)
    assert set(files.load()) == set(events)
    files.compact(least=2, idle_s=-1)
    assert set(JournalFiles(tmp_path).load()) == set(events)


def test_compaction_sets_damaged_files_aside_and_throws_none_away(tmp_path: Path) -> None:
    good, bad = events_of(2)
    line = line_of(bad)
    (tmp_path / "journal").mkdir()
    (tmp_path / "journal" / "a.jsonl").write_bytes(line_of(good))
    (tmp_path / "journal" / "b.jsonl").write_bytes(line.replace(b"380238", b"380239"))
    files = JournalFiles(tmp_path)
    files.compact(least=2, idle_s=-1)
    assert files.load() == (good,)
    (aside,) = [path for path in journal_files(tmp_path) if path.name.endswith(DAMAGED)]
    assert aside.name == f"b.jsonl{DAMAGED}"
    assert JournalFiles(tmp_path).compact(least=2, idle_s=-1) == 0


@pytest.mark.parametrize(
    ("url", "apart"),
    [
        ("https://cmsdials-api.web.cern.ch/", False),
        ("http://127.0.0.1:45671/", True),
        ("http://localhost:9/", True),
        ("http://[::1]:9/", True),
        ("http://[nonsense", False),
    ],
)
def test_notes_on_services_of_this_machine_stay_apart(tmp_path: Path, url: str, *, apart: bool) -> None:
    assert journal_home(tmp_path, url) == (tmp_path / "local" if apart else tmp_path)


def test_ids_are_not_made_twice() -> None:
    assert len({new_id() for _ in range(10_000)}) == 10_000


def test_exclusions_references_and_expressions_are_of_the_same_journal(
    files: JournalFiles, tmp_path: Path
) -> None:
    desk = Desk()
    desk.note()
    desk.take(
        desk.pen.write(desk.journal, LSExcluded(RUN, content("1-5").ls, excluded=True)),
    )
    files.append(*desk.journal.events)
    again = Journal.of(JournalFiles(tmp_path).load())
    assert again.exclusions == desk.journal.exclusions
    assert again.notes == desk.journal.notes
    assert isinstance(again.events[0].change, NotePut)
