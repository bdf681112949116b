"""Which lumisections are good, by expressions over masks, flags and columns, on the embedded services."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.model.lsmask import LSMask
from dqmtui.model.notes import NoteVerdict
from dqmtui.review.choices import View
from dqmtui.review.review import Target
from dqmtui.tui.panes.status import MessageLine, PlaceLine
from dqmtui.tui.panes.trend import TrendPane
from dqmtui.tui.widgets.table import TableView
from tests.tui.driving import on_screen, reviewing, screen_text, typed, until

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.model.histogram import HistogramStack
    from dqmtui.review.review import Review

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
AT = Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=103)
CERTIFIED_AT = Target(run=379011, me=CHARGE, ls=41)


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


def place(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(PlaceLine))


def stack_of(review: Review) -> HistogramStack:
    assert review.load is not None
    assert review.load.stack is not None
    return review.load.stack


def integrated(review: Review) -> LSMask:
    """Give the LS that the integral on screen is over."""
    assert review.state.view is View.INTEGRAL
    picture = review.picture()
    assert picture is not None
    return LSMask.from_numbers(picture.current.ls)


async def command(pilot: Pilot[None], text: str) -> None:
    await typed(pilot, "colon", f" {text}", "enter")


async def test_N6_the_good_ls_are_chosen_with_how_many_each_expression_keeps(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        total = stack_of(review).ls.size
        await typed(pilot, "J")
        offers = on_screen(pilot)
        assert "dcs and not excluded" in offers
        assert "rate > 0" in offers
        assert f"{total} of {total} LS" in offers
        await typed(pilot, " =true", "enter")
        assert review.state.good == "true"
        assert f"good by true: {total} of {total} LS" in place(pilot)
        await command(pilot, "good ls <= 100 and not excluded")
        assert f"good by ls <= 100 and not excluded: 100 of {total} LS" in place(pilot)
        await typed(pilot, "i")
        picture = review.picture()
        assert picture is not None
        assert LSMask.from_numbers(picture.current.ls) == LSMask.parse("1-100")


async def test_a_wrong_expression_says_where_and_what_is_near(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        before = review.state.good
        for expression, words in (
            ("dsc", "character 1: there is no dsc; did you mean dcs?"),
            ("dcs and", "character 8: "),
            ("rate", "compare it"),
            ("dcs and (rate > 0", "character "),
        ):
            await typed(pilot, "escape")
            await command(pilot, f"good {expression}")
            assert words in said(pilot)
            assert review.state.good == before


async def test_N6_golden_is_the_newest_golden_json_less_what_is_excluded(demo: DemoServices) -> None:
    async with reviewing(demo, CERTIFIED_AT) as (pilot, review):
        await command(pilot, "good golden and not excluded")
        await until(pilot, lambda: review.golden is not None)
        golden = review.golden
        assert golden is not None
        with_data = LSMask.from_numbers(stack_of(review).ls)
        await typed(pilot, "i")
        assert integrated(review) == golden & with_data
        await typed(pilot, "i", "x", "i")
        assert integrated(review) == (golden & with_data) - LSMask.of(41)
        assert "good by golden and not excluded" in place(pilot)
        assert review.trends.good_ls() == golden - LSMask.of(41)


async def test_N6_a_golden_json_of_a_file_takes_the_place_of_the_published_one(
    demo: DemoServices, tmp_path: Path
) -> None:
    file = tmp_path / "mine.json"
    file.write_text(json.dumps({"379011": [[60, 80], [50, 55]]}))
    async with reviewing(demo, CERTIFIED_AT, size=(160, 45)) as (pilot, review):
        await command(pilot, f"golden {file}")
        assert "wherever an expression says golden" in said(pilot)
        await command(pilot, "good golden or ls == 41")
        await until(pilot, lambda: review.golden is not None)
        await typed(pilot, "i")
        assert integrated(review) == LSMask.parse("41,50-55,60-80") & LSMask.from_numbers(stack_of(review).ls)
        await command(pilot, "golden")
        await until(pilot, lambda: review.golden is not None)
        assert review.golden != LSMask.parse("50-55,60-80")


async def test_a_golden_file_that_is_not_there_is_said_at_once(demo: DemoServices, tmp_path: Path) -> None:
    async with reviewing(demo, CERTIFIED_AT, size=(160, 45)) as (pilot, _):
        await command(pilot, f"golden {tmp_path / 'none.json'}")
        await until(pilot, lambda: "there is no such file" in said(pilot))


async def test_N6_what_the_models_flag_can_be_taken_out_by_name(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        run = review.state.run
        assert run is not None
        await command(pilot, "good not ml")
        await until(pilot, lambda: review.ml_marks.mask(run) is not None)
        flagged = review.ml_marks.mask(run)
        assert flagged
        await typed(pilot, "i")
        assert integrated(review) == LSMask.from_numbers(stack_of(review).ls) - flagged


async def test_the_strip_shows_the_golden_ls_under_masks(demo: DemoServices) -> None:
    async with reviewing(demo, CERTIFIED_AT, size=(160, 45)) as (pilot, review):
        await command(pilot, "trend.under masks")
        await until(pilot, lambda: review.golden is not None)
        await until(pilot, lambda: "golden" in screen_text(pilot.app.screen.query_one(TrendPane)))
        golden = review.golden
        assert golden is not None
        word = "golden" if 41 in golden else "not golden"
        assert word in screen_text(pilot.app.screen.query_one(TrendPane))


async def test_a_name_that_is_none_is_refused_with_a_near_one(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        before = review.state.good
        await command(pilot, "good goldn and not excluded")
        assert "did you mean golden?" in said(pilot)
        assert review.state.good == before


async def test_the_flags_of_models_are_listed_and_lead_to_element_and_ls(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381065, dataset="ZeroBias")) as (pilot, review):
        await command(pilot, "ml.flags")
        await until(pilot, lambda: "flags of anomaly models on" in on_screen(pilot))
        assert "x threshold" in on_screen(pilot)
        run = review.state.run
        assert run is not None
        worst = review.ml_marks.of(run).ranked[0]
        await typed(pilot, "enter")
        assert review.state.ls == worst.flag.ls_number
        assert review.state.element is not None
        assert review.state.element.me_id == worst.flag.me_id
        assert worst.model is not None
        assert review.state.element.me == worst.model.target_me


async def test_a_run_without_flags_says_so(demo: DemoServices) -> None:
    async with reviewing(demo, CERTIFIED_AT) as (pilot, _):
        await command(pilot, "ml.flags")
        await until(pilot, lambda: "anomaly models flags an LS of run 379011" in said(pilot))


async def test_N6_an_expression_is_saved_under_a_name_and_used_by_it(demo: DemoServices) -> None:
    async with reviewing(demo, CERTIFIED_AT) as (pilot, review):
        await command(pilot, "good.save late ls > 300")
        assert "late stands for ls > 300" in said(pilot)
        await command(pilot, "good late and not excluded")
        assert "good by late and not excluded" in place(pilot)
        with_data = LSMask.from_numbers(stack_of(review).ls)
        assert review.trends.good_ls() & with_data == LSMask.parse("301-9999") & with_data
        await typed(pilot, "J", " late")
        assert "late" in on_screen(pilot)
        await typed(pilot, "escape")
        await command(pilot, "good.forget late")
        assert "Forgotten: late" in said(pilot)


async def test_names_that_mean_something_else_are_not_taken(demo: DemoServices) -> None:
    async with reviewing(demo, CERTIFIED_AT) as (pilot, review):
        named = review.named()
        assert named is not None
        for name in ("golden", "dcs", "rate", "and", "2fast", "oms.pileup"):
            await command(pilot, f"good.save {name} true")
            assert said(pilot).startswith(" Not saved: "), name
        await command(pilot, "good.save mine pilup > 3")
        assert "did you mean pileup?" in said(pilot)
        await command(pilot, "good.save mine mine")
        assert "would stand for itself" in said(pilot)
        assert review.named() is named


async def test_what_a_model_flags_is_noted_as_real_or_as_a_false_alarm(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381065, dataset="ZeroBias")) as (pilot, review):
        await command(pilot, "ml.flags")
        await until(pilot, lambda: "flags of anomaly models on" in on_screen(pilot))
        await typed(pilot, "enter")
        await command(pilot, "ml.fake")
        run = review.state.run
        assert run is not None
        (note,) = review.journal.notes_of(run.run)
        worst = review.ml_marks.of(run).ranked[0]
        assert worst.model is not None
        assert note.content.ls == LSMask.of(worst.flag.ls_number)
        assert note.content.verdict is NoteVerdict.GOOD
        assert note.content.cause == "anomaly model: false alarm"
        assert note.content.elements == (worst.model.target_me,)
        await command(pilot, "ml.real")
        (changed,) = review.journal.notes_of(run.run)
        assert changed.id == note.id
        assert changed.content.verdict is NoteVerdict.BAD
        assert changed.content.cause == "anomaly model: real"
        await command(pilot, "ml.real")
        assert "noted already" in said(pilot)
        await typed(pilot, "u", "u")
        assert review.journal.notes_of(run.run) == []


async def test_a_flag_that_contradicts_a_note_is_noted_when_it_is_asked_for_again(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381065, dataset="ZeroBias")) as (pilot, review):
        await command(pilot, "ml.flags")
        await until(pilot, lambda: "flags of anomaly models on" in on_screen(pilot))
        await typed(pilot, "enter")
        await command(pilot, "ml.fake")
        run = review.state.run
        assert run is not None
        (note,) = review.journal.notes_of(run.run)
        review.change_note(note.id, replace(note.content, cause="seen by hand"))
        await command(pilot, "ml.real")
        assert "The same again notes it" in said(pilot)
        assert len(review.journal.notes_of(run.run)) == 1
        await command(pilot, "ml.real")
        assert {one.content.verdict for one in review.journal.notes_of(run.run)} == {
            NoteVerdict.GOOD,
            NoteVerdict.BAD,
        }


async def test_how_many_models_flag_an_ls_is_a_column_that_sorts_and_filters(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=381065, dataset="ZeroBias"), size=(160, 45)) as (pilot, review):
        run, table = review.state.run, pilot.app.screen.query_one("#ls-table", TableView)
        assert run is not None
        review.show(ls_columns=("ls", "ml_flags"))
        await until(pilot, lambda: review.ml_marks.mask(run) is not None)
        await typed(pilot, "2")
        await command(pilot, "sort -ml_flags")
        await typed(pilot, "home")
        marks = review.ml_marks.of(run)
        most = max(marks.count.values())
        assert screen_text(table).splitlines()[1].split()[1] == str(most)
        assert marks.count[review.state.ls or 0] == most
        await command(pilot, "filter ml_flags > 0")
        assert f"{len(marks.flagged)} of" in on_screen(pilot)
