"""The query grammar of OMS."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.services.oms_grammar import OPERATORS, OmsQuery


def test_operators_are_those_of_the_official_client_and_in() -> None:
    import omsapi

    assert set(OPERATORS) - set(omsapi.OMS_FILTER_OPERATORS) == {"IN"}
    assert set(omsapi.OMS_FILTER_OPERATORS) <= set(OPERATORS)


def test_a_query_becomes_parameters() -> None:
    query = (
        OmsQuery("hltpathrates")
        .where("run_number", "EQ", 381065)
        .where("rate", "gt", 0.5)
        .only("rate", "counter")
        .sorted_by("-rate", "counter")
        .grouped("lumisection")
    )
    assert query.params(100, 50) == [
        ("filter[run_number][EQ]", "381065"),
        ("filter[rate][GT]", "0.5"),
        ("fields", "rate,counter"),
        ("sort", "-rate,counter"),
        ("group[granularity]", "lumisection"),
        ("page[offset]", "100"),
        ("page[limit]", "50"),
    ]


@pytest.mark.parametrize(
    ("operator", "value", "text"),
    [
        ("EQ", True, "true"),
        ("NEQ", False, "false"),
        ("EQ", None, "null"),
        ("LIKE", "HLT_%", "HLT_%"),
        ("EQ", "2p0E34+ZeroBias", "2p0E34+ZeroBias"),
        ("IN", [1, 2, 3], "1,2,3"),
        ("IN", "alone", "alone"),
        ("IN", (name for name in ("a", "b")), "a,b"),
    ],
)
def test_values_become_text_in_the_words_of_oms(operator: Any, value: Any, text: str) -> None:
    name, sent = OmsQuery("runs").where("attribute", operator, value).filters[0]
    assert (name, sent) == (f"filter[attribute][{operator}]", text)


@given(st.text().filter(lambda text: text.upper() not in OPERATORS))
def test_unknown_operators_are_refused(operator: Any) -> None:
    with pytest.raises(ValueError, match="operator"):
        OmsQuery("runs").where("run_number", operator, 1)


def test_a_second_filter_of_a_kind_has_a_name_of_its_own_so_that_none_is_lost_on_the_way() -> None:
    query = OmsQuery("hltpathinfo").where("path_name", "LIKE", "HLT_%").where("path_name", "LIKE", "%Zero%")
    assert query.filters == (("filter[path_name][LIKE]", "HLT_%"), ("filter[path_name][like]", "%Zero%"))
    with pytest.raises(ValueError, match="more than twice"):
        query.where("path_name", "LIKE", "%_v1")


@pytest.mark.parametrize("name", ["", "a]", "a b", "A", "a&b", "[a", "1a"])
def test_names_that_are_no_attributes_are_refused(name: str) -> None:
    query = OmsQuery("runs")
    with pytest.raises(ValueError, match="attribute"):
        query.where(name, "EQ", 1)
    with pytest.raises(ValueError, match="attribute"):
        query.only(name)
    with pytest.raises(ValueError, match="attribute"):
        query.sorted_by(name)


@pytest.mark.parametrize("name", ["", "../x", "runs?x=1", "/runs", "runs/", "runs//1", "https://h"])
def test_names_that_are_no_resources_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="resource"):
        OmsQuery(name)


@pytest.mark.parametrize("values", [[], ["a,b"]])
def test_a_list_that_cannot_be_told_apart_again_is_refused(values: Any) -> None:
    with pytest.raises(ValueError, match="comma"):
        OmsQuery("runs").where("era", "IN", values)


def test_several_values_need_in() -> None:
    with pytest.raises(ValueError, match="only IN"):
        OmsQuery("runs").where("era", "EQ", ["a", "b"])


@pytest.mark.parametrize(("offset", "limit"), [(-1, 10), (0, 0), (0, 100_001)])
def test_pages_that_oms_does_not_have_are_refused(offset: Any, limit: int) -> None:
    with pytest.raises(ValueError, match="page"):
        OmsQuery("runs").params(offset, limit)
