"""Notes: events that are folded into a state, in whatever order they come."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import (
    ChosenReference,
    Event,
    ExpressionSaved,
    LSExcluded,
    NoteError,
    NotePut,
    NoteVerdict,
    PlotLink,
    ReferenceChosen,
    ReferenceKind,
    Undone,
)
from dqmtui.model.notes_journal import Journal
from dqmtui.model.notes_json import EventError, UnknownKindError, event_json, read_event
from tests.model.note_samples import (
    NOON,
    OTHER_RUN,
    RUN,
    Clock,
    Desk,
    changes,
    content,
    event_lists,
    times,
    words,
)

if TYPE_CHECKING:
    import random

    from dqmtui.model.notes import Change


def test_a_note_knows_who_wrote_it_and_who_changed_it_last() -> None:
    desk = Desk()
    note = desk.note(content("30-32"))
    other = Desk("ben", "s2", desk.clock, desk.journal)
    other.take(other.pen.edit(other.journal, note, content("30-33")))
    stands = other.journal.notes[note]
    assert stands.content.ls == LSMask.parse("30-33")
    assert (stands.author, stands.changed_by) == ("ana", "ben")
    assert NOON < stands.written_at < stands.changed_at


def test_a_note_may_be_about_an_ls_ranges_a_run_and_elements() -> None:
    desk = Desk()
    for ls in ("30", "30-32", "1-3,7,30-32", "all", "30-"):
        desk.note(content(ls, elements=("A/B", "A/C"), links=(PlotLink("A/B", 30, 379765),)))
    assert [str(note.content.ls) for note in desk.journal.notes_of(380238)] == [
        *("all", "1-3,7,30-32", "30", "30-32", "30-")
    ]
    assert desk.journal.notes_of(1) == []


@pytest.mark.parametrize(
    ("ls", "more"),
    [("", {}), ("1", {"run": 0}), ("1", {"subsystem": "x" * 300}), ("1", {"text": "x" * 30_000})],
)
def test_what_no_note_can_be_is_refused(ls: str, more: dict[str, Any]) -> None:
    with pytest.raises(NoteError):
        content(ls, **more)


def test_a_deleted_note_is_gone_and_comes_back_by_undo() -> None:
    desk = Desk()
    note = desk.note()
    before = desk.journal.notes[note]
    desk.take(desk.pen.delete(desk.journal, note))
    assert not desk.journal.notes
    desk.take(desk.pen.undo(desk.journal))
    assert desk.journal.notes == {note: before}


def test_undo_goes_back_step_by_step_and_redo_forward_again() -> None:
    desk = Desk()
    states = [desk.journal.notes]
    note = desk.note(content("1"))
    states.append(desk.journal.notes)
    desk.take(desk.pen.edit(desk.journal, note, content("2")))
    states.append(desk.journal.notes)
    desk.take(desk.pen.delete(desk.journal, note))
    states.append(desk.journal.notes)
    for state in reversed(states[:-1]):
        desk.take(desk.pen.undo(desk.journal))
        assert desk.journal.notes == state
    assert desk.pen.undo(desk.journal) == ()
    for state in states[1:]:
        desk.take(desk.pen.redo(desk.journal))
        assert desk.journal.notes == state
    assert desk.pen.redo(desk.journal) == ()


def test_after_a_new_change_there_is_nothing_to_redo() -> None:
    desk = Desk()
    desk.note(content("1"))
    desk.take(desk.pen.undo(desk.journal))
    kept = desk.note(content("2"))
    assert desk.pen.redo(desk.journal) == ()
    assert list(desk.journal.notes) == [kept]


def at(second: int, name: str, change: Change) -> Event:
    return Event(name, NOON + timedelta(seconds=second), "ana", "s1", change)


def test_what_is_undone_does_not_count_nor_does_what_it_would_have_undone() -> None:
    note = at(1, "a", NotePut("n", content("1")))
    undo = at(2, "b", Undone(("a",)))
    redo = at(3, "c", Undone(("b",)))
    assert Journal.of([note, undo]).effective == (undo,)
    assert Journal.of([note, undo, redo]).effective == (note, redo)
    assert list(Journal.of([note, undo, redo]).notes) == ["n"]
    again = at(4, "d", Undone(("c",)))
    assert Journal.of([note, undo, redo, again]).effective == (undo, again)
    assert not Journal.of([note, undo, redo, again]).notes


def test_an_undoing_counts_against_nothing_that_comes_after_it_and_not_against_itself() -> None:
    early = at(1, "b", Undone(("a", "b")))
    note = at(2, "a", NotePut("n", content("1")))
    assert Journal.of([note, early]).effective == (early, note)
    assert list(Journal.of([note, early]).notes) == ["n"]
    # of the same time, the id says which comes first
    same = at(2, "0", Undone(("a",)))
    assert list(Journal.of([note, same]).notes) == ["n"]
    assert not Journal.of([note, at(2, "z", Undone(("a",)))]).notes


@given(event_lists(), st.integers(0, 20))
def test_events_that_follow_on_all_others_are_added_as_any_are(events: list[Event], cut: int) -> None:
    ordered = sorted(events, key=lambda event: event.order)
    first, more = Journal.of(ordered[:cut]), ordered[cut:]
    assert first.with_events(more) == Journal.of(events)
    assert first.with_events([*more, *more]) == Journal.of(events)
    assert first.with_events(more).with_events(more[-1:]) == Journal.of(events)


def test_several_notes_of_one_step_are_undone_together() -> None:
    desk = Desk()
    first = desk.note(content("1"))
    desk.note(content("2"), content("3"), content("4"))
    assert len(desk.journal.notes) == 4
    desk.take(desk.pen.undo(desk.journal))
    assert list(desk.journal.notes) == [first]


def test_undo_takes_back_only_what_its_author_did_and_in_a_session_if_named() -> None:
    desk = Desk()
    mine = desk.note(content("1"))
    other = Desk("ben", "s2", desk.clock, desk.journal)
    theirs = other.note(content("2"))
    desk.journal = other.journal
    assert desk.pen.undo(desk.journal, "another session") == ()
    desk.take(desk.pen.undo(desk.journal, "s1"))
    assert list(desk.journal.notes) == [theirs]
    assert mine != theirs


def test_a_terminal_whose_clock_is_behind_still_writes_last() -> None:
    desk = Desk()
    note = desk.note(content("1"))
    late = Desk("ben", "s2", Clock(NOON - timedelta(days=1)), desk.journal)
    late.take(late.pen.edit(late.journal, note, content("2")))
    assert late.journal.notes[note].content.ls == LSMask.parse("2")
    late.take(late.pen.undo(late.journal))
    assert late.journal.notes[note].content.ls == LSMask.parse("1")


def test_of_two_writers_of_a_note_the_last_by_time_and_id_counts() -> None:
    first = Desk()
    note = first.note(content("1"))
    second = Desk("ben", "s2", Clock(first.clock.time + timedelta(hours=1)), first.journal)
    # neither knows of the other's edit
    (earlier,) = first.pen.edit(first.journal, note, content("2"))
    (later,) = second.pen.edit(second.journal, note, content("3"))
    for order in ((earlier, later), (later, earlier)):
        merged = first.journal.with_events(order[:1]).with_events(order[1:])
        assert merged.notes[note].content.ls == LSMask.parse("3")
        assert merged.notes[note].changed_by == "ben"


def test_exclusions_of_two_terminals_add_up() -> None:
    first, second = Desk(), Desk("ben", "s2")
    first.take(first.pen.write(first.journal, LSExcluded(RUN, LSMask.parse("1-5"), excluded=True)))
    second.take(second.pen.write(second.journal, LSExcluded(RUN, LSMask.parse("9"), excluded=True)))
    merged = first.journal.with_events(second.journal.events)
    assert merged.exclusions == {RUN: LSMask.parse("1-5,9")}
    assert second.journal.with_events(first.journal.events).exclusions == merged.exclusions
    first.journal = merged
    first.take(first.pen.write(merged, LSExcluded(RUN, LSMask.parse("2-9"), excluded=False)))
    assert first.journal.exclusions == {RUN: LSMask.parse("1")}
    first.take(first.pen.undo(first.journal))
    assert first.journal.exclusions == {RUN: LSMask.parse("1-5,9")}


def test_a_run_keeps_its_reference_until_another_or_none_is_chosen() -> None:
    desk = Desk()
    chosen = ChosenReference(ReferenceKind.RUN, OTHER_RUN, "/ZeroBias/X/DQMIO")
    desk.take(desk.pen.write(desk.journal, ReferenceChosen(RUN, chosen)))
    assert desk.journal.references == {RUN: chosen}
    desk.take(desk.pen.write(desk.journal, ReferenceChosen(RUN, None)))
    assert desk.journal.references == {}


def test_several_references_are_kept_in_their_order_and_none_is_a_choice_as_well() -> None:
    desk = Desk()
    other = ChosenReference(ReferenceKind.RUN, OTHER_RUN, "/ZeroBias")
    whole = ChosenReference(ReferenceKind.WHOLE)
    desk.take(desk.pen.write(desk.journal, ReferenceChosen(RUN, other, (whole,))))
    assert desk.journal.compared == {RUN: (other, whole)}
    assert desk.journal.references == {RUN: other}
    desk.take(desk.pen.write(desk.journal, ReferenceChosen(RUN, None)))
    assert desk.journal.compared == {RUN: ()}
    assert desk.journal.references == {}


def test_expressions_of_a_run_stand_over_those_of_all_runs() -> None:
    desk = Desk()
    desk.take(
        desk.pen.write(
            desk.journal,
            ExpressionSaved("good", "dcs"),
            ExpressionSaved("high pileup", "dcs and pileup > 50"),
            ExpressionSaved("good", "dcs and not excluded", RUN),
        )
    )
    assert desk.journal.expressions_of(RUN)["good"] == "dcs and not excluded"
    assert desk.journal.expressions_of(OTHER_RUN) == {"good": "dcs", "high pileup": "dcs and pileup > 50"}
    desk.take(desk.pen.write(desk.journal, ExpressionSaved("good", "", RUN)))
    assert desk.journal.expressions_of(RUN)["good"] == "dcs"


def test_a_note_is_found_by_the_begin_of_its_id() -> None:
    desk = Desk()
    first, second = desk.note(content("1")), desk.note(content("2"))
    assert desk.journal.note(first).id == first
    with pytest.raises(NoteError, match="notes begin with"):
        desk.journal.note(first[:5])
    for unknown in ("", "s", "nobody", second + "x"):
        with pytest.raises(NoteError, match="no note"):
            desk.journal.note(unknown)


@given(event_lists(), st.randoms(use_true_random=False), st.integers(0, 20))
def test_events_merge_to_the_same_state_in_any_order_and_any_number_of_times(
    events: list[Event], chance: random.Random, cut: int
) -> None:
    plain = Journal.of(events)
    shuffled = [*events, *events[: cut % 7]]
    chance.shuffle(shuffled)
    here, there = Journal.of(shuffled[:cut]), Journal.of(shuffled[cut:])
    for merged in (here.with_events(there.events), there.with_events(here.events)):
        assert merged == plain
        assert merged.notes == plain.notes
        assert merged.exclusions == plain.exclusions
        assert merged.references == plain.references
        assert merged.expressions == plain.expressions
        assert merged.with_events(plain.events) is merged


@given(event_lists())
def test_an_undone_event_leaves_the_state_that_there_would_be_without_it(events: list[Event]) -> None:
    journal = Journal.of(events)
    effective = [event for event in journal.effective if not isinstance(event.change, Undone)]
    alone = Journal.of(effective)
    assert (alone.notes, alone.exclusions, alone.references) == (
        *(journal.notes, journal.exclusions, journal.references),
    )


def test_two_events_that_claim_one_id_give_the_same_state_in_either_order() -> None:
    one = Event("e", NOON, "ana", "s1", LSExcluded(RUN, LSMask.parse("1"), excluded=True))
    other = Event("e", NOON, "ana", "s1", LSExcluded(RUN, LSMask.parse("2"), excluded=True))
    assert Journal.of([one, other]).events == Journal.of([other, one]).events
    assert len(Journal.of([one, other]).events) == 1


@given(st.builds(Event, words, times, words, words, changes, st.sampled_from(["", "step"])))
def test_every_event_reads_back_the_same_out_of_json(event: Event) -> None:
    assert read_event(json.loads(json.dumps(event_json(event)))) == event


def test_a_later_versions_event_is_told_from_a_broken_one() -> None:
    fields = event_json(Event("e", NOON, "ana", "s1", LSExcluded(RUN, LSMask.parse("1"), excluded=True)))
    with pytest.raises(UnknownKindError):
        read_event({**fields, "kind": "verdict_vote"})
    broken: list[object] = [
        *(None, [], {}, {**fields, "id": ""}, {**fields, "time": "yesterday"}, {**fields, "ls": [[3, 1]]}),
        *({**fields, "run": 380238}, {**fields, "excluded": 1}, {**fields, "author": None}),
        *({**fields, "run": {**fields["run"], "run": True}}, {**fields, "kind": 3}),
    ]
    for record in broken:
        with pytest.raises(EventError):
            read_event(record)


def test_a_run_key_is_kept_whole() -> None:
    event = Event("e", NOON, "ana", "s1", LSExcluded(RunKey("é", 3, 5), LSMask.parse("1"), excluded=True))
    change = read_event(event_json(event)).change
    assert isinstance(change, LSExcluded)
    assert change.run == RunKey("é", 3, 5)


def test_a_note_that_is_not_good_says_why_in_short() -> None:
    assert content(cause="hv").reason == "hv"
    assert content(text="  two\nlines").reason == "two"
    assert content(text="").reason == ""
    assert content(verdict=NoteVerdict.STANDBY).verdict == "standby"
