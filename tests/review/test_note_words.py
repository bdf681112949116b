"""What is said of notes in a line."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from dqmtui.model.notes import Note, NoteVerdict
from dqmtui.review.note_words import said_content, said_of, said_together, subsystem_of
from tests.review.notes import content

NOON = datetime(2024, 6, 1, 12, tzinfo=UTC)


def note(ls: str, **more: Any) -> Note:
    return Note("n", content(ls, **more), "ana", NOON, "ana", NOON)


@pytest.mark.parametrize(
    ("me", "workspace", "subsystem"),
    [
        ("PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1", "tracker", "Pixel"),
        ("SiStrip/MechanicalView/TIB/x", "tracker", "SiStrip"),
        ("EcalBarrel/x", "ecal", "ECAL"),
        ("Unheard/Of/x", "tracker", "Unheard"),
        ("alone", "hcal", "hcal"),
    ],
)
def test_the_subsystem_is_that_of_the_first_folder_else_the_workspace(
    me: str, workspace: str, subsystem: str
) -> None:
    assert subsystem_of(me, workspace) == subsystem


def test_a_note_is_a_line_without_gaps_for_what_it_does_not_say() -> None:
    assert said_of(note("2-3")) == "bad, LS 2-3: HV trip (ana)"
    full = note("all", verdict=NoteVerdict.GOOD, subsystem="Pixel", cause="HV", text="fine\nagain")
    assert said_of(full) == "good, the run: Pixel, HV: fine (ana)"
    assert said_of(note("2", text="", cause="HV")) == "bad, LS 2: HV (ana)"
    assert said_of(note("2", text="")) == "bad, LS 2 (ana)"


def test_of_several_notes_the_first_is_told_and_the_others_counted() -> None:
    assert said_together([]) == ""
    assert said_together([note("2", text="")]) == "bad, LS 2 (ana)"
    assert said_together([note("2", text="")] * 2) == "bad, LS 2 (ana) and 1 more note"
    assert said_together([note("2", text="")] * 3) == "bad, LS 2 (ana) and 2 more notes"


def test_what_is_noted_is_told_with_its_run() -> None:
    assert said_content(content("2-3", run=379011)) == "bad, LS 2-3 of run 379011"
    assert said_content(content("all", run=379011)) == "bad, all of run 379011"
