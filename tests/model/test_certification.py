"""Certification JSON: golden, DCS-only and Run Registry files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.model.certification import (
    certification_json,
    data_taking_class,
    read_certification,
    write_certification,
)
from dqmtui.model.lsmask import OPEN_END, LSMask, MaskError

if TYPE_CHECKING:
    from pathlib import Path

ranges = st.lists(st.tuples(st.integers(1, 3000), st.integers(0, 400)).map(lambda r: [r[0], r[0] + r[1]]))


def test_N6_a_golden_json_acts_per_ls() -> None:
    golden = read_certification('{"380238": [[1, 35], [40, 41]], "379765": [[43, 1738]]}')
    assert set(golden) == {380238, 379765}
    assert set(golden[380238]) == {*range(1, 36), 40, 41}
    assert 36 not in golden[380238]
    assert golden[379765].ranges == ((43, 1738),)


def test_bytes_are_read_like_text() -> None:
    assert read_certification(b'{"380238": [[1, 35]]}') == {380238: LSMask(((1, 35),))}


def test_M3_unsorted_and_overlapping_ranges_are_put_in_order() -> None:
    golden = read_certification('{"380238": [[30, 50], [1, 5], [4, 31], [60, 60]]}')
    assert golden[380238].ranges == ((1, 50), (60, 60))


@pytest.mark.parametrize("value", ["[-1]", "[[-1]]", "[[1, -1]]"])
def test_M3_minus_one_certifies_the_whole_run(value: str) -> None:
    assert read_certification(f'{{"380238": {value}}}') == {380238: LSMask.all()}


def test_M3_a_range_to_the_end_has_no_end() -> None:
    assert read_certification('{"380238": [[10, -1], [3, 4]]}')[380238].ranges == ((3, 4), (10, OPEN_END))


def test_the_wrapper_of_the_run_registry_is_taken_off() -> None:
    wrapped = '{"generated_json": {"380238": [[1, 35]]}, "dataset_in_runregistry": "online"}'
    assert read_certification(wrapped) == {380238: LSMask(((1, 35),))}


def test_a_run_without_a_good_ls_is_known_and_empty() -> None:
    assert read_certification('{"380238": []}') == {380238: LSMask()}


def test_an_empty_certification_is_one() -> None:
    assert read_certification("{}") == {}
    assert read_certification('{"generated_json": {}}') == {}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("<html>login</html>", "not JSON"),
        (b"\xff\xfe\xfa", "not JSON"),
        ("[" * 200_000, "not JSON"),
        ('{"1": [[' + "9" * 5000 + ", 1]]}", "not JSON"),
        ("[]", "object of run numbers"),
        ("5", "object of run numbers"),
        ('"380238"', "object of run numbers"),
        ('{"run": [[1, 2]]}', "'run' is not a run number"),
        ('{"": [[1, 2]]}', "'' is not a run number"),
        ('{"-5": [[1, 2]]}', "'-5' is not a run number"),
        ('{"38.0": [[1, 2]]}', "'38.0' is not a run number"),
        ('{"٣٨": [[1, 2]]}', "is not a run number"),
        ('{"²": [[1, 2]]}', "is not a run number"),
        ('{"' + "9" * 6000 + '": []}', "is not a run number"),
        ('{"generated_json": 5}', "'generated_json' is not a run number"),
        ('{"380238": 35}', "run 380238: 35 is not a list of ranges"),
        ('{"380238": null}', "run 380238: None is not a list of ranges"),
        ('{"380238": [1, 35]}', "run 380238: 1 is not a range"),
        ('{"380238": [[1, 35], "x"]}', "run 380238: 'x' is not a range"),
        ('{"380238": [[35, 1]]}', "run 380238: [35, 1] ends before it starts"),
        ('{"380238": [[0, 1]]}', "run 380238: lumisections start at 1"),
        ('{"380238": [[1, 2.5]]}', "run 380238: [1, 2.5] is not a range of lumisection numbers"),
        ('{"380238": [[1, NaN]]}', "run 380238: [1, nan] is not a range of lumisection numbers"),
        ('{"380238": [[1, 2]], "380238": [[5, 6]]}', "'380238' stands twice"),
    ],
)
def test_bad_shapes_are_errors_that_say_where(text: str | bytes, said: str) -> None:
    with pytest.raises(MaskError) as raised:
        read_certification(text)
    assert said in str(raised.value)
    assert len(str(raised.value)) < 250


def test_one_run_written_in_two_ways_is_one_run() -> None:
    assert read_certification('{"380238": [[1, 2]], "0380238": [[5, 6]]}') == {
        380238: LSMask(((1, 2), (5, 6)))
    }


def test_a_certification_is_written_in_order_merged_and_without_empty_runs() -> None:
    masks = {381000: LSMask.of("5-9,1-6"), 99: LSMask(), 380000: LSMask.parse("7,10-")}
    assert certification_json(masks) == {"380000": [[7, 7], [10, -1]], "381000": [[1, 9]]}
    assert write_certification(masks) == '{\n  "380000": [[7, 7], [10, -1]],\n  "381000": [[1, 9]]\n}\n'


def test_an_empty_certification_is_written_as_an_empty_object() -> None:
    assert json.loads(write_certification({})) == {}
    assert json.loads(write_certification({5: LSMask()})) == {}


@given(st.dictionaries(st.integers(1, 400_000), ranges, max_size=6))
def test_what_is_written_is_read_back(content: dict[int, list[list[int]]]) -> None:
    expected = {
        run: {ls for first, last in pairs for ls in range(first, last + 1)}
        for run, pairs in content.items()
        if pairs
    }
    text = json.dumps({str(run): pairs for run, pairs in content.items()})
    read = read_certification(write_certification(read_certification(text)))
    assert {run: set(mask) for run, mask in read.items()} == expected


forms = st.one_of(
    st.tuples(st.integers(1, 60), st.integers(0, 20)).map(lambda r: [r[0], r[0] + r[1]]),
    st.integers(1, 60).map(lambda first: [first]),
    st.integers(1, 60).map(lambda first: [first, -1]),
    st.just([-1]),
)
whole = st.just([-1])


def lies_in(form: list[int] | int, ls: int) -> bool:
    """Tell from a range as the file has it whether an LS lies in it; no last LS is known."""
    first, last = (form, form) if isinstance(form, int) else (form[0], form[-1])
    return first <= ls and (last == -1 or ls <= last)


@given(
    st.dictionaries(st.integers(1, 400_000), st.lists(forms, max_size=12) | whole, max_size=4), st.booleans()
)
def test_M3_every_form_of_a_range_in_any_order_alone_or_among_many_holds_what_it_says(
    content: dict[int, list[list[int] | int]],
    wrapped: bool,  # noqa: FBT001 - hypothesis gives it
) -> None:
    written: dict[str, object] = {str(run): parts for run, parts in content.items()}
    read = read_certification(json.dumps({"generated_json": written} if wrapped else written))
    # a run that is not in the file is none with all, nor one with nothing
    assert set(read) == set(content)
    for run, parts in content.items():
        assert [ls for ls in range(1, 100) if ls in read[run]] == [
            ls for ls in range(1, 100) if any(lies_in(part, ls) for part in parts)
        ]


def test_a_large_file_is_read_whole() -> None:
    pairs = [[first, first + 1] for first in range(1, 1501, 3)]
    content = {str(run): pairs for run in range(380_000, 380_400)}
    read = read_certification(json.dumps(content))
    assert len(read) == 400
    assert all(len(mask.ranges) == 500 and len(mask) == 1000 for mask in read.values())


@pytest.mark.parametrize("name", ["json_DCSONLY_2024.txt", "json_GOLDEN_2022.txt"])
def test_official_files_are_read_and_written_without_a_change(shared_data: Path, name: str) -> None:
    text = (shared_data / name).read_text()
    assert certification_json(read_certification(text)) == json.loads(text)


@pytest.mark.parametrize(
    ("dataset", "name"),
    [
        ("/ZeroBias/Run2024E-PromptReco-v1/DQMIO", "Collisions24"),
        ("/StreamExpress/Run2025C-Express-v1/DQMIO", "Collisions25"),
        ("/HIPhysicsRawPrime0/HIRun2023A-PromptReco-v2/DQMIO", "Collisions23HI"),
        ("/StreamExpressCosmics/Run2024E-Express-v1/DQMIO", ""),
        ("/Cosmics/Commissioning2024-PromptReco-v1/DQMIO", ""),
        ("/Cosmics/Run2024E-PromptReco-v1/DQMIO", ""),
        ("no dataset", ""),
    ],
)
def test_the_era_in_a_dataset_names_the_class_of_its_certification(dataset: str, name: str) -> None:
    assert data_taking_class(dataset) == name
