"""Files for people: written whole or not at all, in the directory that was named, over nothing unasked."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from pathlib import Path
from threading import Lock

_UNFIT = re.compile(r"[^A-Za-z0-9._+-]+")
_LONGEST_NAME = 120
_READ_MODE = 0o644
_NO_LINKS = frozenset({errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK, errno.EXDEV, errno.EACCES})
"""How file systems without hard links answer."""

_reading_umask = Lock()


class ExportError(OSError):
    """A file that cannot be written or read; the text is a sentence that says what to do."""


class FileThereError(ExportError):
    """There is a file of that name, and nobody said that it may be replaced."""


class UnreadableError(ExportError):
    """A file that is not what it should be."""


class FetchError(UnreadableError):
    """An address from which nothing can be got."""


def safe_name(text: str, suffix: str = "") -> str:
    """Name a file after a text from a server: letters, digits and `._+-`, no hidden file, no path."""
    name = _UNFIT.sub("-", text).strip("-.")[: _LONGEST_NAME - len(suffix)]
    return (name or "unnamed") + suffix


def write_file(directory: Path, name: str, data: str | bytes, *, replace: bool = False) -> Path:
    """Write a file of this name into a directory that exists, and give its path.

    It comes into being whole, readable by all. Raises FileThereError unless it may `replace` one, and
    ExportError, also for a name that leads out of the directory.
    """
    if name in {"", ".", ".."} or Path(name).name != name or "\0" in name:
        raise ExportError(f"{name!r} is no name of a file.")
    path = directory / name
    content = data.encode("utf-8", "backslashreplace") if isinstance(data, str) else data
    try:
        # asked first, so that nothing is written for nothing
        _check(path, replace=replace)
        _write(path, content, replace=replace)
    except FileExistsError as error:
        raise FileThereError(f"There already is a file {path}.") from error
    except ExportError:
        raise
    except OSError as error:
        raise ExportError(f"{path} cannot be written: {error.strerror or error}.") from error
    return path


def read_text(path: Path, most_bytes: int) -> str:
    """Read a file of UTF-8 text; raises UnreadableError for one that cannot be read, or is larger."""
    try:
        with path.open("rb") as file:
            data = file.read(most_bytes + 1)
    except OSError as error:
        raise UnreadableError(f"{path} cannot be read: {error.strerror or error}.") from error
    return text_of(data, str(path), most_bytes)


def text_of(data: bytes, name: str, most_bytes: int) -> str:
    """Decode what was read from somewhere of that name; raises UnreadableError."""
    if len(data) > most_bytes:
        raise UnreadableError(f"{name} is larger than {most_bytes / 1e6:.0f} MB.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableError(f"{name} is no text: {error.reason} at byte {error.start}.") from error


def _check(path: Path, *, replace: bool) -> None:
    if path.is_dir():
        raise ExportError(f"{path} is a directory.")
    if not replace and (path.is_symlink() or path.exists()):
        raise FileExistsError


def _write(path: Path, data: bytes, *, replace: bool) -> None:
    handle, name = tempfile.mkstemp(prefix=".dqmtui-", dir=path.parent)
    temporary = Path(name)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - the file is open already
            file.write(data)
            file.flush()
            os.fchmod(handle, _READ_MODE & ~_umask())
            os.fsync(handle)
        if replace:
            temporary.replace(path)
        else:
            _put_new(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def _put_new(temporary: Path, path: Path) -> None:
    """Give a file its name, and fail when somebody made a file of that name meanwhile, unlike a renaming."""
    try:
        path.hardlink_to(temporary)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _READ_MODE))
        temporary.replace(path)


def _umask() -> int:
    # it can only be read by setting it: two threads at once would leave the wrong one behind
    with _reading_umask:
        mask = os.umask(0o077)
        os.umask(mask)
    return mask
