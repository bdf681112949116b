"""The Run Registry through its own client, and what becomes of everything that client may do."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from itertools import pairwise
from typing import TYPE_CHECKING

import httpx
import pytest

from dqmtui.services.errors import BadReply, BadRequest, NotLoggedIn, ServiceDown, ServiceError
from dqmtui.services.run_registry import RunRegistry, is_installed
from dqmtui.services.run_registry_child import target_of
from tests.services.web import DEADLINE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices

EXPRESS = "/Express/Collisions2024/DQM"
RULE = {
    "and": [
        {">=": [{"var": "run.oms.run_number"}, 378981]},
        {"==": [{"var": "lumisection.rr.tracker-pixel"}, "GOOD"]},
    ]
}
needs_client = pytest.mark.skipif(
    find_spec("runregistry") is None, reason="runregistry, of the extra rr, is not installed"
)

CLIENT = """
import os, sys, time
api_url = ""
client_id, client_secret = os.environ.get("SSO_CLIENT_ID"), os.environ.get("SSO_CLIENT_SECRET")
print("the client speaks when it is imported")

class RequestException(Exception):
    pass

class JSONDecodeError(ValueError):
    pass

def get_dataset_names_of_run(run_number):
    print("noise", file=sys.stderr)
    os.write(1, b"noise on the descriptor itself")
    {names}

def get_joint_lumisection_ranges(run_number, dataset_name):
    {ranges}

def create_json(json_logic, dataset_name_filter):
    print("progress creating json: 0.25")
    {made}
"""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put a client in place of the real one, that does what the test says."""
    places = tmp_path / "client"
    (places / "runregistry").mkdir(parents=True)
    (places / "cernrequests").mkdir()
    (places / "cernrequests" / "__init__.py").touch()
    (places / "runregistry" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(places))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(places), *sys.path]))
    monkeypatch.delitem(sys.modules, "runregistry", raising=False)

    def write(names: str = "return []", ranges: str = "return []", made: str = "return {}") -> None:
        text = CLIENT.replace("{names}", names).replace("{ranges}", ranges).replace("{made}", made)
        (places / "runregistry" / "runregistry.py").write_text(text)

    return write


def local(deadline_s: float = 60) -> RunRegistry:
    return RunRegistry("http://127.0.0.1:9/rr", deadline_s=deadline_s)


async def test_what_the_client_prints_is_no_part_of_the_answer(
    client: Callable[..., None], capfd: pytest.CaptureFixture[str]
) -> None:
    client(names="return [api_url, str(run_number)]")
    assert await local().datasets(5) == ["http://127.0.0.1:9/rr", "5"]
    assert capfd.readouterr() == ("", "")


async def test_progress_is_passed_on(client: Callable[..., None]) -> None:
    said: list[str] = []
    client(made="return {'generated_json': {'1': [[1, 2]]}, 'id': 7}")
    made = await local().make_json(RULE, EXPRESS, said.append)
    assert (made["generated_json"], made["id"], said) == ({"1": [[1, 2]]}, 7, ["0.25"])


@pytest.mark.parametrize(
    ("does", "kind", "says"),
    [
        (
            "raise RequestException('Max retries exceeded')",
            ServiceDown,
            "cannot be reached (RequestException)",
        ),
        ("raise JSONDecodeError('x')", BadReply, "it is no JSON"),
        ("raise Exception('ERROR getting token: {}')", NotLoggedIn, "SSO_CLIENT_ID"),
        ("raise Exception('run 5 is locked')", BadRequest, "refuses: run 5 is locked"),
        ("raise Exception('Bearer eyJhbGciOiJSUzI1NiJ9.c2Vj.cmV0')", BadRequest, "refuses"),
        ("raise Exception('\\x1b[31mred')", BadRequest, r"\x1b[31mred"),
        ("import nothing_of_this_name", BadRequest, "lacks nothing_of_this_name"),
        ("os._exit(3)", BadReply, "ended without one"),
        ("return {'not': 'a list'}", BadReply, "no list of names"),
        ("return [5]", BadReply, "no list of names"),
        ("return object()", BadReply, ""),
    ],
)
async def test_every_way_to_fail_is_an_error_with_a_sentence(
    client: Callable[..., None], does: str, kind: type[ServiceError], says: str
) -> None:
    client(names=does)
    with pytest.raises(kind) as caught:
        await local().datasets(5)
    assert says in caught.value.message
    assert "eyJhbGci" not in caught.value.message
    assert caught.value.message.isprintable()


