"""Which runs are offered as references, in what order and with what reasons."""

from __future__ import annotations

from dqmtui.review.candidates import Candidate, candidates
from dqmtui.review.runlist import RunEntry
from dqmtui.services.oms_records import RunCard

PROMPT = "/ZeroBias/Run2024E-PromptReco-v1/DQMIO"
EXPRESS = "/StreamExpress/Run2024E-Express-v1/DQMIO"


def entry(run: int, dataset: str = PROMPT, *, b_field_t: float = 3.8, duration_s: float = 7200.0) -> RunEntry:
    card = RunCard(
        run,
        fill_type_runtime="PROTONS",
        stable_beam=True,
        b_field_t=b_field_t,
        hlt_key="/cdaq/physics/Run2024/2e34/v1.2.6/HLT/V1",
        duration_s=duration_s,
    )
    return RunEntry("tracker", dataset, 1 if dataset == PROMPT else 2, run, 100, card)


OPEN = entry(500)
LIKE, OFF, LATER = entry(400), entry(450, b_field_t=0.0), entry(600)
SHORT = entry(480, duration_s=600.0)
OTHERWISE = entry(490, EXPRESS)
ENTRIES = [LATER, OPEN, OTHERWISE, SHORT, OFF, LIKE]


def offered(listed: dict[int, str] | None = None) -> list[Candidate]:
    return candidates(OPEN, ENTRIES, listed)


def test_earlier_runs_come_by_how_like_their_conditions_are_then_later_ones_then_other_data() -> None:
    assert [one.entry for one in offered()] == [LIKE, SHORT, OFF, LATER, OTHERWISE]


def test_what_certhelper_lists_comes_first_among_data_of_the_same_kind() -> None:
    found = offered({450: "CertHelper prompt", 490: "CertHelper express"})
    assert [one.entry for one in found][:2] == [OFF, LIKE]
    assert found[0].note.startswith("CertHelper prompt, ")
    assert found[-1].entry is OTHERWISE
    assert found[-1].note.startswith("express, not prompt, CertHelper express")


def test_a_note_says_how_like_a_run_is_and_what_differs() -> None:
    notes = {one.entry.run: one.note for one in offered()}
    assert "! B field 0.00 T, not 3.80 T" in notes[450]
    assert notes[480].endswith("%, duration 8%")
    assert notes[600] == "100 LS"


def test_without_a_card_of_the_open_run_the_nearest_run_comes_first() -> None:
    unknown = RunEntry("tracker", PROMPT, 1, 500, 100)
    found = candidates(unknown, [LATER, unknown, SHORT, OFF, LIKE])
    assert [one.entry for one in found] == [SHORT, OFF, LIKE, LATER]
    assert all(one.ranked is None for one in found)
