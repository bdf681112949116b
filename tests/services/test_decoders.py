"""Whatever a server sends, a decoder gives the right kinds of values or says what is wrong."""

from __future__ import annotations

import copy
import dataclasses
import math
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.services import dials_decode, histogram_decode, oms_decode
from dqmtui.services.decode import Malformed
from dqmtui.services.histogram_decode import HistogramQuery
from dqmtui.services.json_rows import parse_json
from dqmtui.services.replies import Asked, NotJson, RawReply, judge, judge_malformed, judge_unreadable
from dqmtui.services.tokens import Bearer
from tests.services import rows
from tests.services.conftest import SECRET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Path = tuple[Any, ...]

FLAG = {"model_id": 1, "dataset_id": rows.DATASET_ID, "run_number": rows.RUN, "ls_number": 3, "mse": 0.5}
MODEL = {"model_id": 1, "filename": "a.onnx", "target_me": "x", "active": True, "anomaly_threshold": 0.5}
CERTIFICATION = {
    "name": "Cert",
    "url": "u",
    "last_modified": "2024-10-01T00:00:00Z",
    "content": {"5": [[1, 9]]},
}
QUERY = HistogramQuery(rows.DATASET_ID, rows.RUN, 3, 1, 1, 9)
OF_RUN = {"dataset_id": rows.DATASET_ID, "run_number": rows.RUN}


def listed(row: Callable[..., object], **more: Any) -> Callable[[object], object]:
    return partial(dials_decode.page, row=partial(row, **more))


def of_oms(row: Callable[..., object], **more: Any) -> Callable[[object], object]:
    return partial(oms_decode.record_page, row=partial(row, **more), run_number=rows.RUN)


RATE = {"name_field": "path_name", "name": "HLT_ZeroBias_v11", "count_field": "counter"}
DECODERS: dict[str, tuple[Callable[[object], object], Any]] = {
    "workspaces": (dials_decode.workspaces, {"workspaces": ["csc", "tracker"]}),
    "default workspace": (dials_decode.default_workspace, {"workspace": "csc"}),
    "datasets": (listed(dials_decode.dataset), rows.page([rows.dataset(), rows.dataset(2)], "t")),
    "files": (listed(dials_decode.file_status), rows.page([rows.file(), rows.file(2)])),
    "runs": (listed(dials_decode.run_row), rows.page([rows.run() | {"ls_completeness": 0.5}])),
    "lumisections": (
        listed(dials_decode.lumisection, **OF_RUN),
        rows.page([rows.lumisection(1), rows.lumisection(2)]),
    ),
    "a count": (dials_decode.count, {"count": 819}),
    "LS of a run": (partial(dials_decode.ls_count, **OF_RUN), rows.run()),
    "listed LS": (
        partial(histogram_decode.listed_ls, query=QUERY),
        rows.page([rows.th1(1), rows.th1(2), rows.th1(9)], "t"),
    ),
    "elements": (
        partial(dials_decode.plain_list, row=dials_decode.monitoring_element),
        [rows.me(), rows.me(4)],
    ),
    "models": (listed(dials_decode.ml_model), rows.page([MODEL])),
    "flags": (listed(dials_decode.ml_flag, **OF_RUN), rows.page([FLAG])),
    "certification": (dials_decode.certification_json, CERTIFICATION),
    "th1": (
        partial(histogram_decode.histogram_rows, query=QUERY),
        rows.page([rows.th1(1), rows.th1(2)], "t"),
    ),
    "th2": (
        partial(histogram_decode.histogram_rows, query=dataclasses.replace(QUERY, dim=2)),
        rows.page([rows.th2(1), rows.th2(2)]),
    ),
    "run cards": (of_oms(oms_decode.run_card), rows.records([rows.oms_run()])),
    "fill cards": (
        partial(oms_decode.record_page, row=oms_decode.fill_card),
        rows.records([rows.oms_fill()]),
    ),
    "rates": (of_oms(oms_decode.rate, **RATE), rows.records([rows.rate(1), rows.rate(2)])),
    "path names": (of_oms(oms_decode.path_name), rows.records([rows.record("x", "1", path_name="HLT_A_v1")])),
    "dataset names": (
        of_oms(oms_decode.dataset_names),
        rows.records(rows.record("x", "1", datasets=["A", "B"])),
    ),
    "conditions": (of_oms(oms_decode.lumisection), rows.records([rows.oms_lumisection(1)])),
    "meta": (oms_decode.attribute_meta, {"meta": {"fields": {"rate": {"title": "Rate", "sortable": True}}}}),
}

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["NaN", "Infinity", "1", "1.5", "true", "null", "2024-06-03T09:12:44Z", "\x1b[31m"]),
)
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """The paths to all values inside of a JSON value, itself included."""
    yield path
    if isinstance(value, dict | list):
        keys: Any = value if isinstance(value, dict) else range(len(value))
        for key in keys:
            yield from places(value[key], (*path, key))


@st.composite
def damaged(draw: st.DrawFn, good: Any) -> Any:
    """A good reply in which one place is replaced, removed, cut short or repeated."""
    path = draw(st.sampled_from(list(places(good))))
    if not path:
        return draw(JSON)
    reply = copy.deepcopy(good)
    parent: Any = reply
    for key in path[:-1]:
        parent = parent[key]
    match draw(st.sampled_from(["replace", "replace", "remove", "cut", "repeat"])):
        case "replace":
            parent[path[-1]] = draw(JSON)
        case "remove":
            del parent[path[-1]]
        case "cut" if isinstance(parent[path[-1]], list | str):
            parent[path[-1]] = parent[path[-1]][:-1]
        case "repeat" if isinstance(parent, list):
            parent.append(copy.deepcopy(parent[path[-1]]))
    return reply


