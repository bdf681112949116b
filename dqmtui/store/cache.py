"""The cache on disk: histograms and small answers that need not be fetched again, and open offline.

Nothing here raises for what the disk does or for what it finds there: such an answer is missing, and a
sentence says why. All of it blocks; call it in a thread. Several programs may share one directory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dqmtui.store.answers import Answer, AnswerError, AnswerKey, answer_bytes, read_answer
from dqmtui.store.cache_files import REASON_SUFFIX, CacheFiles, UnusableFileError, read_file
from dqmtui.store.cache_names import (
    ANSWER_SUFFIX,
    FRAME_SUFFIX,
    VERSION,
    answer_path,
    frame_path,
    normalised_url,
    unescaped,
)
from dqmtui.store.frame_parquet import frame_bytes, read_about, read_frame
from dqmtui.store.frames import About, Frame, FrameError, FrameKey

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from pathlib import Path

MB = 1_000_000


@dataclass(slots=True)
class Contents:
    """What the cache has of one run, or of one kind of answers: number of files, bytes, last use in ns."""

    service: str
    workspace: str | None = None
    dataset: str | None = None
    run: int | None = None
    answers: str | None = None
    files: int = 0
    size: int = 0
    used_ns: int = 0

    @property
    def place(self) -> tuple[str, str, str, str, int]:
        """What to sort by: runs before answers."""
        return self.service, self.answers or "", self.workspace or "", self.dataset or "", self.run or 0


@dataclass(slots=True)
class Verified:
    """What a look at every file found: files that are sound, those set aside with reasons, and others.

    `unfinished` are files that are being written or were when their writer died.
    """

    sound: int = 0
    bad: list[tuple[Path, str]] = field(default_factory=list)
    unfinished: int = 0
    aside: int = 0


class Cache:
    """The cache in a directory, of `size_mb` MB (10^6 bytes) at the most; 0 switches it off.

    `tell` gets the sentences about trouble, from whichever thread meets it.
    """

    def __init__(self, directory: Path, size_mb: int, tell: Callable[[str], None]) -> None:
        self.directory = directory
        self._files = CacheFiles(directory / VERSION, size_mb * MB, tell)

    @property
    def is_on(self) -> bool:
        """Whether anything is kept at all."""
        return self._files.limit > 0

    def of(self, url: str) -> ServiceCache:
        """Give the part that belongs to the service at a base URL; raises ValueError for what is no URL."""
        return ServiceCache(self._files, normalised_url(url))

    def contents(self) -> list[Contents]:
        """List what is kept: the runs with histograms, then the answers, by name."""
        found: dict[tuple[str, str, str, str, int], Contents] = {}
        for file in self._files.kept():
            parts = file.path.relative_to(self._files.root).parts
            if file.is_temporary:
                continue
            match parts:
                case [service, "histograms", workspace, dataset, run, _] if run.isdecimal():
                    row = Contents(unescaped(service), unescaped(workspace), unescaped(dataset), int(run))
                case [service, "answers", file_name]:
                    row = Contents(
                        unescaped(service), answers=unescaped(file_name.removesuffix(ANSWER_SUFFIX))
                    )
                case [service, "answers", kind, *_]:
                    row = Contents(unescaped(service), answers=unescaped(kind))
                case _:
                    continue
            row = found.setdefault(row.place, row)
            row.files += 1
            row.size += file.size
            row.used_ns = max(row.used_ns, file.used_ns)
        return [found[place] for place in sorted(found)]

    def verify(self) -> Verified:
        """Read every file, and set aside those that are not what their place says."""
        result = Verified()
        for file in self._files.sweep():
            if self._files.is_aside(file.path):
                result.aside += not file.path.name.endswith(REASON_SUFFIX)
            elif file.is_temporary:
                result.unfinished += 1
            else:
                try:
                    self._check(file.path)
                except FileNotFoundError:
                    continue
                except (UnusableFileError, FrameError, AnswerError) as error:
                    reason = str(error)
                    result.bad.append((file.path, reason))
                    self._files.set_aside(file.path, reason)
                except OSError as error:
                    result.bad.append((file.path, f"cannot be read: {error.strerror}"))
                else:
                    result.sound += 1
        return result

    def clear(self) -> tuple[int, int]:
        """Remove everything; give the number of files and of bytes that went. Raises OSError."""
        return self._files.clear()

    def _check(self, path: Path) -> None:
        data = read_file(path)
        if path.suffix == FRAME_SUFFIX:
            about, _ = read_frame(data)
            place = frame_path(about.service, about.key)
        elif path.suffix == ANSWER_SUFFIX:
            key, _ = read_answer(data)
            place = answer_path(key.service, key.kind, key.about)
        else:
            raise UnusableFileError("is a file from elsewhere")
        if path != self._files.root / place:
            raise UnusableFileError("belongs elsewhere")


class ServiceCache:
    """The part of a cache that belongs to one service; parts of different URLs never meet."""

    def __init__(self, files: CacheFiles, service: str) -> None:
        self._files = files
        self.service = service

    def histograms(self, key: FrameKey) -> Frame | None:
        """Give the histograms of an element in a run, all or some of them, None when there are none."""
        path = self._files.root / frame_path(self.service, key)
        try:
            data = self._files.read(path)
            if data is None:
                return None
            about, frame = read_frame(data)
            _check_same((about.service, about.key), (self.service, key))
        except (UnusableFileError, FrameError) as error:
            self._files.lose(path, str(error))
            return None
        return frame

    def keep_histograms(self, frame: Frame) -> bool:
        """Keep histograms, unless there are more complete ones; tell whether these are kept now."""
        path = self._files.root / frame_path(self.service, frame.key)
        try:
            about = About.of(self.service, frame)
            if not self._may_write(path, about):
                return False
            data = frame_bytes(self.service, frame)
        except FrameError as error:
            self._files.refuse(path, str(error))
            return False
        # while the file was being made and written, another session may have kept more
        return self._files.write(path, data, lambda: self._may_write(path, about))

    def answer(self, kind: str, *about: str | int) -> Answer | None:
        """Give the answer to a question, None when there is none."""
        key = AnswerKey(self.service, kind, about)
        path = self._files.root / answer_path(self.service, kind, about)
        try:
            data = self._files.read(path)
            if data is None:
                return None
            found, answer = read_answer(data)
            _check_same(found, key)
        except (UnusableFileError, AnswerError) as error:
            self._files.lose(path, str(error))
            return None
        return answer

    def keep_answer(self, value: Any, fetched_at: datetime, kind: str, *about: str | int) -> bool:
        """Keep what the service said to a question; tell whether it is kept now.

        `dqmtui.store.answers` says which values can be kept.
        """
        path = self._files.root / answer_path(self.service, kind, about)
        try:
            data = answer_bytes(AnswerKey(self.service, kind, about), Answer(value, fetched_at))
        except AnswerError as error:
            self._files.refuse(path, str(error))
            return False
        return self._files.write(path, data)

    def _may_write(self, path: Path, about: About) -> bool:
        """Tell whether nothing more complete lies in a place; what cannot be used does not stay there."""
        if not self._files.limit:
            return False
        try:
            data = self._files.read(path)
            if data is None:
                return True
            present = read_about(data)
            _check_same((present.service, present.key), (about.service, about.key))
        except (UnusableFileError, FrameError) as error:
            self._files.lose(path, str(error))
            return True
        return about.may_replace(present)


def _check_same(found: object, asked: object) -> None:
    if found != asked:
        raise UnusableFileError("holds something else than its name says")
