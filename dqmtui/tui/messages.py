"""What was said: the last messages with their details, to be read and copied."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.text import Text
from textual.binding import Binding, BindingType

from dqmtui.model.text import harmless
from dqmtui.review.facts import Notice, Severity
from dqmtui.tui.widgets.text_panel import TextPanel

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from dqmtui.tui.look import Look

MOST_KEPT = 100


@dataclass(frozen=True, slots=True)
class Said:
    """A notice, and when (UTC) it was shown."""

    notice: Notice
    at: datetime

    @property
    def plain(self) -> str:
        """The whole of it in one line, as it is copied."""
        details = f" [{self.notice.details}]" if self.notice.details else ""
        return f"{self.at:%Y-%m-%d %H:%M:%S} UTC  {self.notice.text}{details}"


class Messages:
    """The last messages."""

    def __init__(self) -> None:
        self._kept: deque[Said] = deque(maxlen=MOST_KEPT)

    def __len__(self) -> int:
        return len(self._kept)

    def __iter__(self) -> Iterator[Said]:
        """Give them, the newest first."""
        return reversed(self._kept)

    def add(self, message: Said) -> None:
        """Keep one more."""
        self._kept.append(message)

    @property
    def last(self) -> Said | None:
        """The newest."""
        return self._kept[-1] if self._kept else None


class MessagePanel(TextPanel):
    """The last messages in full, the newest first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("E", "close", "Close", show=False, priority=True),
        Binding("c", "copy", "Copy the newest", show=False, priority=True),
    ]

    def open(self, messages: Messages, look: Look) -> None:
        """Show them."""
        self.show("Messages", "c copies the newest   esc closes", message_text(messages, look))

    async def action_copy(self) -> None:
        """Copy the newest, as the key does without this panel."""
        self.action_close()
        await self.screen.run_action("act('copy')")


def message_text(messages: Messages, look: Look) -> Text:
    """Write messages with their times and details; what came from a server can do no harm."""
    roles = look.theme.roles
    colors = {Severity.INFO: "", Severity.WARNING: roles.note, Severity.ERROR: roles.bad}
    text = Text()
    for message in messages:
        notice = message.notice
        text.append(f"{message.at:%H:%M:%S} UTC  ", style=roles.label)
        word = "" if notice.severity is Severity.INFO else f"{notice.severity.value}: "
        text.append(f"{look.charset.text(word + harmless(notice.text))}\n", style=colors[notice.severity])
        if notice.details:
            text.append(f"{look.charset.text(harmless(notice.details))}\n", style=roles.label)
    if not text:
        text.append("Nothing has been said yet.")
    text.rstrip()
    return text
