"""Files for people: whole or not at all, inside the directory, over nothing unasked."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dqmtui.export.files import ExportError, FileThereError, read_text, safe_name, write_file


def test_a_file_is_written_whole_and_nothing_stays_beside_it(tmp_path: Path) -> None:
    path = write_file(tmp_path, "golden.json", "{}\n")
    assert path == tmp_path / "golden.json"
    assert path.read_text() == "{}\n"
    assert stat.S_IMODE(path.stat().st_mode) & 0o600 == 0o600
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", ["file", "link", "dangling link"])
def test_what_is_there_is_replaced_only_if_that_was_said(tmp_path: Path, kind: str) -> None:
    target = tmp_path / "notes.txt"
    other = tmp_path / "other"
    if kind == "file":
        target.write_text("old")
    else:
        if kind == "link":
            other.write_text("old")
        target.symlink_to(other)
    with pytest.raises(FileThereError, match=r"notes\.txt"):
        write_file(tmp_path, "notes.txt", "new")
    assert target.is_symlink() or target.read_text() == "old"
    write_file(tmp_path, "notes.txt", "new", replace=True)
    assert target.read_text() == "new"
    # a link was replaced, not followed
    assert not other.exists() or other.read_text() == "old"


@pytest.mark.parametrize("name", ["", ".", "..", "../notes", "/etc/notes", "a/b", "a\0b"])
def test_no_name_leads_out_of_the_directory(tmp_path: Path, name: str) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(ExportError, match="no name of a file"):
        write_file(tmp_path / "in", name, "x", replace=True)
    assert [path.name for path in tmp_path.rglob("*")] == ["in"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=300), st.sampled_from(["", ".json", ".md"]))
def test_any_text_of_a_server_becomes_a_harmless_name(tmp_path: Path, text: str, suffix: str) -> None:
    name = safe_name(text, suffix)
    assert name.endswith(suffix)
    assert 0 < len(name) <= 120
    assert not name.startswith((".", "-"))
    assert name.isascii()
    assert name.isprintable()
    assert Path(name).name == name
    write_file(tmp_path, name, text, replace=True)


def test_a_directory_that_is_not_there_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot be written: No such file"):
        write_file(tmp_path / "nowhere", "notes.txt", "x")
    (tmp_path / "notes.txt").mkdir()
    with pytest.raises(ExportError, match="is a directory"):
        write_file(tmp_path, "notes.txt", "x", replace=True)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_what_cannot_be_read_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    big, strange = tmp_path / "big", tmp_path / "strange"
    big.write_bytes(b"x" * 2000)
    strange.write_bytes(b"\xff\xfe\x00")
    assert len(read_text(big, 2000)) == 2000
    for path, says in ((big, "larger than"), (strange, "is no text"), (tmp_path / "none", "cannot be read")):
        with pytest.raises(ExportError, match=says):
            read_text(path, 1999)
