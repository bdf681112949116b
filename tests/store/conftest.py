"""A cache in a directory of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.store.cache import Cache, ServiceCache
from tests.store.cached import URL

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def told() -> list[str]:
    """What the cache has said."""
    return []


@pytest.fixture
def cache(tmp_path: Path, told: list[str]) -> Cache:
    return Cache(tmp_path / "cache", 10, told.append)


@pytest.fixture
def dials(cache: Cache) -> ServiceCache:
    """The part of the cache that belongs to DIALS."""
    return cache.of(URL)
