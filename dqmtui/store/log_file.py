"""The log of one run of the program: a file of its own, without secrets, which never disturbs the program.

Several programs, on several machines with one AFS, never write to one file, so that there is nothing to lock:
AFS would keep the version of whoever closes it last. A file is renamed when it is full, and the one before is
dropped; the oldest files of earlier runs go when the next one begins.
"""

from __future__ import annotations

import atexit
import logging
import os
import queue
import re
import socket
import sys
import threading
import time
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING

from dqmtui import __version__
from dqmtui.model.secrets import without_secrets
from dqmtui.model.text import escaped

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

DIRECTORY = "log"
LEVELS = ("debug", "info", "warning", "error")
"""What the setting ``log_level`` may be."""
MAX_BYTES = 2_000_000
"""Size of a file; there is one more of the same size, with what came before."""
FILES_KEPT = 20
DAYS_KEPT = 14

_MOST_WAITING = 10_000
_PATIENCE_S = 2.0
_DAY_S = 86_400.0
_OTHERS = 0o077
_UNFIT = re.compile(r"[^A-Za-z0-9-]+")
_FLAGS = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC

_lock = threading.Lock()


def setup_log(state_dir: Path, level: str = "info", notify: Callable[[str], None] = lambda _: None) -> Path:
    """Let the program log into a file of its own below ``state_dir``; return the path of that file.

    ``level`` is one of LEVELS and counts for records of dqmtui; of other packages warnings are logged. The
    file comes with the first record, with mode 0600 in a directory of mode 0700. When it cannot be written,
    for whatever reason, ``notify`` gets one sentence, from another thread, and the program goes on without. A
    crash that ends the program is logged with its traceback. A second call replaces the first.
    """
    if level not in LEVELS:
        message = f"a log has no level {level!r}"
        raise ValueError(message)
    with _lock:
        _end()
        handler = LogFile(state_dir / DIRECTORY / _name(), notify)
        logging.getLogger().addHandler(handler)
        logging.getLogger("dqmtui").setLevel(level.upper())
        _Hooks.put()
        atexit.register(end_log)
    return handler.path


def log_path() -> Path | None:
    """Return the path of the file that the program logs into, None while it logs into none."""
    handlers = logging.getLogger().handlers
    return next((handler.path for handler in handlers if isinstance(handler, LogFile)), None)


def end_log() -> None:
    """Write what waits to be written and log no more."""
    with _lock:
        _end()


def _end() -> None:
    atexit.unregister(end_log)
    _Hooks.take_away()
    root = logging.getLogger()
    for handler in tuple(root.handlers):
        if isinstance(handler, LogFile):
            root.removeHandler(handler)
            handler.close()


class LogFormatter(logging.Formatter):
    """One line for a record, and indented ones for its traceback, without secrets and control characters.

    A traceback has no local variables. Nothing that a record holds can make this fail.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the text of a record."""
        try:
            message = record.getMessage()
        except Exception as error:  # noqa: BLE001 - whatever the arguments of a record do when they are shown
            message = f"{record.msg!r} with arguments that do not fit it ({type(error).__name__})"
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        lines = [f"{moment}.{int(record.msecs):03d}Z {record.levelname} {record.name}: {_clean(message)}"]
        if record.exc_info and record.exc_info[1] is not None:
            lines += _traceback(record.exc_info[1])
        elif record.exc_text:
            lines += record.exc_text.splitlines()
        if record.stack_info:
            lines += record.stack_info.splitlines()
        return "\n".join([lines[0], *(f"    {_clean(line)}" for line in lines[1:])])


