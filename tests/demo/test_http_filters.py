"""Filters of DIALS: AND, the last of a repeat, PostgreSQL regexes, and silence about unknown names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from dqmtui.demo.web.dials_filters import HISTOGRAM, RUN, Filters, postgres_regex, whole_number
from dqmtui.demo.web.replies import RefusedError
from tests.demo.tiny_world import EXPRESS, NAMES, PROMPT, RUNS

if TYPE_CHECKING:
    import httpx

    from tests.demo.serving import Tiny


def rows(client: httpx.Client, path: str, query: str = "") -> list[dict[str, Any]]:
    reply = client.get(f"{path}?page_size=500&{query}")
    assert reply.status_code == 200, reply.text
    results: list[dict[str, Any]] = reply.json()["results"]
    return results


def test_filters_combine_with_and(tiny: Tiny) -> None:
    found = rows(tiny.dials, "run/", f"dataset_id={EXPRESS}&run_number__gte={RUNS[1]}")
    assert [(row["dataset_id"], row["run_number"]) for row in found] == [(EXPRESS, RUNS[1])]


def test_in_is_a_comma_list(tiny: Tiny) -> None:
    assert len(rows(tiny.dials, "run/", f"dataset_id__in={EXPRESS},{PROMPT},7")) == 4
    assert [
        row["ls_number"] for row in rows(tiny.dials, "ml-bad-lumisection/", "run_number__in=1,381065")
    ] == [2, 3, 7]


def test_the_last_of_a_repeated_parameter_wins(tiny: Tiny) -> None:
    found = rows(tiny.dials, "run/", f"dataset_id={EXPRESS}&dataset_id={PROMPT}")
    assert {row["dataset_id"] for row in found} == {PROMPT}


def test_unknown_parameters_are_ignored_without_a_word(tiny: Tiny) -> None:
    assert rows(tiny.dials, "run/", "run_numer=1&order=x&ls_number=5") == rows(tiny.dials, "run/")


@pytest.mark.parametrize("path", ["th1/", "th2/"])
def test_the_misspelt_ls_numbet_lte_is_ignored_and_the_right_one_works(tiny: Tiny, path: str) -> None:
    query = f"dataset_id={EXPRESS}&run_number={RUNS[0]}&ls_number__gte=5"
    right = rows(tiny.dials, path, f"{query}&ls_number__lte=7")
    assert [row["ls_number"] for row in right] == [5, 6, 7]
    assert rows(tiny.dials, path, f"{query}&ls_numbet__lte=7") == rows(tiny.dials, path, query)


def test_an_empty_value_is_no_filter(tiny: Tiny) -> None:
    assert rows(tiny.dials, "run/", "run_number=&dataset=") == rows(tiny.dials, "run/")


def test_a_non_number_is_400_and_names_the_parameter(tiny: Tiny) -> None:
    reply = tiny.dials.get("run/", params={"run_number": "abc"})
    assert (reply.status_code, reply.json()) == (400, {"run_number": ["Enter a number."]})
    both = tiny.dials.get("th1/", params={"me_id": "nan", "ls_number__lte": "1,2"}).json()
    assert both == {"me_id": ["Enter a number."], "ls_number__lte": ["Enter a number."]}


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), (" 12 ", 12), ("12.0", 12), ("1e3", 1000), ("-1", -1)]
)
def test_numbers_may_be_written_as_a_form_allows(text: str, number: int) -> None:
    assert whole_number(text) == number


def test_a_number_beyond_all_columns_finds_nothing(tiny: Tiny) -> None:
    assert rows(tiny.dials, "lumisection/", f"ls_number={10**30}") == []
    assert rows(tiny.dials, "th1/", f"ls_number__gte={10**30}") == []


def test_a_list_for_something_unknown_is_200_and_empty(tiny: Tiny) -> None:
    for path, query in (("run/", "run_number=1"), ("th1/", "me_id=99"), ("lumisection/", "dataset_id=9")):
        assert rows(tiny.dials, path, query) == []


def test_regexes_are_unanchored_and_case_sensitive(tiny: Tiny) -> None:
    assert {row["dataset_id"] for row in rows(tiny.dials, "run/", "dataset__regex=rompt")} == {PROMPT}
    assert rows(tiny.dials, "run/", "dataset__regex=prompt") == []
    assert rows(tiny.dials, "run/", "dataset__regex=^Prompt") == []


def test_a_plus_must_be_escaped_and_percent_encoded(tiny: Tiny) -> None:
    assert {row["dataset_id"] for row in rows(tiny.dials, "run/", r"dataset__regex=Prompt\%2BX")} == {PROMPT}
    assert rows(tiny.dials, "run/", "dataset__regex=Prompt%2BX") == []
    assert rows(tiny.dials, "run/", "dataset__regex=Prompt+X") == []


@pytest.mark.parametrize("path", ["dataset-index/", "run/", "lumisection/", "th1/", "file-index/"])
@pytest.mark.parametrize("regex", ["(", "[a", "*x"])
def test_an_invalid_regex_is_500_in_html(tiny: Tiny, path: str, regex: str) -> None:
    reply = tiny.dials.get(path, params={"dataset__regex": regex})
    assert (reply.status_code, reply.headers["content-type"]) == (500, "text/html; charset=utf-8")


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        (r"PXDisk_\+1", "A/PXDisk_+1/b", True),
        (r"^[[:alpha:]]+[[:digit:]]$", "Layer1", True),
        (r"\mLayer\M", "in Layer 1", True),
        (r"\yayer", "Layer", False),
        (r"a\\y", r"a\y", True),
        ("(one|two)$", "num_two", True),
        ("x{2,3}", "axxb", True),
    ],
)
def test_postgres_patterns(pattern: str, text: str, found: Any) -> None:
    assert bool(postgres_regex(pattern).search(text)) is found


def test_an_invalid_pattern_is_an_error() -> None:
    with pytest.raises(re.error):
        postgres_regex("(")


def test_exact_names_match_whole_names_only(tiny: Tiny) -> None:
    assert len(rows(tiny.dials, "run/", f"dataset={NAMES[EXPRESS]}")) == 2
    assert rows(tiny.dials, "run/", "dataset=Express") == []


def test_400_comes_before_500() -> None:
    with pytest.raises(RefusedError) as refused:
        Filters(RUN, {"run_number": "x", "run_number__gte": "y"})
    assert refused.value.status == 400


def test_array_filters_keep_the_order() -> None:
    filters = Filters(HISTOGRAM, {"ls_number__gte": "3", "ls_number__lte": "5"})
    assert filters.accepted("ls_number", np.array([9, 5, 4, 1])).tolist() == [5, 4]
    assert "ls_number" in filters
    assert "me_id" not in filters


def test_files_filter_by_status_size_and_name(tiny: Tiny) -> None:
    assert [row["file_id"] for row in rows(tiny.dials, "file-index/", "status=FINISHED")] == [111, 221]
    assert [row["file_id"] for row in rows(tiny.dials, "file-index/", "min_size=1001")] == [111, 221]
    assert [
        row["file_id"] for row in rows(tiny.dials, "file-index/", r"logical_file_name__regex=0\.root$")
    ] == [110, 220]
    assert [
        row["file_id"] for row in rows(tiny.dials, "file-index/", "logical_file_name=/store/11/0.root")
    ] == [110]


def test_models_filter_by_truth_and_ignore_what_is_neither(tiny: Tiny) -> None:
    assert rows(tiny.dials, "ml-models-index/", "active=true")
    assert rows(tiny.dials, "ml-models-index/", "active=false") == []
    assert rows(tiny.dials, "ml-models-index/", "active=maybe")


def test_flags_filter_by_the_names_of_dataset_and_me(tiny: Tiny) -> None:
    assert len(rows(tiny.dials, "ml-bad-lumisection/", "me__regex=^A/&dataset__regex=Express")) == 3
    assert rows(tiny.dials, "ml-bad-lumisection/", "me=B/map") == []
    assert [row["ls_number"] for row in rows(tiny.dials, "ml-bad-lumisection/", "ls_number=3")] == [3]


def test_fields_projects_lists_and_ignores_unknown_names(tiny: Tiny) -> None:
    assert rows(tiny.dials, "run/", "fields=run_number,nothing")[0] == {"run_number": RUNS[0]}
    assert tiny.dials.get("mes/?fields=me,dim").json()[0] == {"me": "A/full", "dim": 1}
    assert rows(tiny.dials, "run/", "fields=nothing")[0] == {}


def test_fields_does_not_project_the_details_of_runs(tiny: Tiny) -> None:
    path = f"run/{EXPRESS}/{RUNS[0]}/"
    assert tiny.dials.get(f"{path}?fields=run_number").json() == tiny.dials.get(path).json()
