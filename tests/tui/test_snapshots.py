"""Every screen looks as it did when somebody last looked at it: in two sizes, two themes, and in ASCII."""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.tui.snapshot_walk import first_frame, stop_the_clock, walked

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.demo.process import DemoServices

KEPT = Path(__file__).with_name("snapshots")
ACCEPT = "DQMTUI_ACCEPT_SNAPSHOTS"
ACCEPTS = ACCEPT in os.environ
LATE_S = 30.0
"""What was drawn too early may still become what it should be for so long."""
SURE_S = 5.0
"""The same once another screen is different: then it is no matter of patience any more."""
STILL_S = 0.6
"""What is to be kept has not changed for so long."""


async def drawn(draw: Callable[[], str], kept: str | None, late_s: float) -> str:
    """Draw a screen once it is as it was, or stands still."""
    begun = since = time.monotonic()
    now = draw()
    while now != kept and (kept is None or time.monotonic() - begun < late_s):
        await asyncio.sleep(0.02)
        before, now = now, draw()
        if now != before:
            since = time.monotonic()
        elif kept is None and time.monotonic() - since > STILL_S:
            break
    return now


@pytest.mark.parametrize("size", [(80, 24), (160, 45)], ids=["80x24", "160x45"])
@pytest.mark.parametrize(
    ("theme", "charset", "kind"),
    [("dqm-dark", "utf8", ".svg"), ("high-contrast", "utf8", ".svg"), ("dqm-dark", "ascii", ".txt")],
    ids=["dark", "contrast", "ascii"],
)
async def test_every_screen_looks_as_it_did(
    demo: DemoServices,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    size: tuple[int, int],
    theme: str,
    charset: str,
    kind: str,
) -> None:
    # somebody's own sets of plots
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    stop_the_clock(monkeypatch)
    look = "ascii" if charset == "ascii" else theme.removeprefix("dqm-").removeprefix("high-")
    different: list[Path] = []

    def keep(name: str, data: str, kept: str | None) -> None:
        if data != kept:
            place = (KEPT if ACCEPTS else tmp_path) / f"{name}-{size[0]}x{size[1]}-{look}{kind}"
            place.parent.mkdir(exist_ok=True)
            place.write_text(data, encoding="utf-8")
            different.append(place)

    def known(name: str) -> str | None:
        place = KEPT / f"{name}-{size[0]}x{size[1]}-{look}{kind}"
        return place.read_text(encoding="utf-8") if place.exists() and not ACCEPTS else None

    keep("first", await first_frame(size, theme, charset, kind), known("first"))
    async for name, draw in walked(demo, size, theme, charset, kind):
        keep(name, await drawn(draw, known(name), SURE_S if different else LATE_S), known(name))
    assert ACCEPTS or not different, (
        f"{len(different)} screens look otherwise than in {KEPT}: open {tmp_path}/*{kind} beside those of "
        f"the same name, and accept them by `{ACCEPT}=1 python -m pytest tests/tui/test_snapshots.py`: "
        + ", ".join(path.stem for path in different)
    )
