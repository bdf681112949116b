"""Handing over from the terminal program: what is shown becomes a file, over nothing unasked."""

from __future__ import annotations

import ast
import importlib
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.export.kinds import KINDS, fitting
from dqmtui.model.certification import read_certification
from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.model.notes import NoteContent, NoteVerdict
from dqmtui.review.choices import OtherRun, RestOfRun
from dqmtui.review.review import Target
from dqmtui.tui.file_line import FileLine
from dqmtui.tui.summary_panel import SummaryPanel
from tests.cli.written_code import run_code
from tests.tui.driving import on_screen, reviewing, screen_of, settled, typed, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.review.review import Review
    from dqmtui.tui.screen import ReviewScreen

pd: Any = importlib.import_module("pandas")

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
TARGET = Target(run=380238, dataset="ZeroBias", me=CHARGE, ls=9, workspace="tracker")
PANES = ("runs", "lumisections", "plot", "trend")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of the test's own, in which files come to be."""
    place = tmp_path / "here"
    place.mkdir()
    monkeypatch.chdir(place)
    return place


async def written(pilot: Pilot[None], line: str) -> Path:
    """Type `:export LINE` and give the file that it says it wrote."""
    screen = screen_of(pilot)

    def told() -> set[str]:
        return {one.notice.text for one in screen.messages if one.notice.text.startswith("Written: ")}

    before = told()
    await screen.action_act("export", line)
    # something else may be said meanwhile, as that a note is on the disk
    await until(pilot, lambda: told() != before, "the file")
    (said,) = told() - before
    named, _, place = said.removeprefix("Written: ").rpartition(", in ")
    path = Path(place) / named.rpartition(" (")[0]
    size = size_of(path)
    assert (f"({size} B)" if size < 1000 else f"({size / 1000:.1f} kB)") in said
    return path


def size_of(path: Path) -> int:
    return path.stat().st_size


async def noted(review: Review, pilot: Pilot[None], ls: str = "30-32") -> None:
    """Make a note on the open run, as somebody does."""
    content = NoteContent(380238, LSMask.parse(ls), NoteVerdict.BAD, "L1 charge low", cause="HV")
    review.make_note(content, confirmed=True)
    await until(pilot, lambda: bool(review.journal.notes), "the note")


def test_each_pane_offers_what_it_shows_and_all_of_them_the_review() -> None:
    for pane in PANES:
        offered = [kind.pane for kind in fitting(pane)]
        assert set(offered) == {pane, "review"}
    assert {kind.id for pane in PANES for kind in fitting(pane)} == {kind.id for kind in KINDS}


async def test_the_key_offers_kinds_asks_for_a_name_and_writes(demo: DemoServices, here: Path) -> None:
    async with reviewing(demo, TARGET) as (pilot, review):
        await typed(pilot, "e")
        assert "Python that draws the plot" in on_screen(pilot)
        await typed(pilot, " histogram and all", "enter")
        line = pilot.app.screen.query_one(FileLine)
        await until(pilot, lambda: line.is_open, "the line for the name")
        assert line.value == "380238_charge_PXLayer_1_LS9.json"
        await pilot.press("enter")
        path = here / "380238_charge_PXLayer_1_LS9.json"
        await until(pilot, lambda: "Written: " in screen_of(pilot).on_line.text, "the file")
        picture = review.picture()
        assert picture is not None
        assert json.loads(path.read_text())["values"] == picture.current.counts.tolist()
        assert "380238_charge_PXLayer_1_LS9.json" in on_screen(pilot)


async def test_a_file_that_is_there_is_replaced_only_by_a_second_enter(
    demo: DemoServices, here: Path
) -> None:
    there = here / "mine.csv"
    there.write_text("precious")
    async with reviewing(demo, TARGET) as (pilot, _):
        await screen_of(pilot).action_act("export", "plot.csv mine.csv")
        line = pilot.app.screen.query_one(FileLine)
        await until(
            pilot, lambda: "There is such a file: enter replaces it" in on_screen(pilot), "the question"
        )
        await pilot.press("escape")
        await settled(pilot)
        assert there.read_text() == "precious"
        await screen_of(pilot).action_act("export", "plot.csv mine.csv")
        await until(pilot, lambda: line.is_open, "the question")
        await pilot.press("enter")
        await until(pilot, lambda: "Written: " in screen_of(pilot).on_line.text, "the file")
        assert there.read_text().startswith("x_low,x_high,content")