async def test_ranges_and_jsons_that_make_no_sense_are_bad_replies(client: Callable[..., None]) -> None:
    client(ranges="return [{'start': 5, 'end': 1}]", made="return {'generated_json': 5}")
    with pytest.raises(BadReply, match="from 5 to 1"):
        await local().ranges(5, EXPRESS)
    with pytest.raises(BadReply, match="generated_json"):
        await local().make_json(RULE, EXPRESS)


async def test_a_client_that_does_not_answer_is_given_up(client: Callable[..., None]) -> None:
    client(names="time.sleep(600)")
    with pytest.raises(ServiceDown, match="within"):
        await local(deadline_s=0.5).datasets(5)


async def test_cancelling_ends_the_client(client: Callable[..., None], tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    client(names=f"open({str(mark)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    asking = asyncio.create_task(local().datasets(5))
    until = time.monotonic() + DEADLINE_S
    while not (mark.exists() and mark.read_text()):
        assert time.monotonic() < until
        await asyncio.sleep(0.01)
    asking.cancel()
    with suppress(asyncio.CancelledError):
        await asking
    with pytest.raises(ProcessLookupError):
        os.kill(int(mark.read_text()), 0)


async def test_without_an_application_nothing_is_asked(
    client: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("SSO_CLIENT_ID", "SSO_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)
    client(names="return ['asked']")
    with pytest.raises(NotLoggedIn, match="SSO_CLIENT_ID"):
        await RunRegistry("https://registry.invalid/api").datasets(5)
    assert await local().datasets(5) == ["asked"]


@pytest.mark.skipif(is_installed(), reason="the client is installed")
async def test_without_the_client_the_extra_is_named() -> None:
    with pytest.raises(BadRequest, match=r"pip install 'dqmtui\[rr\]'"):
        await RunRegistry().datasets(5)


def test_the_client_knows_each_address_by_its_own_name() -> None:
    assert target_of("https://cmsrunregistry.web.cern.ch/api") == "production"
    assert target_of("https://dev-cmsrunregistry.web.cern.ch/api") == "development"
    assert target_of("http://127.0.0.1:9500") == "local"


# -- the embedded Run Registry -------------------------------------------------------------------------


def test_the_embedded_registry_has_ranges_without_overlap_for_every_dataset(demo: DemoServices) -> None:
    with httpx.Client(base_url=demo.rr_url) as http:
        names = http.get("/get_all_dataset_names_of_run/378981").json()
        assert names[0] == "online"
        assert EXPRESS in names
        body = {"run_number": 378981, "dataset_name": EXPRESS}
        ranges = http.post("/lumisections/joint_lumisection_ranges", json=body).json()
    assert all(one["end"] < after["start"] for one, after in pairwise(ranges))
    assert {one["tracker-pixel"]["status"] for one in ranges} >= {"GOOD", "BAD"}
    # deadtime is no matter of the tracker, beams that are not stable are
    assert all(one["beams_stable"] for one in ranges if one["tracker-pixel"]["status"] == "GOOD")


def test_the_embedded_registry_answers_what_it_does_not_know(demo: DemoServices) -> None:
    with httpx.Client(base_url=demo.rr_url) as http:
        assert http.get("/get_all_dataset_names_of_run/1").json() == []
        body = {"run_number": 1, "dataset_name": "online"}
        assert http.post("/lumisections/joint_lumisection_ranges", json=body).json() == []
        for path in ("lumisections/joint_lumisection_ranges", "json_portal/generate"):
            for content in (b"", b"[]", b"{}", b"[" * 50_000):
                assert http.post(f"/{path}", content=content).status_code == 400
        assert http.post("/json_portal/json", json={"id_json": 999}).status_code == 404


@needs_client
async def test_the_official_client_reads_the_embedded_registry(demo: DemoServices) -> None:
    registry = RunRegistry(demo.rr_url)
    assert EXPRESS in await registry.datasets(378981)
    ranges = await registry.ranges(378981, EXPRESS)
    assert {one.statuses["tracker-pixel"] for one in ranges} >= {"GOOD", "BAD"}
    said: list[str] = []
    made = await registry.make_json(RULE, EXPRESS, said.append)
    assert said == ["0.5"]
    good = sum(last - first + 1 for first, last in made["generated_json"]["378981"])
    pixel = sum(one.last - one.first + 1 for one in ranges if one.statuses["tracker-pixel"] == "GOOD")
    assert good == pixel > 0


@needs_client
async def test_what_the_official_client_cannot_reach_is_down() -> None:
    with pytest.raises(ServiceDown, match="ConnectionError"):
        await local().datasets(5)
