"""A list of names of which the characters that were searched for are marked; draws the visible ones only."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, ClassVar, Protocol

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from dqmtui.model.text import ELLIPSIS, fitted, harmless, shortened

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual import events

LEAST_NAME = 20
"""Cells that a name has before its note has any."""

NAME_SHARE = 0.65
"""Share of a line that names take, where they need it, before notes have any of it."""

LEAST_NOTE = 8
"""Cells of a note beside names in full; where there are fewer, names are shortened to their share."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A name, the places of its characters that matched, and what stands on the right."""

    name: str
    marks: tuple[int, ...] = ()
    note: str = ""


class Hits(Protocol):
    """What a list shows; it is asked for the hits on screen only."""

    note_width: int
    """Cells of the widest note."""

    name_width: int
    """Cells of the widest name."""

    def __len__(self) -> int:
        """Count the hits."""
        ...

    def __getitem__(self, row: int) -> Hit:
        """Give a hit."""
        ...


class NoHits:
    """A list without hits."""

    note_width = 0
    name_width = 0

    def __len__(self) -> int:
        return 0

    def __getitem__(self, row: int) -> Hit:
        raise IndexError(row)


class HitList(ScrollView, can_focus=False, inherit_bindings=False):
    """Names one on a line, shortened in their middle, with a cursor."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"hits--cursor", "hits--mark", "hits--note", "hits--message"}

    DEFAULT_CSS = """
    HitList {
        height: 1;
        scrollbar-size-vertical: 1;
        scrollbar-size-horizontal: 0;
        overflow-x: hidden;
        background: $panel;
        & > .hits--cursor { background: $block-cursor-background; color: $block-cursor-foreground; }
        & > .hits--mark { color: $primary; text-style: bold underline; }
        & > .hits--note, & > .hits--message { color: $text-muted; }
    }
    """

    @dataclass
    class Opened(Message):
        """The person clicked a hit twice."""

        row: int

    @dataclass
    class Moved(Message):
        """Another hit is under the cursor, or has another width."""

    ellipsis = ELLIPSIS
    """What stands for text that was cut off."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._hits: Hits = NoHits()
        self._cursor: int | None = None
        self._message = ""

    @property
    def cursor(self) -> int | None:
        """The row under the cursor, None without hits."""
        return self._cursor

    def show_hits(self, hits: Hits, cursor: int | None = 0, *, message: str = "") -> None:
        """Show other hits, or `message` when there are none."""
        self._hits, self._message = hits, message
        count = len(hits)
        self._cursor = None if not count else max(0, min(count - 1, cursor or 0))
        self.virtual_size = Size(0, count)
        self.refresh()
        self._keep_in_sight()
        # Textual moves the bar only while it is on screen, and it comes back after an empty list
        self.vertical_scrollbar.position = self.scroll_offset.y

    def move_by(self, step: int) -> None:
        """Move the cursor by some rows, stopping at the ends."""
        self.move_to((self._cursor or 0) + step)

    def move_to(self, row: int) -> None:
        """Put the cursor on a row, or the nearest there is."""
        before, count = self._cursor, len(self._hits)
        if before is None or not count:
            return
        self._cursor = max(0, min(count - 1, row))
        for changed in {before, self._cursor}:
            self.refresh(Region(0, changed - self.scroll_offset.y, self.size.width, 1))
        self._keep_in_sight()
        self.post_message(self.Moved())

    def _keep_in_sight(self) -> None:
        height, top, row = max(1, self.size.height), self.scroll_offset.y, self._cursor
        if row is not None and not top <= row < top + height:
            goal = row if row < top else row - height + 1
            self.scroll_to(y=goal, animate=False, force=True, immediate=True)

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._keep_in_sight()
        self.post_message(self.Moved())

    def on_click(self, event: events.Click) -> None:
        """Move the cursor to the clicked row; a second click opens it."""
        row = event.y + self.scroll_offset.y
        if row < len(self._hits):
            self.move_to(row)
            if event.chain > 1:
                self.post_message(self.Opened(row))

    def render_line(self, y: int) -> Strip:
        """Draw one line of the viewport."""
        width, base = self.scrollable_content_region.width, self.rich_style
        row = y + self.scroll_offset.y
        if row >= len(self._hits):
            if y or len(self._hits):
                return Strip.blank(width, base)
            style = base + self.get_component_rich_style("hits--message")
            return Strip([Segment(fitted(self._message, width, ellipsis=self.ellipsis), style)], width)
        under = row == self._cursor
        if under:
            base = base + self.get_component_rich_style("hits--cursor") + Style(reverse=self.app.no_color)
        mark = base + self.get_component_rich_style("hits--mark", partial=True)
        note = base if under else base + self.get_component_rich_style("hits--note", partial=True)
        if under:
            mark = mark.without_color + base
        return self._line(self._hits[row], width, (base, mark, note))

    def _note_room(self, width: int) -> int:
        """Tell how many cells notes have: what is chosen goes before what is said of it."""
        name, note = self._hits.name_width, self._hits.note_width
        in_full = name + min(note, LEAST_NOTE) + 2 <= width
        for_names = name if in_full else max(LEAST_NAME, min(name, int(NAME_SHARE * width)))
        return min(note, max(0, width - for_names - 2))

    @property
    def cut_note(self) -> str:
        """What is said of the hit under the cursor where its line has no room for all of it, else ""."""
        if self._cursor is None or self._cursor >= len(self._hits):
            return ""
        note = self._hits[self._cursor].note
        return note if len(note) > self._note_room(self.scrollable_content_region.width) else ""

    def _line(self, hit: Hit, width: int, styles: tuple[Style, Style, Style]) -> Strip:
        base, mark, note = styles
        note_width = self._note_room(width)
        room = width - note_width - 2
        text, marks = shown_marks(hit, room, self.ellipsis)
        segments = [
            Segment(part, mark if is_marked else base) for part, is_marked in runs(text.ljust(room), marks)
        ]
        segments.append(Segment(" " + fitted(hit.note, note_width, ellipsis=self.ellipsis) + " ", note))
        return Strip(segments, max(width, room + note_width + 2)).crop(0, width)


def shown_marks(hit: Hit, room: int, ellipsis: str) -> tuple[str, frozenset[int]]:
    """Give what is shown of a name, and which of its characters are marked there."""
    text = shortened(hit.name, room, ellipsis=ellipsis)
    if len(harmless(hit.name)) != len(hit.name):
        # what is written as an escape moves all that stands behind it
        return text, frozenset()
    if len(text) == len(hit.name):
        return text, frozenset(hit.marks)
    head = text.find(ellipsis)
    moved = len(hit.name) - len(text)
    tail = head + len(ellipsis)
    kept = {place for place in hit.marks if place < head}
    return text, frozenset(kept | {place - moved for place in hit.marks if place - moved >= tail})


def runs(text: str, marks: frozenset[int]) -> Iterable[tuple[str, bool]]:
    """Cut a text into pieces that are marked or are not."""
    for is_marked, places in groupby(range(len(text)), marks.__contains__):
        yield "".join(text[place] for place in places), is_marked
