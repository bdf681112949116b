"""Fixtures of the tests of the embedded services."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.demo.serving import Tiny, serve_tiny

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def tiny() -> Iterator[Tiny]:
    """The tiny world, served from a thread of this process."""
    with serve_tiny() as served:
        yield served
