"""CertHelper's lists of reference runs, in every format."""

from __future__ import annotations

import csv
import gzip
import io
import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.export.certhelper import (
    RECONSTRUCTIONS,
    ReferenceRow,
    most_used,
    read_references,
    references_of,
    write_references,
)
from dqmtui.export.files import ExportError
from dqmtui.export.golden import read_place

if TYPE_CHECKING:
    from pathlib import Path

runs = st.integers(1, 400_000)
names = st.sampled_from(RECONSTRUCTIONS)
plain = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=12)
datasets = plain.filter(lambda text: text.strip().lower() != "to be defined")
rows = st.builds(ReferenceRow, runs, runs, names, names, datasets)
lists = st.lists(rows, unique=True, max_size=8)


def fields_of(row: ReferenceRow) -> dict[str, Any]:
    return {
        "run_number": row.run,
        "run_reconstruction_type": row.reconstruction,
        "reference_run_number": row.reference,
        "reference_run_reconstruction_type": row.reference_reconstruction,
        "dataset": row.dataset or None,
    }


@given(lists)
def test_the_list_reads_back_the_same_here_and_for_others(found: list[ReferenceRow]) -> None:
    text = write_references(found)
    assert read_references(text) == found
    assert json.loads(text) == [fields_of(row) for row in found]


@given(lists)
def test_json_lines_and_csv_hold_the_same_rows(found: list[ReferenceRow]) -> None:
    lines = "\n".join(json.dumps(fields_of(row)) for row in found)
    assert read_references(lines) == found
    out = io.StringIO()
    writer = csv.DictWriter(out, list(fields_of(ReferenceRow(1, 1))))
    writer.writeheader()
    writer.writerows(map(fields_of, found))
    assert read_references(out.getvalue()) == found


@given(st.lists(st.tuples(runs, runs), unique=True, min_size=1, max_size=6))
def test_the_older_lists_have_two_numbers_alone(pairs: list[tuple[int, int]]) -> None:
    found = [ReferenceRow(run, reference) for run, reference in pairs]
    objects = [{"run_number": run, "reference_run_number": reference} for run, reference in pairs]
    header = "run_number,reference_run_number\n"
    for text in (
        json.dumps(pairs),
        json.dumps(objects),
        "\n".join(map(json.dumps, objects)),
        "\n".join(map(json.dumps, pairs)),
        header + "\n".join(f"{run},{reference}" for run, reference in pairs),
        "\n".join(f"{run}, {reference}" for run, reference in pairs),
    ):
        assert read_references(text) == found


def test_rows_that_stand_twice_count_once_and_no_dataset_has_no_name() -> None:
    one = fields_of(ReferenceRow(5, 3, "prompt", "prompt"))
    texts = [{**one, "dataset": dataset} for dataset in (None, "", "To Be Defined", "/A/B/DQM")]
    assert [row.dataset for row in read_references(json.dumps([*texts, *texts]))] == ["", "/A/B/DQM"]


def test_references_by_type_of_reconstruction_in_the_order_of_processing() -> None:
    found = [ReferenceRow(5, n, name, name) for n, name in enumerate(reversed(RECONSTRUCTIONS), 1)]
    found += [ReferenceRow(6, 9, "prompt", "prompt"), ReferenceRow(5, 7)]
    assert list(references_of(found, 5)) == ["", *RECONSTRUCTIONS]
    assert references_of(found, 5, "prompt") == {"": [found[-1]], "prompt": [found[2]]}
    assert references_of(found, 4) == {}


def test_the_references_used_latest_before_a_run_come_first() -> None:
    found = [ReferenceRow(run, 3 if run < 8 else 5, "prompt", "prompt") for run in range(4, 11)]
    assert most_used(found, 9) == {5: 1, 3: 4}
    assert most_used(found, 9, "express") == {}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{nonsense", "Line 1"),
        ("[1,", "no JSON"),
        ('[{"run_number": 5}]', "Row 1 of this list of reference runs has no reference_run_number"),
        ('[{"run_number": "x", "reference_run_number": 3}]', "has no run_number"),
        ("[[1, 2], 3]", "Row 2 .* neither an object nor a pair"),
        ("a,b\n1,2\n", "lacks the columns"),
    ],
)
def test_what_is_wrong_with_a_list_is_said(text: str, says: str) -> None:
    with pytest.raises(ExportError, match=says):
        read_references(text)
    assert read_references(" \n") == []


def test_a_list_is_of_a_file_or_of_an_address(tmp_path: Path) -> None:
    path = tmp_path / "list.json"
    path.write_text("[[2, 1]]")
    asked: list[str] = []

    def fetch(address: str) -> bytes:
        asked.append(address)
        return b"\xef\xbb\xbf[[4, 3]]"

    assert read_references(read_place(str(path), fetch)) == [ReferenceRow(2, 1)]
    assert read_references(read_place("https://certhelper/list", fetch)) == [ReferenceRow(4, 3)]
    assert asked == ["https://certhelper/list"]
    with pytest.raises(ExportError, match="larger"):
        read_place("https://certhelper/list", fetch, 5)


def test_the_recorded_list_is_read_whole(shared_data: Path) -> None:
    with gzip.open(shared_data / "certhelper_refruns_2024-11.json.gz", "rt") as file:
        text = file.read()
    found = read_references(text)
    recorded = json.loads(text)
    # of 13,668 rows each counts once
    unique = {(*(row[name] for name in sorted(row) if name != "dataset"),) for row in recorded}
    assert {
        (*(fields_of(row)[name] for name in sorted(recorded[0]) if name != "dataset"),) for row in found
    } == unique
    assert "To Be Defined" not in {row.dataset for row in found}
    assert references_of(found, 381067, "prompt")["prompt"][0].reference == 380360
