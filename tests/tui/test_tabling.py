"""The run table and the LS table: filters, sorting, columns and marks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.ls_columns import USUAL_LS_COLUMNS
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS, RATE
from dqmtui.model.states import SourceState
from dqmtui.review.facts import TableChanged
from dqmtui.review.ls_ranges import LSRange
from dqmtui.review.review import Target
from dqmtui.tui.column_chooser import Choice, ColumnChooser
from dqmtui.tui.filter_line import FilterLine, completed
from dqmtui.tui.panes.ls_rows import Marks
from dqmtui.tui.panes.lumisections import LumisectionsPane
from dqmtui.tui.panes.runs import RunsPane
from dqmtui.tui.tabling import next_sort, turned
from dqmtui.tui.widgets.table_lines import SIGNS
from tests.tui.driving import has_keys, on_screen, reviewing, screen_of, screen_text, typed, until

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.model.lstable import LSTable
    from dqmtui.review.review import Review
    from dqmtui.review.runlist import RunEntry
    from dqmtui.review.table_views import LSView

RUN = Target(run=379011)
SMALL = (80, 24)
SCORED = Target(run=379011, me="PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1")


def lumis(pilot: Pilot[None]) -> LumisectionsPane:
    return screen_of(pilot).query_one(LumisectionsPane)


def runs(pilot: Pilot[None]) -> RunsPane:
    return screen_of(pilot).query_one(RunsPane)


def view(pilot: Pilot[None]) -> LSView:
    rows = lumis(pilot).rows
    assert rows is not None
    return rows.view


def shown_ls(pilot: Pilot[None]) -> list[int]:
    shown = view(pilot)
    return [shown.ls(at) for at in range(shown.rows.size)]


def table_of(review: Review) -> LSTable:
    assert review.table is not None
    return review.table


def said(pilot: Pilot[None]) -> str:
    return screen_of(pilot).on_line.text


# filters


async def test_a_filter_is_live_while_it_is_typed_and_escape_brings_back_the_one_before(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        everything = table_of(review).ls.size
        await typed(pilot, "2", "f", " ls>40")
        line = screen_of(pilot).query_one(FilterLine)
        assert has_keys(pilot, line)
        assert set(shown_ls(pilot)) == {ls for ls in table_of(review).ls.tolist() if ls > 40}
        assert f"{everything - 40} of {everything} LS" in screen_text(line.query_one(".filter--said"))
        await typed(pilot, "0")
        assert min(shown_ls(pilot)) == 401
        await typed(pilot, "escape")
        assert not line.is_open
        assert review.state.ls_filter == ""
        assert len(shown_ls(pilot)) == everything


async def test_a_filter_that_was_given_is_named_with_its_counts_until_it_goes(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "2", "f", " ls<10", "enter")
        assert review.state.ls_filter == "ls<10"
        assert has_keys(pilot, lumis(pilot))
        assert f"2 Lumisections  9 of {table_of(review).ls.size}" in on_screen(pilot)
        assert "ls<10" in screen_text(lumis(pilot).query_one("#ls-state"))
        await typed(pilot, ":", " filter", "enter")
        assert review.state.ls_filter == ""
        assert "Lumisections  " not in on_screen(pilot)
        assert not lumis(pilot).query_one("#ls-state").display


async def test_an_error_is_said_with_the_nearest_name_and_keeps_the_line_open(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "2", "f", " pilup>3", "enter")
        assert "there is no pilup; did you mean pileup?" in on_screen(pilot)
        assert screen_of(pilot).query_one(FilterLine).is_open
        await typed(pilot, "escape", "f", " not bpi", "tab", "enter")
        assert review.state.ls_filter == "not bpix_ready", "tab completes a name"
        screen_of(pilot).action_filter("pileup >")
        assert "Filter: expected a name or a value behind `>`" in said(pilot)
        assert review.state.ls_filter == "not bpix_ready"


async def test_a_source_that_failed_or_is_partial_is_named_under_the_table(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "2")
        line = lumis(pilot).query_one("#ls-state")
        assert not line.display
        review.table = (
            table_of(review).with_state(OMS, SourceState.PARTIAL).with_state(RATE, SourceState.FAILED)
        )
        review._tell(TableChanged(OMS))
        await pilot.pause()
        assert "OMS partial, trigger rate failed; ctrl+r asks again" in screen_text(line)
        review.show(ls_filter="ls<10")
        await pilot.pause()
        assert "OMS partial, trigger rate failed; ctrl+r asks again" in screen_text(line)
        await typed(pilot, "ctrl+r")
        await until(
            pilot,
            lambda: table_of(review).source(OMS).is_complete and table_of(review).source(RATE).is_complete,
        )
        review.show(ls_filter="")
        await pilot.pause()
        assert not line.display


@given(st.text(max_size=30))
def test_a_completion_goes_on_with_what_is_typed(text: str) -> None:
    names = ["pileup", "pixel", "bpix_ready", "Rate"]
    whole = completed(text, names)
    assert whole is None or (whole.lower().startswith(text.lower()) and len(whole) > len(text))


async def test_J2_lumisections_of_which_it_is_not_known_are_not_shown_but_counted(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "2")
        review.show(ls_filter="rate > 40")
        await pilot.pause()
        line = screen_text(lumis(pilot).query_one("#ls-state"))
        unknown = view(pilot).filtered.unknown
        assert unknown > 0
        assert f", {unknown} not known" in line
        assert 8 not in shown_ls(pilot), "LS 8 has no row of the rate"
        review.show(ls_filter="not rate > 40")
        assert 8 not in shown_ls(pilot)


async def test_the_ls_that_the_filter_lets_not_through_is_named_and_no_row_is_under_the_cursor(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "2")
        review.show(ls_filter="ls == 10 or ls == 20")
        await pilot.pause()
        assert lumis(pilot).table.cursor is None
        assert "LS 1 is not shown" in screen_text(lumis(pilot).query_one("#ls-state"))
        await typed(pilot, "right")
        assert review.state.ls == 2, "left and right stay in the order of the LS"
        assert "LS 2 is not shown" in screen_text(lumis(pilot).query_one("#ls-state"))
        review.go_to_ls(15)
        await typed(pilot, "up")
        assert review.state.ls == 10
        review.go_to_ls(15)
        await typed(pilot, "down")
        assert review.state.ls == 20
        assert lumis(pilot).table.cursor == 1
        assert "is not shown" not in screen_text(lumis(pilot).query_one("#ls-state"))


async def test_a_filter_by_what_the_person_left_out_follows_it(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "2")
        review.show(ls_filter="excluded")
        assert shown_ls(pilot) == []
        await pilot.pause()
        assert "No LS fits the filter excluded" in on_screen(pilot)
        review.exclude(LSMask.parse("3-5"))
        assert shown_ls(pilot) == [3, 4, 5]
        assert "Lumisections  3 of" in str(lumis(pilot).border_title)
        review.undo()
        assert shown_ls(pilot) == []
        assert review.state.run is not None
        review.show(ls_filter="marked", ls_range=LSRange(review.state.run, 7, 8))
        assert shown_ls(pilot) == [7, 8]


async def test_a_filter_that_means_nothing_in_another_run_lets_all_through_and_says_so(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "2")
        review.show(ls_filter="not_there > 3")
        await pilot.pause()
        assert len(shown_ls(pilot)) == table_of(review).ls.size
        assert "there is no not_there" in screen_text(lumis(pilot).query_one("#ls-state"))


async def test_runs_are_filtered_by_their_columns_with_texts(demo: DemoServices) -> None:
    async with reviewing(demo, size=SMALL) as (pilot, review):
        await typed(pilot, "1")
        screen_of(pilot).action_filter("dataset ~ ZeroBias and duration > 60")
        await pilot.pause()
        shown = runs(pilot)._view
        assert shown is not None
        entries = [shown.entry(at) for at in range(len(shown))]
        assert 0 < len(entries) < len(review.run_list.entries)
        for entry in entries:
            assert "ZeroBias" in entry.dataset
            assert entry.card is not None
            assert entry.card.duration_s is not None
            assert entry.card.duration_s > 3600
        assert f"{len(entries)} of {len(review.run_list.entries)} runs" in on_screen(pilot)
        await typed(pilot, "down", "enter")
        assert review.state.run == entries[1].key, "enter opens the run that is seen under the cursor"


# sorting

IDS = ("a", "b")


def test_o_goes_up_and_down_each_column_then_turns_the_natural_order_then_ends() -> None:
    now, seen = None, []
    for _ in range(6):
        now = next_sort(now, IDS, ("ls", False))
        seen.append(now)
    assert seen == [("a", False), ("a", True), ("b", False), ("b", True), ("ls", True), None]
    assert next_sort(("hidden", False), IDS, ("ls", False)) == ("hidden", True)
    assert next_sort(("hidden", True), IDS, ("ls", False)) is None


def test_clicks_on_a_title_turn_the_sort_and_end_it() -> None:
    assert turned(None, "a", ("ls", False)) == ("a", False)
    assert turned(("a", False), "a", ("ls", False)) == ("a", True)
    assert turned(("a", True), "a", ("ls", False)) is None
    assert turned(("b", True), "a", ("ls", False)) == ("a", False)
    assert turned(None, "ls", ("ls", False)) == ("ls", True)
    assert turned(("ls", True), "ls", ("ls", False)) is None
    assert turned(None, "run", ("run", True)) == ("run", False)


async def test_a_sorted_table_has_absent_values_last_and_steps_through_what_is_seen(
    demo: DemoServices,
) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "2", ":", " sort -rate", "enter")
        assert review.state.ls_sort == ("rate", True)
        assert "↓rate" in on_screen(pilot)
        assert "Sorted by trigger rate, falling" in said(pilot)
        shown = view(pilot)
        rates = shown.columns[1].read(shown.table)
        values = [rates.item(int(row)) for row in shown.rows]
        known = [value for value in values if value is not None]
        assert known == sorted(known, reverse=True)
        assert values[len(known) :] == [None] * (len(values) - len(known))
        assert lumis(pilot).table.cursor == shown.position(1)
        before = shown.position(1)
        assert before is not None
        await typed(pilot, "down")
        assert review.state.ls == shown.ls(before + 1)
        ls = review.state.ls
        await typed(pilot, "right")
        assert review.state.ls == ls + 1
        screen_of(pilot).action_sort("")
        assert shown_ls(pilot) == sorted(shown_ls(pilot))
        screen_of(pilot).action_sort("pilup")
        assert said(pilot) == "There is no column pilup; did you mean pileup?"
        screen_of(pilot).action_sort("PU")
        assert review.state.ls_sort == ("pileup", False)


async def test_o_sorts_the_table_in_focus_and_a_click_on_a_title_does_so_too(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "1", "o", "o")
        assert review.state.run_sort == ("ls", True)
        counts = [entry.ls_count for entry in _entries(pilot)]
        assert counts == sorted(counts, reverse=True)
        await typed(pilot, "2", "o")
        assert review.state.ls_sort == ("elements", False)
        await pilot.click("#ls-table", offset=(14, 0))
        assert review.state.ls_sort == ("rate", False)
        await pilot.click("#ls-table", offset=(5, 0))
        assert review.state.ls_sort == ("ls", True)
        assert shown_ls(pilot) == sorted(shown_ls(pilot), reverse=True)


def _entries(pilot: Pilot[None]) -> list[RunEntry]:
    shown = runs(pilot)._view
    assert shown is not None
    return [shown.entry(at) for at in range(len(shown))]


# columns


@given(st.permutations("abcd"), st.sampled_from("abcd"), st.integers(-5, 5))
def test_moving_a_column_keeps_all_and_the_order_of_the_others(ids: list[str], id_: str, step: int) -> None:
    choice = Choice((), tuple(ids))
    moved = choice.moved(id_, step)
    assert sorted(moved) == sorted(ids)
    assert [one for one in moved if one != id_] == [one for one in ids if one != id_]
    assert choice.toggled(id_) == tuple(one for one in ids if one != id_)
    assert Choice((), choice.toggled(id_)).toggled(id_)[-1] == id_
    assert Choice((), (id_,)).toggled(id_) == (id_,)
    assert choice.moved("x", step) == choice.on


async def test_columns_are_chosen_and_ordered_in_a_list_and_the_table_follows(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "2", "C")
        chooser = screen_of(pilot).query_one(ColumnChooser)
        assert chooser.is_open
        await typed(pilot, "space", "j", "greater_than_sign")
        expected = ["pileup", "rate", "delivered", "beams", "pixel", "strips", "fill", "prescale"]
        assert list(review.state.ls_columns) == expected
        assert [column.id for column in view(pilot).columns] == expected
        await typed(pilot, "o")
        assert review.state.ls_sort == ("rate", False)
        await typed(pilot, "equals_sign")
        assert tuple(column.id for column in view(pilot).columns) == USUAL_LS_COLUMNS
        await typed(pilot, "end", "space", "enter")
        assert has_keys(pilot, lumis(pilot))
        assert len(review.state.ls_columns) == len(USUAL_LS_COLUMNS) + 1
        assert view(pilot).columns[-1].id == review.state.ls_columns[-1]


async def test_the_columns_of_the_runs_are_their_own(demo: DemoServices) -> None:
    async with reviewing(demo, size=SMALL) as (pilot, review):
        review.show(run_columns=("recorded", "duration", "stable", "energy"))
        await pilot.pause()
        text = screen_text(runs(pilot).table)
        assert text.splitlines()[0].split() == ["run", "rec", "/pb", "h:min", "stable", "beam", "GeV"]
        assert " 6800" in text
        assert review.state.ls_columns == ()


async def test_shift_and_arrows_scroll_the_table_sideways(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        review.show(
            ls_columns=("rate", "bpix_ready", *(f"{one}_ready" for one in ("tob", "tecp", "ebp", "esp")))
        )
        review.show(ls_columns=(*review.state.ls_columns, "start_time", "end_time", "init_lumi", "end_lumi"))
        await typed(pilot, "2", "shift+right", "shift+right")
        assert lumis(pilot).table.scrolled_columns == 2
        header, first = screen_text(lumis(pilot).table).splitlines()[:2]
        assert f"LS{SIGNS.left}" in header
        assert header.replace(SIGNS.left, " ").split()[:2] == ["LS", "tob"]
        assert first.split()[0] == "1"
        rows = lumis(pilot).rows
        assert rows is not None
        assert len(rows._read) < len(rows.view.columns), "what was never on screen is not even read"
        await typed(pilot, "shift+left", "shift+left", "shift+left")
        assert lumis(pilot).table.scrolled_columns == 0
        assert "There are no more columns on the left" in said(pilot)


# marks and streaming


async def test_ranges_excluded_and_noted_ls_are_marked_beside_their_number(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, _):
        glyphs = screen_of(pilot).look.glyphs
        await typed(pilot, "2", "v", "right", "right")
        marks = [line[:3] for line in screen_text(lumis(pilot).table).splitlines()[1:5]]
        assert marks == ["  │", "  │", "  │", "   "]
        await typed(pilot, "x")
        marks = [line[:3] for line in screen_text(lumis(pilot).table).splitlines()[1:5]]
        assert marks == [f"{glyphs.excluded} │"] * 3 + ["   "]
        rows = lumis(pilot).rows
        assert rows is not None
        rows.marks = Marks(suspicious=LSMask.of(2), noted=LSMask.of([1, 2]), excluded=LSMask.of(1))
        assert [rows.cells(0)[k][0] for k in range(4)] == [glyphs.excluded, glyphs.note, "", "1"]
        assert [rows.cells(1)[k][0] for k in range(4)] == ["!", glyphs.note, "", "2"]


async def test_scores_mark_suspicious_ls(demo: DemoServices) -> None:
    async with reviewing(demo, SCORED, size=SMALL) as (pilot, review):
        await typed(pilot, "2", "s")
        await until(pilot, lambda: review.scores is not None, "the scores")
        suspicious = {ls for one in review.suspicions for ls in range(one.first_ls, one.last_ls + 1)}
        rows = lumis(pilot).rows
        assert rows is not None
        marked = {rows.ls(at) for at in range(len(rows)) if rows.cells(at)[0][0] == "!"}
        assert marked == suspicious & set(shown_ls(pilot))
        review.show(ls_sort=("score", True), ls_filter="score > 2")
        await pilot.pause()
        assert review.scores is not None
        high = [
            (-score, ls) for ls, score in zip(review.scores.ls, review.scores.score, strict=True) if score > 2
        ]
        assert shown_ls(pilot) == [ls for _, ls in sorted(high)]
        assert "sorted by score, falling" in screen_text(lumis(pilot).query_one("#ls-state"))


async def test_what_comes_repaints_only_the_rows_it_changes(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL) as (pilot, review):
        await typed(pilot, "2")
        table = lumis(pilot).table
        painted = dict(table._painted)
        lumis(pilot).show(review, screen_of(pilot).look)
        await pilot.pause()
        assert all(table._painted[y] is painted[y] or table._painted[y] == painted[y] for y in painted)
        review.exclude(LSMask.of(3))
        await pilot.pause()
        changed = [y for y, strip in table._painted.items() if strip != painted[y]]
        assert changed == [3]


async def test_a_table_that_is_not_open_names_its_columns(demo: DemoServices) -> None:
    async with reviewing(demo, size=SMALL) as (pilot, review):
        await typed(pilot, "2")
        review.show(ls_columns=("pileup", "bpix_ready"))
        await pilot.pause()
        header = screen_text(lumis(pilot).table).splitlines()[0]
        assert header.split() == ["LS", "PU", "bpix"]
        await typed(pilot, "C", "escape", "f", " rate>3", "enter")
        assert review.state.ls_filter == "rate>3"


async def test_in_ascii_no_sign_of_the_table_is_anything_else(demo: DemoServices) -> None:
    async with reviewing(demo, RUN, size=SMALL, charset="ascii") as (pilot, review):
        review.show(ls_sort=("rate", True), ls_filter="ls > 0")
        await typed(pilot, "2", "v", "right")
        assert on_screen(pilot).isascii()
        assert "vrate" in on_screen(pilot)
        await typed(pilot, "C")
        assert on_screen(pilot).isascii()
