"""What a note must be: lumisections that exist or are confirmed, and nothing said twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.lsmask import OPEN_END, LSMask
from dqmtui.model.notes import NOT_GOOD, NoteError, NoteVerdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from dqmtui.model.notes import Note, NoteContent
    from dqmtui.model.notes_journal import Journal

SHOWN_ID = 8
"""Characters of an id that sentences show: whoever names a note needs no more of it."""


class DuplicateNoteError(NoteError):
    """The note says what another one, `note`, says already."""

    def __init__(self, message: str, note: Note) -> None:
        super().__init__(message)
        self.note = note


class UnconfirmedError(NoteError):
    """The note can be made when the person confirms it; `doubts` are sentences that say why."""

    def __init__(self, doubts: Sequence[str]) -> None:
        super().__init__(" ".join(doubts))
        self.doubts = tuple(doubts)


def check_note(
    content: NoteContent,
    journal: Journal,
    known_ls: LSMask | None,
    *,
    editing: str | None = None,
    confirmed: bool = False,
) -> None:
    """Refuse what cannot be noted.

    `known_ls` are the LS that the run has, None when nobody knows. `editing` is the id of the note that is
    to say this. Raises DuplicateNoteError, and UnconfirmedError unless it is `confirmed`: for LS that the
    run does not have, and for other notes that say the opposite of the same LS.
    """
    others = [note for note in journal.notes_of(content.run) if note.id != editing]
    for other in others:
        if _sense(other.content) == _sense(content):
            raise DuplicateNoteError(
                f"That has been noted already, by {other.author} ({other.id[:SHOWN_ID]}).", other
            )
    doubts = [*_missing(content, known_ls), *_opposites(content, others)]
    if doubts and not confirmed:
        raise UnconfirmedError(doubts)


def overlapping(content: NoteContent, notes: Iterable[Note]) -> list[Note]:
    """List the notes on LS of the same run that this is about, in the same dataset or in whichever."""
    return [
        note
        for note in notes
        if note.content.run == content.run
        and (note.content.ls & content.ls)
        and (not note.content.dataset or not content.dataset or note.content.dataset == content.dataset)
    ]


def _missing(content: NoteContent, known_ls: LSMask | None) -> list[str]:
    if known_ls is None:
        return [f"The lumisections of run {content.run} are not known."]
    if not known_ls:
        return [f"Run {content.run} has no lumisections."]
    unknown = LSMask()
    for first, last in content.ls.ranges:
        part = LSMask(((first, last),))
        if last != OPEN_END:
            unknown |= part - known_ls
        elif not part & known_ls:
            # an end that is left open means whatever there is from there on
            unknown |= LSMask(((first, first),))
    return [f"Run {content.run} has no LS {_some(unknown)}."] if unknown else []


def _opposites(content: NoteContent, others: Sequence[Note]) -> list[str]:
    doubts = []
    for note in overlapping(content, others):
        other = note.content
        same = (other.subsystem.casefold(), set(other.elements)) == (
            content.subsystem.casefold(),
            set(content.elements),
        )
        verdicts = {other.verdict, content.verdict}
        if same and NoteVerdict.GOOD in verdicts and verdicts & NOT_GOOD:
            where = "the run" if content.is_whole_run else f"LS {_some(other.ls & content.ls)}"
            doubts.append(
                f"{note.author} noted {where} of run {other.run} as {other.verdict} ({note.id[:SHOWN_ID]})."
            )
    return doubts


def _sense(content: NoteContent) -> tuple[object, ...]:
    """Give what two notes must not share; case, spaces, links and the order of elements do not count."""
    words = (content.subsystem, content.cause, content.text)
    plain = tuple(" ".join(word.split()).casefold() for word in words)
    return (
        content.run,
        content.ls.ranges,
        content.dataset,
        frozenset(content.elements),
        content.verdict,
        plain,
    )


def _some(mask: LSMask, most: int = 6) -> str:
    shown = LSMask(mask.ranges[:most])
    return f"{shown}" + (" and more" if len(mask.ranges) > most else "")
