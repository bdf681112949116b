"""Notes, exclusions and choices of a review: one journal, one way back, shared by all terminals."""

from __future__ import annotations

import resource
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NoteVerdict
from dqmtui.model.notes_rules import DuplicateNoteError, UnconfirmedError
from dqmtui.review.choices import GOOD_LS, Neighbours, OtherRun, RestOfRun, WholeRun
from dqmtui.review.facts import NotesChanged, Notice, ReferenceChanged
from dqmtui.review.ls_ranges import LSRange
from dqmtui.review.note_drafts import draft_of
from dqmtui.review.review import Target
from dqmtui.review.run_notes import NO_NOTE, URGENCY, RunNotes
from tests.review.little import NAMES, ZERO_BIAS
from tests.review.notes import content, kept, on_disk, terminal
from tests.review.told import DIALS_LS, A, B, Told, entry
from tests.services.web import until

if TYPE_CHECKING:
    from pathlib import Path

    from dqmtui.review.datalayer import DataLayer
    from dqmtui.review.review import Review
    from tests.review.little import Little

DATASET = NAMES[ZERO_BIAS]
pytestmark = pytest.mark.usefixtures("service")


async def on_run(told: Told) -> Review:
    told.review.begin(Target(run=A))
    return await told.settled()


# -- what is kept --------------------------------------------------------------------------------------------


async def test_M1_a_note_is_said_to_be_noted_when_it_is_on_the_disk(data: DataLayer, tmp_path: Path) -> None:
    async with terminal(data, tmp_path) as told:
        told.review.make_note(content())
        assert [note.content for note in told.review.notes.on_ls] == [content()]
        assert not any("on disk" in text for text in told.notices)
        assert told.review.unsaved_notes() == ("1 edit of notes",)
        noted = f"Noted, on disk: bad, LS 2-3 of run {A}: HV trip; u takes it back."
        await until(lambda: noted in told.notices)
        assert [note.content for note in on_disk(tmp_path).notes.values()] == [content()]
        assert told.review.unsaved_notes() == ()


async def test_an_edit_that_is_taken_back_at_once_is_not_said_to_be_noted_later(
    data: DataLayer, tmp_path: Path
) -> None:
    async with terminal(data, tmp_path) as told:
        told.review.make_note(content())
        told.review.undo()
        await kept(told)
        await told.settled()
        assert told.notices[-1].startswith("Taken back: ")
        assert on_disk(tmp_path).notes == {}


async def test_notes_exclusions_references_and_good_ls_are_there_at_the_next_start(
    data: DataLayer, tmp_path: Path
) -> None:
    chosen = (OtherRun(entry(B).key, DATASET), WholeRun(), RestOfRun(), Neighbours(4, 1))
    async with terminal(data, tmp_path) as told:
        told.review.make_note(content())
        told.review.exclude(LSMask.of(5))
        for choice in chosen:
            told.review.add_reference(choice)
        told.review.show(good="ls > 2 and not excluded")
    async with terminal(data, tmp_path) as told:
        review = told.review
        assert review.excluded == LSMask.of(5)
        assert [note.content for note in review.notes.on_ls] == [content()]
        await until(lambda: review.state.references == chosen)
        assert review.state.good == "ls > 2 and not excluded"


async def test_what_a_run_has_not_of_its_own_is_as_the_session_chose_last(
    data: DataLayer, tmp_path: Path
) -> None:
    async with terminal(data, tmp_path) as told:
        told.review.show(good="ls > 2")
    async with terminal(data, tmp_path) as told:
        review = told.review
        await until(lambda: review.state.good == "ls > 2")
        review.open_run(entry(B))
        assert review.state.good == GOOD_LS[0]
        review.set_reference(RestOfRun())
        review.open_run(entry(A))
        assert review.state.good == "ls > 2"
        assert review.state.references == (RestOfRun(),)
        await told.settled()


