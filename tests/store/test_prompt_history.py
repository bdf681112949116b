"""The lines given at the prompt, from one start to the next."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dqmtui.store.prompt_history import MOST_LINES, NAME, append_history, read_history


def test_lines_are_read_back_in_their_order(tmp_path: Path) -> None:
    for line in ("120", "plot.x 0 40", "layout tracker"):
        append_history(tmp_path / "state", line)
    assert read_history(tmp_path / "state") == ["120", "plot.x 0 40", "layout tracker"]


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert read_history(tmp_path) == []


def test_the_file_is_the_persons_alone(tmp_path: Path) -> None:
    append_history(tmp_path, "120")
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_only_the_last_lines_are_kept_and_the_files_do_not_grow_for_ever(tmp_path: Path) -> None:
    file, number = tmp_path / NAME, 0
    for time in range(4):
        file.write_text("".join(f"{number + one}\n" for one in range(3 * MOST_LINES)))
        file.chmod(0o600)
        os.utime(file, (time, time))
        number += 3 * MOST_LINES
        assert read_history(tmp_path) == [str(one) for one in range(number - MOST_LINES, number)]
        assert not file.exists()
        (only,) = tmp_path.iterdir()
        assert only.stat().st_mode & 0o777 == 0o600


def test_lines_of_both_stand_in_their_order_when_one_file_was_put_aside(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text("".join(f"{number}\n" for number in range(3 * MOST_LINES)))
    read_history(tmp_path)
    append_history(tmp_path, "new")
    lines = read_history(tmp_path)
    assert lines[-2:] == [str(3 * MOST_LINES - 1), "new"]
    assert len(lines) == MOST_LINES


def test_what_another_terminal_writes_while_a_file_gets_shorter_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def long(begin: str) -> str:
        return "".join(f"{begin}{number}\n" for number in range(3 * MOST_LINES))

    (tmp_path / NAME).write_text(long("a"))
    rename = Path.rename

    def renamed_late(path: Path, target: Path) -> Path:
        # another terminal writes, and then puts the file aside itself
        append_history(tmp_path, "written meanwhile")
        if len(list(tmp_path.iterdir())) == 1:
            rename(path, target.with_name(f"{NAME}.another"))
            append_history(tmp_path, "and after that")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", renamed_late)
    assert read_history(tmp_path)[-2:] == ["written meanwhile", "and after that"]
    assert read_history(tmp_path)[-2:] == ["written meanwhile", "and after that"]


@pytest.mark.parametrize("line", ["", "a\nb", "\x1b[2J", "x" * 1000])
def test_what_no_line_can_be_is_not_kept(tmp_path: Path, line: str) -> None:
    append_history(tmp_path, line)
    assert read_history(tmp_path) == []


def test_what_somebody_else_wrote_into_the_file_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"120\n\xff\xfe\n\x1b]0;evil\x07\n\n7\n")
    assert read_history(tmp_path)[0] == "120"
    assert read_history(tmp_path)[-1] == "7"
    assert all(line.isprintable() for line in read_history(tmp_path))


def test_of_a_long_file_no_line_is_cut(tmp_path: Path) -> None:
    lines = [f"good ls > {number} {'x' * 300}" for number in range(900)]
    (tmp_path / NAME).write_text("".join(f"{line}\n" for line in lines))
    read = read_history(tmp_path)
    assert read == lines[-len(read) :]
    assert len(read) == MOST_LINES
    assert read_history(tmp_path) == read
