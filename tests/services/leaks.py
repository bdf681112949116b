"""Looking for secrets wherever a failure leaves a trace."""

from __future__ import annotations

import logging
import traceback
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from dqmtui.services.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

TESTS = str(Path(__file__).parents[1])


@dataclass
class Leaks:
    """What was said: log records as they were made, before any filter, and what exceptions hold."""

    said: list[str] = field(default_factory=list)

    def take(self, error: BaseException) -> None:
        """Take note of everything that an exception, and those that led to it, could show."""
        link: BaseException | None = error
        while link is not None:
            self.said += [str(link), repr(link), repr(link.args), repr(vars(link))]
            if isinstance(link, ServiceError):
                self.said += [link.details(), link.excerpt, link.url, link.message]
            link = link.__cause__ or link.__context__
        told: traceback.TracebackException | None = traceback.TracebackException.from_exception(
            error, capture_locals=True
        )
        while told is not None:
            for frame in told.stack:
                # the frames of the tests themselves know the secrets
                if not frame.filename.startswith(TESTS):
                    self.said.append(f"{frame.filename}:{frame.lineno} {frame.name} {frame.locals}")
            told = told.__cause__ or told.__context__

    def none_of(self, secrets: Sequence[str]) -> None:
        """Fail when one of the secrets was said, or a good part of it."""
        assert self.said
        for text in self.said:
            for secret in secrets:
                for form in (secret, quote(secret, safe=""), secret[:24], secret[-24:]):
                    assert form not in text, f"{form} in {text}"


class _Listener(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__()
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said += [record.getMessage(), repr(record.args), self.format(record)]


@contextmanager
def listening() -> Iterator[Leaks]:
    """Listen to everything that is logged, at the level DEBUG."""
    leaks = Leaks()
    listener = _Listener(leaks.said)
    ours, root = logging.getLogger("dqmtui"), logging.getLogger()
    level = ours.level
    ours.setLevel(logging.DEBUG)
    root.addHandler(listener)
    try:
        yield leaks
    finally:
        root.removeHandler(listener)
        ours.setLevel(level)
