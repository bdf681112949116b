"""Small answers come back exactly as they were given, without the network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.store.answers import Answer, AnswerError, AnswerKey, answer_bytes, read_answer
from dqmtui.store.cache import Cache, ServiceCache
from tests.store.cached import EARLY, URL

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

QUESTION = AnswerKey("https://dials.example", "runs", ("tracker", 12))

TEXT = st.one_of(st.text(), st.sampled_from(["$tuple", "$", "$dict", "$float64"]))
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    TEXT,
    st.datetimes(timezones=st.sampled_from([UTC, None])).map(lambda time: time.replace(fold=0)),
)
VALUES: st.SearchStrategy[Any] = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner), st.lists(inner).map(tuple), st.dictionaries(st.one_of(TEXT, st.integers()), inner)
    ),
    max_leaves=20,
)


def exact(value: object) -> object:
    """Something that is equal when values are the same to the type; repr tells 1 from True and 1.0."""
    return repr(value)


@given(VALUES)
def test_plain_values_come_back_exactly(value: Any) -> None:
    data = answer_bytes(QUESTION, Answer(value, EARLY))
    key, answer = read_answer(data)
    assert key == QUESTION
    assert answer.fetched_at == EARLY
    assert exact(answer.value) == exact(value)
    assert orjson.loads(data)["about"] == ["tracker", 12]


@pytest.mark.parametrize("dtype", ["int64", "float64", "bool"])
@pytest.mark.parametrize("numbers", [[], [0, 1, 1], [1, 0, 2**53]])
def test_arrays_keep_their_type(dtype: str, numbers: list[int]) -> None:
    array = np.array(numbers, dtype=dtype)
    _, answer = read_answer(answer_bytes(QUESTION, Answer({"ls": array}, EARLY)))
    assert answer.value["ls"].dtype == array.dtype
    np.testing.assert_array_equal(answer.value["ls"], array)


def test_a_rate_that_is_null_stays_nan() -> None:
    rates = np.array([1.5, np.nan, 0])
    _, answer = read_answer(answer_bytes(QUESTION, Answer(rates, EARLY)))
    np.testing.assert_array_equal(answer.value, rates)


def test_null_and_absent_stay_apart_and_units_stay() -> None:
    columns = {"columns": {"pileup": [31.5, None, 30]}, "units": {}, "mixed_units": {"lumi": ["/pb", None]}}
    _, answer = read_answer(answer_bytes(QUESTION, Answer(columns, EARLY)))
    assert exact(answer.value) == exact(columns)


@pytest.mark.parametrize(
    "value",
    [object(), np.zeros((2, 2)), np.array([object()]), np.array([np.inf]), np.float32(1), "\ud800", {1, 2}],
)
def test_what_is_not_plain_is_not_kept(value: object, dials: ServiceCache, told: list[str]) -> None:
    with pytest.raises(AnswerError):
        answer_bytes(QUESTION, Answer(value, EARLY))
    assert not dials.keep_answer(value, EARLY, "runs")
    assert len(told) == 1


@given(st.data())
def test_a_changed_or_cut_file_is_found(data: st.DataObject) -> None:
    written = bytearray(answer_bytes(QUESTION, Answer({"a": [1, 2.5, "x"]}, EARLY)))
    at = data.draw(st.integers(0, len(written) - 1))
    if data.draw(st.booleans()):
        written[at] ^= data.draw(st.integers(1, 255))
    else:
        del written[at:]
    with pytest.raises(AnswerError):
        read_answer(bytes(written))


def with_digest(rest: bytes) -> bytes:
    from hashlib import sha256

    return b'{"digest":"' + sha256(rest).hexdigest().encode() + b'",' + rest


@pytest.mark.parametrize(
    "rest",
    [
        b"}",
        b"",
        b'"format":2,"service":"","kind":"","about":[],"fetched_at":"2024-01-01T00:00:00Z","value":1}',
        b'"format":1,"service":"","kind":"","about":[],"fetched_at":"then","value":1}',
        b'"format":1,"service":"","kind":"","about":[],"fetched_at":"2024-01-01T00:00:00Z","value":{"$what":1}}',
        b'"format":1,"service":"","kind":"","about":[],"fetched_at":"2024-01-01T00:00:00Z","value":{"$dict":1}}',
    ],
)
def test_an_answer_that_makes_no_sense_is_found(rest: bytes) -> None:
    with pytest.raises(AnswerError):
        read_answer(with_digest(rest))


def test_a_run_opens_offline_in_another_session(tmp_path: Path) -> None:
    def session() -> ServiceCache:
        return Cache(tmp_path, 10, pytest.fail).of(URL)

    kept: dict[tuple[str | int, ...], Any] = {
        ("datasets", "tracker"): [{"dataset_id": 12, "dataset": "/ZeroBias/A/DQMIO", "last": EARLY}],
        ("runs", "tracker", 12): [(12, "/ZeroBias/A/DQMIO", 381065, 849, None)],
        ("elements", "tracker"): [{"me_id": 7, "me": "a/b", "dim": 1, "count": None}],
        ("lumisections", "tracker", 12, 381065): {"ls": np.array([1, 2, 5])},
        ("conditions", 381065): {"columns": {"beams_stable": [True, None]}, "units": {"pileup": "1"}},
        ("rates", 381065, "HLT_ZeroBias"): {"ls": np.array([1]), "rate_hz": np.array([np.nan])},
        ("card", 381065): {"components": ("DAQ", "TRACKER"), "start_time": datetime(2024, 5, 1, tzinfo=UTC)},
    }
    writing = session()
    for (kind, *about), value in kept.items():
        assert writing.keep_answer(value, EARLY, str(kind), *about)
    reading = session()
    for (kind, *about), value in kept.items():
        answer = reading.answer(str(kind), *about)
        assert answer is not None
        assert exact(answer.value) == exact(value)
        assert answer.fetched_at == EARLY
    assert reading.answer("card", 381066) is None


def test_the_text_of_a_number_is_another_question(dials: ServiceCache) -> None:
    dials.keep_answer("number", EARLY, "runs", 7)
    assert dials.answer("runs", "7") is None


def damage_cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-3])


def damage_foreign(path: Path) -> None:
    path.write_text('{"hello": "world"}')


@pytest.mark.parametrize("damage", [damage_cut, damage_foreign])
def test_a_damaged_answer_is_set_aside(
    damage: Callable[[Path], None], cache: Cache, dials: ServiceCache, told: list[str]
) -> None:
    dials.keep_answer([1], EARLY, "runs", "tracker", 12)
    (path,) = cache.directory.rglob("12.json")
    damage(path)
    assert dials.answer("runs", "tracker", 12) is None
    assert not path.exists()
    assert "set aside" in told[0]
    assert dials.keep_answer([2], EARLY, "runs", "tracker", 12)
    assert cache.verify().bad == []
