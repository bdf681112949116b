"""Bodies are unpacked within limits, and large ones parsed row by row to the same value as in one go."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from dqmtui.services.digest import is_small, unpacked
from dqmtui.services.json_rows import WHOLE_BYTES, parse_json
from dqmtui.services.replies import NotJson, RawReply
from tests.services import rows

TEXTS = st.text(max_size=8) | st.sampled_from(['},{"', "[{", "}]", '"', "\\", '{"a":1},{"b":2}', "}],[{"])
SCALARS = st.none() | st.booleans() | st.integers(-9, 9) | TEXTS
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(TEXTS, VALUES, max_size=3)
REPLIES = st.builds(
    lambda before, name, items, after: {**before, name: items, **after},
    OBJECTS,
    TEXTS,
    st.lists(OBJECTS),
    OBJECTS,
)


@given(REPLIES | VALUES)
@example({"next": 'x?[{"', "results": [{"a": "},{"}, {"b": "}]"}]})
@example({"results": [{}], "other": [{}]})
@example({"a": {"results": [{"x": 1}, {"x": 2}]}})
@example([{"a": 1}, {"a": 2}])
@example({"results": [{"a": [{"b": 1}, {"b": 2}]}, {"a": [{}]}]})
def test_a_body_parsed_by_rows_has_the_value_it_has_in_one_go(value: Any) -> None:
    for body in (
        orjson.dumps(value),
        json.dumps(value).encode(),
        orjson.dumps(value, option=orjson.OPT_INDENT_2),
    ):
        assert parse_json(body, whole_bytes=0) == value


@given(REPLIES, st.data())
def test_a_body_that_is_cut_is_no_json(value: Any, data: st.DataObject) -> None:
    body = orjson.dumps(value)
    cut = body[: data.draw(st.integers(0, len(body) - 1))]
    with pytest.raises(NotJson):
        parse_json(cut, whole_bytes=0)


@given(REPLIES, st.data())
def test_a_damaged_body_is_read_as_in_one_go(value: Any, data: st.DataObject) -> None:
    body = bytearray(orjson.dumps(value))
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] = data.draw(st.sampled_from(b'{}[],:"\\x1 '))
    try:
        expected = orjson.loads(bytes(body))
    except ValueError:
        with pytest.raises(NotJson):
            parse_json(bytes(body), whole_bytes=0)
    else:
        assert parse_json(bytes(body), whole_bytes=0) == expected


def test_large_replies_of_both_services_are_parsed_by_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes = []
    loads = orjson.loads

    def spy(body: bytes) -> Any:
        sizes.append(len(body))
        return loads(body)

    monkeypatch.setattr(orjson, "loads", spy)
    for reply in (
        rows.page([rows.th1(ls, 100) for ls in range(1, 300)], "token"),
        rows.records([rows.oms_lumisection(ls) for ls in range(1, 1000)]),
    ):
        body = orjson.dumps(reply)
        assert len(body) > WHOLE_BYTES
        sizes.clear()
        assert parse_json(body) == reply
        assert max(sizes) < WHOLE_BYTES / 10


@given(
    st.lists(st.binary(max_size=300), min_size=1, max_size=3), st.sampled_from(["gzip", "x-gzip", " GZIP"])
)
def test_compressed_bodies_are_unpacked(members: list[bytes], encoding: str) -> None:
    packed = b"".join(gzip.compress(member) for member in members)
    assert unpacked(packed, encoding, 1000) == b"".join(members)


@pytest.mark.parametrize("encoding", ["", "identity"])
def test_other_bodies_stay_as_they_are(encoding: str) -> None:
    assert unpacked(b"abc", encoding, 1) == b"abc"


@given(st.binary(min_size=1, max_size=300), st.data())
def test_a_compressed_body_that_is_cut_is_told(body: bytes, data: st.DataObject) -> None:
    packed = gzip.compress(body)
    with pytest.raises(zlib.error):
        unpacked(packed[: data.draw(st.integers(1, len(packed) - 1))], "gzip", 1000)


@pytest.mark.parametrize(("body", "encoding"), [(b"abc", "gzip"), (b"abc", "br"), (b"abc", "gzip, gzip")])
def test_a_body_that_is_packed_otherwise_is_told(body: bytes, encoding: str) -> None:
    with pytest.raises(zlib.error):
        unpacked(body, encoding, 1000)


def test_no_more_than_the_limit_is_unpacked() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    assert len(unpacked(bomb, "gzip", 1000)) == 1001
    assert len(unpacked(gzip.compress(bytes(600)) * 9, "gzip", 1000)) == 1001


@pytest.mark.parametrize(
    ("body", "encoding", "small"),
    [
        (bytes(100), "", True),
        (bytes(101), "", False),
        (gzip.compress(bytes(100)), "gzip", True),
        (gzip.compress(bytes(101)), "gzip", False),
        (gzip.compress(bytes(100_000)), "gzip", False),
        (b"damaged", "gzip", True),
    ],
    ids=["plain", "plain, larger", "packed", "packed, larger", "packed well", "damaged"],
)
def test_a_body_is_small_by_its_unpacked_size(body: bytes, encoding: str, *, small: bool) -> None:
    assert is_small(RawReply(200, "", "", "", body, encoding), 100) is small
