"""M1: what a note must be before it is made, and finding notes again."""

from __future__ import annotations

import pytest
from hypothesis import given

from dqmtui.model.lsmask import LSMask, MaskError
from dqmtui.model.notes import NoteContent, NoteError, NoteVerdict
from dqmtui.model.notes_rules import SHOWN_ID, DuplicateNoteError, UnconfirmedError, check_note, overlapping
from dqmtui.model.notes_search import NoteQuery, find_notes
from tests.model.note_samples import KNOWN, Desk, content, contents


def test_M1_a_range_does_not_end_before_it_starts() -> None:
    with pytest.raises(MaskError, match="ends before it starts"):
        content("32-30")
    with pytest.raises(NoteError, match="Which lumisections"):
        content("")


@pytest.mark.parametrize("ls", ["1", "1-35", "3,30-32", "all", "30-"])
def test_M1_lumisections_that_exist_need_no_word(ls: str) -> None:
    check_note(content(ls), Desk().journal, KNOWN)


@pytest.mark.parametrize(("ls", "says"), [("36", "36"), ("30-40", "36-40"), ("40-", "40"), ("3,99", "99")])
def test_M1_other_lumisections_have_to_be_confirmed(ls: str, says: str) -> None:
    with pytest.raises(UnconfirmedError, match=f"has no LS {says}"):
        check_note(content(ls), Desk().journal, KNOWN)
    check_note(content(ls), Desk().journal, KNOWN, confirmed=True)


def test_M1_so_have_those_in_a_hole_and_those_of_an_unknown_run() -> None:
    with pytest.raises(UnconfirmedError, match="has no LS 10"):
        check_note(content("9-11"), Desk().journal, LSMask.parse("1-9,11-20"))
    with pytest.raises(UnconfirmedError, match="are not known"):
        check_note(content("9"), Desk().journal, None)
    with pytest.raises(UnconfirmedError, match="has no lumisections"):
        check_note(content("all"), Desk().journal, LSMask())


@pytest.mark.parametrize(
    "again",
    [content(), content(text=" bpix l1  CHARGE low ")],
)
def test_M1_duplicates_are_refused_whoever_confirms_them(again: NoteContent) -> None:
    desk = Desk()
    note = desk.note(content())
    with pytest.raises(DuplicateNoteError, match="ana") as refused:
        check_note(again, desk.journal, KNOWN, confirmed=True)
    assert refused.value.note.id == note
    check_note(again, desk.journal, KNOWN, editing=note)
    desk.take(desk.pen.delete(desk.journal, note))
    check_note(again, desk.journal, KNOWN)


@pytest.mark.parametrize(
    "other",
    [
        *(content("30-33"), content(run=380239), content(text="something else"), content(subsystem="strips")),
        *(content(verdict=NoteVerdict.STANDBY), content(elements=("A/B",)), content(cause="hv")),
    ],
)
def test_M1_what_says_something_else_is_no_duplicate(other: NoteContent) -> None:
    desk = Desk()
    desk.note(content())
    check_note(other, desk.journal, KNOWN)


def test_the_opposite_of_what_is_noted_has_to_be_confirmed() -> None:
    desk = Desk()
    note = desk.note(content("30-32", subsystem="pixel"))
    good = content("31-35", subsystem="Pixel", verdict=NoteVerdict.GOOD, text="fine")
    with pytest.raises(UnconfirmedError, match="ana noted LS 31-32 of run 380238 as bad") as doubted:
        check_note(good, desk.journal, KNOWN)
    assert f"({note[:SHOWN_ID]})" in str(doubted.value)
    check_note(good, desk.journal, KNOWN, confirmed=True)
    elsewhere = content("33-35", subsystem="pixel", verdict=NoteVerdict.GOOD)
    check_note(elsewhere, desk.journal, KNOWN)
    strips = content("31", subsystem="strips", verdict=NoteVerdict.GOOD)
    check_note(strips, desk.journal, KNOWN)


def test_notes_on_the_same_lumisections_are_found() -> None:
    desk = Desk()
    here = desk.note(content("30-32", dataset="/A"))
    desk.note(content("40"))
    desk.note(content("31", run=1))
    notes = list(desk.journal.notes.values())
    assert [note.id for note in overlapping(content("32-39"), notes)] == [here]
    assert overlapping(content("32-39", dataset="/B"), notes) == []


@given(contents)
def test_a_note_is_a_duplicate_of_itself(said: NoteContent) -> None:
    desk = Desk()
    desk.note(said)
    with pytest.raises(DuplicateNoteError):
        check_note(said, desk.journal, LSMask.all(), confirmed=True)


def test_notes_are_found_by_run_ls_verdict_subsystem_author_and_words() -> None:
    desk = Desk()
    one = desk.note(content("30-32", subsystem="tracker-pixel", cause="HV", elements=("P/charge",)))
    two = desk.note(content("99", run=379765, verdict=NoteVerdict.STANDBY, text="Ramp\nof the strips"))
    notes = list(desk.journal.notes.values())

    def found(query: NoteQuery) -> set[str]:
        return {note.id for note in find_notes(notes, query)}

    assert found(NoteQuery()) == {one, two}
    assert found(NoteQuery(runs=frozenset({380238}))) == {one}
    assert found(NoteQuery(ls=LSMask.parse("32-50"))) == {one}
    assert found(NoteQuery(verdicts=frozenset({NoteVerdict.STANDBY}))) == {two}
    assert found(NoteQuery(subsystem="PIXEL")) == {one}
    assert found(NoteQuery(author="an")) == {one, two}
    assert found(NoteQuery(author="ben")) == set()
    assert found(NoteQuery(words="strips RAMP")) == {two}
    assert found(NoteQuery(words="charge hv")) == {one}
    assert found(NoteQuery(words="strips hv")) == set()
