"""JSON logic: rules of the Run Registry, evaluated without a guess."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.json_logic import (
    DEEPEST,
    OPERATORS,
    JsonLogicError,
    UnknownVariableError,
    check_rule,
    evaluate,
    is_true,
    variables_of,
)

RULE = json.loads(
    """{"and": [
        {"or": [{"==": [{"var": "run.oms.hlt_key"}, "/cdaq/V1"]}, {"==": [{"var": "run.oms.energy"}, 0]}]},
        {">=": [{"var": "run.oms.run_number"}, 378981]}, {"<=": [{"var": "run.oms.energy"}, 7000]},
        {"in": ["25ns", {"var": "run.oms.injection_scheme"}]},
        {"==": [{"in": ["WMass", {"var": "run.oms.hlt_key"}]}, false]},
        {"==": [{"var": "lumisection.oms.bpix_ready"}, true]},
        {"==": [{"var": "lumisection.rr.tracker-pixel"}, "GOOD"]}
    ]}"""
)
GOOD = {
    "run.oms.hlt_key": "/cdaq/V1",
    "run.oms.energy": 6800,
    "run.oms.run_number": 380238,
    "run.oms.injection_scheme": "25ns_2352b",
    "lumisection.oms.bpix_ready": True,
    "lumisection.rr.tracker-pixel": "GOOD",
}


def test_a_rule_of_the_run_registry_holds_only_when_all_of_it_does() -> None:
    assert evaluate(RULE, GOOD) is True
    for name, value in (
        ("run.oms.run_number", 378980),
        ("run.oms.energy", 7001),
        ("run.oms.injection_scheme", "50ns"),
        ("run.oms.hlt_key", "/cdaq/WMass/V1"),
        ("lumisection.oms.bpix_ready", False),
        ("lumisection.oms.bpix_ready", None),
        ("lumisection.rr.tracker-pixel", "STANDBY"),
    ):
        assert evaluate(RULE, {**GOOD, name: value}) is False, name


def test_the_variables_of_a_rule_are_listed_each_once() -> None:
    assert sorted(variables_of(RULE)) == sorted(GOOD)
    inner = {"some": [{"var": "runs"}, {">": [{"var": "lumi"}, {"var": "least"}]}]}
    assert variables_of(inner) == ["runs"]


def test_variables_are_found_by_their_whole_name_and_part_by_part() -> None:
    nested = {"run": {"oms": {"energy": 6800, "keys": ["a", "b"]}}}
    assert evaluate({"var": "run.oms.energy"}, nested) == 6800
    assert evaluate({"var": "run.oms.keys.1"}, nested) == "b"
    assert evaluate({"var": ["run.oms.lumi", 7]}, nested) == 7
    assert evaluate({"var": "x"}, {"x": None}) is None


@pytest.mark.parametrize("name", ["run.oms.lumi", "energy", "run.oms.energy.x"])
def test_a_variable_without_value_is_an_error_that_names_it(name: str) -> None:
    with pytest.raises(UnknownVariableError, match=name) as unknown:
        evaluate({"==": [{"var": name}, 1]}, {"run": {"oms": {"energy": 6800}}})
    assert unknown.value.variable == name


@pytest.mark.parametrize("name", ["xor", "VAR", "log", ""])
def test_an_unknown_operator_is_an_error_that_names_it_even_where_it_is_not_reached(name: str) -> None:
    rule = {"or": [True, {"some": [[], {name: [1]}]}]}
    for work in (check_rule, variables_of):
        with pytest.raises(JsonLogicError, match=f"no operator {name!r}"):
            work(rule)
    with pytest.raises(JsonLogicError, match=f"no operator {name!r}"):
        evaluate({name: [1, 2]}, {})


CASES: list[tuple[Any, Any]] = [
    ({"==": [1, "1"]}, True),
    ({"==": [1, "x"]}, False),
    ({"==": [None, 0]}, False),
    ({"===": [1, True]}, False),
    ({"===": ["a", "a"]}, True),
    ({"!=": [1, 2]}, True),
    ({"!==": [1, 1]}, False),
    ({"!": [[]]}, True),
    ({"!": True}, False),
    ({"!!": ["0"]}, True),
    ({"<": [1, 2, 3]}, True),
    ({"<": [1, 3, 3]}, False),
    ({"<=": [1, 3, 3]}, True),
    ({">": ["10", 9]}, True),
    ({">=": ["b", "a"]}, True),
    ({"<": [None, 1]}, False),
    ({">=": [None, 0]}, False),
    ({"and": [1, "a", 0, 2]}, 0),
    ({"and": [1, "a"]}, "a"),
    ({"or": [0, "", "b", {"var": "nowhere"}]}, "b"),
    ({"if": [False, 1, True, 2, 3]}, 2),
    ({"if": [False, 1, 3]}, 3),
    ({"if": [False, 1]}, None),
    ({"?:": [True, "a", "b"]}, "a"),
    ({"in": ["a", ["a", "b"]]}, True),
    ({"in": [1, [True]]}, False),
    ({"in": ["ell", "hello"]}, True),
    ({"in": ["a", None]}, False),
    ({"+": [1, "2", 3.5]}, 6.5),
    ({"-": [5, 2]}, 3),
    ({"-": 5}, -5),
    ({"*": [2, 3, 4]}, 24),
    ({"/": [9, 2]}, 4.5),
    ({"%": [7, 3]}, 1),
    ({"%": [-7, 3]}, -1),
    ({"min": [3, 1, 2]}, 1),
    ({"max": [3, 1, 2]}, 3),
    ({"cat": ["a", 1, None, True]}, "a1true"),
    ({"substr": ["jsonlogic", 4]}, "logic"),
    ({"substr": ["jsonlogic", -5, 3]}, "log"),
    ({"substr": ["jsonlogic", 1, -5]}, "son"),
    ({"merge": [[1, 2], 3, [4]]}, [1, 2, 3, 4]),
    ({"map": [[1, 2], {"*": [{"var": ""}, 2]}]}, [2, 4]),
    ({"filter": [[1, 2, 3], {">": [{"var": ""}, 1]}]}, [2, 3]),
    ({"reduce": [[1, 2, 3], {"+": [{"var": "current"}, {"var": "accumulator"}]}, 10]}, 16),
    ({"all": [[1, 2], {">": [{"var": ""}, 0]}]}, True),
    ({"all": [[], True]}, False),
    ({"some": [[1, 5], {">": [{"var": ""}, 4]}]}, True),
    ({"none": [[1, 2], {">": [{"var": ""}, 4]}]}, True),
    ({"missing": ["a", "b"]}, ["b"]),
    ({"missing_some": [1, ["a", "b"]]}, []),
    ({"missing_some": [2, ["a", "b"]]}, ["b"]),
    ([1, {"+": [1, 1]}], [1, 2]),
    ("plain", "plain"),
]


@pytest.mark.parametrize(("rule", "value"), CASES)
def test_operators_do_what_jsonlogic_says(rule: object, value: object) -> None:
    found = evaluate(rule, {"a": 1})
    assert found == value
    assert type(found) is type(value)


def test_every_operator_has_a_case() -> None:
    tried = {name for rule, _ in CASES if isinstance(rule, dict) for name in rule}
    assert tried | {"var"} == set(OPERATORS)


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"<": ["a", 1]}, "'<' cannot be applied to 'a', 1"),
        ({"/": [1, 0]}, "'/' cannot be applied"),
        ({"==": [1]}, "'==' cannot have 1 arguments"),
        ({"+": [[1]]}, "cannot be applied"),
        ({"in": ["a", 3]}, "cannot be applied"),
        ({"all": [3, True]}, "3 is no list"),
        ({"==": [1, 1], "!=": [1, 2]}, "has 2 operators"),
        ({"missing_some": [1]}, "missing_some"),
    ],
)
def test_what_makes_no_sense_is_an_error_that_says_so(rule: object, says: str) -> None:
    with pytest.raises(JsonLogicError, match=says.replace("[", r"\[")):
        evaluate(rule, {})


def test_rules_too_deep_are_refused_rather_than_crash() -> None:
    rule: object = True
    for _ in range(DEEPEST * 20):
        rule = {"!": [rule]}
    for work in (lambda: evaluate(rule, {}), lambda: check_rule(rule)):
        with pytest.raises(JsonLogicError, match="inside each other"):
            work()


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(OPERATORS), inner, max_size=1)
    ),
    max_leaves=12,
)


@given(json_values)
def test_any_json_is_a_value_or_an_error_of_its_own_kind(rule: object) -> None:
    try:
        is_true(evaluate(rule, {"a": 1}))
        variables_of(rule)
    except JsonLogicError:
        assert isinstance(rule, dict | list)
