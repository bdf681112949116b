"""The embedded services as fixtures, for every package whose tests talk to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.demo.process import DemoServices

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def demo() -> Iterator[DemoServices]:
    """The embedded services in a real process of their own; device sign-ins may be polled without a pause."""
    with DemoServices.start(["--device-interval", "0"]) as services:
        yield services
