"""What there is to say of a run, put together."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from dqmtui.export.report import report_pairs
from dqmtui.export.run_report import conditions_of, run_report
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import LSTable
from dqmtui.model.notes import ChosenReference, PlotLink, ReferenceChosen, ReferenceKind
from dqmtui.services.oms_records import RunCard
from tests.export.test_report import table_of
from tests.model.note_samples import Desk, content

CARD = RunCard(
    380238,
    fill_number=9579,
    start_time=datetime(2024, 5, 2, 6, 54, tzinfo=UTC),
    duration_s=1119.0,
    stable_beam=True,
    fill_type_runtime="PROTONS",
    energy_gev=6800.0,
    b_field_t=3.8,
    hlt_key="/cdaq/V1",
    components_out=("CTPPS_TOT",),
    recorded_lumi=8.68312,
    units={"recorded_lumi": "pb^{-1}"},
)


def test_conditions_have_the_units_that_came_and_nothing_that_did_not() -> None:
    assert conditions_of(CARD) == [
        ("start (UTC)", "2024-05-02 06:54"),
        ("duration", "0:18:39"),
        ("beams", "protons, stable"),
        ("energy", "6800 GeV"),
        ("B field", "3.8 T"),
        ("HLT key", "/cdaq/V1"),
        ("components out", "CTPPS_TOT"),
        ("recorded lumi", "8.68312 pb^-1"),
    ]
    assert conditions_of(RunCard(1)) == [("beams", "unknown, unknown if stable")]


def test_good_lumisections_are_those_that_are_not_noted_as_bad() -> None:
    desk = Desk()
    desk.note(content("30-32"), content("5", run=1))
    report = run_report(
        380238, desk.journal, card=CARD, table=table_of([0.25] * 35), good=LSMask(((1, 35),)), good_rule="dcs"
    )
    assert str(report.good) == "1-29,33-35"
    assert [note.content.run for note in report.notes] == [380238]
    assert dict(report_pairs(report))["recorded, good"] == "8 pb^-1"
    assert report.fill == 9579


def test_luminosity_that_is_not_known_stays_unknown() -> None:
    desk = Desk()
    table = table_of([None, 0.25, None])
    some = run_report(380238, desk.journal, table=table, good=LSMask(((1, 3),)))
    assert dict(report_pairs(some))["recorded, good"] == "0.25 pb^-1 without 2 LS that are not known"
    none = run_report(380238, desk.journal, table=table, good=LSMask.of(1))
    assert dict(report_pairs(none))["recorded, good"] == "not known"
    nothing = run_report(380238, desk.journal, table=table_of([None, None]), good=LSMask.of(1))
    assert "recorded, good" not in dict(report_pairs(nothing))


def test_that_nothing_recorded_is_good_is_said() -> None:
    report = run_report(380238, Desk().journal, table=table_of([0.25] * 3), good=LSMask())
    assert dict(report_pairs(report)) == {"good LS": "none", "recorded, good": "0 pb^-1"}


def test_J4_a_report_on_a_dataset_counts_what_is_noted_on_it_or_on_none() -> None:
    desk = Desk()
    desk.note(content("30-32", dataset="/A"), content("5", dataset="/B"), content("9"))
    report = run_report(380238, desk.journal, good=LSMask(((1, 35),)), good_rule="dcs", dataset="/A")
    assert str(report.good) == "1-8,10-29,33-35"
    assert [str(note.content.ls) for note in report.notes] == ["9", "30-32"]
    assert dict(report_pairs(report))["other notes"] == "1 on other datasets, not counted here"
    every = run_report(380238, desk.journal, good=LSMask(((1, 35),)))
    assert "other notes" not in dict(report_pairs(every))


def test_why_nobody_can_say_which_lumisections_are_good_is_said() -> None:
    report = run_report(380238, Desk().journal, unknown="DIALS has no run 380238")
    assert dict(report_pairs(report))["good LS"] == "not known: DIALS has no run 380238"


EXPRESS, PROMPT = "/StreamExpress/Run2024E-Express-v1/DQMIO", "/ZeroBias/Run2024E-PromptReco-v1/DQMIO"
IDS = {EXPRESS: 7, PROMPT: 9}


def compared(dataset: str, run: int, of: str) -> ReferenceChosen:
    """That a run in a dataset was compared with another in the dataset `of`."""
    chosen = ChosenReference(ReferenceKind.RUN, RunKey("tracker", IDS[of], run), of)
    return ReferenceChosen(RunKey("tracker", IDS[dataset], 380238), chosen)


def chosen(*changes: ReferenceChosen) -> Desk:
    desk = Desk()
    desk.take(desk.pen.write(desk.journal, *changes))
    return desk


def references(desk: Desk, dataset: str, *, key: bool = False) -> str:
    table = LSTable(RunKey("tracker", IDS[dataset], 380238)) if key else None
    return dict(report_pairs(run_report(380238, desk.journal, table=table, dataset=dataset))).get(
        "reference", ""
    )


@pytest.mark.parametrize(("of", "said"), [(EXPRESS, "run 381075"), (PROMPT, f"run 381075 in {PROMPT}")])
def test_J4_a_reference_that_was_chosen_in_one_dataset_is_none_of_another(of: str, said: str) -> None:
    desk = chosen(compared(EXPRESS, 381075, of))
    for key in (False, True):
        assert references(desk, PROMPT, key=key) == ""
        assert references(desk, EXPRESS, key=key) == said


def test_J4_each_dataset_has_the_reference_that_was_chosen_last_in_it() -> None:
    first, then = compared(EXPRESS, 381065, EXPRESS), compared(PROMPT, 381065, PROMPT)
    desk = chosen(first, then, compared(PROMPT, 381067, PROMPT))
    assert (references(desk, EXPRESS), references(desk, PROMPT)) == ("run 381065", "run 381067")
    both = dict(report_pairs(run_report(380238, desk.journal)))["reference"]
    assert both == f"run 381065 in {EXPRESS}, run 381067 in {PROMPT}"


def test_the_reference_of_a_dataset_of_which_the_journal_has_no_name_counts_and_else_that_of_the_notes() -> (
    None
):
    desk = Desk()
    desk.note(content("5", dataset=PROMPT, links=(PlotLink("charge", 3, reference_run=379765),)))
    assert references(desk, PROMPT) == "run 379765"
    unnamed = ChosenReference(ReferenceKind.RUN, RunKey("tracker", 5, 381075))
    assert references(chosen(ReferenceChosen(RunKey("tracker", 7, 380238), unnamed)), PROMPT) == "run 381075"