async def test_every_kind_is_written_and_read_by_others(
    demo: DemoServices, here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(demo, TARGET) as (pilot, review):
        await noted(review, pilot)
        review.add_reference(RestOfRun())
        await settled(pilot)
        picture, table = review.picture(), review.table
        assert picture is not None
        assert table is not None
        bins = pd.read_csv(await written(pilot, "plot.csv a.csv"))
        np.testing.assert_array_equal(bins["content"], picture.current.values)
        assert bins.equals(pd.read_parquet(await written(pilot, "plot.parquet a.parquet")))
        every = pd.read_parquet(await written(pilot, "plot.histograms h.parquet"))
        assert every["ls_number"].tolist() == list(range(1, 41))
        row = every[every["ls_number"] == 9].iloc[0]
        np.testing.assert_array_equal(row["data"], picture.current.counts)
        lumis = pd.read_csv(await written(pilot, "ls.csv l.csv"))
        assert lumis["ls_number"].tolist() == table.ls.tolist()
        assert len(pd.read_parquet(await written(pilot, "ls.parquet l.parquet"))) == len(lumis)
        runs = pd.read_csv(await written(pilot, "runs.csv r.csv"))
        assert runs["run_number"].tolist() == [entry.run for entry in review.run_list.entries]
        trend = pd.read_csv(await written(pilot, "trend.csv t.csv"))
        np.testing.assert_allclose(trend["mean"], review.trends.shown().lines[0].values)
        for kind in ("ls.good", "golden"):
            masks = read_certification((await written(pilot, f"{kind} {kind}.json")).read_bytes())
            assert {run: str(mask) for run, mask in masks.items()} == {380238: "1-29,33-35"}
        dcs = json.loads((await written(pilot, "ls.dcs d.json")).read_text())
        assert dcs == {"380238": [[1, 35]]}
        anomalies = json.loads((await written(pilot, "anomalies n.json")).read_text())
        assert anomalies == {
            "HV": [{"run_number": 380238, "start_ls": 30, "end_ls": 32, "anomaly_desc": "L1 charge low"}]
        }
        for kind in ("text", "markdown", "html"):
            report = (await written(pilot, f"{kind} report.{kind}")).read_text()
            assert "L1 charge low" in report
            assert "9579" in report
        assert report.count('id="r0p0t-') == 3
        assert "<svg " in (await written(pilot, "plot.svg p.svg")).read_text()
        assert "<svg " in (await written(pilot, "trend.svg q.svg")).read_text()
        ast.parse((await written(pilot, "trend.code c.py")).read_text())


async def test_the_code_on_screen_gives_the_numbers_on_screen(
    demo: DemoServices, here: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with reviewing(demo, TARGET) as (pilot, review):
        other = next(entry for entry in review.run_list.entries if entry.run == 379011)
        review.set_reference(OtherRun(other.key, other.dataset))
        review.show(normalisation=Normalisation.PER_HZ)
        await settled(pilot)
        load = review.reference_load
        assert load is not None
        await load.wait()
        await settled(pilot)
        picture = review.picture()
        assert picture is not None
        assert picture.overlay is not None
        code = (await written(pilot, "plot.code c.py")).read_text()
        trend = (await written(pilot, "trend.code t.py")).read_text()
        line, band = review.trends.shown().lines[0], review.trends.shown().band
        theirs = run_code(code, demo, tmp_path, monkeypatch)
        np.testing.assert_allclose(theirs["values"], picture.current.values, rtol=1e-12)
        np.testing.assert_allclose(theirs["values_1"], picture.overlay.reference.values, rtol=1e-12)
        theirs = run_code(trend, demo, tmp_path, monkeypatch)
        known = np.isfinite(line.values)
        assert theirs["ls_1"] == line.ls[known].tolist()
        np.testing.assert_allclose(theirs["values_1"], line.values[known], rtol=1e-12)
        assert band is not None
        np.testing.assert_allclose([theirs["median"], theirs["spread"]], [band.median, band.spread])


@pytest.mark.parametrize("me", ["", CHARGE])
async def test_what_cannot_be_written_is_said_and_no_file_comes(
    demo: DemoServices, here: Path, me: str
) -> None:
    refused = {
        "plot.cvs x": "There is no kind of file 'plot.cvs'; did you mean plot.csv?",
        "runs.csv no/such/place.csv": "there is no directory",
        f"runs.csv {'x' * 300}/runs.csv": "cannot be written: File name too long",
        "anomalies x.json": "There are no notes on the runs of this review",
    }
    if not me:
        refused |= {
            "trend.csv x.csv": "There is no trend on screen",
            "plot.code x.py": "There is no histogram on screen yet",
        }
    target = Target(run=380238, dataset="ZeroBias", me=me, ls=9, workspace="tracker")
    async with reviewing(demo, target) as (pilot, _):
        screen = screen_of(pilot)
        for line, says in refused.items():
            await screen.action_act("export", line)
            await until(pilot, partial(is_said, screen, says), says)
    assert files_in(here) == []


def is_said(screen: ReviewScreen, words: str) -> bool:
    return words in screen.on_line.text


def files_in(place: Path) -> list[Path]:
    return list(place.iterdir())


async def test_the_summary_is_shown_and_copied(demo: DemoServices) -> None:
    async with reviewing(demo, TARGET) as (pilot, review):
        await noted(review, pilot)
        await screen_of(pilot).action_act("summary")
        panel = pilot.app.screen.query_one(SummaryPanel)
        await until(pilot, lambda: "Run 380238 (fill 9579)" in on_screen(pilot), "the summary")
        await pilot.press("c")
        assert pilot.app.clipboard.splitlines()[0] == "Run 380238 (fill 9579)"
        assert "L1 charge low" in pilot.app.clipboard
        await pilot.press("escape")
        await settled(pilot)
        assert not panel.is_open


async def test_J4_a_note_on_another_dataset_takes_nothing_out_of_the_good_ls(demo: DemoServices) -> None:
    async with reviewing(demo, TARGET) as (pilot, review):
        before = read_certification((await written(pilot, "ls.good before.json")).read_text())[380238]
        for ls, dataset in (("20-22", "/Cosmics/Run2024E-PromptReco-v1/DQMIO"), ("10", review.state.dataset)):
            note = NoteContent(380238, LSMask.parse(ls), NoteVerdict.BAD, "HV", dataset=dataset)
            review.make_note(note, confirmed=True)
        after = read_certification((await written(pilot, "ls.good after.json")).read_text())[380238]
    assert LSMask.parse("20-22,10") - before == LSMask()
    assert after == before - LSMask.parse("10")
