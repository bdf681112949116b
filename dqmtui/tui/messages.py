"""What was said in a session, with its details: to be read, filtered and copied."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from dqmtui.review.facts import Notice, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

MOST_KEPT = 2000
"""The oldest of so many messages go, of which nobody says so many in a shift."""

FILTERS: tuple[tuple[str, frozenset[Severity]], ...] = (
    ("all", frozenset(Severity)),
    ("warnings and errors", frozenset({Severity.WARNING, Severity.ERROR})),
    ("errors", frozenset({Severity.ERROR})),
)
"""What may be asked for, and which messages that are."""


@dataclass(frozen=True, slots=True)
class Said:
    """A notice, when (UTC) it was shown, and how often without another in between; the last time counts."""

    notice: Notice
    at: datetime
    times: int = 1

    @property
    def kind(self) -> str:
        """How much it matters in a word, "" for what is no trouble."""
        return "" if self.notice.severity is Severity.INFO else self.notice.severity.value

    @property
    def plain(self) -> str:
        """The whole of it in one line, as it is copied."""
        details = f" [{self.notice.details}]" if self.notice.details else ""
        return f"{self.at:%Y-%m-%d %H:%M:%S} UTC  {self.notice.text}{details}"


class Messages:
    """The messages of a session."""

    def __init__(self) -> None:
        self._kept: deque[Said] = deque(maxlen=MOST_KEPT)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Said]:
        """Give them, the newest first."""
        return reversed(self._kept)

    def add(self, message: Said) -> None:
        """Keep one more; one that says the same as the last is counted with it."""
        last = self.last
        if last is not None and last.notice == message.notice:
            self._kept[-1] = replace(message, times=last.times + 1)
        else:
            self._kept.append(message)

    @property
    def last(self) -> Said | None:
        """The newest."""
        return self._kept[-1] if self._kept else None

    def of(self, severities: frozenset[Severity]) -> list[Said]:
        """Give those that matter so much, the newest first."""
        return [message for message in self if message.notice.severity in severities]

    def count(self, severity: Severity) -> int:
        """Count those of a severity."""
        return sum(message.notice.severity is severity for message in self._kept)
