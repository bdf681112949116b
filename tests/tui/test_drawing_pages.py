"""While histograms come, pages in which the person is not looking are drawn many at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.review.facts import HistogramsChanged
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Target
from dqmtui.tui import screen
from dqmtui.tui.panes.plot import PlotPane
from dqmtui.tui.panes.trend import TrendPane
from tests.tui.driving import pages_held_back, reviewing, screen_of, screen_text, settled, until

if TYPE_CHECKING:
    import pytest

    from dqmtui.demo.process import DemoServices

AT = Target(run=381065, dataset="ZeroBias", ls=400)
MAP = (
    "PixelPhase1/Phase1_MechanicalView/PXBarrel/"
    "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_1"
)


async def test_pages_elsewhere_wait_for_each_other_and_the_end_is_drawn_at_once(
    demo: DemoServices, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screen, "LATE_S", 1000.0)
    may_come = pages_held_back(monkeypatch)
    drawn: list[bool] = []
    draw = PlotPane.show

    def show(pane: PlotPane, *arguments: Any) -> None:
        drawn.append(True)
        draw(pane, *arguments)

    async with reviewing(demo, AT) as (pilot, review):
        pages: list[tuple[int, int, int]] = []
        take = screen_of(pilot).take

        def taken(fact: Any) -> None:
            n_before = len(drawn)
            take(fact)
            if isinstance(fact, HistogramsChanged):
                pages.append((fact.first, fact.last, len(drawn) - n_before))

        monkeypatch.setattr(review, "_listener", taken)
        monkeypatch.setattr(PlotPane, "show", show)
        review.select_element(next(one for one in review.elements if one.me == MAP))
        may_come.set()
        await until(pilot, lambda: review.load is not None and review.load.state is LoadState.COMPLETE)
        await settled(pilot)
        here = [n for first, last, n in pages if first <= 400 <= last or not first]
        elsewhere = [n for first, last, n in pages if first and not first <= 400 <= last]
        assert len(elsewhere) > 5
        assert set(here) == {1}
        assert set(elsewhere) == {0}
        assert pages[-1] == (0, 0, 1)
        assert "LS 400" in screen_text(pilot.app.screen.query_one(PlotPane))
        data = screen_text(pilot.app.screen.query_one(TrendPane)).partition("data")[2].partition("\n")[0]
        assert "…" not in data
