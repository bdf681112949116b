"""What a session keeps of a review: it comes back as it was, and nonsense is left out."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dqmtui.model.keys import MonitoringElement, RunKey
from dqmtui.model.layouts import GRIDS, STATISTICS, Layout, LayoutPlot, PlotOptions
from dqmtui.model.normalise import Normalisation
from dqmtui.review.choices import (
    GOOD_LS,
    MOST_REFERENCES,
    Comparison,
    Neighbours,
    OtherRun,
    RestOfRun,
    View,
    WholeRun,
)
from dqmtui.review.framing import AUTOMATIC, Ranges
from dqmtui.review.ls_ranges import LSRange
from dqmtui.review.remembered import NOT_REMEMBERED, REMEMBERED, Remembered, recall, remember
from dqmtui.review.resuming import left_at, resumed
from dqmtui.review.state import ReviewState, YRange
from dqmtui.review.target import Target
from dqmtui.review.under import UNDER

RUN = RunKey("tracker", 14, 379011)
NUMBERS = st.integers(0, 10**6)
WORDS = st.text(max_size=20)
SWITCHES = st.booleans()
LIMITS = st.tuples(st.floats(-1e9, 0), st.floats(0.1, 1e9))
MAYBE_LIMITS = st.none() | LIMITS
RUNS = st.builds(RunKey, st.just("tracker"), NUMBERS, st.integers(1, 10**6))
RANGES = st.builds(Ranges, MAYBE_LIMITS, MAYBE_LIMITS, MAYBE_LIMITS).filter(lambda one: one != AUTOMATIC)
LS_RANGES = st.none() | st.builds(LSRange, RUNS, NUMBERS, st.none() | NUMBERS)
OPTIONS = st.builds(
    PlotOptions,
    *(st.none() | SWITCHES for _ in range(2)),
    *(MAYBE_LIMITS for _ in range(2)),
    *(st.none() | WORDS for _ in range(2)),
    st.none() | st.sampled_from(STATISTICS),
    st.none() | st.sampled_from(Normalisation),
)
PLOTS = st.lists(st.builds(LayoutPlot, WORDS, OPTIONS), min_size=1, max_size=4).map(tuple)
LAYOUTS = st.builds(Layout, WORDS, WORDS, st.sampled_from(tuple(GRIDS)), PLOTS)
REFERENCES = st.lists(
    st.one_of(
        st.builds(OtherRun, RUNS, WORDS),
        st.just(RestOfRun()),
        st.just(WholeRun()),
        st.builds(Neighbours, st.integers(1, 99), st.integers(0, 9)),
    ),
    unique=True,
    max_size=MOST_REFERENCES,
).map(tuple)
COLUMNS = st.lists(WORDS, max_size=5).map(tuple)
SORTS = st.none() | st.tuples(WORDS, SWITCHES)

BY_FIELD: dict[str, st.SearchStrategy[Any]] = {
    "dataset": WORDS,
    "ls": st.none() | NUMBERS,
    "normalisation": st.sampled_from(Normalisation),
    "y_range": st.sampled_from(YRange),
    "statistic": WORDS,
    "view": st.sampled_from(View),
    "good": st.sampled_from(GOOD_LS),
    "references": REFERENCES,
    "comparison": st.sampled_from(Comparison),
    "layout": st.none() | LAYOUTS,
    "per_page": st.sampled_from(tuple(GRIDS)),
    "ranges": st.lists(st.tuples(WORDS, RANGES), max_size=3).map(tuple),
    "group": st.integers(1, 500),
    "ls_range": LS_RANGES,
    "trend_zoom": LS_RANGES,
    "under": st.sampled_from(tuple(UNDER)),
    "good_there": st.sampled_from(("", *GOOD_LS)),
    "rate": WORDS,
    "golden": WORDS,
    "ls_columns": COLUMNS,
    "run_columns": COLUMNS,
    "ls_sort": SORTS,
    "run_sort": SORTS,
    "ls_filter": WORDS,
    "run_filter": WORDS,
    **{one.name: SWITCHES for one in fields(ReviewState) if isinstance(one.default, bool)},
}


@st.composite
def states(draw: st.DrawFn) -> ReviewState:
    """Make a state with everything in it that a session keeps."""
    drawn = {name: draw(made) for name, made in BY_FIELD.items() if name in REMEMBERED}
    run = draw(RUNS)
    return ReviewState(workspace=run.workspace, dataset_id=run.dataset_id, run=run, **drawn)


def written(state: ReviewState, **more: Any) -> Any:
    """Give what is read from the file of a session."""
    return json.loads(
        json.dumps(
            remember(state, **({"listed": "", "found": (), "own": {}, "overridden": frozenset()} | more))
        )
    )


def test_every_field_of_the_state_is_remembered_or_left_out_on_purpose() -> None:
    names = {one.name for one in fields(ReviewState)}
    assert names == REMEMBERED | NOT_REMEMBERED | {"element"}
    assert not REMEMBERED & NOT_REMEMBERED
    assert {*BY_FIELD} >= REMEMBERED - {"workspace", "dataset_id", "run"}


@settings(deadline=None, max_examples=50)
@given(states())
def test_every_field_comes_back_as_it_was(state: ReviewState) -> None:
    read = recall(written(state)).state
    for one in fields(ReviewState):
        if one.name in REMEMBERED:
            assert read.get(one.name, one.default) == getattr(state, one.name), one.name


def test_the_element_what_was_found_and_what_was_chosen_come_back() -> None:
    element = MonitoringElement(7, "A/b", 1)
    own = {"normalisation": Normalisation.AREA, "log_y": True, "statistic": "std"}
    more = {"listed": "ZeroBias", "found": ["A/b", "A/c"], "own": own, "overridden": frozenset({"log_y"})}
    read = recall(written(ReviewState(workspace="tracker", element=element), **more))
    assert (read.element, read.listed, read.found) == ("A/b", "ZeroBias", ("A/b", "A/c"))
    assert read.own == own
    assert read.overridden == {"log_y"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@settings(deadline=None, max_examples=60)
@given(st.dictionaries(st.sampled_from(sorted(REMEMBERED)), JSON), JSON)
def test_whatever_stands_in_a_file_is_read_without_harm(state: dict[str, Any], other: object) -> None:
    for data in (other, {"state": state, "own": state, "found": other, "overridden": other, "listed": other}):
        read = recall(data)
        ReviewState(**read.state)
        assert isinstance(read.element, str)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("good", "no such ("),
        ("under", "weather"),
        ("per_page", 5),
        ("group", 0),
        ("group", True),
        ("ranges", [["A/b", {"x": [1, 1], "y": None, "z": None}]]),
        ("ranges", [["A/b", {"x": [1, "inf"], "y": None, "z": None}]]),
        ("view", "SIDEWAYS"),
        ("layout", {"name": "a", "title": "b", "grid": 4, "plots": []}),
        ("run", ["tracker", 14]),
    ],
)
def test_what_makes_no_sense_is_left_out_and_the_rest_stays(name: str, value: object) -> None:
    data = written(ReviewState(workspace="tracker", log_y=True))
    data["state"][name] = value
    read = recall(data)
    assert name not in read.state
    assert read.state["log_y"] is True


def test_half_a_run_is_none() -> None:
    data = written(ReviewState(workspace="tracker", dataset_id=14, dataset="/a/b/c", run=RUN, ls=5))
    del data["state"]["dataset_id"]
    assert {*recall(data).state} == {"workspace"}


# -- what was typed counts first ---------------------------------------------------------------------------

PLACE = {
    "workspace": "tracker",
    "dataset": "/ZeroBias/Run2024B-PromptReco-v1/DQMIO",
    "dataset_id": 14,
    "run": RUN,
    "ls": 200,
    "ls_range": LSRange(RUN, 5, 9),
    "per_page": 4,
    "references": (OtherRun(RunKey("tracker", 14, 379000), "x"), RestOfRun()),
    "log_y": True,
}
WAS = Remembered(PLACE, listed="ZeroBias", element="A/b", found=("A/b",))


def test_without_anything_typed_all_is_as_it_was() -> None:
    assert left_at(WAS, Target()) == WAS
    target = resumed(Target(), WAS, "jetmet", "Muon")
    assert target == Target(workspace="tracker", dataset="ZeroBias", me="A/b", ls=200, remembered=WAS)


def test_another_run_takes_its_lumisections_along_but_not_the_element() -> None:
    was = left_at(WAS, Target(run=381065))
    assert not {"run", "dataset", "dataset_id", "ls", "ls_range"} & {*was.state}
    assert was.element == "A/b"
    assert was.state["per_page"] == 4
    target = resumed(Target(run=381065), was, "", "")
    assert (target.run, target.ls, target.me) == (381065, None, "A/b")


def test_the_same_run_keeps_its_dataset_and_its_place() -> None:
    typed = Target(run=RUN.run, ls=7)
    was = left_at(WAS, typed)
    assert was.run == RUN
    target = resumed(typed, was, "", "")
    # opened in the dataset that it was opened in, without a question
    assert (target.run, target.ls) == (None, 7)


def test_another_element_or_set_takes_the_page_along() -> None:
    for typed in (Target(me="A/c"), Target(layout=Layout("a", "a", 1, ()))):
        was = left_at(WAS, typed)
        assert (was.element, was.found) == ("", ())
        assert "per_page" not in was.state
        assert was.run == RUN


def test_another_workspace_keeps_nothing_that_is_of_the_one_before() -> None:
    was = left_at(WAS, Target(workspace="jetmet"))
    assert was.run is None
    assert (was.element, was.found, was.listed) == ("", (), "")
    assert was.references == (RestOfRun(),)
    assert was.state["log_y"] is True


def test_another_dataset_keeps_the_run_only_where_it_is_in_it() -> None:
    assert left_at(WAS, Target(dataset="zerobias")).run == RUN
    assert left_at(WAS, Target(dataset="Muon")).run is None


def test_a_typed_reference_counts_alone() -> None:
    assert "references" not in left_at(WAS, Target(reference=5)).state


def test_settings_count_where_nothing_is_remembered() -> None:
    assert resumed(Target(), None, "jetmet", "Muon") == Target(workspace="jetmet", dataset="Muon")
    assert resumed(Target(workspace="a", dataset="b"), None, "jetmet", "Muon") == Target(
        workspace="a", dataset="b"
    )


def test_numbers_that_no_float_holds_make_no_sense() -> None:
    ranges = [["a", {"x": [0, 10**400], "y": None, "z": None}]]
    assert recall({"own": {"ranges": ranges}, "listed": "ZeroBias"}) == Remembered(listed="ZeroBias")
