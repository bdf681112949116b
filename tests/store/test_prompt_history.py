"""The lines given at the prompt, from one start to the next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.store.prompt_history import MOST_BYTES, MOST_LINES, NAME, append_history, read_history

if TYPE_CHECKING:
    from pathlib import Path


def test_lines_are_read_back_in_their_order(tmp_path: Path) -> None:
    for line in ("120", "plot.x 0 40", "layout tracker"):
        append_history(tmp_path / "state", line)
    assert read_history(tmp_path / "state") == ["120", "plot.x 0 40", "layout tracker"]


def test_without_a_file_there_are_none(tmp_path: Path) -> None:
    assert read_history(tmp_path) == []


def test_the_file_is_the_persons_alone(tmp_path: Path) -> None:
    append_history(tmp_path, "120")
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o600


def test_only_the_last_lines_are_kept_and_the_file_does_not_grow_for_ever(tmp_path: Path) -> None:
    file = tmp_path / NAME
    file.write_text("".join(f"{number}\n" for number in range(3 * MOST_LINES)))
    lines = read_history(tmp_path)
    assert lines == [str(number) for number in range(2 * MOST_LINES, 3 * MOST_LINES)]
    assert file.read_text().split() == lines
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("line", ["", "a\nb", "\x1b[2J", "x" * 1000])
def test_what_no_line_can_be_is_not_kept(tmp_path: Path, line: str) -> None:
    append_history(tmp_path, line)
    assert read_history(tmp_path) == []


def test_what_somebody_else_wrote_into_the_file_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"120\n\xff\xfe\n\x1b]0;evil\x07\n\n7\n")
    assert read_history(tmp_path)[0] == "120"
    assert read_history(tmp_path)[-1] == "7"
    assert all(line.isprintable() for line in read_history(tmp_path))


def test_a_long_file_gets_shorter_and_no_line_is_cut(tmp_path: Path) -> None:
    lines = [f"good ls > {number} {'x' * 300}" for number in range(900)]
    (tmp_path / NAME).write_text("".join(f"{line}\n" for line in lines))
    read = read_history(tmp_path)
    assert read == lines[-len(read) :]
    assert len(read) == MOST_LINES
    assert (tmp_path / NAME).stat().st_size <= MOST_BYTES
    assert read_history(tmp_path) == read
