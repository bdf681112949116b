"""The outcome of a review in words, for the ELOG and for a shift summary."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given

from dqmtui.export.html_report import RunPart, report_html
from dqmtui.export.report import RunReport, report_markdown, report_text
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS, LSTable, Source, Values
from dqmtui.model.mask_reasons import Reason
from dqmtui.model.notes import NoteContent, NoteVerdict, PlotLink
from dqmtui.model.notes_lumi import LUMI, losses, lumi_of
from dqmtui.model.states import SourceState
from tests.model.note_samples import Desk, content, contents


def table_of(lumis: list[float | None], unit: str = "pb^{-1}", run: int = 380238) -> LSTable:
    source = Source(np.arange(1, len(lumis) + 1), {LUMI: Values.of(lumis, unit)}, SourceState.LOADED)
    return LSTable(RunKey("", 0, run)).with_source(OMS, source)


def report_of(*said: NoteContent, table: LSTable | None = None, **more: str) -> RunReport:
    desk = Desk()
    for one in said:
        desk.note(one)
    good = LSMask.parse("1-29,33-35")
    conditions = (("beams", "protons, stable"), ("HLT key", "/cdaq/V1"))
    return RunReport(
        380238,
        tuple(desk.journal.notes.values()),
        fill=9579,
        conditions=conditions,
        reference=more.get("reference", "run 379765"),
        good=good,
        good_rule="dcs",
        table=table,
    )


def test_the_text_has_run_fill_conditions_reference_ranges_reasons_and_losses() -> None:
    said = content("30-32", subsystem="pixel", cause="HV", links=(PlotLink("P/charge", 30, 379765),))
    text = report_text([report_of(said, table=table_of([0.25] * 35))])
    for part in (
        *("Run 380238 (fill 9579)", "protons, stable", "/cdaq/V1", "run 379765", "1-29, 33-35"),
        *("bad       LS 30-32  pixel, HV", "BPix L1 charge low", "plot: P/charge, LS 30, with run 379765"),
        *("ana, 2024-06-01 12:00 UTC", "0.75 pb^-1  bad, pixel, HV: LS 30-32", "8 pb^-1"),
    ):
        assert part in text, part


def test_a_run_without_notes_says_so() -> None:
    assert "No notes." in report_text([report_of()])
    assert "No notes." in report_markdown([report_of()])


def test_luminosity_is_lost_once_in_total_and_for_each_reason() -> None:
    desk = Desk()
    desk.note(content("1-3", cause="HV"))
    desk.note(content("3-4", cause="DAQ", verdict=NoteVerdict.STANDBY))
    desk.note(content("9", cause="HV"))
    desk.note(content("5-6", verdict=NoteVerdict.UNSURE), content("7", verdict=NoteVerdict.GOOD))
    desk.note(content("8", run=1))
    found, together = losses(table_of([1.0] * 10), desk.journal.notes.values())
    assert [(loss.reason, str(loss.ls), loss.lumi) for loss in found] == [
        ("bad, HV", "1-3,9", 4.0),
        ("standby, DAQ", "3-4", 2.0),
    ]
    assert (together.lumi, str(together.ls)) == (5.0, "1-4,9")


def test_what_is_not_good_for_other_reasons_is_lost_beside_what_is_noted() -> None:
    desk = Desk()
    desk.note(content("1-3", cause="HV"), content("9", cause="beam dump"))
    reasons = (
        Reason("BPix not ready", LSMask.parse("3-6")),
        Reason("excluded by hand", LSMask.of(6)),
        # of which nothing is recorded, or nobody knows how much
        Reason("beams not stable", LSMask.parse("8-12")),
        Reason("pileup <= 52", LSMask.of(7, 8)),
    )
    table = table_of([1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0, None, None])
    found, together = losses(table, desk.journal.notes.values(), reasons)
    assert [(loss.reason, str(loss.ls), loss.lumi) for loss in found] == [
        ("BPix not ready", "3-6", 4.0),
        ("bad, HV", "1-3", 3.0),
        ("excluded by hand", "6", 1.0),
        ("pileup <= 52", "7", 0.5),
        ("bad, beam dump", "9", None),
    ]
    assert (together.lumi, str(together.ls), together.n_unknown) == (6.5, "1-7,9", 1)
    report = replace(report_of(table=table), reasons=reasons)
    assert "  4 pb^-1  BPix not ready: LS 3-6\n" in report_text([report])
    assert "| excluded by hand | 6 | 1 pb^-1 |" in report_markdown([report])
    assert "<td>BPix not ready</td><td>3-6</td>" in report_html([RunPart(report)])


def test_a_note_on_ls_that_the_run_does_not_have_costs_nothing() -> None:
    found, _ = losses(table_of([1.0]), report_of(content("99")).notes)
    assert [(loss.lumi, loss.n_unknown) for loss in found] == [(0.0, 0)]


def test_a_hand_over_is_whole_whatever_the_number_of_ranges() -> None:
    every_other = LSMask.from_numbers(range(1, 401, 2))
    words = [f"{ls}" for ls in range(1, 401, 2)]
    reasons = (Reason("BPix not ready", every_other),)
    said = content(str(every_other), cause="HV")
    report = replace(report_of(said, table=table_of([1.0] * 400)), good=every_other, reasons=reasons)
    text = report_text([report])
    assert max(map(len, text.splitlines())) <= 100
    blocks = re.findall(r"(?:good LS|LS) +((?:\d+,\s+)+\d+)", text)
    assert [re.split(r",\s+", block) for block in blocks] == [words] * 5
    for line in text.splitlines():
        # what goes on stands under where it began
        assert not re.match(r" {,7}\d+, ", line)
    for written in (report_markdown([report]), report_html([RunPart(report)])):
        assert written.count(", ".join(words)) == 5
        assert "more ranges" not in written


def test_luminosity_that_is_not_known_is_never_zero() -> None:
    table = table_of([1.0, None, 2.0, None])
    some = lumi_of(table, LSMask.parse("1-3"))
    assert (some.lumi, some.n_unknown, str(some.ls)) == (3.0, 1, "1-3")
    none = lumi_of(table, LSMask.parse("4,99"))
    assert (none.lumi, none.n_unknown, str(none.ls)) == (None, 1, "4")
    text = report_text([report_of(content("1-2", cause="HV"), table=table)])
    assert "1 pb^-1 without 1 LS that are not known  bad, HV" in text
    assert "not known  bad, HV" in report_text([report_of(content("2", cause="HV"), table=table)])


def test_luminosities_of_mixed_units_are_not_summed() -> None:
    source = Source(np.array([1, 2]), {LUMI: Values.of(["1 pb^-1", "2 ub^-1"])}, SourceState.LOADED)
    table = LSTable(RunKey("", 0, 380238)).with_source(OMS, source)
    loss = lumi_of(table, LSMask.parse("1-2"))
    assert (loss.lumi, loss.n_unknown) == (None, 2)


@given(contents)
def test_no_character_that_a_terminal_obeys_is_in_a_report(said: NoteContent) -> None:
    reports = [report_of(said, table=table_of([0.25] * 35), reference="run\x1b[31m\u202e")]
    for text in (report_text(reports), report_markdown(reports)):
        assert all(char.isprintable() or char == "\n" for char in text)


WORDS = ["a|b", "`x`", "<b>", "*no*", "[l](http://x)", "# h", "two\nlines", "\\|", "~~x~~", "![i](u)"]
COLUMNS = re.compile(r"(?<!\\)(?:\\\\)*\|")


@pytest.mark.parametrize("words", WORDS)
def test_markdown_shows_what_was_written_and_keeps_its_tables(words: str) -> None:
    said = content("1", text=words, cause=words, subsystem=words)
    text = report_markdown([report_of(said, table=table_of([1.0]))])
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert [len(COLUMNS.findall(row)) for row in rows] == [7, 7, 7, 4, 4, 4]
    shown = re.sub(r"\\([^\w\s])", r"\1", rows[2])
    assert shown.count(words.replace("\n", " ")) == 3


def test_markdown_has_the_ranges_and_reasons_in_a_table() -> None:
    said = content("30-32", cause="HV", elements=("P/a", "P/b"), links=(PlotLink("P/a", 30),))
    text = report_markdown([report_of(said, table=table_of([0.25] * 35))], "Night shift")
    assert text.startswith("# Night shift\n\n## Run 380238 (fill 9579)\n")
    assert "| 30-32 | bad |  | HV | BPix L1 charge low; P/b; P/a, LS 30 | ana, 2024-06-01 12:00 |" in text
    assert "| bad, HV | 30-32 | 0.75 pb^-1 |" in text
