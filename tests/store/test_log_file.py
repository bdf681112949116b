"""The log: private, without secrets, and never in the way."""

from __future__ import annotations

import logging
import multiprocessing
import os
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.model.secrets import keep_secret
from dqmtui.store.log_file import LEVELS, LogFile, LogFormatter, end_log, remove_old, setup_log

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

log = logging.getLogger("dqmtui.test")

JWT = "eyJhbGciOiJSUzI1NiJ9.c2VjcmV0LXBheWxvYWQ.c2VjcmV0LXNpZ25hdHVyZQ"
OPAQUE = "opaque/value+of=a token"
WORD = "opaque/value+of=a"


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    level = logging.getLogger("dqmtui").level
    yield
    end_log()
    logging.getLogger("dqmtui").setLevel(level)


def written(path: Path) -> str:
    end_log()
    return path.read_text()


def test_the_file_is_private_and_says_whose_it_is(tmp_path: Path) -> None:
    path = setup_log(tmp_path / "state", "info")
    assert not path.exists()
    log.info("something happened")
    text = written(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert path.parent.parent == tmp_path / "state"
    assert f"-{os.getpid()}.log" in path.name
    head, line = text.splitlines()
    assert f"process {os.getpid()} on " in head
    assert line.endswith("INFO dqmtui.test: something happened")
    assert line[:2] == "20"


def test_a_directory_that_others_can_read_is_closed(tmp_path: Path) -> None:
    (tmp_path / "log").mkdir(mode=0o755)
    path = setup_log(tmp_path)
    log.info("x")
    written(path)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("level", LEVELS)
def test_the_level_counts_for_this_program_alone(tmp_path: Path, level: str) -> None:
    path = setup_log(tmp_path, level)
    for number in (logging.DEBUG, logging.INFO, logging.WARNING, logging.ERROR):
        log.log(number, "ours")
        logging.getLogger("httpx").log(number, "theirs")
    text = written(path)
    assert text.count("ours") == 4 - LEVELS.index(level)
    assert text.count("theirs") == 2


def test_a_level_that_there_is_not_is_a_mistake(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="loud"):
        setup_log(tmp_path, "loud")


@pytest.mark.parametrize(
    "message",
    [
        f"GET /x Authorization: Bearer {JWT}",
        f"headers {{'authorization': 'Bearer {WORD}'}}",
        f"[(b'Authorization', b'Bearer {JWT}')]",
        f"Authorization: Basic {WORD}",
        f"Set-Cookie: session={OPAQUE}; Path=/",
        f'{{"refresh_token": "{WORD}"}}',
        f"client_secret={WORD}&x=1",
        f"https://h/?device_code={WORD}",
        f"DQMTUI_DIALS_TOKEN={WORD}",
        f"http://me:{WORD.replace('/', '')}@host/",
        JWT[:60],
    ],
)
def test_what_looks_like_a_secret_is_removed(tmp_path: Path, message: str) -> None:
    path = setup_log(tmp_path)
    log.warning(message)
    log.warning("%s and %r", message, message)
    text = written(path)
    assert text.count("[removed]") == 3
    for part in ("c2VjcmV0", "opaque", "value+of"):
        assert part not in text


def test_what_is_known_to_be_a_secret_is_removed_wherever_it_stands(tmp_path: Path) -> None:
    secret = "nothing-that/looks+like=one"
    keep_secret(secret)
    path = setup_log(tmp_path)

    def fails(text: str) -> None:
        raise ValueError(text)

    try:
        fails(f"a {secret} b")
    except ValueError as error:
        log.exception("at %s in %s", secret, {"x": [secret]}, exc_info=error, stack_info=True)
    log.error("https://h/?next_token=nothing-that%2Flooks%2Blike%3Done")
    text = written(path)
    assert "nothing-that" not in text
    assert "ValueError: a [removed] b" in text
    assert "local" not in text.replace("/usr/local", "")


def test_control_characters_do_no_harm(tmp_path: Path) -> None:
    handler = LogFile(tmp_path / "log" / "dqmtui-x.log", pytest.fail)
    said = "a\x1b[31mb\r\nforged line \u202e \udc80"
    handler.handle(logging.LogRecord("dqmtui", 30, "", 0, said, None, None))
    handler.close()
    assert handler.path.read_text().splitlines()[-1].endswith(r"a\x1b[31mb\r\nforged line \u202e \udc80")


class Ugly:
    def __str__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize("arguments", [("x", "y"), (Ugly(),), ({"a": 1},)])
def test_a_record_that_cannot_be_shown_does_no_harm(tmp_path: Path, arguments: Any) -> None:
    handler = LogFile(tmp_path / "log" / "dqmtui-x.log", pytest.fail)
    for message in ("%d of %s", "%s", "after it"):
        given = () if message == "after it" else arguments
        handler.handle(logging.LogRecord("dqmtui", 30, "", 0, message, given, None))
    handler.close()
    text = handler.path.read_text()
    assert "with arguments that do not fit it" in text
    assert text.endswith("after it\n")


def test_a_full_file_is_renamed_and_nothing_newer_is_lost(tmp_path: Path) -> None:
    handler = LogFile(tmp_path / "log" / "dqmtui-x.log", pytest.fail, max_bytes=2000)
    for number in range(100):
        handler.handle(logging.LogRecord("dqmtui", 20, "", 0, "number %d", (number,), None))
    handler.close()
    older, newer = tmp_path / "log" / "dqmtui-x.1.log", handler.path
    assert older.stat().st_size <= 2000
    assert newer.stat().st_size <= 2000
    lines = [line for line in (older.read_text() + newer.read_text()).splitlines() if "number" in line]
    assert [int(line.split()[-1]) for line in lines] == [*range(100 - len(lines), 100)]
    assert stat.S_IMODE(newer.stat().st_mode) == 0o600


def _write_much(state_dir: Path, name: str) -> None:
    setup_log(state_dir)
    for number in range(500):
        log.info("%s %d", name, number)
    end_log()


def test_programs_that_run_together_keep_their_own(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    programs = [context.Process(target=_write_much, args=(tmp_path, f"program-{n}")) for n in range(3)]
    for program in programs:
        program.start()
    for program in programs:
        program.join(60)
        assert program.exitcode == 0
    texts = [path.read_text() for path in (tmp_path / "log").glob("dqmtui-*.log")]
    assert len(texts) == 3
    for text in texts:
        (name,) = {line.split()[-2] for line in text.splitlines()[1:]}
        assert [line.split()[-1] for line in text.splitlines()[1:]] == [str(n) for n in range(500)]
        assert name.startswith("program-")


@pytest.mark.parametrize("place", ["a file in place of the directory", "a link in place of the file"])
def test_a_log_that_cannot_be_written_is_told_in_one_sentence(tmp_path: Path, place: str) -> None:
    told: list[str] = []
    if place.startswith("a file"):
        (tmp_path / "log").write_text("")
    path = setup_log(tmp_path, "info", told.append)
    if place.startswith("a link"):
        path.parent.mkdir()
        path.symlink_to(tmp_path / "elsewhere")
    for _ in range(5):
        log.error("x")
    end_log()
    (sentence,) = told
    assert str(path) in sentence
    assert sentence.endswith("dqmtui goes on without it.")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no device that is always full")  # noqa: PTH110 - a decorator
def test_a_full_disk_is_told_once_and_used_again_when_it_has_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    handler = LogFile(tmp_path / "log" / "dqmtui-x.log", told.append)
    record = logging.LogRecord("dqmtui", 20, "", 0, "x", (), None)
    real = os.open
    with monkeypatch.context() as full:
        full.setattr(os, "open", lambda *_: real("/dev/full", os.O_WRONLY))
        for _ in range(3):
            handler.handle(record)
        end = time.monotonic() + 30
        while not told or handler._waiting.qsize():
            assert time.monotonic() < end
            time.sleep(0.002)
    handler.handle(record)
    handler.close()
    assert len(told) == 1
    assert "No space left" in told[0]
    assert "INFO dqmtui: x" in handler.path.read_text()


def test_nothing_is_written_to_the_terminal(tmp_path: Path) -> None:
    code = f"""
import logging, pathlib
from dqmtui.store.log_file import setup_log
path = setup_log(pathlib.Path({str(tmp_path)!r}))
print(path)
logging.getLogger("dqmtui.x").error("%d", "no number")
logging.getLogger("other").warning("hm")
token = "a-local-variable-nobody-shows"
raise ValueError("the end")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1] == "ValueError: the end"
    assert "no number" not in done.stderr
    text = (tmp_path / "log" / done.stdout.strip().rpartition("/")[2]).read_text()
    assert "CRITICAL dqmtui: crashed" in text
    assert "    ValueError: the end" in text
    assert "nobody-shows" not in text.replace('token = "a-local-variable-nobody-shows"', "")


def test_a_second_call_replaces_the_first(tmp_path: Path) -> None:
    setup_log(tmp_path / "one")
    path = setup_log(tmp_path / "two")
    log.info("x")
    assert "x" in written(path)
    assert not (tmp_path / "one").exists()
    assert not [handler for handler in logging.getLogger().handlers if isinstance(handler, LogFile)]


def test_old_logs_go_and_those_in_use_stay(tmp_path: Path) -> None:
    now = time.time()
    for number in range(30):
        path = tmp_path / f"dqmtui-{number:02d}.log"
        path.write_text("x")
        days = number / 4 if number < 28 else 20
        os.utime(path, (now - days * 86400 - 10, now - days * 86400 - 10))
    (tmp_path / "mine.txt").write_text("x")
    remove_old(tmp_path, keep=tmp_path / "dqmtui-29.log")
    left = sorted(int(path.stem[-2:]) for path in tmp_path.glob("dqmtui-*.log"))
    assert left == [*range(20), 29]
    assert (tmp_path / "mine.txt").exists()


def test_a_traceback_has_no_local_variables() -> None:
    def fails(value: str) -> None:
        raise ValueError(len(value))

    try:
        fails("a value that only the frame knows")
    except ValueError as error:
        record = logging.LogRecord("dqmtui", 40, "", 0, "x", (), (type(error), error, error.__traceback__))
    text = LogFormatter().format(record)
    assert "in fails" in text
    assert "only the frame knows" not in text.replace('fails("a value that only the frame knows")', "")
