"""The query language of OMS, on records made by hand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.demo.web.oms_query import (
    MAX_LIMIT,
    Condition,
    OmsError,
    Query,
    Record,
    Selection,
    api_type,
    check_fields,
    read_query,
    sort_records,
)

TYPES = {
    "run_number": "INTEGER",
    "last_lumisection_number": "INTEGER",
    "pileup": "FLOAT",
    "cms_active": "BOOLEAN",
    "name": "STRING",
    "start_time": "DATETIME",
    "components": "ARRAY",
    "l1a_total": "OBJECT",
}


def condition(text: str) -> Condition:
    name, _, value = text.partition("=")
    return read_query([(name, value)]).conditions[0]


def selected(filters: list[str], rows: list[dict[str, object]]) -> list[str]:
    records = [Record(str(place), row) for place, row in enumerate(rows)]
    return [record.id for record in Selection(map(condition, filters), TYPES).select(records)]


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("filter[run_number][EQ]", Condition("run_number", "EQ", "5")),
        ("filter[run_number][ge]", Condition("run_number", "GE", "5")),
        ("filter[run_number]", Condition("run_number", "EQ", "5")),
        ("filter[runs][run_number][LE]", Condition("run_number", "LE", "5")),
        ("filter[runs][run_number]", Condition("run_number", "EQ", "5")),
    ],
)
def test_filters_are_read_with_and_without_operator_and_resource(name: str, read: Condition) -> None:
    assert read_query([(name, "5")]).conditions == (read,)


def test_everything_else_is_read() -> None:
    query = read_query(
        [
            ("sort", "-run_number,name"),
            ("fields", "run_number, name"),
            ("include", "meta"),
            ("page[offset]", "20"),
            ("page[limit]", "7"),
            ("group[granularity]", "Run"),
            ("unheard", "of"),
        ]
    )
    assert query == Query(
        sort=(("run_number", True), ("name", False)),
        fields=("run_number", "name"),
        include=frozenset({"meta"}),
        offset=20,
        limit=7,
        granularity="run",
    )


def test_fields_and_sort_are_also_read_as_the_links_write_them() -> None:
    query = read_query([("fields[runs]", "name"), ("sort[runs]", "-name")])
    assert (query.fields, query.sort) == (("name",), (("name", True),))


def test_the_page_is_100_rows_by_default() -> None:
    assert (read_query([]).limit, read_query([]).offset) == (100, 0)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("page[limit]", str(MAX_LIMIT + 1)),
        ("page[limit]", "0"),
        ("page[limit]", "many"),
        ("page[offset]", "-1"),
        ("filter[run_number][ALMOST]", "5"),
    ],
)
def test_a_malformed_query_is_a_bad_request(name: str, text: str) -> None:
    with pytest.raises(OmsError) as error:
        read_query([(name, text)])
    assert error.value.status == 400


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        (["filter[pileup]=2"], ["1"]),
        (["filter[pileup][NEQ]=2"], ["0", "3"]),
        (["filter[pileup][LT]=2"], ["0"]),
        (["filter[pileup][GT]=2"], ["3"]),
        (["filter[pileup][LE]=2"], ["0", "1"]),
        (["filter[pileup][GE]=2.0"], ["1", "3"]),
        (["filter[pileup][GE]=1", "filter[pileup][LE]=2"], ["0", "1"]),
        (["filter[pileup][GE]=1", "filter[pileup][GE]=3"], ["3"]),
        (["filter[pileup][IN]=1,3.5"], ["0", "3"]),
        (["filter[pileup][EQ]=null"], ["2"]),
        (["filter[pileup][NEQ]=null"], ["0", "1", "3"]),
    ],
)
def test_numbers_combine_with_and_and_null_only_answers_to_null(filters: list[str], found: Any) -> None:
    assert selected(filters, [{"pileup": 1.0}, {"pileup": 2.0}, {"pileup": None}, {"pileup": 3.5}]) == found


def test_an_absent_attribute_is_like_null() -> None:
    assert selected(["filter[pileup]=null"], [{}, {"pileup": 1.0}]) == ["0"]
    assert selected(["filter[pileup][LT]=5"], [{}, {"pileup": 1.0}]) == ["1"]


def test_booleans_are_true_and_false() -> None:
    rows: list[dict[str, object]] = [{"cms_active": True}, {"cms_active": False}, {"cms_active": None}]
    assert selected(["filter[cms_active]=true"], rows) == ["0"]
    assert selected(["filter[cms_active][NEQ]=TRUE"], rows) == ["1"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [("HLT_ZeroBias%", ["0", "1"]), ("%Bias_v_", ["0"]), ("ZeroBias", []), ("hlt%", []), ("%v1._%", ["2"])],
)
def test_like_uses_percent_and_underscore_and_nothing_else(pattern: str, found: Any) -> None:
    rows: list[dict[str, object]] = [
        {"name": "HLT_ZeroBias_v5"},
        {"name": "HLT_ZeroBias_v11"},
        {"name": "v1.0"},
    ]
    assert selected([f"filter[name][LIKE]={pattern}"], rows) == found


def test_ct_finds_parts_of_text_and_members_of_lists() -> None:
    assert selected(["filter[name][CT]=Bias"], [{"name": "HLT_ZeroBias"}, {"name": "x"}, {}]) == ["0"]
    assert selected(
        ["filter[components][CT]=TRACKER"], [{"components": ["TRACKER"]}, {"components": ["X"]}]
    ) == ["0"]


def test_times_compare_as_they_are_written() -> None:
    rows: list[dict[str, object]] = [
        {"start_time": "2024-05-20T02:00:00Z"},
        {"start_time": "2024-06-01T00:00:00Z"},
    ]
    assert selected(["filter[start_time][GT]=2024-05-21"], rows) == ["1"]


LATEST_ROWS: list[dict[str, object]] = [
    {"run_number": run, "last_lumisection_number": ls} for run, ls in ((1, 3), (1, 9), (2, 4), (2, 2))
]


@pytest.mark.parametrize(
    ("operator", "found"), [("EQ", ["1", "2"]), ("LE", ["0", "1", "2", "3"]), ("LT", ["0", "3"])]
)
def test_minus_one_as_last_lumisection_means_the_latest_of_each_run(operator: str, found: Any) -> None:
    assert selected([f"filter[last_lumisection_number][{operator}]=-1"], LATEST_ROWS) == found


@pytest.mark.parametrize(
    "text",
    [
        "filter[nothing]=1",
        "filter[pileup]=high",
        "filter[pileup]=nan",
        "filter[pileup][GT]=null",
        "filter[cms_active]=1",
        "filter[cms_active]=yes",
        "filter[l1a_total]=1",
        "filter[components]=TRACKER",
    ],
)
def test_a_filter_that_makes_no_sense_is_a_bad_request(text: str) -> None:
    with pytest.raises(OmsError) as error:
        Selection([condition(text)], TYPES)
    assert error.value.status == 400


rows_to_sort = st.lists(
    st.fixed_dictionaries({"run_number": st.integers(0, 3), "pileup": st.none() | st.floats(0, 3, width=16)})
)


@given(rows_to_sort)
def test_sorting_is_stable_with_the_first_key_the_most_important(rows: list[dict[str, Any]]) -> None:
    records = [Record(str(place), row) for place, row in enumerate(rows)]
    ordered = sort_records(records, [("run_number", True), ("pileup", False)], TYPES)
    keys = [
        (-row["run_number"], row["pileup"] is None, row["pileup"] or 0.0, int(record.id))
        for record in ordered
        for row in (rows[int(record.id)],)
    ]
    assert keys == sorted(keys)


def test_null_comes_last_up_and_first_down() -> None:
    records = [Record("a", {"pileup": None}), Record("b", {"pileup": 1.0})]
    assert [one.id for one in sort_records(records, [("pileup", False)], TYPES)] == ["b", "a"]
    assert [one.id for one in sort_records(records, [("pileup", True)], TYPES)] == ["a", "b"]


@pytest.mark.parametrize("name", ["nothing", "components", "l1a_total"])
def test_sorting_by_what_cannot_be_compared_is_a_bad_request(name: str) -> None:
    with pytest.raises(OmsError):
        sort_records([], [(name, False)], TYPES)


def test_a_projection_to_nothing_known_is_a_bad_request() -> None:
    check_fields(["pileup"], TYPES)
    with pytest.raises(OmsError):
        check_fields(["pileup", "nothing"], TYPES)


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (None, None),
        (True, "BOOLEAN"),
        (3, "INTEGER"),
        (3.0, "FLOAT"),
        ("x", "STRING"),
        ("2017-06-16T21:13:57Z", "DATETIME"),
        (["x"], "ARRAY"),
        ({"counter": 1}, "OBJECT"),
    ],
)
def test_types_of_attributes(value: object, name: str) -> None:
    assert api_type(value) == name
