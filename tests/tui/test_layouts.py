"""Several plots on a page by keys, over the embedded services."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest

from dqmtui.model.normalise import Normalisation
from dqmtui.review.choices import Neighbours, RestOfRun
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Target
from dqmtui.store.layout_files import load_dqmexplore
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.panes.status import MessageLine, PlaceLine
from dqmtui.tui.widgets.picker import Picker
from tests.tui.driving import (
    on_screen,
    review_app,
    review_of,
    reviewing,
    screen_of,
    screen_text,
    typed,
    until,
)

if TYPE_CHECKING:
    from pathlib import Path

    from textual.pilot import Pilot

    from dqmtui.demo.process import DemoServices
    from dqmtui.review.choices import ReferenceChoice
    from dqmtui.review.review import Review

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
SIZE = "PixelPhase1/Tracks/PXBarrel/size_PXLayer_1"
AT = Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=103)


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The directory of the person's own layouts."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    directory = tmp_path / "dqmtui" / "layouts"
    directory.mkdir(parents=True)
    return directory


def plot(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(PlotPane))


def said(pilot: Pilot[None]) -> str:
    return screen_text(pilot.app.screen.query_one(MessageLine))


def title(pilot: Pilot[None]) -> str:
    pane = pilot.app.screen.query_one(PlotPane)
    return f"{pane.border_title} | {pane.border_subtitle}"


def compared(review: Review) -> tuple[ReferenceChoice, ...]:
    return review.state.references


def layout_open(review: Review) -> str:
    return "" if review.state.layout is None else review.state.layout.name


async def all_came(pilot: Pilot[None], review: Review) -> None:
    """Wait until every plot of the page has come."""
    await until(
        pilot,
        lambda: all(plot.load is not None and plot.load.state is LoadState.COMPLETE for plot in review.plots),
        "the page",
    )
    await pilot.pause()


async def prompted(pilot: Pilot[None], text: str) -> None:
    """Type a command behind the colon."""
    await pilot.press(
        "colon", *("full_stop" if char == "." else "space" if char == " " else char for char in text)
    )
    await pilot.press("enter")
    await pilot.pause()


async def test_a_set_is_chosen_and_all_its_plots_follow_the_cursor(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "p", " =pixel-barrel", "enter")
        await all_came(pilot, review)
        assert [found.element.short_name for found in review.plots] == [
            f"charge_PXLayer_{layer}" for layer in (1, 2, 3, 4)
        ]
        for layer in (1, 2, 3, 4):
            assert re.search(rf"charge_PXLayer_{layer} +unit area", plot(pilot))
        assert title(pilot) == "3 Pixel barrel 1/3: charge_PXLayer_1 | page 1/3, 1 of 12"
        before = plot(pilot)
        await typed(pilot, "right")
        assert plot(pilot) != before
        assert "LS 104" in screen_text(pilot.app.screen.query_one(PlaceLine))


async def test_small_plots_are_told_apart_by_what_their_names_do_not_share(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "p", " =tracking", "enter")
        await all_came(pilot, review)
        assert re.search(r"Pt +unit area +Eta +unit area|Pt +unit area", plot(pilot))
        await typed(pilot, "i")
        assert re.search(r"Pt +sum, area", plot(pilot))
        assert re.search(r"Eta +sum, area", plot(pilot))


async def test_dot_and_comma_move_the_focus_and_turn_the_page(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await prompted(pilot, "layout pixel-barrel")
        await all_came(pilot, review)
        glyph = screen_of(pilot).look.glyphs.selected
        assert f"{glyph}charge_PXLayer_1" in plot(pilot)
        await typed(pilot, "full_stop")
        assert f"{glyph}charge_PXLayer_2" in plot(pilot)
        assert "charge_PXLayer_2 | page 1/3, 2 of 12" in title(pilot)
        await typed(pilot, "full_stop", "full_stop", "full_stop")
        assert f"{glyph}size_PXLayer_1" in plot(pilot)
        assert "Pixel barrel 2/3" in title(pilot)
        await typed(pilot, "comma")
        assert f"{glyph}charge_PXLayer_4" in plot(pilot)


async def test_a_click_gives_a_plot_the_focus(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await prompted(pilot, "layout pixel-barrel")
        await all_came(pilot, review)
        pane = pilot.app.screen.query_one(PlotPane)
        await pilot.click(PlotPane, offset=(pane.size.width - 5, pane.size.height - 4))
        await pilot.pause()
        assert review.focus == 3
        assert review.state.element == review.plots[3].element


async def test_enter_shows_the_plot_in_focus_alone_and_the_others_again(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await prompted(pilot, "layout pixel-barrel")
        await all_came(pilot, review)
        await typed(pilot, "3", "full_stop", "enter")
        assert "charge_PXLayer_2" in plot(pilot)
        assert "charge_PXLayer_1" not in plot(pilot)
        await typed(pilot, "enter")
        assert "charge_PXLayer_1" in plot(pilot)


async def test_the_number_of_plots_goes_round_over_what_was_found(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "slash", " =charge_PXLayer", "enter")
        counts = []
        for _ in range(3):
            await typed(pilot, "P")
            await all_came(pilot, review)
            counts.append((review.state.per_page, len(review.plots)))
        assert counts == [(2, 2), (4, 4), (1, 1)]
        assert "One plot" in said(pilot)


async def test_where_not_all_plots_have_room_the_screen_says_so(demo: DemoServices) -> None:
    async with reviewing(demo, AT, size=(80, 24)) as (pilot, review):
        await prompted(pilot, "layout pixel-endcaps")
        await all_came(pilot, review)
        assert re.search(r"\d of 6 plots have room; z", plot(pilot))
        await typed(pilot, "3", "z")
        assert "have room" not in plot(pilot)
        for disk in ("+1", "+2", "+3", "-1", "-2", "-3"):
            assert f"Disk_{disk}" in plot(pilot)


async def test_N4_a_key_normalises_all_plots_and_all_references(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await prompted(pilot, "layout pixel-barrel")
        await all_came(pilot, review)
        await typed(pilot, "A", "enter", "A", "down", "enter")
        assert compared(review) == (RestOfRun(), Neighbours())
        for _ in range(2):
            await typed(pilot, "n")
        assert review.state.normalisation is Normalisation.PER_EVENT
        assert "on all plots of Pixel barrel" in said(pilot)
        for found in review.plots:
            picture = review.picture(found)
            assert picture is not None
            assert picture.current.kind is Normalisation.PER_EVENT
            assert {one.overlay.label for one in picture.beside if one.overlay} == {picture.current.label}
        assert len(re.findall("per event", plot(pilot))) == 4


async def test_several_references_have_a_legend_and_the_panel_names_the_first(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "A", "enter", "A", " =381075", "enter", "3", "z")
        await until(pilot, lambda: "run 381075, " in plot(pilot) and "so far" not in plot(pilot))
        assert "this run without it" in plot(pilot)
        await typed(pilot, "d")
        assert "ratio to the first" in plot(pilot)
        assert "to the first reference" in said(pilot)
        await typed(pilot, "A", "enter")
        assert len(compared(review)) == 1
        await typed(pilot, "r", " =nothing", "enter")
        assert compared(review) == ()


async def test_a_reference_that_cannot_be_beside_a_plot_is_said_there(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, _):
        await typed(pilot, "r", "enter", "i")
        assert "the integral of a run has no reference in the same run" in plot(pilot)


async def test_masked_plots_say_why_in_their_place(demo: DemoServices) -> None:
    async with reviewing(demo, Target(run=379011, me=CHARGE, ls=41)) as (pilot, review):
        await prompted(pilot, "layout pixel-barrel")
        await all_came(pilot, review)
        await typed(pilot, "n")
        # their headlines only say "per Hz"
        assert len(re.findall("HLT_ZeroBias", plot(pilot))) == 4


async def test_the_persons_own_set_is_offered_and_a_broken_one_says_what_is_wrong(
    demo: DemoServices, own: Path
) -> None:
    (own / "shift.toml").write_text(f'title = "My shift"\n[[plots]]\nme = "{SIZE}"\n')
    (own / "torn.toml").write_text(f'title = "Torn"\n[[plots]]\nme = "{SIZE}"\nlogy = true\n')
    async with reviewing(demo, AT) as (pilot, review):
        await typed(pilot, "p", " torn")
        picker = screen_text(pilot.app.screen.query_one(Picker)) + on_screen(pilot)
        assert "broken" in picker
        await typed(pilot, "enter")
        assert "torn.toml" in said(pilot) or "logy" in said(pilot)
        assert not layout_open(review)
        await typed(pilot, "p", " My shift", "enter")
        assert layout_open(review) == "shift"
        assert title(pilot).startswith("3 My shift 1/1: size_PXLayer_1")
        await typed(pilot, "p", "enter")
        assert not layout_open(review)
        assert title(pilot).startswith("3 size_PXLayer_1")


async def test_a_set_that_was_written_meanwhile_is_offered_and_opened_as_it_is_now(
    demo: DemoServices, own: Path
) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        (own / "late.toml").write_text(f'title = "Late"\n[[plots]]\nme = "{SIZE}"\n')
        await typed(pilot, "p")
        await until(pilot, lambda: "Late" in on_screen(pilot), "what was written meanwhile")
        await typed(pilot, " late", "enter")
        assert layout_open(review) == "late"
        (own / "late.toml").write_text(f'title = "Later"\n[[plots]]\nme = "{CHARGE}"\n')
        await prompted(pilot, "layout late")
        await until(pilot, lambda: title(pilot).startswith("3 Later 1/1: charge_PXLayer_1"), "what is new")


async def test_sets_beside_the_configuration_that_is_named_are_offered_in_place_of_the_usual_ones(
    demo: DemoServices, own: Path, tmp_path: Path
) -> None:
    (own / "usual.toml").write_text(f'title = "Usual"\n[[plots]]\nme = "{SIZE}"\n')
    file = tmp_path / "conf" / "config.toml"
    (file.parent / "layouts").mkdir(parents=True)
    file.touch()
    (file.parent / "layouts" / "shift.toml").write_text(f'title = "Shift"\n[[plots]]\nme = "{SIZE}"\n')
    app = review_app({**demo.environment(), "DQMTUI_CONFIG": str(file)}, AT)
    async with app.run_test(size=(120, 35)) as pilot:
        await until(pilot, lambda: app.review_screen.review is not None, "the connection")
        await typed(pilot, "ctrl+p", " Set: ")
        await until(pilot, lambda: "Set: shift" in on_screen(pilot), "the set in the palette")
        assert "Set: usual" not in on_screen(pilot)
        await typed(pilot, "escape", "p", " Shift", "enter")
        assert layout_open(review_of(pilot)) == "shift"


async def test_a_name_that_is_none_is_told_with_the_nearest(demo: DemoServices) -> None:
    async with reviewing(demo, AT) as (pilot, review):
        await prompted(pilot, "layout pixel-barel")
        await until(pilot, lambda: "did you mean pixel-barrel?" in said(pilot), "the nearest name")
        assert not layout_open(review)


async def test_dqmexplores_configuration_opens_as_it_is(demo: DemoServices, tmp_path: Path) -> None:
    plots, figure = tmp_path / "plots.json", tmp_path / "fig.json"
    plots.write_text(
        json.dumps(
            {
                CHARGE: {"xlim": [0, 60000], "ylim": None, "xlabel": "Charge", "logx": False, "norm": "norm"},
                SIZE: {"logy": True, "norm": "trignorm"},
            }
        )
    )
    figure.write_text(json.dumps({"figure_title": "Barrel by hand", "width": 1200}))
    target = Target(run=381065, dataset="ZeroBias", ls=103, layout=load_dqmexplore(plots, figure))
    async with reviewing(demo, target) as (pilot, review):
        await all_came(pilot, review)
        assert title(pilot).startswith("3 Barrel by hand 1/1: charge_PXLayer_1")
        assert "Charge" in plot(pilot)
        states = [review.state_of(found) for found in review.plots]
        assert [state.normalisation for state in states] == [Normalisation.AREA, Normalisation.PER_HZ]
        assert [state.log_y for state in states] == [False, True]
        assert review.plots[0].options.x_range == (0.0, 60000.0)


async def test_a_reference_is_named_when_the_program_opens(demo: DemoServices) -> None:
    target = Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=103, reference=381075)
    async with reviewing(demo, target) as (pilot, _):
        await until(pilot, lambda: "run 381075, " in plot(pilot), "the reference")
