"""What stands in the plot: the current histogram and its reference, both normalised alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dqmtui.model.axis import Axis
from dqmtui.model.histogram import HistogramStack, StackRows
from dqmtui.model.keys import RunKey
from dqmtui.model.lsmask import LSMask
from dqmtui.model.lstable import OMS, RATE, LSTable, Source, Values
from dqmtui.model.normalise import LS_SECONDS, Normalisation
from dqmtui.model.states import SourceState
from dqmtui.review.choices import GOOD_LS, Neighbours, OtherRun, RestOfRun, View, WholeRun
from dqmtui.review.named import NOTHING_NAMED, only_excluded
from dqmtui.review.picture import Material, PictureMaker, Selections
from dqmtui.review.state import ReviewState
from tests.review.little import CHARGE, CHARGE_KEY

FLAGS = (
    *("bpix_ready", "fpix_ready", "tibtid_ready", "tob_ready", "tecp_ready", "tecm_ready"),
    *("cms_active", "beams_stable"),
)
LS = [1, 2, 3, 5, 8]
OTHER = RunKey("tracker", 11, 379765)


def stack_of(rows: dict[int, list[float]]) -> HistogramStack:
    ls = np.array(sorted(rows))
    stack = HistogramStack(CHARGE_KEY, CHARGE, ls)
    data = np.array([rows[number] for number in ls.tolist()], dtype=np.float64)
    stack.fill(StackRows(ls, data.sum(axis=1).astype(np.int64), data, Axis(2, 0.0, 2.0)))
    stack.finish()
    return stack


def table_of(rates: dict[int, float], bad: tuple[int, ...] = ()) -> LSTable:
    """A table in which every LS but the bad ones is DCS-good; `rates` are in Hz."""
    ls = np.array(LS)
    known = np.ones(ls.size, dtype=np.bool_)
    good = Values(~np.isin(ls, bad), known)
    oms = Source(ls, {**dict.fromkeys(FLAGS, good), "prescale_index": Values(ls, known)}, SourceState.LOADED)
    of_rates = np.array(sorted(rates))
    values = Values(
        np.array([rates[number] for number in of_rates.tolist()]), np.ones(of_rates.size, np.bool_)
    )
    rate = Source(of_rates, {"rate_hz": values}, SourceState.LOADED)
    return LSTable(CHARGE_KEY.run).with_source(OMS, oms).with_source(RATE, rate)


@pytest.fixture
def material() -> Material:
    rows = {1: [1.0, 1.0], 2: [2.0, 4.0], 3: [3.0, 9.0], 5: [5.0, 25.0], 8: [0.0, 0.0]}
    return Material(stack_of(rows), table_of({1: 1.0, 2: 2.0, 3: 3.0, 5: 0.0}, bad=(1,)), NOTHING_NAMED)


@pytest.fixture
def selections() -> Selections:
    return Selections(lambda: "HLT_ZeroBias_v11")


@pytest.fixture
def maker(selections: Selections) -> PictureMaker:
    return PictureMaker(selections)


def test_the_good_ls_are_those_of_the_expression_less_what_the_person_excluded(
    selections: Selections, material: Material
) -> None:
    table = material.table
    assert selections.good_ls(table, NOTHING_NAMED, GOOD_LS[0]) == (LSMask.of(2, 3, 5, 8), "")
    excluded = LSMask.of(3)
    assert selections.good_ls(table, only_excluded(excluded), GOOD_LS[0]) == (LSMask.of(2, 5, 8), "")
    good, _ = selections.good_ls(table, only_excluded(excluded), "not excluded")
    assert good.selects(np.array(LS)).tolist() == [True, True, False, True, True]


def test_an_expression_that_makes_no_sense_leaves_all_ls_and_says_so(
    selections: Selections, material: Material
) -> None:
    good, why = selections.good_ls(material.table, NOTHING_NAMED, "dcss and not excluded")
    assert good.selects(np.array(LS)).all()
    assert "dcs" in why


def test_one_ls_alone_has_no_reference(maker: PictureMaker, material: Material) -> None:
    picture = maker.picture(material, ReviewState(), 3)
    assert picture.title == "LS 3"
    assert picture.current.values.tolist() == [3.0, 9.0]
    assert picture.overlay is None


def test_N2_what_has_no_rate_is_masked_with_the_reason_and_its_counts_stay(
    maker: PictureMaker, material: Material
) -> None:
    state = ReviewState(normalisation=Normalisation.PER_EVENT)
    assert maker.picture(material, state, 3).current.values.tolist() == pytest.approx(
        [3.0 / (3 * LS_SECONDS), 9.0 / (3 * LS_SECONDS)]
    )
    masked = maker.picture(material, state, 5).current
    assert masked.masked == "HLT_ZeroBias rate 0"
    assert masked.counts.tolist() == [5.0, 25.0]
    assert maker.picture(material, state, 8).current.masked == "no HLT_ZeroBias rate row"


def test_N5_the_integral_is_that_of_the_good_ls(maker: PictureMaker, material: Material) -> None:
    picture = maker.picture(material, ReviewState(view=View.INTEGRAL), 3)
    assert picture.current.values.tolist() == [10.0, 38.0]
    assert picture.title == "4 good LS"
    assert picture.current.left_out == ()


def test_N2_what_an_integral_leaves_out_is_counted_with_the_reason(
    maker: PictureMaker, material: Material
) -> None:
    state = ReviewState(view=View.INTEGRAL, normalisation=Normalisation.PER_HZ)
    lacking = replace(material, stack=stack_of({2: [2.0, 4.0], 5: [5.0, 25.0], 8: [0.0, 0.0]}))
    current = maker.picture(lacking, state, 3).current
    assert current.ls.tolist() == [2]
    assert current.left_out == (
        ("no histogram", 1),
        ("HLT_ZeroBias rate 0", 1),
        ("no HLT_ZeroBias rate row", 1),
    )


@pytest.mark.parametrize("kind", [Normalisation.COUNTS, Normalisation.AREA, Normalisation.PER_HZ])
def test_S6_the_rest_of_the_run_leaves_the_ls_itself_out(
    maker: PictureMaker, material: Material, kind: Normalisation
) -> None:
    state = ReviewState(references=(RestOfRun(),), normalisation=kind)
    rest = [7.0, 29.0] if kind is not Normalisation.PER_HZ else [2.0, 4.0]
    for _ in range(2):  # the second time from what is kept
        picture = maker.picture(material, state, 3)
        assert picture.reference is not None
        assert picture.reference.integral.counts.tolist() == rest
        assert 3 not in picture.reference.integral.ls
    scale = {Normalisation.COUNTS: 3.0, Normalisation.AREA: sum(rest), Normalisation.PER_HZ: 2.0}[kind]
    assert picture.overlay is not None
    assert picture.overlay.reference.values.tolist() == pytest.approx([value / scale for value in rest])
    alone = maker.picture(material, state, 1)
    assert alone.reference is not None
    assert alone.reference.integral.ls.tolist() == (
        [2, 3, 5, 8] if kind is not Normalisation.PER_HZ else [2, 3]
    )


def test_the_neighbours_are_good_ls_on_both_sides(maker: PictureMaker, material: Material) -> None:
    state = ReviewState(references=(Neighbours(1, 0),))
    picture = maker.picture(material, state, 3)
    assert picture.reference is not None
    assert picture.reference.integral.ls.tolist() == [2, 5]


def test_N4_another_run_carries_the_same_normalisation_with_its_own_rates_and_good_ls(
    maker: PictureMaker, material: Material
) -> None:
    other = Material(
        stack_of({1: [10.0, 10.0], 2: [20.0, 40.0], 3: [30.0, 90.0]}),
        table_of({1: 100.0, 2: 10.0, 3: 30.0}, bad=(1,)),
        NOTHING_NAMED,
    )
    state = ReviewState(references=(OtherRun(OTHER, "/a/b/c"),), normalisation=Normalisation.PER_HZ)
    picture = maker.picture(material, state, 3, [other])
    assert picture.overlay is not None
    assert picture.overlay.reference.values.tolist() == pytest.approx([50 / 40, 130 / 40])
    assert picture.overlay.label == picture.current.label
    assert picture.reference is not None
    assert picture.reference.label == "run 379765, 2 LS"


def test_another_run_that_has_not_come_is_said_to_be_missing(maker: PictureMaker, material: Material) -> None:
    state = ReviewState(references=(OtherRun(OTHER, "/a/b/c"),))
    picture = maker.picture(material, state, 3, ["run 379765 is loading"])
    assert picture.overlay is None
    assert picture.why_no_reference == "run 379765 is loading"


def test_a_reference_that_is_hidden_is_not_made(maker: PictureMaker, material: Material) -> None:
    state = ReviewState(references=(RestOfRun(),), shows_reference=False)
    assert maker.picture(material, state, 3).reference is None


def test_what_is_kept_of_a_reference_is_given_up_when_histograms_come(
    maker: PictureMaker, material: Material
) -> None:
    state = ReviewState(references=(RestOfRun(),))
    maker.picture(material, state, 3)
    stack = material.stack
    stack.fill(StackRows(np.array([8]), np.array([2]), np.array([[1.0, 1.0]]), Axis(2, 0.0, 2.0)))
    picture = maker.picture(material, state, 3)
    assert picture.reference is not None
    assert picture.reference.integral.counts.tolist() == [8.0, 30.0]


def four_bins(rows: dict[int, list[float]]) -> Material:
    """Another run whose bins are half as wide."""
    ls = np.array(sorted(rows))
    stack = HistogramStack(CHARGE_KEY, CHARGE, ls)
    data = np.array([rows[number] for number in ls.tolist()])
    stack.fill(StackRows(ls, data.sum(axis=1).astype(np.int64), data, Axis(data.shape[1], 0.0, 2.0)))
    stack.finish()
    return Material(stack, table_of({}), NOTHING_NAMED)


def test_J6_a_reference_with_finer_bins_is_brought_to_the_coarser_ones(
    maker: PictureMaker, material: Material
) -> None:
    state = ReviewState(references=(OtherRun(OTHER, "/a/b/c"),))
    picture = maker.picture(material, state, 3, [four_bins({2: [1.0, 2.0, 3.0, 4.0]})])
    assert picture.overlay is not None
    assert picture.overlay.reference.values.tolist() == [3.0, 7.0]
    assert picture.rebinned == ""


def test_J6_what_is_looked_at_is_rebinned_for_a_coarser_reference_and_says_so(
    maker: PictureMaker, material: Material
) -> None:
    fine = four_bins({3: [1.0, 2.0, 3.0, 4.0], 2: [1.0, 1.0, 1.0, 1.0]})
    state = ReviewState(references=(RestOfRun(), OtherRun(OTHER, "/a/b/c")))
    picture = maker.picture(fine, state, 3, [None, material])
    assert picture.rebinned == "rebinned to 2 bins"
    assert picture.current.values.tolist() == [3.0, 7.0]
    of_run, of_other = picture.beside
    assert of_run.overlay is not None
    assert of_run.overlay.reference.values.tolist() == [2.0, 2.0]
    assert of_other.overlay is not None
    assert of_other.overlay.reference.x == picture.current.x


def test_J6_bins_that_are_no_multiple_are_refused_in_words(maker: PictureMaker, material: Material) -> None:
    state = ReviewState(references=(OtherRun(OTHER, "/a/b/c"),))
    picture = maker.picture(material, state, 3, [four_bins({2: [1.0, 2.0, 3.0]})])
    assert picture.overlay is None
    assert (
        picture.why_no_reference == "2 bins on [0, 2] and 3 bins on [0, 2] cannot be brought to the same bins"
    )


def test_references_that_stay_the_same_are_the_same_arrays_from_ls_to_ls(
    maker: PictureMaker, material: Material
) -> None:
    state = ReviewState(references=(OtherRun(OTHER, "/a/b/c"), WholeRun()))
    other = four_bins({2: [1.0, 2.0, 3.0, 4.0], 3: [1.0, 1.0, 1.0, 1.0]})
    first, second = (maker.picture(material, state, ls, [other, None]) for ls in (2, 3))
    for one, two in zip(first.beside, second.beside, strict=True):
        assert one.overlay is not None
        assert two.overlay is not None
        assert one.overlay.reference.values is two.overlay.reference.values