async def test_closing_keeps_what_was_decided_at_the_last_moment(data: DataLayer, tmp_path: Path) -> None:
    async with terminal(data, tmp_path) as told:
        told.review.exclude(LSMask.of(2))
        told.review.make_note(content())
        assert len(told.review.notebook.unkept) == 2
    journal = on_disk(tmp_path)
    assert len(journal.notes) == 1
    assert list(journal.exclusions.values()) == [LSMask.of(2)]


# -- the way back --------------------------------------------------------------------------------------------


async def test_u_goes_back_through_all_kinds_of_edits_and_redo_forward_again(
    data: DataLayer, tmp_path: Path
) -> None:
    async with terminal(data, tmp_path) as told:
        review = told.review

        def now() -> tuple[object, ...]:
            state = review.state
            return review.excluded, tuple(review.journal.notes.values()), state.references, state.good

        states = [now()]
        review.exclude(LSMask.of(5))
        states.append(now())
        review.make_note(content())
        states.append(now())
        review.set_reference(RestOfRun())
        states.append(now())
        review.show(good="ls > 2")
        states.append(now())
        (note,) = review.journal.notes
        review.change_note(note, content("2", verdict=NoteVerdict.GOOD))
        states.append(now())
        review.delete_note(note)
        states.append(now())
        review.exclude(LSMask.of(5))
        states.append(now())
        assert len(set(map(repr, states))) == len(states)
        for state in reversed(states[:-1]):
            review.undo()
            assert now() == state
        said = told.notices
        review.undo()
        assert "nothing to take back" in told.notices[-1]
        assert f"Taken back: excluded LS 5 of run {A}." in said
        assert f"Taken back: the note bad, LS 2-3 of run {A}." in said
        assert f"Taken back: a change of the note good, LS 2 of run {A}." in said
        assert f"Taken back: the deletion of the note good, LS 2 of run {A}." in said
        for state in states[1:]:
            review.redo()
            assert now() == state
        review.redo()
        assert "nothing to make again" in told.notices[-1]
        await kept(told)
        assert on_disk(tmp_path).notes == review.journal.notes


async def test_an_edit_of_another_session_is_not_taken_back(data: DataLayer, tmp_path: Path) -> None:
    async with terminal(data, tmp_path) as told:
        told.review.exclude(LSMask.of(5))
    async with terminal(data, tmp_path) as told:
        assert told.review.excluded == LSMask.of(5)
        told.review.undo()
        assert told.review.excluded == LSMask.of(5)
        assert "this session has made no edit" in told.notices[-1]


# -- two terminals -------------------------------------------------------------------------------------------


async def test_two_terminals_show_each_others_notes_and_exclusions(data: DataLayer, tmp_path: Path) -> None:
    async with terminal(data, tmp_path) as one, terminal(data, tmp_path) as other:
        one.review.make_note(content("2"))
        other.review.make_note(content("3", text="other"))
        one.review.exclude(LSMask.of(2))
        other.review.exclude(LSMask.of(3))
        await until(lambda: len(one.review.notes.on_ls) == len(other.review.notes.on_ls) == 2)
        both = LSMask.of([2, 3])
        await until(lambda: one.review.excluded == other.review.excluded == both)
        assert one.review.journal.notes == other.review.journal.notes
        # each takes back what is its own
        one.review.undo()
        await until(lambda: other.review.excluded == LSMask.of(3))
        other.review.delete_note(next(iter(other.review.journal.notes)))
        await until(lambda: len(one.review.notes.on_ls) == 1)


async def test_what_another_terminal_compares_with_does_not_change_what_is_on_screen(
    data: DataLayer, tmp_path: Path
) -> None:
    async with terminal(data, tmp_path) as one, terminal(data, tmp_path) as other:
        one.review.set_reference(RestOfRun())
        one.review.exclude(LSMask.of(2))
        await until(lambda: other.review.excluded == LSMask.of(2))
        assert other.review.state.references == ()