class LogFile(logging.Handler):
    """Writes records to a file in a thread, so that a slow or hanging disk holds up nobody."""

    def __init__(self, path: Path, notify: Callable[[str], None], max_bytes: int = MAX_BYTES) -> None:
        super().__init__()
        self.path = path
        self.setFormatter(LogFormatter())
        self.addFilter(_is_ours_or_a_warning)
        self._notify = notify
        self._max_bytes = max_bytes
        self._waiting: queue.Queue[bytes | None] = queue.Queue(_MOST_WAITING)
        self._file: int | None = None
        self._size = 0
        self._complained = False
        self._thread: threading.Thread | None = None

    def emit(self, record: logging.LogRecord) -> None:
        """Take a record; what comes faster than it can be written is dropped."""
        line = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
        # at the end of the interpreter no thread can be started any more
        with suppress(queue.Full, RuntimeError):
            if self._thread is None:
                thread = threading.Thread(target=self._write_all, name="dqmtui-log", daemon=True)
                thread.start()
                self._thread = thread
            self._waiting.put_nowait(line)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - the name is logging's
        """Keep quiet: the terminal is not for this."""

    def close(self) -> None:
        """Write what waits, for as long as two seconds, and close the file."""
        if self._thread is not None:
            with suppress(queue.Full):
                self._waiting.put(None, timeout=_PATIENCE_S)
            self._thread.join(_PATIENCE_S)
            self._thread = None
        super().close()

    def _write_all(self) -> None:
        while (line := self._waiting.get()) is not None:
            try:
                self._write(line)
            except OSError as error:
                self._give_up(error)
        try:
            self._close_file()
        except OSError as error:
            self._give_up(error)

    def _write(self, line: bytes) -> None:
        if self._file is None:
            self._open()
        elif self._size + len(line) > self._max_bytes:
            self._close_file()
            self.path.replace(self.path.with_suffix(".1.log"))
            self._open()
        if self._file is not None:
            self._size += os.write(self._file, line)

    def _open(self) -> None:
        directory = self.path.parent
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if directory.stat().st_mode & _OTHERS:
            directory.chmod(0o700)
        is_new = not self.path.exists()
        self._file = os.open(self.path, _FLAGS, 0o600)
        self._size = os.fstat(self._file).st_size
        if is_new:
            self._size += os.write(self._file, _head().encode("utf-8", "backslashreplace"))
            remove_old(directory, keep=self.path)

    def _close_file(self) -> None:
        if self._file is not None:
            file, self._file = self._file, None
            # AFS tells only here that the quota is used up
            os.close(file)

    def _give_up(self, error: OSError) -> None:
        """Drop a record and say so once; the next one is tried again, for the disk may have room by then."""
        with suppress(OSError):
            self._close_file()
        if not self._complained:
            self._complained = True
            reason = error.strerror or type(error).__name__
            with suppress(Exception):
                self._notify(f"The log {self.path} cannot be written: {reason}. dqmtui goes on without it.")


def remove_old(directory: Path, keep: Path) -> None:
    """Remove logs beyond the newest 20 and those older than 14 days; raise OSError.

    A file that was written to within the last day may still be in use and stays.
    """
    ages: list[tuple[float, Path]] = []
    now = time.time()
    for path in directory.glob("dqmtui-*.log"):
        with suppress(FileNotFoundError):
            ages.append((now - path.lstat().st_mtime, path))
    for rank, (age_s, path) in enumerate(sorted(ages)):
        if path != keep and age_s > _DAY_S and (rank >= FILES_KEPT or age_s > DAYS_KEPT * _DAY_S):
            path.unlink(missing_ok=True)


def _name() -> str:
    """Name the file after the time, the machine and the process."""
    host = _UNFIT.sub("-", socket.gethostname().partition(".")[0]) or "host"
    return f"dqmtui-{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{host}-{os.getpid()}.log"


def _is_ours_or_a_warning(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING or record.name.partition(".")[0] == "dqmtui"


def _head() -> str:
    """Say which process writes here."""
    python = ".".join(str(number) for number in sys.version_info[:3])
    process = f"process {os.getpid()} on {socket.gethostname()}"
    return _clean(f"dqmtui {__version__}, {process}, Python {python}, {sys.platform}") + "\n"


def _clean(line: str) -> str:
    return escaped(without_secrets(line))


def _traceback(error: BaseException) -> list[str]:
    try:
        text = "".join(traceback.TracebackException.from_exception(error).format())
    except Exception as trouble:  # noqa: BLE001 - whatever an exception does when it is shown
        text = f"{type(error).__name__}, which cannot be shown ({type(trouble).__name__})"
    return text.splitlines()


class _Hooks:
    """Crashes that end the program or a thread are logged, then told as before."""

    _program = staticmethod(sys.excepthook)
    _thread = staticmethod(threading.excepthook)

    @classmethod
    def put(cls) -> None:
        cls._program, cls._thread = staticmethod(sys.excepthook), staticmethod(threading.excepthook)
        sys.excepthook, threading.excepthook = cls._of_program, cls._of_thread

    @classmethod
    def take_away(cls) -> None:
        if sys.excepthook == cls._of_program:
            sys.excepthook, threading.excepthook = cls._program, cls._thread

    @classmethod
    def _of_program(
        cls, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if issubclass(kind, Exception):
            logging.getLogger("dqmtui").critical("crashed", exc_info=(kind, error, trace))
        cls._program(kind, error, trace)

    @classmethod
    def _of_thread(cls, crash: threading.ExceptHookArgs) -> None:
        if crash.exc_value is not None and issubclass(crash.exc_type, Exception):
            name = crash.thread.name if crash.thread is not None else "a thread"
            info = (crash.exc_type, crash.exc_value, crash.exc_traceback)
            logging.getLogger("dqmtui").critical("%s crashed", name, exc_info=info)
        cls._thread(crash)
