"""Who is let in to DIALS, in which form it replies, and what it does with paths and methods."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import httpx
import pytest

from dqmtui.demo.web.dials import takes_json
from dqmtui.demo.web.limits import MAX_BODY_BYTES
from dqmtui.demo.web.replies import RefusedError
from dqmtui.demo.web.tokens import DIALS_AUDIENCE, OMS_AUDIENCE, Issuer

if TYPE_CHECKING:
    from tests.demo.serving import Tiny


def refused(tiny: Tiny, authorization: str | None) -> str:
    headers = {} if authorization is None else {"Authorization": authorization}
    reply = tiny.anyone.get("/api/v1/run/", headers=headers)
    assert reply.status_code == 403
    assert reply.json().keys() == {"detail", "code"}
    return str(reply.json()["code"])


def test_a_good_token_is_let_in(tiny: Tiny) -> None:
    assert tiny.dials.get("run/").status_code == 200


def test_no_header_is_403_authorization_not_found(tiny: Tiny) -> None:
    assert refused(tiny, None) == "authorization_not_found"


@pytest.mark.parametrize("scheme", ["bearer", "BEARER", "Basic", "Token"])
def test_bearer_needs_its_capital_b(tiny: Tiny, scheme: str) -> None:
    token = tiny.issuer.mint({}, audience=DIALS_AUDIENCE)
    assert refused(tiny, f"{scheme} {token}") == "token_not_valid"


@pytest.mark.parametrize("header", ["Bearer", "Bearer nonsense", "Bearer a.b.c"])
def test_what_is_no_token_is_403_token_not_valid(tiny: Tiny, header: str) -> None:
    assert refused(tiny, header) == "token_not_valid"


def test_an_old_token_is_403_access_token_expired(tiny: Tiny) -> None:
    token = tiny.issuer.mint({}, audience=DIALS_AUDIENCE, lifetime_s=-1)
    assert refused(tiny, f"Bearer {token}") == "access_token_expired"


def test_a_foreign_token_is_403_invalid_signature(tiny: Tiny) -> None:
    token = Issuer().mint({}, audience=DIALS_AUDIENCE)
    assert refused(tiny, f"Bearer {token}") == "access_token_invalid_jws_signature"


def test_a_token_that_was_not_exchanged_is_403_client_not_valid(tiny: Tiny) -> None:
    token = tiny.issuer.mint({}, audience=OMS_AUDIENCE)
    assert refused(tiny, f"Bearer {token}") == "client_not_valid"


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/json", "json"),
        ("*/*", "json"),
        ("application/*", "json"),
        ("application/json, text/html", "json"),
        ("text/html", "html"),
        ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "html"),
    ],
)
def test_the_most_specific_accepted_type_decides(tiny: Tiny, accept: str, media: str) -> None:
    assert takes_json(accept) is (media == "json")
    reply = tiny.dials.get("run/", headers={"Accept": accept})
    assert reply.status_code == (200 if media == "json" else 500)
    assert media in reply.headers["content-type"]


def test_an_html_reply_is_500_before_anything_else(tiny: Tiny) -> None:
    assert tiny.anyone.get("/api/v1/run/", headers={"Accept": "text/html"}).status_code == 500


def test_a_type_that_nobody_makes_is_406(tiny: Tiny) -> None:
    with pytest.raises(RefusedError):
        takes_json("image/png")
    assert tiny.dials.get("run/", headers={"Accept": "image/png"}).status_code == 406


@pytest.mark.parametrize(
    "path", ["run", "run/11/381065", "mes", "workspaces/my-default", "th1?run_number=5&x=%2B"]
)
def test_a_missing_trailing_slash_is_301_to_the_path_with_it(tiny: Tiny, path: str) -> None:
    reply = tiny.dials.get(path)
    name, _, query = path.partition("?")
    assert reply.status_code == 301
    assert reply.headers["location"] == f"/api/v1/{name}/" + (f"?{query}" if query else "")


@pytest.mark.parametrize("path", ["nothing", "nothing/", "run/abc/381065/", "runs/", "th1/11/381065/3/"])
def test_an_unknown_path_is_404_in_html(tiny: Tiny, path: str) -> None:
    reply = tiny.dials.get(path)
    assert (reply.status_code, reply.headers["content-type"]) == (404, "text/html; charset=utf-8")


def test_lists_are_for_reading(tiny: Tiny) -> None:
    reply = tiny.dials.post("run/", json={})
    assert (reply.status_code, reply.json()) == (405, {"detail": 'Method "POST" not allowed.'})


def test_replies_are_gzipped_when_asked_for(tiny: Tiny) -> None:
    plain = tiny.dials.get("lumisection/", params={"page_size": 100}, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with tiny.dials.stream(
        "GET", "lumisection/", params={"page_size": 100}, headers={"Accept-Encoding": "gzip, deflate"}
    ) as packed:
        raw = b"".join(packed.iter_raw())
    assert packed.headers["content-encoding"] == "gzip"
    assert len(raw) == int(packed.headers["content-length"]) < len(plain.content) / 5
    assert gzip.decompress(raw) == plain.content


def test_one_connection_serves_many_requests(tiny: Tiny) -> None:
    with httpx.Client(base_url=tiny.url, limits=httpx.Limits(max_connections=1)) as client:
        streams = {id(client.get("/certhelper/refruns.json").extensions["network_stream"]) for _ in range(5)}
    assert len(streams) == 1


def test_there_is_no_etag_and_no_last_modified(tiny: Tiny) -> None:
    headers = tiny.dials.get("run/").headers
    assert not {"etag", "last-modified"} & set(headers)


def test_the_workspace_header_chooses_and_the_default_is_tracker(tiny: Tiny) -> None:
    assert tiny.dials.get("ml-models-index/").json()["results"]
    assert tiny.dials.get("ml-models-index/", headers={"Workspace": "tracker"}).json()["results"]
    assert not tiny.dials.get("ml-models-index/", headers={"Workspace": "ecal"}).json()["results"]


@pytest.mark.parametrize("path", ["run/", "run/11/381065/", "mes/", "th2/", "run/count/", "mes/11/381065/"])
def test_an_unknown_workspace_is_404(tiny: Tiny, path: str) -> None:
    reply = tiny.dials.get(path, headers={"Workspace": "nowhere"})
    assert (reply.status_code, reply.json()) == (404, {"detail": "Workspace 'nowhere' not found"})


def test_a_large_body_is_refused(tiny: Tiny) -> None:
    reply = tiny.anyone.post("/auth/realms/cern/api-access/token", content=b"x" * (MAX_BODY_BYTES + 1))
    assert reply.status_code == 413


def test_a_body_of_unknown_length_is_refused(tiny: Tiny) -> None:
    reply = tiny.anyone.post("/auth/realms/cern/api-access/token", content=iter([b"x"]))
    assert reply.status_code == 411
