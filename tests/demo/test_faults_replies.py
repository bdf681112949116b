"""What a client sees of each fault, over real HTTP."""

from __future__ import annotations

import gzip
import json
import math
import time
from typing import TYPE_CHECKING, Any

import httpx
import orjson
import pytest

from tests.demo.faulty import OMS, REFERENCES, RUN_ROWS, RUNS, TOKEN, misbehaving, rows

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG = "/api/v1/th1/?page_size=100"
SEEDS = range(12)


@pytest.fixture(scope="module")
def right() -> Any:
    """The right reply to RUNS."""
    with misbehaving("") as services:
        return services.get().json()


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Give every value that is no list or object with its place."""
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from leaves(item, f"{path}/{key}")
    else:
        yield path, value


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failing_service_answers_with_a_web_page(status: int) -> None:
    with misbehaving(f"{status}=1") as services:
        for path in (RUNS, OMS, TOKEN, REFERENCES):
            reply = services.get(path)
            assert reply.status_code == status
            assert reply.headers["content-type"].startswith("text/html")
            assert reply.text.startswith("<!doctype html>")
            assert "retry-after" not in reply.headers


def test_a_failing_service_says_when_to_come_back() -> None:
    with misbehaving("503=1:retry-after=7") as services:
        assert services.get().headers["retry-after"] == "7"


def test_a_reset_connection_brings_nothing() -> None:
    with misbehaving("reset=1") as services:
        found = services.raw()
        assert (found.status, found.body, found.was_reset) == (0, b"", True)
        assert services.outcome() == "ReadError"


@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_a_reset_half_way_brings_half_of_the_announced_body(encoding: str) -> None:
    with misbehaving("midreset=1") as services:
        found = services.raw(LONG, f"Accept-Encoding: {encoding}")
        assert found.status == 200
        assert found.headers.get("content-encoding", "identity") == encoding
        assert len(found.body) == int(found.headers["content-length"]) // 2
        assert found.was_reset
        assert services.outcome(LONG) == "ReadError"


def test_a_truncated_reply_is_complete_for_http_and_cut_for_json() -> None:
    lengths = set()
    for seed in SEEDS:
        with misbehaving(f"truncated=1,seed={seed}") as services:
            reply = services.get()
            assert reply.status_code == 200
            assert len(reply.content) == int(reply.headers["content-length"])
            assert reply.content.startswith(b'{"next":"http'[: len(reply.content)])
            lengths.add(len(reply.content))
            with pytest.raises(ValueError):
                reply.json()
    assert len(lengths) > len(SEEDS) / 2


def test_a_malformed_reply_is_no_json_in_several_ways() -> None:
    ways = {b"{'": 0, b",}": 0, b"}}": 0}
    for seed in SEEDS:
        with misbehaving(f"malformed=1,seed={seed}") as services:
            content = services.get().content
            with pytest.raises(ValueError):
                json.loads(content)
            ways[b"{'" if content.startswith(b"{'") else content[-2:]] += 1
    assert sorted(ways) == sorted({b"{'", b",}", b"}}"})
    assert all(ways.values())


def test_one_value_has_another_type_and_is_never_null(right: Any) -> None:
    changed = set()
    for seed in SEEDS:
        with misbehaving(f"types=1,seed={seed}") as services:
            found = services.get().json()
        before, after = dict(leaves(right)), dict(leaves(found))
        for place in before.keys() & after.keys():
            if type(before[place]) is not type(after[place]):
                changed.add(place)
                assert str(before[place]).lower() == after[place]
        assert before.keys() != after.keys() or changed
        assert list(after.values()).count(None) <= list(before.values()).count(None)
    assert len(changed) > 1


def test_a_number_is_nan_as_text_or_bare() -> None:
    kinds = set()
    for seed in SEEDS:
        with misbehaving(f"nan=1,seed={seed}") as services:
            content = services.get(LONG).content
        spoiled = [value for _, value in leaves(json.loads(content)) if value == "NaN" or value != value]  # noqa: PLR0124 - NaN
        assert len(spoiled) == 1
        kinds.add(type(spoiled[0]))
        if spoiled != ["NaN"]:
            assert math.isnan(spoiled[0])
            with pytest.raises(ValueError):
                orjson.loads(content)
    assert kinds == {str, float}


def test_a_slow_service_answers_right_and_late(right: Any) -> None:
    with misbehaving("slow=1:0.3") as services:
        began = time.perf_counter()
        reply = services.get()
        assert time.perf_counter() - began >= 0.3
        assert rows(reply) == right["results"]
    with misbehaving("slow=1:600") as services, pytest.raises(httpx.ReadTimeout):
        services.get(timeout_s=0.1)


def test_a_slow_body_comes_in_pieces_and_is_right() -> None:
    with misbehaving("") as services:
        whole = services.get(LONG).json()["results"]
    with misbehaving("slowbody=1:0.4") as services:
        began = time.perf_counter()
        with services.client.stream("GET", services.url + LONG, headers=services.headers(LONG)) as reply:
            pieces = list(reply.iter_raw())
        assert len(pieces) > 5
        assert time.perf_counter() - began >= 0.4
        assert json.loads(gzip.decompress(b"".join(pieces)))["results"] == whole
    # the beginning does not wait for the end
    with (
        misbehaving("slowbody=1:600") as services,
        services.client.stream("GET", services.url + LONG, headers=services.headers(LONG)) as reply,
    ):
        assert reply.status_code == 200


def test_a_stalled_body_is_silent_half_way_and_then_breaks_off() -> None:
    with misbehaving("stall=1:0.5") as services:
        began = time.perf_counter()
        found = services.raw(LONG)
        assert time.perf_counter() - began >= 0.5
        assert len(found.body) == int(found.headers["content-length"]) // 2
        assert found.was_reset
    with misbehaving("stall=1:600") as services, pytest.raises(httpx.ReadTimeout):
        services.get(LONG, timeout_s=0.2)


def test_after_some_requests_a_token_is_refused_until_there_is_a_new_one() -> None:
    with misbehaving("forbidden=after:3") as services:
        for _ in range(2):
            headers = services.headers(RUNS)
            replies = [services.client.get(services.url + RUNS, headers=headers) for _ in range(6)]
            assert [reply.status_code for reply in replies] == [200] * 3 + [403] * 3
            assert replies[-1].json()["code"] == "access_token_expired"
        assert services.client.post(services.url + TOKEN).status_code == 400


def test_a_redirect_leads_to_a_login_page() -> None:
    with misbehaving("redirect=1,only=dials") as services:
        reply = services.get()
        assert reply.status_code == 302
        page = services.get(reply.headers["location"])
        assert page.status_code == 200
        assert "login page" in page.text


def test_a_web_page_in_place_of_data_has_status_200() -> None:
    with misbehaving("html=1") as services:
        reply = services.get()
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("text/html")
        assert "results" not in reply.text


def test_a_looping_list_comes_back_to_every_page(right: Any) -> None:
    with misbehaving("loop=1") as services:
        first = services.get()
        assert rows(first) == right["results"]
        again = services.get(first.json()["next"].removeprefix(services.url))
        assert rows(again) == rows(first)
        token = httpx.URL(right["next"]).params["next_token"]
        last = services.get(f"{RUNS}&next_token={token}")
        assert len(rows(last)) == RUN_ROWS - 3
        assert httpx.URL(last.json()["next"]).params["next_token"] == token


def test_a_looping_oms_sends_its_first_page_whatever_is_asked_for() -> None:
    with misbehaving("loop=1,only=oms") as services:
        first, second = services.get(OMS).json(), services.get(f"{OMS}&page[offset]=4").json()
        assert second["data"] == first["data"]


def test_a_row_comes_twice(right: Any) -> None:
    with misbehaving("duplicates=1") as services:
        found = rows(services.get())
        assert len(found) == len(right["results"]) + 1
        assert [row for row, before in zip(found[1:], found, strict=False) if row == before]
        assert sorted({row["dataset_id"] * 10**6 + row["run_number"] for row in found}) == sorted(
            row["dataset_id"] * 10**6 + row["run_number"] for row in right["results"]
        )
        assert len(services.get(OMS).json()["data"]) == 5


def test_a_row_is_missing_without_a_trace(right: Any) -> None:
    with misbehaving("missing=1") as services:
        found = rows(services.get())
        assert len(found) == len(right["results"]) - 1
        assert all(row in right["results"] for row in found)
        oms = services.get(OMS).json()
        assert (len(oms["data"]), oms["meta"]["totalResourceCount"]) == (3, 11)


def test_a_service_goes_down_and_comes_back() -> None:
    with misbehaving("down=2:3") as services:
        assert services.outcomes(7) == ["200"] * 2 + ["ReadError"] * 3 + ["200"] * 2


def test_a_fault_that_cannot_happen_to_a_reply_leaves_it_alone() -> None:
    with misbehaving("loop=1") as services:
        assert isinstance(services.get("/api/v1/mes/").json(), list)
    with misbehaving("truncated=1") as services:
        assert services.get("/api/v1/nothing/").text.endswith("</html>\n")
