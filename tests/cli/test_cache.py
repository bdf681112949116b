"""`dqmtui cache list|path|clear|verify`."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli.exits import Exit
from dqmtui.store.cache import Cache
from tests.cli.conftest import clean_environment
from tests.store.cached import EARLY, KEY, URL, files_of, of_element, whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended


@pytest.fixture
def directory(tmp_path: Path, bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache with two elements of a run and one answer."""
    monkeypatch.setenv("DQMTUI_CACHE_DIR", str(tmp_path))
    dials = Cache(tmp_path, 10, pytest.fail).of(URL)
    dials.keep_histograms(whole())
    dials.keep_histograms(whole(key=of_element(2)))
    dials.keep_answer([1], EARLY, "runs", "tracker", 12)
    return tmp_path


def test_path_is_the_directory_of_the_settings(bare: Callable[..., Ended], directory: Path) -> None:
    assert bare("cache", "path").out == f"{directory}\n"
    assert bare("cache", "path", "--json").json() == {"path": str(directory)}


def test_list_has_a_line_for_each_run(bare: Callable[..., Ended], directory: Path) -> None:
    done = bare("cache", "list")
    title, run, answers = done.out.splitlines()
    assert title.split()[:4] == ["run", "dataset", "files", "MB"]
    assert run.split()[:3] == [str(KEY.run), KEY.dataset, "2"]
    assert answers.split()[:2] == ["(runs)", "1"]
    assert f"MB of 2000 MB in {directory}" in done.err


def test_list_as_json(bare: Callable[..., Ended], directory: Path) -> None:
    run, answers = bare("cache", "list", "--json").json()
    assert (run["run"], run["dataset"], run["workspace"], run["files"]) == (
        KEY.run,
        KEY.dataset,
        "tracker",
        2,
    )
    assert run["bytes"] == sum(path.stat().st_size for path in files_of(directory))
    assert (answers["run"], answers["answers"], answers["files"]) == (None, "runs", 1)
    assert run["service"].startswith("cmsdials-api.web.cern.ch-")


def test_an_empty_cache_lists_nothing(
    bare: Callable[..., Ended], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DQMTUI_CACHE_DIR", str(tmp_path / "none"))
    assert bare("cache", "list", "--json").json() == []
    assert len(bare("cache", "list").out.splitlines()) == 1
    assert bare("cache", "verify", "--json").json()["sound"] == 0
    assert bare("cache", "clear", "--json").json() == {"files": 0, "bytes": 0}


def test_clear_removes_everything(bare: Callable[..., Ended], directory: Path) -> None:
    size = sum(path.stat().st_size for path in directory.rglob("*") if path.is_file())
    assert bare("cache", "clear", "--json").json() == {"files": 3, "bytes": size}
    assert list(directory.iterdir()) == []
    done = bare("cache", "clear")
    assert (done.code, done.out) == (0, "")
    assert "removed 0 files" in done.err


def test_verify_says_that_all_is_well(bare: Callable[..., Ended], directory: Path) -> None:
    done = bare("cache", "verify")
    assert (done.code, done.out) == (0, "")
    assert "3 files are sound, 0 are not" in done.err
    assert bare("cache", "verify", "--json").json() == {"sound": 3, "unfinished": 0, "aside": 0, "bad": []}


def test_verify_names_what_is_damaged_and_sets_it_aside(bare: Callable[..., Ended], directory: Path) -> None:
    damaged = files_of(directory)[0]
    damaged.write_bytes(b"")
    done = bare("cache", "verify")
    assert (done.code, done.out) == (Exit.UNEXPECTED, f"{damaged}: is empty\n")
    assert "set aside and will be fetched again" in done.err
    assert not damaged.exists()
    assert bare("cache", "verify").code == 0


def test_a_foreign_name_cannot_steer_the_terminal(bare: Callable[..., Ended], directory: Path) -> None:
    (directory / "v1" / "odd\x1b[2J").write_text("x")
    done = bare("cache", "verify")
    assert "\x1b" not in done.out + done.err
    assert "odd\\x1b[2J" in done.out


def test_the_size_comes_from_the_settings(
    bare: Callable[..., Ended], directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DQMTUI_CACHE_SIZE_MB", "77")
    assert "of 77 MB" in bare("cache", "list").err


def test_the_housekeeping_that_reads_no_histogram_imports_no_arrow(home: Path, directory: Path) -> None:
    probe = """
import sys
from dqmtui.__main__ import start_tui
from dqmtui.cli.main import run
assert run(sys.argv[1:], start_tui) == 0
assert not {"pyarrow", "pandas", "httpx", "textual"} & set(sys.modules)
"""
    for command in ("list", "path", "clear"):
        subprocess.run(
            [sys.executable, "-c", probe, "cache", command],
            check=True,
            capture_output=True,
            timeout=60,
            cwd=home,
            env={**clean_environment(home), "DQMTUI_CACHE_DIR": os.fspath(directory)},
        )
