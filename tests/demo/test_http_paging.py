"""Pages of DIALS: sizes, cursors, links, and what a damaged cursor does."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.demo.web.dials_paging import Cursor, decode_cursor, encode_cursor, page_size
from tests.demo.tiny_world import EXPRESS, LS_COUNT, NAMES, RUNS

if TYPE_CHECKING:
    import httpx

    from tests.demo.serving import Tiny

LS_KEY = ("dataset_id", "run_number", "ls_number")


def token(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def read_all(client: httpx.Client, path: str, **parameters: Any) -> tuple[list[dict[str, Any]], int]:
    """All rows, following next_token as clients do."""
    rows: list[dict[str, Any]] = []
    pages = 0
    while True:
        page = client.get(path, params=parameters).json()
        rows += page["results"]
        pages += 1
        if page["next"] is None:
            return rows, pages
        parameters["next_token"] = parse_qs(urlsplit(page["next"]).query)["next_token"][0]


@pytest.mark.parametrize(
    ("asked", "size"),
    [(None, 10), ("", 10), ("7", 7), ("500", 500), ("501", 500), ("99999", 500)]
    + [(bad, 10) for bad in ("0", "-3", "ten", "1.5", "1e2")],
)
def test_page_size_defaults_to_10_is_capped_at_500_and_10_when_invalid(asked: str | None, size: int) -> None:
    assert page_size(asked) == size


@pytest.mark.parametrize(("asked", "size"), [(None, 10), ("501", 500), ("x", 10)])
def test_page_size_over_http(tiny: Tiny, asked: str | None, size: int) -> None:
    parameters = {} if asked is None else {"page_size": asked}
    assert len(tiny.dials.get("lumisection/", params=parameters).json()["results"]) == size


def test_a_cursor_is_base64_of_p_and_the_quoted_json_list_of_strings() -> None:
    assert (
        base64.b64decode(encode_cursor(Cursor((11, 381065, 3))))
        == b"p=" + quote('["11", "381065", "3"]', safe="").replace("%20", "+").encode()
    )


@given(position=st.lists(st.integers(), min_size=1, max_size=5), backwards=st.booleans())
def test_a_cursor_is_read_back_as_it_was_written(*, position: list[int], backwards: bool) -> None:
    cursor = Cursor(tuple(position), backwards)
    assert decode_cursor(encode_cursor(cursor), len(position)) == cursor


def test_pages_put_together_are_the_whole_list_once_in_key_order(tiny: Tiny) -> None:
    rows, pages = read_all(tiny.dials, "lumisection/", page_size=500)
    keys = [tuple(row[name] for name in LS_KEY) for row in rows]
    assert keys == [(d, r, n) for d in NAMES for r in RUNS for n in range(1, LS_COUNT + 1)]
    assert pages == -(-len(keys) // 500)


def test_the_last_page_has_no_next_even_when_it_is_full(tiny: Tiny) -> None:
    page = tiny.dials.get("run/", params={"page_size": 4}).json()
    assert (page["next"], page["previous"], len(page["results"])) == (None, None, 4)


def test_previous_leads_back_to_the_same_pages(tiny: Tiny) -> None:
    first = tiny.dials.get("lumisection/", params={"page_size": 3}).json()
    second = tiny.dials.get(first["next"]).json()
    third = tiny.dials.get(second["next"]).json()
    back = tiny.dials.get(third["previous"]).json()
    assert back["results"] == second["results"]
    assert tiny.dials.get(back["next"]).json()["results"] == third["results"]
    again = tiny.dials.get(back["previous"]).json()
    assert (again["results"], again["previous"]) == (first["results"], None)


def test_previous_works_in_the_middle_of_a_lumisection_with_several_mes(tiny: Tiny) -> None:
    pages = [
        tiny.dials.get("th1/", params={"page_size": 4, "run_number": RUNS[0], "ls_number__gte": 9}).json()
    ]
    while len(pages) < 5:
        pages.append(tiny.dials.get(pages[-1]["next"]).json())
    while len(pages) > 1:
        back = tiny.dials.get(pages.pop()["previous"]).json()
        assert [(row["ls_number"], row["me_id"]) for row in back["results"]] == [
            (row["ls_number"], row["me_id"]) for row in pages[-1]["results"]
        ]


def test_links_are_absolute_and_built_from_the_host_of_the_request(tiny: Tiny) -> None:
    page = tiny.dials.get(
        "run/", params={"page_size": 1, "x": "y z"}, headers={"Host": "dials.example:81"}
    ).json()
    link = urlsplit(page["next"])
    assert (link.scheme, link.netloc, link.path) == ("http", "dials.example:81", "/api/v1/run/")
    assert parse_qs(link.query).keys() == {"next_token", "page_size", "x"}


def test_a_token_that_does_not_decode_is_an_invalid_cursor(tiny: Tiny) -> None:
    for bad in ("a", "abc", token("p=1&r=x"), base64.b64encode(b"\xff\xfe").decode(), "\N{SNOWMAN}"):
        reply = tiny.dials.get("run/", params={"next_token": bad})
        assert (reply.status_code, reply.json()) == (404, {"detail": "Invalid cursor"})


@pytest.mark.parametrize("text", ["", "q=1", "hello", "x=%5B%221%22%5D"])
def test_a_token_without_a_position_gives_the_first_page_again(tiny: Tiny, text: str) -> None:
    page = tiny.dials.get("run/", params={"next_token": token(text)}).json()
    assert page == tiny.dials.get("run/").json()


@pytest.mark.parametrize(
    "text", ["p=", "p=xyz", "p=3", 'p=["1"]', 'p=["a", "b"]', 'p={"a": 1}', "p=[null, 1]", 'p=["1.5", "1"]']
)
def test_a_position_that_makes_no_sense_is_a_server_error(tiny: Tiny, text: str) -> None:
    reply = tiny.dials.get("run/", params={"next_token": token(text)})
    assert (reply.status_code, reply.headers["content-type"]) == (500, "text/html; charset=utf-8")


def test_tokens_never_expire_and_need_not_name_a_row_that_exists(tiny: Tiny) -> None:
    position = f'p=["{EXPRESS}", "{RUNS[0]}", "1199"]'
    page = tiny.dials.get("lumisection/", params={"page_size": 1, "next_token": token(position)}).json()
    assert page["results"][0]["ls_number"] == 1200
    beyond = tiny.dials.get("run/", params={"next_token": token('p=["99", "1"]')}).json()
    assert (beyond["results"], beyond["next"]) == ([], None)