# -- trouble -------------------------------------------------------------------------------------------------


async def test_a_disk_that_takes_nothing_is_told_and_the_note_is_kept_when_it_does_again(
    data: DataLayer, tmp_path: Path
) -> None:
    (tmp_path / "journal").write_text("a file stands in the way")
    async with terminal(data, tmp_path, looks=False) as told:
        review = told.review
        review.make_note(content())
        await until(lambda: any("not on disk" in text for text in told.errors))
        assert ":notes.save FILE" in told.errors[-1]
        assert told.errors[-1].startswith("1 edit not on disk: File exists; ")
        (notice,) = (one for one in told.of(Notice) if one.text == told.errors[-1])
        assert str(tmp_path) in notice.details
        assert len(review.notes.on_ls) == 1
        assert review.unsaved_notes() == ("1 edit of notes",)
        before = len(told.errors)
        (tmp_path / "journal").unlink()
        review.retry_notes()
        await until(lambda: "Your notes are on the disk again, all of them." in told.notices)
        assert len(told.errors) == before
        assert [note.content for note in on_disk(tmp_path).notes.values()] == [content()]


async def test_a_disk_that_is_full_takes_a_part_and_nothing_is_lost(data: DataLayer, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with terminal(data, tmp_path, looks=False) as told:
        review = told.review
        review.make_note(content("2", text="fits"))
        await kept(told)
        # a disk that is full takes a part of what is written
        resource.setrlimit(resource.RLIMIT_FSIZE, (700, before[1]))
        try:
            for text in ("does", "not", "fit"):
                review.make_note(content("3", text=text * 50), confirmed=True)
            await until(lambda: any("not on disk: File too large" in text for text in told.errors))
            assert review.stranded
            assert len(review.notes.on_ls) == 4
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        review.retry_notes()
        await kept(told)
        await until(lambda: not review.stranded)
    assert len(on_disk(tmp_path).notes) == 4


async def test_it_is_tried_again_by_itself_and_said_once(data: DataLayer, tmp_path: Path) -> None:
    async with terminal(data, tmp_path) as told:
        await until(lambda: (tmp_path / "journal").exists() or told.review.notebook.has_files)
        (tmp_path / "journal").write_text("a file stands in the way")
        told.review.exclude(LSMask.of(2))
        await until(lambda: any("not on disk" in text for text in told.errors))
        told.review.exclude(LSMask.of(3))
        await until(lambda: any("2 edits not on disk" in text for text in told.errors))
        (tmp_path / "journal").unlink()
        await kept(told)
        await until(lambda: "Your notes are on the disk again, all of them." in told.notices)
        assert len([text for text in told.errors if "1 edit not on disk" in text]) == 1
        assert list(on_disk(tmp_path).exclusions.values()) == [LSMask.of([2, 3])]


async def test_what_cannot_be_kept_is_saved_elsewhere_and_is_not_lost_any_more(
    data: DataLayer, tmp_path: Path
) -> None:
    (tmp_path / "journal").write_text("a file stands in the way")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    async with terminal(data, tmp_path, looks=False) as told:
        review = told.review
        review.save_notes(elsewhere / "nothing.jsonl")
        await until(lambda: any("nothing to be saved" in text for text in told.notices))
        review.make_note(content())
        await until(lambda: any("not on disk" in text for text in told.errors))
        review.save_notes(tmp_path / "no" / "such" / "directory.jsonl")
        await until(lambda: any("cannot be saved" in text for text in told.errors))
        review.save_notes(elsewhere / "mine.jsonl")
        await until(lambda: any("Saved 1 edit as" in text for text in told.notices))
        assert review.unsaved_notes() == ()
        assert review.notebook.unkept
        review.exclude(LSMask.of(2))
        assert review.unsaved_notes() == ("1 edit of notes",)
    lines = (elsewhere / "mine.jsonl").read_text().splitlines()
    assert len(lines) == 1
    assert "HV trip" in lines[0]


async def test_a_journal_that_cannot_be_read_is_told_and_notes_can_be_made(
    data: DataLayer, tmp_path: Path
) -> None:
    (tmp_path / "journal").write_text("a file stands in the way")
    async with terminal(data, tmp_path) as told:
        await until(lambda: any("cannot be read" in text for text in told.errors))
        told.review.make_note(content())
        assert told.review.notes.on_ls
        assert len([text for text in told.errors if "cannot be read" in text]) == 1


# -- rules ---------------------------------------------------------------------------------------------------


async def test_M1_duplicates_are_refused_and_doubts_are_to_be_confirmed(told: Told) -> None:
    review = await on_run(told)
    review.make_note(content())
    with pytest.raises(DuplicateNoteError):
        review.make_note(content())
    with pytest.raises(UnconfirmedError, match="has no LS 77"):
        review.make_note(content("77"))
    with pytest.raises(UnconfirmedError, match="noted LS 2-3 of run"):
        review.make_note(content(verdict=NoteVerdict.GOOD, text=""))
    assert len(review.journal.notes) == 1
    review.make_note(content("77"), confirmed=True)
    assert len(review.journal.notes) == 2
    note = review.journal.notes_of(A)[1].id
    # its LS have been confirmed
    review.change_note(note, content("77", text="something else"))
    with pytest.raises(UnconfirmedError, match="has no LS 78"):
        review.change_note(note, content("78"))


async def test_notes_without_files_are_in_memory_and_nothing_is_to_be_saved(told: Told) -> None:
    review = await on_run(told)
    review.make_note(content())
    assert review.unsaved_notes() == ()
    assert any("bad, LS 2-3" in text for text in told.notices)


async def test_a_new_note_is_about_what_is_looked_at(told: Told) -> None:
    review = await on_run(told)
    content, scopes = draft_of(review)
    assert (content.ls, content.dataset, content.elements) == (LSMask.of(2), DATASET, ())
    assert [elements for _, elements in scopes] == [()]
    review.select_element(review.elements[0])
    content, scopes = draft_of(review)
    assert content.elements == (review.elements[0].me,)
    assert [elements for _, elements in scopes] == [content.elements, ()]
    assert content.subsystem
    # of a group or a range the LS that there are: holes are none to be confirmed
    review.show(group=10)
    assert draft_of(review)[0].ls == LSMask.parse("1-5,9")
    assert review.state.run is not None
    review.show(ls_range=LSRange(review.state.run, 4, 12))
    assert draft_of(review)[0].ls == LSMask.parse("4-5,9,12")
    review.make_note(draft_of(review)[0])


# -- what is shown -------------------------------------------------------------------------------------------


async def test_each_ls_has_the_most_urgent_verdict_of_its_notes(told: Told) -> None:
    review = await on_run(told)
    review.make_note(content("2-5", verdict=NoteVerdict.UNSURE))
    review.make_note(content("3", verdict=NoteVerdict.BAD))
    review.make_note(content("all", verdict=NoteVerdict.STANDBY))
    assert review.table is not None
    marks = review.note_marks(review.table)
    shown = {
        int(ls): URGENCY[mark] if mark != NO_NOTE else None
        for ls, mark in zip(review.table.ls, marks, strict=True)
    }
    unsure, bad = NoteVerdict.UNSURE, NoteVerdict.BAD
    assert shown == {1: None, 2: unsure, 3: bad, 4: unsure, 5: unsure, 9: None, 12: None}
    assert review.noted(NoteVerdict.UNSURE) == LSMask.parse("2-5")
    assert review.noted(NoteVerdict.STANDBY) == LSMask()
    assert review.said_at(3) == "bad, LS 3: HV trip (root) and 1 more note".replace(
        "root", review.notebook.pen.author
    )
    assert review.said_at(9) == ""


async def test_expressions_know_the_noted_ls(told: Told) -> None:
    review = await on_run(told)
    review.make_note(content("2", verdict=NoteVerdict.UNSURE))
    review.make_note(content("3", verdict=NoteVerdict.EXCLUDED))
    named = review.named()
    assert named is not None
    assert named.masks["noted"] == LSMask.of([2, 3])
    assert named.masks["noted_bad"] == LSMask.of(3)
    review.show(good="not noted_bad")
    assert 3 not in review.trends.good_ls()
    assert 2 in review.trends.good_ls()


async def test_a_saved_expression_is_offered_to_its_run_but_not_the_one_that_is_in_use(told: Told) -> None:
    review = await on_run(told)
    review.show(good="ls > 2")
    review.save_expression("late", "ls > 3")
    named = review.named()
    assert named is not None
    assert named.saved == {"late": "ls > 3"}


async def test_a_note_on_another_dataset_marks_nothing_here(told: Told) -> None:
    review = await on_run(told)
    review.make_note(content("2", dataset="/Another/Dataset"))
    review.make_note(content("3", dataset=DATASET))
    assert review.notes.noted == LSMask.of(3)
    assert len(review.journal.notes_of(A)) == 2


async def test_nothing_is_made_anew_by_an_edit_that_is_about_something_else(told: Told) -> None:
    review = await on_run(told)
    review.exclude(LSMask.of(5))
    review.make_note(content("2"))
    excluded, named, notes = review.excluded, review.named(), review.notes
    told.facts.clear()
    review.make_note(content("2", run=B), confirmed=True)
    assert review.excluded is excluded
    assert review.named() is named
    assert review.notes is notes
    assert told.of(ReferenceChanged) == []
    assert len(told.of(NotesChanged)) == 1
    review.make_note(content("3", verdict=NoteVerdict.GOOD))
    assert review.excluded is excluded
    assert review.notes is not notes
    assert len(told.of(ReferenceChanged)) == 1


# -- going from one to the next ------------------------------------------------------------------------------


async def test_steps_go_from_note_to_note_in_the_order_of_ls(told: Told) -> None:
    review = await on_run(told)
    review.step_note(1)
    assert "There are no notes on LS of this run" in told.notices[-1]
    # LS 4 is in OMS alone; of 6-9 the table has 9; two notes begin at LS 3
    for ls in ("4", "6-9", "3", "3-5"):
        review.make_note(content(ls, text=f"note {ls}"), confirmed=True)
    assert review.table is not None
    assert review.notes.stops(review.table) == (3, 4, 9)
    walked = []
    for step in (1, 1, 1, 1, -1, -1, -1, 99, -2):
        review.step_note(step)
        walked.append(review.state.ls)
    assert walked == [3, 4, 9, 9, 4, 3, 3, 9, 3]
    assert told.notices[-1].startswith("1 of 3: bad, LS 3")
    review.go_to_ls(5)
    review.step_note(-1)
    assert review.state.ls == 4
    review.step_note(-1)
    review.step_note(-1)
    assert told.notices[-1] == "No note begins before LS 3; 3 of the LS of this run have one."


async def test_a_note_leads_to_its_run_its_ls_and_its_element(told: Told, service: Little) -> None:
    review = await on_run(told)
    me = review.elements[-1].me
    review.go_to_note(content("9", elements=(me,)))
    assert review.state.element == review.elements[-1]
    assert review.state.ls == 9
    review.go_to_note(content("21", run=B, dataset=DATASET))
    await told.settled()
    assert review.state.run == entry(B).key
    assert review.state.ls == 21
    review.go_to_note(content("all", run=A))
    await told.settled()
    assert review.state.run == entry(A).key
    assert review.state.ls == DIALS_LS[0]
    assert service.runs


def test_the_notes_of_a_run_are_equal_when_they_say_the_same() -> None:
    assert RunNotes() == RunNotes(())
    assert replace(RunNotes()).noted == LSMask()
