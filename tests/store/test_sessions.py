"""Files of named sessions: private, whole, and never in the way of a start."""

from __future__ import annotations

import errno
import json
import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from dqmtui.store.sessions import (
    DEFAULT,
    FORMAT,
    LARGEST_BYTES,
    SessionError,
    Sessions,
    begun,
    check_name,
    opened,
    sessions_home,
)

if TYPE_CHECKING:
    from pathlib import Path

DATA = {"review": {"state": {"workspace": "tracker"}}, "screen": {"pane": "plot"}}


def test_what_is_written_is_read_by_the_next_start(tmp_path: Path) -> None:
    Sessions(tmp_path / "here").write("night-shift", DATA)
    data = Sessions(tmp_path / "here").read("night-shift")
    assert data is not None
    assert {name: data[name] for name in DATA} == DATA
    assert Sessions(tmp_path / "here").read("other") is None
    assert Sessions(tmp_path / "not there").read("other") is None


def test_files_and_directories_are_for_their_owner_alone(tmp_path: Path) -> None:
    home = tmp_path / "state" / "sessions"
    Sessions(home).write("a", DATA)
    assert stat.S_IMODE((home / "a.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    assert [path.name for path in home.iterdir()] == ["a.json"]


def test_the_session_written_last_is_the_one_of_the_next_start(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    assert sessions.last() == DEFAULT
    assert sessions.saved() == []
    for at, name in enumerate(("a", "b", "c")):
        sessions.write(name, DATA)
        os.utime(tmp_path / f"{name}.json", (at, 100 - at))
    (tmp_path / "no session.json").write_text("{}")
    assert [one.name for one in sessions.saved()] == ["a", "b", "c"]
    assert sessions.last() == "a"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"\xff\xfe",
        b'"text"',
        b"{}",
        b'{"format": "1"}',
        b'{"format": true}',
        b'{"format": 0}',
        b"[" * 100_000,
        b" " * (LARGEST_BYTES + 1),
    ],
    ids=["empty", "cut", "list", "bytes", "text", "nothing", "words", "true", "zero", "deep", "large"],
)
def test_a_broken_file_is_set_aside_with_a_sentence_and_the_start_is_well(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "night.json").write_bytes(content)
    session = opened(Sessions(tmp_path), "night")
    assert session.data is None
    assert "The session night" in session.trouble
    assert "begin afresh" in session.trouble
    assert (tmp_path / "night.json.broken").read_bytes() == content
    assert str(tmp_path / "night.json.broken") in session.trouble
    # the next start has nothing to say, and the session can be written
    assert opened(Sessions(tmp_path), "night").trouble == ""
    session.sessions.write("night", DATA)
    assert opened(Sessions(tmp_path), "night").data is not None


def test_a_second_broken_file_is_kept_beside_the_first(tmp_path: Path) -> None:
    for content in ("{", "[", "}"):
        (tmp_path / "night.json").write_text(content)
        session = opened(Sessions(tmp_path), "night")
        assert session.data is None
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {"night.json.broken": "{", "night.json.broken-2": "[", "night.json.broken-3": "}"}
    assert str(tmp_path / "night.json.broken-3") in session.trouble


def test_a_session_that_cannot_be_read_for_a_while_is_never_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Sessions(tmp_path).write("night", DATA)
    before = (tmp_path / "night.json").read_bytes()
    sessions, may_read = Sessions(tmp_path), os.open

    def refuses(path: Path, flags: int, mode: int = 0o777) -> int:
        if path == tmp_path / "night.json":
            raise PermissionError(errno.EACCES, "Permission denied")
        return may_read(path, flags, mode)

    with monkeypatch.context() as patch:
        # whoever runs the tests may be allowed to read everything
        patch.setattr(os, "open", refuses)
        session = opened(sessions, "night")
    assert (session.name, session.data) == ("night-2", None)
    assert "The session night cannot be read (Permission denied) and stays as it is" in session.trouble
    assert session.trouble.endswith("You begin afresh in the session night-2.")
    session.sessions.write(session.name, {})
    with pytest.raises(SessionError, match="would be lost"):
        sessions.write("night", {})
    assert (tmp_path / "night.json").read_bytes() == before
    # it can be gone on with as soon as it can be read
    assert opened(sessions, "night").data is not None
    sessions.write("night", DATA)


def test_the_name_of_a_session_beside_another_is_free_and_not_too_long(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    for name in ("night", "night-2"):
        sessions.write(name, DATA)
    (tmp_path / "night-3.json").symlink_to("nowhere")
    assert sessions.beside("night") == "night-4"
    assert check_name(sessions.beside("a" * 40)) == "a" * 36 + "-2"


def test_a_file_of_a_later_version_is_kept_and_called_that(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps({"format": FORMAT + 1, "more": 1}))
    session = opened(Sessions(tmp_path), "a")
    assert "is of a later version of dqmtui" in session.trouble
    assert json.loads((tmp_path / "a.json.broken").read_text())["more"] == 1


def test_what_is_no_regular_file_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "target").write_text(json.dumps({"format": 1}))
    (tmp_path / "link.json").symlink_to(tmp_path / "target")
    os.mkfifo(tmp_path / "pipe.json")
    for name in ("link", "pipe"):
        session = opened(Sessions(tmp_path), name)
        assert session.data is None
        assert f"The session {name} cannot be read" in session.trouble
        session.sessions.write(session.name, DATA)
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "pipe.json").is_fifo()


