"""Fixtures shared by all tests."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest
from hypothesis import settings

from tests.demo.fixtures import demo

__all__ = ["demo"]

# how long an example takes is no promise; a run that decides something takes the same examples every time
settings.register_profile("here", deadline=None)
settings.register_profile("ci", deadline=None, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "here")


@pytest.fixture(scope="session", autouse=True)
def _interrupts_arrive() -> None:
    """Let programs that tests start hear of interrupts, which a shell takes away from what it runs aside."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Directory of recorded OMS and certification data, which is not part of the project."""
    named = os.environ.get("DQMTUI_TEST_DATA")
    place = Path(named) if named else Path(__file__).resolve().parents[2] / "shared" / "data"
    if not place.is_dir():
        pytest.skip(f"no recorded data at {place}; set DQMTUI_TEST_DATA to their directory")
    return place
