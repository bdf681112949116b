"""M2: anomalies.json, written as DQMExplore reads it and read back the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.export.anomalies import (
    METHOD,
    Anomaly,
    anomalies_of,
    contents_of,
    left_out,
    read_anomalies,
    runs_without_end,
    write_anomalies,
)
from dqmtui.export.files import ExportError
from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NOT_GOOD, NoteVerdict
from tests.model.note_samples import KNOWN, Desk, content

numbers = st.integers(1, 5000)
anomalies = st.builds(
    lambda method, run, pair, words: Anomaly(method, run, min(pair), max(pair), words),
    st.text(max_size=8),
    st.integers(1, 400_000),
    st.tuples(numbers, numbers),
    st.text(max_size=20),
)


def by_method(entries: list[Anomaly]) -> list[Anomaly]:
    """The file has a list for each method, in the order in which methods first came."""
    methods = list(dict.fromkeys(entry.method for entry in entries))
    return sorted(entries, key=lambda entry: methods.index(entry.method))


@given(st.lists(anomalies, max_size=8))
def test_M2_an_anomalies_json_reads_back_the_same(entries: list[Anomaly]) -> None:
    assert read_anomalies(write_anomalies(entries)) == by_method(entries)


@given(st.lists(anomalies, max_size=8))
def test_M2_any_reader_of_json_finds_exactly_the_four_keys(entries: list[Anomaly]) -> None:
    content: dict[str, list[dict[str, Any]]] = json.loads(write_anomalies(entries))
    for method, items in content.items():
        for item, entry in zip(items, [one for one in entries if one.method == method], strict=True):
            assert list(item) == ["run_number", "start_ls", "end_ls", "anomaly_desc"]
            assert (item["run_number"], item["start_ls"], item["end_ls"]) == (
                *(entry.run, entry.start_ls, entry.end_ls),
            )


def test_M2_the_file_looks_as_dqmexplore_writes_it() -> None:
    text = write_anomalies([Anomaly("method", 380238, 30, 32, "BPix L1 charge low")])
    assert text == json.dumps(
        {
            "method": [
                {"run_number": 380238, "start_ls": 30, "end_ls": 32, "anomaly_desc": "BPix L1 charge low"}
            ]
        },
        indent=4,
    )
    assert "\n    " in text


@given(st.lists(anomalies, max_size=6))
def test_M2_what_is_imported_is_exported_again_the_same(entries: list[Anomaly]) -> None:
    entries = [entry for entry in entries if entry.description.strip() and entry.method]
    desk = Desk()
    if entries:
        desk.take(desk.pen.create(desk.journal, *contents_of(entries)))
    again = anomalies_of(desk.journal.notes.values())
    assert sorted(map(repr, again)) == sorted(map(repr, entries))


def test_a_note_has_an_entry_for_each_range_and_its_cause_is_the_method() -> None:
    desk = Desk()
    desk.note(content("1-3,7", cause="HV"), content("9", text="", cause=""))
    assert anomalies_of(desk.journal.notes.values()) == [
        Anomaly("HV", 380238, 1, 3, "BPix L1 charge low"),
        Anomaly("HV", 380238, 7, 7, "BPix L1 charge low"),
        Anomaly(METHOD, 380238, 9, 9, "bad"),
    ]


def test_only_what_takes_lumisections_out_is_an_anomaly_and_the_rest_is_told() -> None:
    desk = Desk()
    for number, verdict in enumerate(NoteVerdict, 1):
        desk.note(content(str(number), verdict=verdict, text=verdict.value))
    # of a note that is not written nobody has to know where it ends
    desk.note(content("50-", run=381065, verdict=NoteVerdict.GOOD))
    notes = list(desk.journal.notes.values())
    assert {NoteVerdict(one.description) for one in anomalies_of(notes)} == set(NOT_GOOD)
    assert runs_without_end(notes) == []
    assert left_out(notes) == "not written: 3 notes that say good or unsure"
    assert left_out(notes[:1]) == "not written: 1 note that says good"
    assert left_out(notes[1:2]) == ""


def test_open_ends_are_closed_with_what_the_run_has_or_refused() -> None:
    desk = Desk()
    desk.note(content("all"))
    desk.note(content("30-"))
    found = anomalies_of(desk.journal.notes.values(), {380238: KNOWN})
    assert [(entry.start_ls, entry.end_ls) for entry in found] == [(1, 35), (30, 35)]
    with pytest.raises(ExportError, match="last LS of run 380238 is not known"):
        anomalies_of(desk.journal.notes.values())


def test_imported_entries_say_what_they_are_told_to_say_of_the_data() -> None:
    (said,) = contents_of([Anomaly(METHOD, 5, 1, 2, "x")], NoteVerdict.UNSURE)
    assert (said.verdict, said.ls, said.cause, said.text) == (
        *(NoteVerdict.UNSURE, LSMask.parse("1-2"), "", "x"),
    )


ENTRY = {"run_number": 5, "start_ls": 1, "end_ls": 2, "anomaly_desc": "x"}


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ([], "object of lists"),
        ({"m": {}}, "object of lists"),
        ({"m": [3]}, "Entry 1 of 'm' is no object"),
        ({"m": [ENTRY, {"run_number": 5}]}, "Entry 2 of 'm' has no start_ls, end_ls, anomaly_desc"),
        ({"m": [{**ENTRY, "end_ls": 0}]}, "goes from LS 1 to 0"),
        ({"m": [{**ENTRY, "start_ls": "1"}]}, "numbers that are none"),
        ({"m": [{**ENTRY, "start_ls": True}]}, "numbers that are none"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(value: object, says: str) -> None:
    with pytest.raises(ExportError, match=says):
        read_anomalies(json.dumps(value))
    with pytest.raises(ExportError, match=r"no anomalies\.json"):
        read_anomalies("{")
