"""Fixtures of the tests of the review floor: a small service to script, and a data layer on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.review.little import RUN, ZERO_BIAS, Little, layer_on
from tests.review.told import Told, told_on, two_runs
from tests.services.web import Web

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

    from dqmtui.review.datalayer import DataLayer


@pytest.fixture(scope="session")
def server() -> Iterator[Web]:
    with Web() as web:
        yield web


@pytest.fixture(autouse=True)
def _nothing_of_the_person(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))


@pytest.fixture
def little(server: Web) -> Little:
    server.forget()
    return Little(server)


@pytest.fixture
async def data(little: Little) -> AsyncIterator[DataLayer]:
    async with layer_on(little) as layer:
        yield layer


@pytest.fixture
def service(little: Little) -> Little:
    return two_runs(little)


@pytest.fixture
async def told(data: DataLayer, service: Little) -> AsyncIterator[Told]:
    async with told_on(data) as one:
        yield one


@pytest.fixture
def short(little: Little) -> Little:
    """A service whose run has 40 LS."""
    little.runs = {(ZERO_BIAS, RUN.run): list(range(1, 41))}
    return little
