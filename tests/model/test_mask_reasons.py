"""Why lumisections are not good by an expression, term by term."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.conditions import DCS_ONLY_FLAGS
from dqmtui.model.lsmask import LSMask
from dqmtui.model.mask_reasons import MaskWords, reasons_against
from dqmtui.model.mask_syntax import MaskExpressionError
from dqmtui.model.masks import select
from dqmtui.review.named import MASKS, WORDS, Named
from tests.model.stacks import source_of, table_of

if TYPE_CHECKING:
    from dqmtui.model.lstable import LSTable

LS = [1, 2, 3, 4, 5, 6]
FLAGS: dict[str, list[object]] = {flag: [True] * 6 for flag in DCS_ONLY_FLAGS}
FLAGS["bpix_ready"] = [True, False, True, False, True, True]
FLAGS["beams_stable"] = [True, True, True, False, False, True]
FLAGS["fpix_ready"] = [True, True, True, True, True, None]
OTHERS: dict[str, list[object]] = {
    "pileup": [60.0, 60.0, 50.5, 60.0, 50.0, None],
    "physics_flag": [True, False, True, True, True, True],
    "gem_ready": [True, True, False, True, True, None],
    "prescale_name": ["2e34", "2e34", "Emergency", "2e34", "2e34", None],
}
RATE = source_of([1, 2, 3], {"rate_hz": [20.0, 0.0, None]})
TABLE = table_of(source_of(LS, {**FLAGS, **OTHERS}), RATE)
MASKS_OF = {"golden": LSMask.parse("1-4"), "excluded": LSMask.parse("2-3"), "mine": LSMask.of(5), "ml": None}
SAVED = {
    "usual": "dcs and pileup > 52",
    "either": "bpix_ready or pileup > 52",
    "deep": "usual and golden",
    "beams_ok": "beams_stable",
}
WORDS_OF = {"golden": MaskWords("golden", "not golden"), "excluded": MaskWords("by hand", "not by hand")}


def told(expression: str, table: LSTable = TABLE) -> dict[str, str]:
    found = reasons_against(expression, table, MASKS_OF, SAVED, WORDS_OF)
    return {reason.words: str(reason.ls) for reason in found}


@pytest.mark.parametrize(
    ("expression", "reasons"),
    [
        ("dcs", {"BPix not ready": "2,4", "beams not stable": "4-5", "FPix unknown if ready": "6"}),
        ("bpix_ready", {"BPix not ready": "2,4"}),
        ("oms.bpix_ready and dcs", told("dcs")),
        ("beams", {"beams not stable": "4-5"}),
        ("physics_flag", {"not physics_flag": "2"}),
        ("gem_ready", {"gem not ready": "3", "gem unknown if ready": "6"}),
        ("golden and not excluded", {"not golden": "5-6", "by hand": "2-3"}),
        ("mine", {"not in mine": "1-4,6"}),
        ("not mine", {"in mine": "5"}),
        ("ml", {"unknown if in ml": "1-6"}),
        ("pileup > 52", {"pileup <= 52": "3,5", "pileup not known": "6"}),
        ("pileup != 50.5 and ls < 6", {"pileup == 50.5": "3", "ls >= 6": "6", "pileup not known": "6"}),
        ("prescale ~ 2e34", {'not prescale ~ "2e34"': "3", "prescale not known": "6"}),
        ("rate > 0", {"rate <= 0": "2", "rate not known": "3-6"}),
        ("usual", told("dcs and pileup > 52")),
        ("deep and not excluded", told("golden and dcs and pileup > 52 and not excluded")),
        ("beams_ok", {"beams not stable": "4-5"}),
        ("not not pileup > 52", told("pileup > 52")),
        ("not (excluded or pileup <= 52)", {**told("not excluded"), **told("pileup > 52")}),
        ("dcs or true", {}),
        ("true", {}),
        ("false", {"false": "1-6"}),
        ("not true", {"false": "1-6"}),
    ],
)
def test_every_term_of_a_conjunction_is_a_reason_in_words(expression: str, reasons: dict[str, str]) -> None:
    assert told(expression) == reasons


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("bpix_ready or pileup > 52", "not (bpix_ready or pileup > 52)"),
        ("either", "not (bpix_ready or pileup > 52)"),
        ("not (golden and pileup > 55)", "golden and pileup > 55"),
    ],
)
def test_what_is_no_conjunction_is_one_reason_in_its_own_words(expression: str, words: str) -> None:
    known = table_of(source_of([1, 2], {"bpix_ready": [False, False], "pileup": [50.0, 60.0]}))
    out = LSMask.from_numbers(known.ls) - select(expression, known, MASKS_OF, SAVED).good
    assert told(expression, known) == {words: str(out)}


def test_what_cannot_be_read_is_told_with_its_place_in_the_whole_expression() -> None:
    with pytest.raises(MaskExpressionError, match=r"character 9: there is no pile"):
        told("dcs and pile > 52")
    with pytest.raises(MaskExpressionError, match="round in a circle"):
        reasons_against("a", TABLE, {}, {"a": "b and dcs", "b": "a"})


NAMES = ["golden", "excluded", "mine", "ml", "dcs", "beams", "gem_ready", "usual", "either", "deep"]


def joined(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    several = st.tuples(st.sampled_from([" and ", " or "]), st.lists(inner, min_size=2, max_size=3))
    return st.one_of(
        inner.map(lambda one: f"not ({one})"),
        several.map(lambda given: given[0].join(f"({one})" for one in given[1])),
    )


EXPRESSIONS = st.recursive(
    st.sampled_from([*NAMES, "rate > 0", "pileup > 52", "ls > 2", "true", "false"]), joined, max_leaves=6
)


@given(EXPRESSIONS)
def test_an_ls_has_a_reason_if_and_only_if_it_is_not_good(expression: str) -> None:
    found = reasons_against(expression, TABLE, MASKS_OF, SAVED)
    out = LSMask.of(*(reason.ls for reason in found))
    assert out == LSMask.from_numbers(TABLE.ls) - select(expression, TABLE, MASKS_OF, SAVED).good
    assert all(reason.ls for reason in found)


def test_every_mask_of_the_program_has_words() -> None:
    assert WORDS.keys() == MASKS.keys()


def test_what_notes_take_out_is_left_to_the_notes() -> None:
    masks = {"noted": LSMask.parse("1-3"), "noted_bad": LSMask.of(2), "excluded": LSMask.of(2)}
    found = Named(masks).reasons("not noted_bad and not noted and not excluded", TABLE)
    assert {reason.words: str(reason.ls) for reason in found} == {"noted": "1,3", "excluded by hand": "2"}
