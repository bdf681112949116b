"""M3: certification JSON in every form that is about, of files and addresses."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.export.fetch import fetcher
from dqmtui.export.files import ExportError
from dqmtui.export.golden import read_golden
from dqmtui.model.certification import read_certification, write_certification
from dqmtui.model.lsmask import LSMask
from dqmtui.services.transport_options import TransportOptions
from tests.model.note_samples import whole_masks

if TYPE_CHECKING:
    from pathlib import Path

certifications = st.dictionaries(st.integers(1, 400_000), whole_masks, max_size=6)


def no_fetch(address: str) -> bytes:
    raise AssertionError(address)


@given(certifications)
def test_M3_what_is_written_reads_back_the_same_here_and_for_others(found: dict[int, LSMask]) -> None:
    text = write_certification(found)
    assert read_certification(text) == found
    plain: dict[str, list[list[int]]] = json.loads(text)
    assert [int(run) for run in plain] == sorted(found)
    for run, ranges in plain.items():
        for first, last in ranges:
            assert first in found[int(run)]
            assert last == -1 or last in found[int(run)]
        assert ranges == sorted(ranges)


@pytest.mark.parametrize(
    ("ranges", "means"),
    [
        ([[1, 35]], "1-35"),
        ([[30, 35], [1, 5], [4, 9], [10, 12]], "1-12,30-35"),
        ([[7]], "7"),
        ([-1], "all"),
        ([[-1]], "all"),
        ([[10, -1]], "10-"),
        ([[1, 3], [10, -1], [12, 14]], "1-3,10-"),
        ([], ""),
    ],
)
def test_M3_range_lists_are_normalised_on_read(tmp_path: Path, ranges: object, means: str) -> None:
    for content in ({"380238": ranges}, {"generated_json": {"380238": ranges}, "json_logic": {}}):
        path = tmp_path / "golden.json"
        path.write_text(json.dumps(content))
        assert read_golden(str(path), no_fetch) == {380238: LSMask.parse(means)}


@pytest.mark.parametrize("text", ["[]", "{", '{"x": [[1, 2]]}', '{"5": [[3, 1]]}', '{"5": [[1,2]], "5": []}'])
def test_what_is_no_certification_is_said_with_the_name_of_the_file(tmp_path: Path, text: str) -> None:
    path = tmp_path / "golden.json"
    path.write_text(text)
    with pytest.raises(ExportError, match=r"golden\.json is no certification JSON"):
        read_golden(str(path), no_fetch)


def test_a_file_of_five_megabytes_is_read_to_its_end() -> None:
    ranges = [[first, first + 1] for first in range(1, 1300, 3)]
    text = json.dumps({str(run): ranges for run in range(380_000, 381_000)})
    assert len(text) > 5_000_000
    found = read_certification(text)
    assert len(found) == 1000
    assert found[380_999].to_json() == ranges


def test_recorded_certifications_are_read_and_written_the_same(shared_data: Path) -> None:
    for name in ("json_DCSONLY_2024.txt", "json_GOLDEN_2022.txt"):
        found = read_golden(str(shared_data / name), no_fetch)
        recorded = json.loads((shared_data / name).read_text())
        assert json.loads(write_certification(found)) == {
            run: ranges for run, ranges in recorded.items() if ranges
        }


def test_an_address_that_does_not_answer_is_an_error_that_names_it() -> None:
    fetch = fetcher(TransportOptions(connect_timeout_s=1.0))
    with pytest.raises(ExportError, match=r"http://127\.0\.0\.1:9/x cannot be read"):
        read_golden("http://127.0.0.1:9/x", fetch)


def test_a_file_of_nobodys_directory_is_said_to_be() -> None:
    with pytest.raises(ExportError, match="cannot be read: Could not determine home directory"):
        read_golden("~nobody-of-that-name/golden.json", no_fetch)