def check_kinds(value: Any, good: Any) -> None:
    """Fail unless a decoded value is of the kinds of a good one, finite, and harmless to print."""
    if dataclasses.is_dataclass(good) and not isinstance(good, type):
        assert type(value) is type(good)
        for field in dataclasses.fields(good):
            check_field(field, getattr(value, field.name), getattr(good, field.name))
    elif isinstance(value, np.ndarray):
        assert (value.dtype, value.ndim) == (good.dtype, good.ndim)
        assert np.isfinite(value).all()
    elif isinstance(value, list | tuple):
        models = good if isinstance(good, tuple) else [good[0]] * len(value)
        for item, model in zip(value, models, strict=False):
            check_kinds(item, model)
    elif isinstance(value, dict):
        assert all(str(name).isprintable() for name in value)
        for item in value.values():
            check_kinds(item, next(iter(good.values()), None))
    else:
        check_scalar(value, good)


def check_field(field: dataclasses.Field[Any], value: Any, good: Any) -> None:
    if value is None:
        assert "None" in str(field.type)
    elif field.name not in {"attributes", "where"}:
        check_kinds(value, good)


def check_scalar(value: Any, good: Any) -> None:
    if isinstance(value, str):
        assert value.isprintable()
    if isinstance(value, float):
        assert math.isfinite(value)
    if isinstance(value, datetime):
        assert value.tzinfo is not None
    if value is not None and good is not None:
        assert type(value) is type(good)


@pytest.mark.parametrize("name", DECODERS)
def test_good_replies_are_decoded(name: str) -> None:
    decode, good = DECODERS[name]
    check_kinds(decode(good), decode(copy.deepcopy(good)))


@pytest.mark.parametrize("name", DECODERS)
@given(data=st.data())
def test_a_damaged_reply_gives_right_values_or_says_what_is_wrong(name: str, data: st.DataObject) -> None:
    decode, good = DECODERS[name]
    reply = orjson.loads(orjson.dumps(data.draw(damaged(good))))
    try:
        value = decode(reply)
    except Malformed as error:
        complaint = str(error)
    else:
        check_kinds(value, decode(good))
        return
    assert complaint.isprintable()
    assert " " in complaint


@pytest.mark.parametrize("value", [math.inf, -math.inf, math.nan])
def test_numbers_that_are_not_finite_are_refused_however_they_got_through_the_parser(value: float) -> None:
    with pytest.raises(Malformed, match=r"results\[0\]\.data\[1\] is not finite"):
        histogram_decode.histogram_rows(rows.page([rows.th1(1, 2, data=[1.0, value])]), QUERY)
    with pytest.raises(Malformed, match=r"results\[0\]\.x_max is not finite"):
        histogram_decode.histogram_rows(rows.page([rows.th1(1, x_max=value)]), QUERY)


@given(columns=st.lists(st.dictionaries(st.text(max_size=8), JSON, max_size=4), max_size=4))
def test_columns_have_one_value_for_each_record(columns: list[dict[str, Any]]) -> None:
    records = [oms_decode.Record(attributes, {}, "") for attributes in columns]
    found = oms_decode.columns("lumisections", records)
    assert {len(values) for values in found.columns.values()} <= {len(columns)}
    assert all(name.isprintable() for name in found.columns)
    assert repr(list(found.columns.values())).isprintable()


ASKED = Asked("DIALS", "DIALS", "DIALS", "https://host.example/api/v1/x?a=1", Bearer(SECRET))
HEADERS = (
    st.sampled_from(["", "text/html", "application/json", "/x/", "https://[", f"/?{SECRET}"]) | st.text()
)
BODIES = st.binary(max_size=200) | JSON.map(orjson.dumps) | st.just(f"<html>{SECRET}".encode())


@given(st.integers(100, 599), HEADERS, HEADERS, HEADERS, BODIES)
def test_every_reply_is_used_or_judged_without_showing_the_token(
    status: int, content_type: str, location: str, retry_after: str, body: bytes
) -> None:
    reply = RawReply(status, content_type, location, retry_after, body)
    verdicts = [judge(reply, ASKED), judge_unreadable(reply, ASKED)]
    verdicts.append(judge_malformed(reply, ASKED, Malformed("x", "is wrong")))
    assert (verdicts[0] is None) == (status == 200)
    for verdict in verdicts:
        if verdict is not None:
            shown = f"{verdict.error.message} {verdict.error.details()}"
            assert shown.isprintable()
            assert SECRET not in shown
            assert len(verdict.error.message) < 500


@given(st.binary(max_size=100) | JSON.map(orjson.dumps))
def test_a_body_is_json_or_told_not_to_be(body: bytes) -> None:
    try:
        value = parse_json(body)
    except NotJson:
        return
    assert value is None or isinstance(value, bool | int | float | str | list | dict)


@pytest.mark.parametrize(
    ("decode", "answer", "said"),
    [
        (dials_decode.default_workspace, {"user": "x"}, "workspace is missing"),
        (dials_decode.default_workspace, [], "the answer is a list, not an object"),
        (oms_decode.attribute_meta, {}, "the answer is empty"),
        (oms_decode.attribute_meta, {"detail": "no"}, "the answer has no data but says 'detail: no'"),
    ],
)
def test_what_lacks_in_an_answer_is_named_as_it_is_called(
    decode: Callable[[object], object], answer: object, said: str
) -> None:
    with pytest.raises(Malformed) as caught:
        decode(answer)
    assert str(caught.value) == said


def test_an_element_that_is_listed_twice_is_one_element() -> None:
    rows = [{"me_id": 5, "me": "charge_PXLayer_1", "dim": 1, "count": 3}] * 2
    (element,) = dials_decode.plain_list(rows, dials_decode.monitoring_element)
    assert element.me_id == 5
