"""The runs of a review, also those that are not open: which of their LS are good, or why nobody can say."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.export.files import ExportError
from dqmtui.export.handed_over import prepared
from dqmtui.export.report import loss_rows, report_pairs
from dqmtui.export.reviewed import RECENT, Reviewed, reports, reviewed_runs
from dqmtui.model.certification import read_certification
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import DIALS
from dqmtui.model.notes import NoteContent, NoteVerdict
from dqmtui.model.states import SourceState
from dqmtui.review.choices import OtherRun
from dqmtui.review.review import Review, Target
from dqmtui.review.session import connected
from dqmtui.store.settings import load_settings
from tests.review.told import told_on

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from dqmtui.demo.process import DemoServices
    from dqmtui.export.report import RunReport

ERA_C = "/ZeroBias/Run2024C-PromptReco-v1/DQMIO"
ZERO_BIAS, EXPRESS = "/ZeroBias/Run2024E-PromptReco-v1/DQMIO", "/StreamExpress/Run2024E-Express-v1/DQMIO"
GOLDEN = "golden and not ml and not excluded"


@asynccontextmanager
async def reviewing(
    demo: DemoServices, good: str, *, oms: str = "proxy", me: str = ""
) -> AsyncIterator[Review]:
    """Review a run, perhaps with an element on screen, with an expression for good LS."""
    environ = {**demo.environment(), "DQMTUI_CACHE_SIZE_MB": "0", "DQMTUI_OMS_ROUTE": oms}
    async with connected(load_settings({}, environ)) as data, told_on(data) as told:
        told.review.begin(Target(run=380238, dataset="ZeroBias", workspace="tracker", me=me))
        review = await told.settled()
        review.show(good=good)
        yield await told.settled()


def note(review: Review, run: int, ls: str, dataset: str = "", **more: Any) -> None:
    content = NoteContent(run, LSMask.parse(ls), NoteVerdict.BAD, "HV", dataset=dataset)
    review.make_note(replace(content, **more), confirmed=True)


async def golden_json(review: Review) -> tuple[dict[int, LSMask], str]:
    made = await prepared(review, "golden", "")
    return read_certification(made.make()), made.said


def said_good(report: RunReport) -> str:
    return dict(report_pairs(report))["good LS"]


async def test_N6_what_the_golden_json_has_is_good_also_of_runs_that_are_not_open(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, GOLDEN) as review:
        note(review, 381080, "5", ZERO_BIAS)
        made, said = await golden_json(review)
        ranges = (await review.data.certification("tracker", "Collisions24", "golden")).ranges
        entry = next(one for one in review.run_list.entries if one.run == 381080)
        flagged = LSMask.from_numbers(one.ls_number for one in await review.data.ml_flags(entry.key))
        published = LSMask.of(*map(list, ranges[381080]))
    assert flagged & published
    assert made[381080] == published - flagged - LSMask.of(5)
    assert set(made) == {380238, 381080}
    assert said == ""


async def test_N6_golden_may_be_a_file_of_ones_own(demo: DemoServices, tmp_path: Path) -> None:
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"380238": [[3, 9]], "381208": [[1, 20]]}))
    async with reviewing(demo, "golden and not excluded") as review:
        review.golden_file(str(file))
        # no golden JSON of cosmics is published
        note(review, 381208, "5", "/Cosmics/Run2024E-PromptReco-v1/DQMIO")
        made, _ = await golden_json(review)
        assert {run: str(mask) for run, mask in made.items()} == {380238: "3-9", 381208: "1-4,6-20"}
        file.unlink()
        (other,) = (await reports(review))[1:]
        assert said_good(other) == f"not known: {file} is no certification JSON: there is no such file"


async def test_J4_a_run_that_was_noted_on_in_two_datasets_is_reported_for_each(demo: DemoServices) -> None:
    async with reviewing(demo, "ls < 20") as review:
        for ls, dataset in (("5", ZERO_BIAS), ("9", EXPRESS), ("12", "")):
            note(review, 381080, ls, dataset)
        note(review, 380238, "7", EXPRESS)
        note(review, 380238, "8", ERA_C)
        found = {(one.run, one.dataset): one for one in await reports(review)}
        made, said = await golden_json(review)
    assert {key: str(one.good) for key, one in found.items()} == {
        (380238, ERA_C): "1-7,9-19",
        (380238, EXPRESS): "1-6,8-19",
        (381080, EXPRESS): "1-8,10-11,13-19",
        (381080, ZERO_BIAS): "1-4,6-11,13-19",
    }
    assert {key: one.others for key, one in found.items()} == dict.fromkeys(found, 1)
    # one JSON has a run once: in the dataset that is open, or in that of the last note
    assert {run: str(mask) for run, mask in made.items()} == {380238: "1-7,9-19", 381080: "1-8,10-11,13-19"}
    assert said == "not counted: 2 notes on other datasets of these runs"


async def test_J4_a_reference_is_that_of_the_dataset_in_which_it_was_chosen_and_names_other_data(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, "ls < 20") as review:
        note(review, 380238, "7", EXPRESS)
        rows = await review.data.find_run("tracker", 381067)
        ids = {row.dataset: row.dataset_id for row in rows}
        review.set_reference(OtherRun(RunKey("tracker", ids[EXPRESS], 381067), EXPRESS))
        found = {one.dataset: one.reference for one in await reports(review)}
        assert found == {ERA_C: f"run 381067 in {EXPRESS}", EXPRESS: ""}
        same = next(one for one in review.run_list.entries if (one.run, one.dataset) == (379765, ERA_C))
        review.set_reference(OtherRun(same.key, same.dataset))
        found = {one.dataset: one.reference for one in await reports(review)}
        assert found == {ERA_C: "run 379765", EXPRESS: ""}


async def test_why_nobody_can_say_which_ls_are_good_is_said(demo: DemoServices) -> None:
    several = f"run 381065 is in several datasets ({EXPRESS}, {ZERO_BIAS}), and its notes name none; open it"
    unknown = {
        (381208, ""): "No certification JSON is published for /Cosmics/Run2024E-PromptReco-v1/DQMIO, so its ",
        (381065, ""): several,
        (381075, ERA_C): f"run 381075 is not in {ERA_C} of workspace tracker; open it where it is",
        (999999, ""): "OMS has no lumisections of it",
    }
    async with reviewing(demo, "golden and not excluded") as review:
        for run, dataset in unknown:
            note(review, run, "5", dataset)
        said = {report.run: said_good(report) for report in await reports(review)}
        for (run, _), why in unknown.items():
            assert said[run].startswith(f"not known: {why}")
        with pytest.raises(ExportError, match="The good LS of run 381065 are not known: run 381065 is in"):
            await golden_json(review)


async def test_without_oms_it_is_said_that_nobody_asked(demo: DemoServices) -> None:
    async with reviewing(demo, "not excluded", oms="off") as review:
        note(review, 381208, "5")
        _, other = await reports(review)
        assert said_good(other) == "not known: OMS is switched off; oms_route proxy or direct asks it"


async def test_runs_are_reviewed_while_they_are_open_and_for_a_day_after_a_note(demo: DemoServices) -> None:
    async with reviewing(demo, "dcs") as review:
        note(review, 381080, "5", EXPRESS)
        note(review, 379011, "5")
        opened = Reviewed(380238, ERA_C, is_open=True)
        assert reviewed_runs(review) == [opened, Reviewed(379011, ""), Reviewed(381080, EXPRESS)]
        assert reviewed_runs(review, datetime.now(UTC) + RECENT + timedelta(minutes=1)) == [opened]


async def test_J2_the_data_of_runs_that_are_not_open_are_drawn_or_said_to_be_not_loaded(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, "dcs") as review:
        note(review, 381080, "5", ZERO_BIAS)
        # in several datasets, of which the note names none
        note(review, 381065, "5")
        found = {report.run: report.table for report in await reports(review)}
        entry = next(one for one in review.run_list.entries if one.run == 381080)
        there = (await review.data.lumisections(entry.key)).ls
        page = (await prepared(review, "html", "")).make()
    tables = {run: table.source(DIALS) for run, table in found.items() if table is not None}
    assert {run: source.state for run, source in tables.items()} == {
        380238: SourceState.LOADED,
        381080: SourceState.LOADED,
        381065: SourceState.NOT_LOADED,
    }
    assert tables[381080].ls.tolist() == there.tolist()
    sections = str(page).split("<section")[1:]
    assert ["not loaded" in section for section in sections] == [False, True, False]


async def test_a_run_of_which_nobody_can_tell_the_dataset_is_judged_by_its_conditions(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, "dcs and rate > 0") as review:
        note(review, 381065, "5")
        (_, other) = await reports(review)
    assert other.good
    assert {reason.words for reason in other.reasons} >= {"BPix not ready", "rate not known"}


async def test_what_costs_luminosity_is_said_of_every_reviewed_run(demo: DemoServices) -> None:
    async with reviewing(demo, "dcs and pileup > 40 and not excluded") as review:
        note(review, 381080, "5", ZERO_BIAS)
        review.exclude(LSMask.parse("3-4"))
        opened, other = await reports(review)
    assert "excluded by hand" in {reason for _, reason, _ in loss_rows(opened)}
    assert {"BPix not ready", "beams not stable", "bad, HV"} <= {reason for _, reason, _ in loss_rows(other)}


async def test_M2_an_anomalies_json_has_what_takes_lumisections_out_and_the_rest_is_told(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, "dcs") as review:
        note(review, 380238, "7", ERA_C, verdict=NoteVerdict.GOOD)
        with pytest.raises(ExportError, match=r"No note .* takes lumisections out; not written: 1 note that"):
            await prepared(review, "anomalies", "")
        note(review, 380238, "5", ERA_C)
        made = await prepared(review, "anomalies", "")
    assert [entry["start_ls"] for entry in json.loads(made.make())["dqmtui"]] == [5]
    assert made.said == "not written: 1 note that says good"


async def test_the_trend_of_a_page_covers_what_that_on_screen_covers(demo: DemoServices) -> None:
    async with reviewing(demo, "dcs", me="PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1") as review:
        page = (await prepared(review, "html", "")).make()
    assert "▲▼ beyond the good LS" in str(page)
