"""Masks as expressions over named masks, flags and columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.conditions import DCS_ONLY_FLAGS, dcs_only_mask
from dqmtui.model.lsmask import LSMask
from dqmtui.model.mask_syntax import (
    DEEPEST,
    LONGEST,
    And,
    Comparison,
    Constant,
    Expression,
    MaskExpressionError,
    Name,
    Not,
    Or,
    names,
    parse,
)
from dqmtui.model.masks import TRUE, UNKNOWN, all_names, known_names, select
from dqmtui.model.states import SourceState
from tests.model.stacks import source_of, table_of

if TYPE_CHECKING:
    from dqmtui.model.lstable import LSTable

LS = [1, 2, 3, 4, 5]
OMS = source_of(
    LS,
    {
        "beams_stable": [True, True, False, None, True],
        "cms_active": [True, True, True, True, False],
        "pileup": [40.0, 20.0, 40.0, None, 31.0],
        "prescale_index": [1, 2, 2, 3, 3],
        "prescale_name": ["Emergency", "2e34", None, "2e34", "2e34"],
        "odd name": [True, False, True, False, True],
    },
)
RATE = source_of([1, 2, 3], {"rate_hz": [20.0, 0.0, None]})
TABLE = table_of(OMS, RATE)
MASKS = {"golden": LSMask.parse("1-3"), "excluded": LSMask.of(2), "notes": None}


def good(text: str, table: LSTable = TABLE) -> str:
    return str(select(text, table, MASKS).good)


def unknown(text: str, table: LSTable = TABLE) -> str:
    return str(select(text, table, MASKS).unknown)


# N6


@pytest.mark.parametrize(
    ("text", "ls"),
    [
        ("golden", "1-3"),
        ("not golden", "4-5"),
        ("golden and not excluded", "1,3"),
        ("golden or excluded", "1-3"),
        ("golden and (excluded or beams_stable)", "1-2"),
        ("beams_stable", "1-2,5"),
        ("true", "1-5"),
        ("false", ""),
        ("ls >= 2 and ls < 4", "2-3"),
        ("ls == 3", "3"),
        ("3 < ls", "4-5"),
        ("pileup > 30", "1,3,5"),
        ("pileup<=20", "2"),
        ("oms.pileup > 30", "1,3,5"),
        ('prescale == "Emergency"', "1"),
        ("prescale_name != 'Emergency'", "2,4-5"),
        ("prescale_index == 2", "2-3"),
        ("rate > 0", "1"),
        ("rate.rate_hz == 0", "2"),
        ("`odd name`", "1,3,5"),
        ("not not golden", "1-3"),
        ("cms_active == false", "5"),
        ("golden AND NOT excluded", "1,3"),
        ("pileup > -1e1 and pileup < .5e2", "1-3,5"),
    ],
)
def test_N6_masks_flags_and_columns_combine_per_ls(text: str, ls: str) -> None:
    assert good(text) == ls


def test_N6_and_binds_tighter_than_or_and_not_tighter_than_and() -> None:
    assert good("ls == 5 or golden and excluded") == "2,5"
    assert good("not golden and ls == 5") == "5"
    assert good("not (golden and ls == 2)") == "1,3-5"


# unknown is not good


def test_J2_unknown_is_neither_good_nor_its_opposite() -> None:
    assert (good("beams_stable"), good("not beams_stable"), unknown("beams_stable")) == ("1-2,5", "3", "4")
    assert (good("pileup > 30"), good("pileup <= 30"), unknown("pileup > 30")) == ("1,3,5", "2", "4")
    assert (good('prescale == "x"'), unknown('prescale != "x"')) == ("", "3")


def test_J2_what_decides_without_the_unknown_decides() -> None:
    assert good("beams_stable and ls != 4") == "1-2,5"
    assert unknown("beams_stable and ls != 4") == ""
    assert good("beams_stable or ls == 4") == "1-2,4-5"


def test_J2_absent_rows_and_masks_that_have_not_come_are_unknown_and_awaited() -> None:
    assert unknown("rate > 0") == "3-5"
    found = select("golden and notes", TABLE, MASKS)
    assert str(found.unknown) == "1-3"
    assert found.waiting == ("notes",)


def test_J2_a_source_that_is_loading_is_awaited() -> None:
    table = table_of(OMS, source_of([], {}, state=SourceState.LOADING))
    found = select("rate > 0 or dcs and ls == 1", table)
    assert str(found.good) == ""
    assert found.waiting == ("rate",)
    nothing = select("dcs and pileup > 30", table_of(source_of([1], {}, state=SourceState.PARTIAL)))
    assert set(nothing.waiting) == {"pileup"}
    assert str(nothing.unknown) == "1"


def test_N7_the_dcs_mask_is_that_of_all_flags() -> None:
    columns: dict[str, list[object]] = {flag: [True, True, True] for flag in DCS_ONLY_FLAGS}
    columns["bpix_ready"] = [True, False, None]
    table = table_of(source_of([1, 2, 4], columns))
    found = select("dcs", table)
    assert found.good == dcs_only_mask(table) == LSMask.of(1)
    assert found.unknown == LSMask.of(4)
    assert select("strips and not pixel", table).good == LSMask.of(2)
    assert select("dcs", table, {"dcs": LSMask.of(2)}).good == LSMask.of(2)


def test_a_table_without_ls_selects_nothing() -> None:
    assert select("golden or not golden", table_of(source_of([], {})), MASKS).good == LSMask()


# errors


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("", 0, "expected a name or a value, but the expression ends here"),
        ("golden and", 10, "expected a name or a value behind `and`, but the expression ends here"),
        ("golden golden", 7, "expected `and`, `or` or the end, but found `golden`"),
        ("(golden", 7, "the parenthesis of character 1 is not closed, but the expression ends here"),
        ("golden)", 6, "expected `and`, `or` or the end, but found `)`"),
        ("golden & excluded", 7, "'&' does not belong here: write `and`"),
        ("pileup = 3", 7, "'=' does not belong here: equal is `==`"),
        ('prescale == "Emerg', 12, "'\"' does not belong here: the text is not closed"),
        ("30", 0, "a value alone is neither good nor bad"),
        ("30 < 40", 0, "a comparison has a name on one side and a value on the other"),
        ("pileup > and", 9, "expected a name or a value behind `>`, but found `and`"),
        (
            "pileup < rate",
            0,
            "`pileup` and `rate` are both names: compare one with a value, a text in quotes",
        ),
        ("10 < pileup < 30", 12, "compare two at a time, as in `a > 1 and a < 2`, but found `<`"),
        ("pileup > 1e999", 9, "a number is too large, but found `1e999`"),
        ("pileup > 3x", 9, "'3' does not belong here"),
        ("__import__('os')", 10, "expected `and`, `or` or the end, but found `(`"),
        ("golden and goldn", 11, "there is no goldn; did you mean golden?"),
        ("Beams_Stable", 0, "there is no Beams_Stable; did you mean beams_stable?"),
        ("pileup", 0, "pileup is a number: compare it, as in `pileup == ...`"),
        ("prescale", 0, "prescale is a text: compare it, as in `prescale == ...`"),
        ("prescale == 3", 0, "prescale is a text, not a number"),
        ("not pileup == 'x'", 4, "pileup is a number, not a text"),
        ("prescale < 'x'", 0, "a text is compared with == or !="),
        ("golden == true", 0, "golden is a mask: write `golden` or `not golden`"),
        ("(" * 60 + "golden", DEEPEST, "more than 50 levels deep"),
        ("not " * 60 + "golden", 4 * DEEPEST, "more than 50 levels deep"),
        ("x" * (LONGEST + 1), LONGEST, "an expression has at most 2000 characters"),
    ],
)
def test_an_error_names_the_place_and_what_is_wrong(text: str, at: int, words: str) -> None:
    with pytest.raises(MaskExpressionError) as caught:
        select(text, TABLE, MASKS)
    assert (caught.value.at, caught.value.message) == (at, words)
    assert str(caught.value) == f"character {at + 1}: {words}"
    assert caught.value.pointer.splitlines()[-1] == " " * at + "^"


def test_a_column_of_two_sources_must_be_named_with_its_source() -> None:
    table = TABLE.with_source("other", source_of([1, 2], {"pileup": [1.0, 2.0]}))
    with pytest.raises(MaskExpressionError, match=r"pileup could be oms\.pileup or other\.pileup"):
        select("pileup > 3", table)
    assert select("other.pileup > 1", table).good == LSMask.of(2)


def test_every_known_name_is_found() -> None:
    assert {"golden", "ls", "dcs", "rate", "pileup", "oms.pileup", "rate.rate_hz"} <= set(
        known_names(TABLE, MASKS)
    )
    for name in known_names(TABLE, MASKS):
        if name not in {"odd name", "oms.odd name"}:
            assert [one.name for one in names(parse(name))] == [name]


# the algebra, on any expression

NAMES = st.sampled_from(["golden", "excluded", "notes", "beams_stable", "cms_active", "odd name"]).map(Name)
COMPARISONS = st.one_of(
    st.builds(
        Comparison,
        st.sampled_from(["pileup", "ls", "rate", "prescale_index"]).map(Name),
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        st.floats(allow_nan=False, allow_infinity=False),
    ),
    st.builds(Comparison, st.just(Name("prescale")), st.sampled_from(["==", "!="]), st.text()),
    st.builds(Comparison, st.just(Name("cms_active")), st.sampled_from(["==", "!="]), st.booleans()),
)


def _both(parts: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    several = st.lists(parts, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Not, parts), st.builds(And, several), st.builds(Or, several))


EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    st.one_of(NAMES, COMPARISONS, st.builds(Constant, st.booleans())), _both, max_leaves=8
)


def verdict(expression: Expression) -> list[int]:
    return [int(one) for one in select(expression, TABLE, MASKS).verdict]


@given(EXPRESSIONS)
def test_an_expression_reads_the_same_after_it_was_written(expression: Expression) -> None:
    assert parse(str(expression)) == expression


@given(EXPRESSIONS, EXPRESSIONS)
def test_N6_de_morgan_holds_with_unknowns(one: Expression, two: Expression) -> None:
    assert verdict(Not(And((one, two)))) == verdict(Or((Not(one), Not(two))))
    assert verdict(Not(Or((one, two)))) == verdict(And((Not(one), Not(two))))


@given(EXPRESSIONS, EXPRESSIONS, EXPRESSIONS)
def test_N6_masks_are_a_lattice(one: Expression, two: Expression, three: Expression) -> None:
    assert verdict(And((one, one))) == verdict(Or((one, one))) == verdict(one)
    assert verdict(Not(Not(one))) == verdict(one)
    assert verdict(And((one, Or((one, two))))) == verdict(one)
    assert verdict(And((one, two))) == verdict(And((two, one)))
    assert verdict(And((one, And((two, three))))) == verdict(And((And((one, two)), three)))
    assert verdict(And((one, Or((two, three))))) == verdict(Or((And((one, two)), And((one, three)))))


@given(EXPRESSIONS)
def test_N6_what_is_good_never_is_its_own_opposite(expression: Expression) -> None:
    here, opposite = select(expression, TABLE, MASKS), select(Not(expression), TABLE, MASKS)
    assert not here.good & opposite.good
    assert here.unknown == opposite.unknown
    assert here.good | here.unknown | opposite.good == LSMask.of([1, 5])
    assert set(here.verdict.tolist()) <= {0, int(UNKNOWN), int(TRUE)}


@given(st.sets(st.integers(1, 5)), st.sets(st.integers(1, 5)))
def test_N6_on_masks_alone_it_is_the_algebra_of_the_masks(a: set[int], b: set[int]) -> None:
    masks = {"a": LSMask.from_numbers(a), "b": LSMask.from_numbers(b)}
    run = LSMask.of([1, 5])
    for text, mask in {
        "a and b": masks["a"] & masks["b"],
        "a or b": masks["a"] | masks["b"],
        "not a": run - masks["a"],
        "a and not b": masks["a"] - masks["b"],
    }.items():
        assert select(text, TABLE, masks).good == mask


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        found: object = parse(text)
    except MaskExpressionError as error:
        found = error.at
    assert not isinstance(found, int) or 0 <= found <= len(text)


def test_a_mask_of_an_expression_is_a_certification_range() -> None:
    assert json.dumps(select("golden", TABLE, MASKS).good.to_json()) == "[[1, 3]]"


# saved expressions

SAVED = {"quiet": "golden and not excluded", "bright": "quiet and pileup > 30", "late": "not quiet or notes"}


def test_N6_a_saved_expression_is_used_by_its_name_also_inside_another() -> None:
    assert str(select("quiet", TABLE, MASKS, SAVED).good) == "1,3"
    assert str(select("bright and not ls == 1", TABLE, MASKS, SAVED).good) == "3"
    assert "bright" in known_names(TABLE, MASKS, SAVED)


@given(st.sampled_from(sorted(SAVED)), st.sampled_from(["{}", "not {}", "{} or excluded", "true and {}"]))
def test_N6_a_saved_name_is_its_expression_in_parentheses(name: str, form: str) -> None:
    by_name = select(form.format(name), TABLE, MASKS, SAVED)
    written_out = select(form.format(f"({SAVED[name]})"), TABLE, MASKS, SAVED)
    assert by_name.verdict.tolist() == written_out.verdict.tolist()


def test_J2_a_saved_expression_waits_for_what_is_in_it() -> None:
    assert select("late", TABLE, MASKS, SAVED).waiting == ("late",)
    assert select("bright", TABLE, MASKS, SAVED).waiting == ()


def test_masks_and_columns_come_before_saved_expressions_of_the_same_name() -> None:
    hidden = dict.fromkeys(("golden", "beams_stable", "dcs", "ls", "prescale"), "false")
    assert str(select("golden and beams_stable", TABLE, MASKS, hidden).good) == "1-2"
    assert str(select("ls > 3", TABLE, MASKS, hidden).good) == "4-5"


def test_saved_expressions_that_go_round_in_a_circle_are_refused_with_the_way() -> None:
    saved = {"a": "b and true", "b": "golden or c", "c": "not a"}
    with pytest.raises(MaskExpressionError, match="a names b names c names a"):
        select("golden and a", TABLE, MASKS, saved)


def test_a_saved_expression_that_fails_is_quoted_and_its_name_pointed_at() -> None:
    with pytest.raises(
        MaskExpressionError, match="odd stands for `pilup > 3`, where there is no pilup"
    ) as told:
        select("golden and odd", TABLE, MASKS, {"odd": "pilup > 3"})
    assert told.value.at == len("golden and ")
    with pytest.raises(MaskExpressionError, match="is a mask"):
        select("quiet > 3", TABLE, MASKS, SAVED)


def test_all_names_of_an_expression_are_those_of_its_saved_ones_too() -> None:
    assert all_names("bright or late", SAVED) == {
        *("bright", "late", "quiet", "golden", "excluded", "pileup", "notes")
    }
    assert all_names("a", {"a": "b", "b": "a and"}) == {"a", "b"}
    assert all_names("and and") == frozenset()
