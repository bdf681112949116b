"""What is registered of runs, asked for once and only when somebody wants it."""

from __future__ import annotations

import os
import sys
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from dqmtui.model.keys import RunKey
from dqmtui.model.lstable import LSTable, Source
from dqmtui.model.run_registry import CAUSE, RR
from dqmtui.model.states import SourceState
from dqmtui.review.registry import NOT_INSTALLED, Registered, registry_of
from dqmtui.services.run_registry import RunRegistry
from dqmtui.store.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

RUN = RunKey("tracker", 7, 378981)
PROMPT = "/ZeroBias/Run2024B-PromptReco-v1/DQMIO"

CLIENT = """
import os
client_id = client_secret = "x"

def get_dataset_names_of_run(run_number):
    return ["online", "/PromptReco/Collisions2024/DQM"]

def get_joint_lumisection_ranges(run_number, dataset_name):
    assert dataset_name == "/PromptReco/Collisions2024/DQM", dataset_name
    if os.environ.get("LOCKED"):
        raise RuntimeError("locked")
    bad = {"status": "BAD", "cause": "HV trip", "comment": ""}
    return [{"start": 52, "end": 53, "tracker-pixel": bad}]
"""


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A client in place of the official one; gives its file."""
    for name in ("runregistry", "cernrequests"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), *sys.path]))
    file = tmp_path / "runregistry" / "runregistry.py"
    file.write_text(CLIENT)
    return file


class Desk:
    """Keeps what is started until the test lets it run, and counts what came."""

    def __init__(self) -> None:
        self.started: list[tuple[str, Callable[[], Awaitable[None]]]] = []
        self.came: list[Source] = []
        registry = RunRegistry("http://127.0.0.1:9/rr")
        self.registered = Registered(registry, lambda *work: self.started.append(work), self.came.append)


async def test_what_is_registered_becomes_columns_of_the_ls_table(client: Path) -> None:
    desk = Desk()
    assert desk.registered.known(RUN) is None
    assert desk.registered.of(RUN, PROMPT).state is SourceState.LOADING
    assert desk.registered.of(RUN, PROMPT).state is SourceState.LOADING
    ((_, load),) = desk.started
    await load()
    source = desk.registered.of(RUN, PROMPT)
    assert desk.came == [source]
    assert (source.state, source.note) == (SourceState.LOADED, "/PromptReco/Collisions2024/DQM")
    table = LSTable(RUN).with_source(RR, source)
    assert table.ls.tolist() == [52, 53]
    assert table.column(RR, "tracker_pixel").item(0) == "BAD"
    assert table.column(RR, f"tracker_pixel{CAUSE}").item(0) == "HV trip"
    assert len(desk.started) == 1


async def test_what_failed_is_asked_for_again_when_it_is_wanted(
    client: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk()
    monkeypatch.setenv("LOCKED", "yes")
    desk.registered.of(RUN, PROMPT)
    await desk.started[0][1]()
    failed = desk.registered.of(RUN, PROMPT)
    assert failed.state is SourceState.FAILED
    assert "locked" in failed.note
    assert len(desk.started) == 1
    monkeypatch.delenv("LOCKED")
    desk.registered.forget()
    desk.registered.of(RUN, PROMPT)
    await desk.started[1][1]()
    assert desk.registered.of(RUN, PROMPT).state is SourceState.LOADED


@pytest.mark.skipif(find_spec("runregistry") is not None, reason="the client is installed")
def test_without_the_client_it_is_off_and_says_what_to_install() -> None:
    desk = Desk()
    source = desk.registered.of(RUN, PROMPT)
    assert (source.state, source.note, desk.started) == (SourceState.OFF, NOT_INSTALLED, [])


def test_the_address_is_that_of_the_settings() -> None:
    settings = load_settings({}, {"DQMTUI_RR_URL": "https://dev-cmsrunregistry.web.cern.ch/api"})
    assert registry_of(settings).url == "https://dev-cmsrunregistry.web.cern.ch/api"
    assert registry_of(load_settings({}, {})).url == RunRegistry().url