@pytest.mark.parametrize(
    "name", ["", ".", "..", "a/b", "../a", "a b", "-a", "é", "a" * 41, "a\x1b", "a.json"]
)
def test_a_name_that_could_be_a_path_or_an_escape_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SessionError, match="letters, digits"):
        check_name(name)
    with pytest.raises(SessionError, match="letters, digits"):
        Sessions(tmp_path).write(name, DATA)
    assert not list(tmp_path.iterdir())


def test_of_two_terminals_in_one_session_the_second_is_told_and_nothing_is_torn(tmp_path: Path) -> None:
    one, two = Sessions(tmp_path), Sessions(tmp_path)
    assert not one.write("a", DATA)
    assert two.read("a") is not None
    assert not two.write("a", DATA)
    assert one.write("a", DATA)
    # it has been said, until the other one writes again
    assert not one.write("a", DATA)
    assert two.write("a", DATA)

    def write(sessions: Sessions, size: int) -> None:
        for _ in range(30):
            sessions.write("a", {"review": "x" * size})

    writers = [
        threading.Thread(target=write, args=(one, 10)),
        threading.Thread(target=write, args=(two, 9000)),
    ]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        data = Sessions(tmp_path).read("a")
        assert data is not None
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_who_begins_a_session_anew_is_alone_in_it_until_another_terminal_writes(tmp_path: Path) -> None:
    Sessions(tmp_path).write("night", DATA)
    session = begun(Sessions(tmp_path), "night")
    assert session.data is None
    assert not session.sessions.write("night", DATA)
    Sessions(tmp_path).write("night", DATA)
    assert session.sessions.write("night", DATA)
    begun(Sessions(tmp_path), "never-there")


def test_what_cannot_be_written_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SessionError, match="cannot be saved"):
        Sessions(tmp_path / "file").write("a", DATA)


def test_a_session_is_deleted_by_its_name(tmp_path: Path) -> None:
    sessions = Sessions(tmp_path)
    sessions.write("a", DATA)
    sessions.write("b", DATA)
    with pytest.raises(SessionError, match=r"no session 'c'; there are [ab], [ab]\."):
        sessions.delete("c")
    sessions.delete("a")
    sessions.delete("b")
    with pytest.raises(SessionError, match="there are none yet"):
        sessions.delete("b")


def test_real_services_and_those_of_this_machine_never_share_a_session(tmp_path: Path) -> None:
    real = sessions_home(tmp_path, "https://cmsdials-api.web.cern.ch/")
    local = [
        sessions_home(tmp_path, url)
        for url in ("", "http://127.0.0.1:4711/", "http://localhost:8000", "http://[::1]:5/", "http://[::1")
    ]
    assert len({*local}) == 1
    assert real not in local
    assert real != sessions_home(tmp_path, "https://other.web.cern.ch/")
    assert sessions_home(tmp_path, "https://../../..:1/").parent == tmp_path / "sessions"
