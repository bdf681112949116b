"""Numbers are of what is said of them, whatever is opened, changed or comes late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.model.keys import MonitoringElement
from dqmtui.model.lstable import OMS
from dqmtui.model.normalise import Normalisation
from dqmtui.model.states import SourceState
from dqmtui.review.choices import OtherRun, RestOfRun
from dqmtui.review.histograms import LoadState
from dqmtui.review.review import Target
from dqmtui.review.scan_state import ScanPhase
from tests.review.little import CHARGE, MAP, SIZE, Held, bins_of, layer_on
from tests.review.peaks import OTHER_RUN, peaked
from tests.review.told import DIALS_LS, A, B, Told, entry, told_on
from tests.services.web import until

if TYPE_CHECKING:
    from dqmtui.review.review import Review
    from tests.review.little import Little

RATIO = MonitoringElement(8, "PixelPhase1/Tracks/charge_Ratio_layer_1", 1)
OTHER = OtherRun(entry(B).key, entry(B).dataset)


async def opened(told: Told, **changes: object) -> Review:
    told.review.begin(Target(run=A, me=CHARGE.me, ls=3))
    review = await told.settled()
    review.show(good="not excluded", **changes)
    return review


async def beside(review: Review) -> Any:
    await until(lambda: (picture := review.picture()) is not None and picture.overlay is not None)
    picture = review.picture()
    assert picture is not None
    return picture.beside[0].reference


# -- what is opened --------------------------------------------------------------------------------------


async def test_J5_no_run_of_another_workspace_stays_a_reference(told: Told) -> None:
    review = await opened(told)
    review.set_reference(OTHER)
    review.add_reference(RestOfRun())
    review.change_workspace("ecal")
    await told.settled()
    # an me_id means another element there
    assert review.state.references == (RestOfRun(),)
    review.select_element(SIZE)
    await told.settled()
    assert review.reference_load is None


async def test_S6_the_ls_is_left_out_of_a_reference_run_that_is_opened(told: Told) -> None:
    review = await opened(told)
    review.set_reference(OTHER)
    await beside(review)
    review.open_run(entry(B))
    await told.settled()
    review.go_to_ls(21)
    reference = await beside(review)
    assert reference.integral.ls.tolist() == [20, 22]
    assert reference.label == "this run without it, 2 LS"


async def test_S6_a_trend_leaves_the_ls_out_of_a_reference_run_that_is_opened(told: Told) -> None:
    review = await opened(told, statistic="KS distance")
    review.set_reference(OTHER)
    review.open_run(entry(B))
    await told.settled()
    await until(lambda: review.trends.shown().notes == ("to the rest of 3 good LS",))
    rest = np.add(bins_of(20), bins_of(22))
    apart = np.cumsum(bins_of(21)) / np.sum(bins_of(21)) - np.cumsum(rest) / np.sum(rest)
    assert review.trends.shown().lines[0].values[1] == pytest.approx(np.abs(apart).max())


async def test_S6_scores_leave_the_ls_out_of_a_reference_run_that_is_opened(little: Little) -> None:
    service = peaked(little)
    async with layer_on(service) as data, told_on(data) as told:
        review = told.review
        review.begin(Target(run=A, me=CHARGE.me))
        await until(lambda: review.load is not None)
        await told.settled()
        review.set_reference(OtherRun(entry(OTHER_RUN).key, ""))
        review.open_run(entry(OTHER_RUN))
        await told.settled()
        review.show_scores(on=True)
        await until(lambda: review.scores is not None)
        assert review.scores is not None
        assert review.scores.reference == "the same run, without the LS itself"
        review.start_scan((CHARGE,), "one")
        assert review.scan is not None
        assert review.scan.reference == "the same run, without the LS itself"
        # whose rate entries are judged by stands beside what a scan found, whatever is chosen later
        assert review.scan.rate == "HLT_ZeroBias"


# -- what comes late -------------------------------------------------------------------------------------


async def test_ranking_a_scan_that_was_stopped_stops_no_other(little: Little) -> None:
    service = peaked(little)
    async with layer_on(service) as data, told_on(data) as told:
        review = told.review
        review.begin(Target(run=A, me=CHARGE.me))
        await until(lambda: review.load is not None)
        await told.settled()
        held = Held(service, "th2")
        review.start_scan((SIZE, MAP), "all")
        await until(lambda: review.scan is not None and review.scan.done == 1)
        assert review.stop_scan()
        # the ranking of what it has goes on in its thread
        review.resume_scan(stopped=True)
        await until(lambda: "rank" not in review._watch)
        assert review.scan is not None
        assert review.scan.phase is ScanPhase.RUNNING
        held.open()
        await until(lambda: review.scan is not None and review.scan.phase is ScanPhase.DONE)


# -- what stands beside each other -----------------------------------------------------------------------


async def test_N3_lines_that_are_not_divided_stand_under_no_unit_of_those_that_are(
    told: Told, service: Little
) -> None:
    service.elements = (CHARGE, RATIO)
    review = await opened(told, statistic="max", normalisation=Normalisation.PER_HZ)
    review.show_per_page(4)
    await told.settled()
    await until(lambda: len(review.plots) == 2 and all(not plot.is_loading for plot in review.plots))
    shown = review.trends.shown()
    assert shown.name == "max per Hz"
    assert [line.element for line in shown.lines] == [CHARGE]
    assert shown.notes == (f"{RATIO.short_name} has no max per Hz",)
    review.select_element(RATIO)
    shown = review.trends.shown()
    assert shown.name == "max"
    assert [line.element for line in shown.lines] == [RATIO]
    assert shown.notes == (f"{CHARGE.short_name} is per Hz",)


async def test_N4_the_band_of_a_run_whose_luminosity_has_another_unit_is_brought_to_that_on_screen(
    told: Told, service: Little
) -> None:
    service.oms["lumisections"] = [
        {
            "run_number": run,
            "lumisection_number": ls,
            "recorded_lumi_per_lumisection": lumi,
            "units": {"recorded_lumi_per_lumisection": unit},
        }
        for run, numbers, lumi, unit in ((A, DIALS_LS, 0.5, "pb^{-1}"), (B, [20, 21, 22], 5e5, "ub^{-1}"))
        for ls in numbers
    ]
    review = await opened(told, statistic="entries", normalisation=Normalisation.PER_LUMINOSITY)
    review.set_reference(OTHER)
    await until(lambda: (review.trends.shown().band is not None) and told.is_settled)
    await until(
        lambda: (
            review.reference_table is not None
            and all(one.state is SourceState.LOADED for one in review.reference_table.sources.values())
        )
    )
    band = review.trends.shown().band
    assert band is not None
    # 10 l entries in 0.5 / pb
    assert band.median == pytest.approx(420.0)


async def test_J6_no_band_stands_beside_a_trend_that_depends_on_axes_that_differ(
    told: Told, service: Little
) -> None:
    service.binnings = dict.fromkeys((20, 21, 22), (0.0, 8.0))
    review = await opened(told, statistic="mode")
    review.set_reference(OTHER)
    await until(lambda: review.reference_load is not None and review.reference_load.stack is not None)
    await until(
        lambda: review.reference_load is not None and review.reference_load.state is LoadState.COMPLETE
    )
    await until(lambda: review.reference_table is not None and bool(review.reference_table.ls.size))
    assert review.trends.shown().band is None
    assert f"run {B} has other axes: no band" in review.trends.shown().notes
    review.show(statistic="entries")
    assert review.trends.shown().band is not None


async def test_the_conditions_of_a_reference_that_failed_are_asked_for_again(
    told: Told, service: Little
) -> None:
    review = await opened(told)
    service.fail("lumisections", status=404)
    review.set_reference(OTHER)
    await until(
        lambda: (
            review.reference_table is not None
            and review.reference_table.source(OMS).state is SourceState.FAILED
        )
    )
    await until(lambda: not review._watch)
    service.mend()
    review.reload()
    await until(
        lambda: (
            review.reference_table is not None
            and review.reference_table.source(OMS).state is SourceState.LOADED
        )
    )
