"""What the trend shows of a review, over a small service whose histograms can be worked out by hand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import pytest

from dqmtui.model.lsmask import LSMask
from dqmtui.model.normalise import Normalisation
from dqmtui.model.states import SourceState
from dqmtui.review.choices import Neighbours, OtherRun, RestOfRun
from dqmtui.review.facts import TrendChanged
from dqmtui.review.review import Target
from dqmtui.review.trend_lines import CommonScale, ReferenceBand, TrendLine, TrendShown, on_common_axes
from tests.review.little import CHARGE, MAP, RUN, SIZE, bins_of, is_of
from tests.review.told import DIALS_LS, A, B, Told, entry
from tests.services.web import json_reply, until

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.review.review import Review
    from tests.review.little import Little

CENTRES = np.array([0.5, 1.5, 2.5, 3.5])
B_LS = [20, 21, 22]


async def opened(told: Told, **changes: object) -> Review:
    told.review.begin(Target(run=A, me=CHARGE.me, ls=3))
    review = await told.settled()
    review.show(good="not excluded", **changes)
    return review


def mean_of(ls: int) -> float:
    return float(np.average(CENTRES, weights=bins_of(ls)))


def median_and_mad(values: list[float]) -> tuple[float, float]:
    median = float(np.median(values))
    return median, 1.4826 * float(np.median(np.abs(np.array(values) - median)))


def chosen_run(review: Review) -> None:
    other = entry(B)
    review.set_reference(OtherRun(other.key, other.dataset))


async def there(review: Review, is_there: Callable[[], bool]) -> None:
    """Wait as a screen does, which asks again for the trend whenever something has come."""

    def asked() -> bool:
        review.trends.shown()
        return is_there()

    await until(asked)


async def test_T1_the_mean_and_its_error_stand_on_the_numbers_of_the_ls(told: Told) -> None:
    review = await opened(told)
    (line,) = review.trends.shown().lines
    assert line.ls.tolist() == DIALS_LS
    assert line.values == pytest.approx([mean_of(ls) for ls in DIALS_LS])
    assert line.errors is not None
    bins = np.array(bins_of(5))
    std = math.sqrt(np.average((CENTRES - mean_of(5)) ** 2, weights=bins))
    assert line.errors[2] == pytest.approx(std / math.sqrt(bins.sum()))


async def test_the_trend_is_the_same_object_until_something_it_comes_from_changes(told: Told) -> None:
    review = await opened(told)
    shown = review.trends.shown()
    review.go_to_ls(5)
    assert review.trends.shown() is shown
    review.show(statistic="std")
    assert review.trends.shown() is not shown
    assert review.trends.shown().name == "std"


async def test_T3_entries_are_divided_by_the_rate_of_their_own_ls(told: Told) -> None:
    review = await opened(told, statistic="entries", normalisation=Normalisation.PER_HZ)
    shown = review.trends.shown()
    # entries are 10 l, rates l / 2 for LS 2 and 3; 5 and 9 have no rate row and borrow none
    np.testing.assert_array_equal(shown.lines[0].values, [20.0, 20.0, np.nan, np.nan])
    assert shown.name == "entries per Hz"
    assert shown.full_name == "entries per Hz of HLT_ZeroBias"


@pytest.mark.parametrize("statistic", ["mean", "std", "mode"])
async def test_T3_the_rate_changes_neither_mean_nor_width_nor_mode(told: Told, statistic: str) -> None:
    review = await opened(told, statistic=statistic)
    before = review.trends.shown().lines[0].values
    review.show(normalisation=Normalisation.PER_EVENT)
    after = review.trends.shown()
    np.testing.assert_array_equal(after.lines[0].values, before)
    assert after.name == statistic
    assert after.divisors is None


async def test_T5_the_band_of_another_run_comes_from_its_own_good_ls(told: Told) -> None:
    review = await opened(told)
    chosen_run(review)
    await there(review, lambda: review.trends.shown().band is not None and told.is_settled)
    shown = review.trends.shown()
    assert shown.lines[0].ls.tolist() == DIALS_LS
    band = shown.band
    assert band is not None
    median, mad = median_and_mad([mean_of(ls) for ls in B_LS])
    assert band.median == pytest.approx(median)
    assert band.spread == pytest.approx(mad)
    assert band.label == f"run {B}: median ± 1.4826 MAD of 3 good LS"
    review.show(shows_reference=False)
    assert review.trends.shown().band is None


async def test_S5_the_band_of_the_same_run_is_that_of_its_good_ls_and_follows_what_is_excluded(
    told: Told,
) -> None:
    review = await opened(told)
    assert review.trends.shown().band is None
    review.set_reference(RestOfRun())
    band = review.trends.shown().band
    assert band is not None
    assert (band.median, band.spread) == pytest.approx(median_and_mad([mean_of(ls) for ls in DIALS_LS]))
    review.exclude(LSMask.of(9))
    band = review.trends.shown().band
    assert band is not None
    assert (band.median, band.spread) == pytest.approx(median_and_mad([mean_of(ls) for ls in (2, 3, 5)]))
    assert "this run" in band.label
    assert "3 good LS" in band.label


async def test_T3_the_band_of_another_run_is_divided_by_its_own_rates(told: Told) -> None:
    review = await opened(told, statistic="entries", normalisation=Normalisation.PER_HZ)
    chosen_run(review)
    await there(review, lambda: review.reference_load is not None and review.reference_load.stack is not None)
    # run B has no rates at all: nothing of it stands beside what is divided by one
    assert review.trends.shown().band is None


def distance(one: list[float], other: np.ndarray) -> float:
    apart = np.cumsum(one) / np.sum(one) - np.cumsum(other) / np.sum(other)
    return float(np.abs(apart).max())


async def test_S2_S6_the_distance_to_the_rest_of_the_run_leaves_the_ls_itself_out(told: Told) -> None:
    review = await opened(told, statistic="KS distance")
    assert "r chooses one" in review.trends.shown().why
    review.set_reference(RestOfRun())
    assert "being computed" in review.trends.shown().why
    await there(review, lambda: bool(review.trends.shown().lines))
    shown = review.trends.shown()
    total = np.sum([bins_of(ls) for ls in DIALS_LS], axis=0)
    expected = [distance(bins_of(ls), total - bins_of(ls)) for ls in DIALS_LS]
    assert shown.lines[0].values == pytest.approx(expected)
    assert shown.notes == ("to the rest of 4 good LS",)
    assert told.of(TrendChanged)


async def test_S2_the_distance_to_another_run_names_it(told: Told) -> None:
    review = await opened(told, statistic="KS distance")
    chosen_run(review)
    await there(review, lambda: bool(review.trends.shown().lines) and told.is_settled)
    await there(review, lambda: review.trends.shown().notes == (f"to run {B}, 3 LS",))
    total = np.sum([bins_of(ls) for ls in B_LS], axis=0)
    expected = [distance(bins_of(ls), total) for ls in DIALS_LS]
    await there(review, lambda: review.trends.shown().lines[0].values == pytest.approx(expected))


async def test_S6_neighbours_are_compared_with(told: Told) -> None:
    review = await opened(told, statistic="KS distance")
    review.set_reference(Neighbours(1, 0))
    await there(review, lambda: bool(review.trends.shown().lines))
    values = review.trends.shown().lines[0].values
    assert values[1] == pytest.approx(distance(bins_of(3), np.add(bins_of(2), bins_of(5))))


async def test_a_comparison_follows_what_is_excluded(told: Told) -> None:
    review = await opened(told, statistic="KS distance")
    review.set_reference(RestOfRun())
    await there(review, lambda: bool(review.trends.shown().lines))
    review.exclude(LSMask.of(9))
    await there(review, lambda: review.trends.shown().notes == ("to the rest of 3 good LS",))
    rest = np.sum([bins_of(2), bins_of(5)], axis=0)
    assert review.trends.shown().lines[0].values[1] == pytest.approx(distance(bins_of(3), rest))


async def test_what_is_offered_fits_the_element_and_the_reference(told: Told) -> None:
    review = await opened(told)
    assert "chi2/dof" not in review.trends.offered()
    review.set_reference(RestOfRun())
    assert {"chi2/dof", "KS distance"} <= set(review.trends.offered())
    review.select_element(MAP)
    await told.settled()
    assert "occupancy" in review.trends.offered()
    assert "KS distance" not in review.trends.offered()


async def test_all_plots_of_the_page_have_a_line_the_focused_one_first(told: Told) -> None:
    review = await opened(told)
    review.show_per_page(4)
    await told.settled()
    await until(lambda: len(review.plots) == 3 and all(not plot.is_loading for plot in review.plots))
    shown = review.trends.shown()
    assert [line.label for line in shown.lines] == [CHARGE.short_name, SIZE.short_name]
    assert shown.notes == (f"{MAP.short_name} has no mean",)
    review.select_element(SIZE)
    assert [line.element for line in review.trends.shown().lines] == [SIZE, CHARGE]


def line_of(*values: float) -> TrendLine:
    return TrendLine(CHARGE, "a", np.arange(1, len(values) + 1), np.array(values), np.full(len(values), 0.5))


def test_lines_of_the_same_size_share_an_axis() -> None:
    lines = [line_of(10, 11), line_of(20, 22), line_of(25, 26)]
    assert on_common_axes(lines) == (tuple(lines), CommonScale.NONE)


def test_of_two_lines_of_other_size_the_second_has_its_own_axis() -> None:
    first, second = line_of(10, 11), line_of(2000, 2100)
    shown, scale = on_common_axes([first, second])
    assert [line.right for line in shown] == [False, True]
    assert shown[1].drawn.tolist() == [2000, 2100]
    assert scale is CommonScale.NONE


def drawn(*lines: TrendLine) -> tuple[list[list[float]], CommonScale]:
    shown, scale = on_common_axes([*lines])
    # what is drawn is not what is read
    assert [line.values is before.values for line, before in zip(shown, lines, strict=True)] == [True] * len(
        lines
    )
    return [line.drawn.tolist() for line in shown], scale


def test_more_lines_whose_medians_are_well_above_their_spreads_are_divided_by_them() -> None:
    lines = [line_of(19, 20, 21), line_of(0.38, 0.4, 0.41), line_of(1e6, 1e6, 3e6)]
    found, scale = drawn(*lines)
    assert found == [pytest.approx([0.95, 1, 1.05]), pytest.approx([0.95, 1, 1.025]), [1, 1, 3]]
    assert scale == "each / its median"
    errors = on_common_axes(lines)[0][0].drawn_errors
    assert errors is not None
    assert errors.tolist() == [0.025] * 3


@pytest.mark.parametrize("odd", [(-0.01, 0.0, 0.03), (0.001, -0.001, 0.002), (-8, -7, -9)])
def test_where_one_median_is_no_unit_all_lines_are_drawn_in_spreads_from_their_medians(
    odd: tuple[float, ...],
) -> None:
    # a median near 0 would blow its line up, one below 0 turn it upside down
    lines = [line_of(19, 20, 22), line_of(*odd), line_of(1e6, 1e6 + 10, 1e6 - 10)]
    found, scale = drawn(*lines)
    assert scale == "each (x - median)/spread"
    for line, values in zip(lines, found, strict=True):
        median, spread = median_and_mad(line.values.tolist())
        assert values == pytest.approx([(value - median) / spread for value in line.values.tolist()])
        assert [value > 0 for value in values] == [value > median for value in line.values.tolist()]


def test_a_line_without_spread_is_drawn_in_standard_deviations_and_a_constant_one_at_0() -> None:
    lines = [line_of(-1, 0, 1, 0), line_of(0, 0, 0, 4), line_of(7, 7, 7, 7), line_of(*[math.nan] * 4)]
    found, scale = drawn(*lines)
    assert scale is CommonScale.FROM_MEDIAN
    assert found[1] == pytest.approx([0, 0, 0, 4 / np.std([0, 0, 0, 4])])
    assert found[2] == [0, 0, 0, 0]
    assert all(map(math.isnan, found[3]))


def test_values_near_the_ends_of_float64_are_put_on_a_common_scale_without_a_warning() -> None:
    found, _ = drawn(line_of(1e308, -1e308, 1.7e308), line_of(1e-300, 2e-300, 1e300), line_of(1, 2, 3))
    assert not any(map(math.isnan, found[0] + found[1]))


def test_S5_the_band_is_drawn_on_the_scale_of_the_first_line_and_read_in_its_units() -> None:
    lines, scale = on_common_axes([line_of(-1, 0, 3), line_of(19, 20, 22), line_of(1e6, 2e6, 3e6)])
    shown = TrendShown(lines=lines, band=ReferenceBand(0.0, 1.4826, "this run"), scale=scale)
    band = shown.drawn_band
    assert band is not None
    assert (band.median, band.label) == (0.0, "this run")
    assert band.spread == pytest.approx(1.0)
    assert shown.band is not None
    assert shown.band.spread == 1.4826


async def test_a_statistic_that_no_ls_has_says_so(told: Told, service: Little) -> None:
    review = await opened(told, statistic="outside_fraction")
    assert review.trends.shown().why == ""
    # the error of one LS alone is known, of an empty one it is not
    service.without[CHARGE.me_id] = {*DIALS_LS}
    review.select_element(SIZE)
    await told.settled()
    review.data.forget(RUN)
    review.select_element(CHARGE)
    await told.settled()
    assert review.trends.shown().why == "no LS has a fraction outside"


# flags of anomaly models


def flags(service: Little, rows: list[dict[str, object]]) -> None:
    def answer(request: Request) -> Response | None:
        if is_of(request, "ml-models-index"):
            models = [
                {"model_id": number, "filename": f"m{number}", "target_me": None, "active": True}
                for number in (1, 2)
            ]
            return json_reply({"next": None, "previous": None, "results": models})
        if is_of(request, "ml-bad-lumisection"):
            return json_reply({"next": None, "previous": None, "results": rows})
        return None

    service.rule = answer


def flag(model: int, ls: int) -> dict[str, object]:
    return {
        "model_id": model,
        "dataset_id": RUN.dataset_id,
        "run_number": A,
        "ls_number": ls,
        "file_id": 1,
        "me_id": 5,
        "mse": 0.5,
    }


async def test_the_flags_of_models_are_asked_for_when_somebody_wants_them(
    told: Told, service: Little
) -> None:
    review = await opened(told)
    flags(service, [flag(1, 3), flag(2, 3), flag(2, 3), flag(2, 9)])
    assert service.asked("ml-bad-lumisection") == []
    assert review.ml_marks.of(RUN).state is SourceState.LOADING
    await until(lambda: review.ml_marks.of(RUN).state is SourceState.LOADED)
    marks = review.ml_marks.of(RUN)
    assert marks.flagged == LSMask.of(3, 9)
    assert [marks.at(ls) for ls in (2, 3, 9)] == ["0 of 2 models", "2 of 2 models", "1 of 2 models"]
    assert len(service.asked("ml-bad-lumisection")) == 1


async def test_flags_that_did_not_come_are_asked_for_again(told: Told, service: Little) -> None:
    review = await opened(told)
    service.rule = lambda request: (
        json_reply({"detail": "no"}, 404) if is_of(request, "ml-models-index") else None
    )
    assert review.ml_marks.of(RUN).at(3) == "loading"
    await until(lambda: review.ml_marks.of(RUN).state is SourceState.FAILED)
    assert told.errors
    flags(service, [])
    review.ml_marks.forget()
    assert review.ml_marks.of(RUN).state is SourceState.LOADING
    await until(lambda: review.ml_marks.of(RUN).state is SourceState.LOADED)
    assert review.ml_marks.of(RUN).at(3) == "0 of 2 models"
