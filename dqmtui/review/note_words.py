"""What is said of notes and of edits, in a line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.model.notes import (
    ExpressionSaved,
    LSExcluded,
    NoteDropped,
    NotePut,
    ReferenceChosen,
    Undone,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dqmtui.model.notes import Change, Event, Note, NoteContent
    from dqmtui.model.notes_journal import Journal

SUBSYSTEMS = {
    "pixelphase1": "Pixel",
    "pixel": "Pixel",
    "sistrip": "SiStrip",
    "tracking": "Tracking",
    "ecal": "ECAL",
    "ecalbarrel": "ECAL",
    "ecalendcap": "ECAL",
    "ecalpreshower": "ES",
    "hcal": "HCAL",
    "hcalcalib": "HCAL",
    "csc": "CSC",
    "dt": "DT",
    "rpc": "RPC",
    "gem": "GEM",
    "muons": "Muon",
    "l1t": "L1T",
    "l1temulator": "L1T",
    "hlt": "HLT",
    "jetmet": "JetMET",
    "egamma": "EGamma",
    "btag": "BTag",
    "offlinepv": "Tracking",
    "beammonitor": "BeamSpot",
    "ctpps": "PPS",
}
"""Subsystems by the first folder of their monitoring elements."""


def subsystem_of(me: str, workspace: str) -> str:
    """Name the subsystem of an element by its first folder, else by the workspace."""
    folder = me.strip("/").partition("/")[0]
    return SUBSYSTEMS.get(folder.casefold(), folder if "/" in me else workspace)


def said_ls(content: NoteContent) -> str:
    """Write of which LS a note is: `LS 30-40`, or `the run`."""
    return "the run" if content.is_whole_run else f"LS {content.ls}"


def said_of(note: Note) -> str:
    """Write a note in a line: verdict, LS, subsystem, cause, the first line of its text, and who wrote it."""
    content = note.content
    first = next(iter(content.text.strip().splitlines()), "")
    about = ", ".join(word for word in (content.subsystem, content.cause) if word)
    words = (f"{content.verdict}, {said_ls(content)}", about, first)
    return f"{': '.join(word for word in words if word)} ({note.author})"


def said_together(notes: Sequence[Note]) -> str:
    """Write the first of some notes, and how many more there are; "" for none."""
    if not notes:
        return ""
    more = len(notes) - 1
    return said_of(notes[0]) + (f" and {more} more note{'s' * (more > 1)}" if more else "")


def said_content(content: NoteContent) -> str:
    """Write what is noted, of which run: for a list of edits."""
    where = "all" if content.is_whole_run else said_ls(content)
    return f"{content.verdict}, {where} of run {content.run}"


def said_in_full(content: NoteContent) -> str:
    """Write what is noted, with the shortest words for why."""
    return ": ".join(word for word in (said_content(content), content.reason) if word)


def said_step(step: Sequence[Event], before: Journal) -> str:
    """Say what a step of edits was that `before` still has, as what is taken back."""
    changes = [event.change for event in step]
    words = dict.fromkeys(_said_change(change, step, before) for change in changes)
    return "; ".join(words)


def _said_change(change: Change, step: Sequence[Event], before: Journal) -> str:
    own = {event.id for event in step}
    match change:
        case NotePut(note=note, content=content):
            earlier = any(
                isinstance(event.change, NotePut) and event.change.note == note and event.id not in own
                for event in before.effective
            )
            return f"{'a change of the note' if earlier else 'the note'} {said_content(content)}"
        case NoteDropped(note=note):
            puts = [
                event.change.content
                for event in before.events
                if isinstance(event.change, NotePut) and event.change.note == note
            ]
            return f"the deletion of the note {said_content(puts[-1])}" if puts else "the deletion of a note"
        case LSExcluded(run=run, ls=ls, excluded=excluded):
            return f"{'excluded' if excluded else 'included again'} LS {ls} of run {run.run}"
        case ReferenceChosen(run=run):
            return f"the choice of a reference for run {run.run}"
        case ExpressionSaved(run=run):
            return f"the choice of the good LS{'' if run is None else f' of run {run.run}'}"
        case Undone():
            return "an undoing"
