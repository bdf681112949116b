"""Finding notes: by run, lumisection, verdict, subsystem, author, and words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dqmtui.model.lsmask import LSMask
    from dqmtui.model.notes import Note, NoteVerdict


@dataclass(frozen=True, slots=True)
class NoteQuery:
    """What notes are looked for; what is None or "" lets every note pass.

    `words` have to stand in the note somewhere, each of them, whatever the case: in its text, cause,
    subsystem, elements, dataset, verdict, author, run number or id. `author` and `subsystem` are parts of
    names.
    """

    runs: frozenset[int] | None = None
    ls: LSMask | None = None
    verdicts: frozenset[NoteVerdict] | None = None
    subsystem: str = ""
    author: str = ""
    words: str = ""

    def fits(self, note: Note) -> bool:
        """Tell whether a note is one that is looked for."""
        content = note.content
        said = _said(note) if self.words else ""
        return (
            (self.runs is None or content.run in self.runs)
            and (self.ls is None or bool(content.ls & self.ls))
            and (self.verdicts is None or content.verdict in self.verdicts)
            and self.subsystem.casefold() in content.subsystem.casefold()
            and self.author.casefold() in f"{note.author}\n{note.changed_by}".casefold()
            and all(word in said for word in self.words.casefold().split())
        )


def find_notes(notes: Iterable[Note], query: NoteQuery) -> list[Note]:
    """List the notes that fit, in the order in which they came."""
    return [note for note in notes if query.fits(note)]


def _said(note: Note) -> str:
    content = note.content
    linked = (link.me for link in content.links)
    words = (
        *(content.text, content.cause, content.subsystem, content.dataset, content.verdict.value),
        *(note.author, note.changed_by, note.id, str(content.run)),
        *content.elements,
        *linked,
    )
    return "\n".join(words).casefold()
