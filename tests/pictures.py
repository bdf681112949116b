"""Make the README's pictures of the real screen: `python -m tests.pictures [DIRECTORY]`.

The program runs on the embedded services, is driven by keys, and its screen is saved as SVG.
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dqmtui.demo.process import DemoServices
from dqmtui.review.review import Target
from tests.tui.driving import NAMES, review_app, settled

if TYPE_CHECKING:
    from collections.abc import Sequence

CHARGE = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
CLUSTERS = (
    "PixelPhase1/Phase1_MechanicalView/PXBarrel/"
    "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_1"
)


@dataclass(frozen=True)
class Shot:
    """One picture: where the program is opened, what is pressed there, and how it looks."""

    name: str
    target: Target
    keys: tuple[str, ...] = ()
    size: tuple[int, int] = (160, 45)
    theme: str = "dqm-dark"


# the charge is low in LS 300 to 302: a range, a note on it, the rows that have to do with it, the whole run
NOTED = (
    *("v", "right", "right", "m", *(NAMES.get(char, char) for char in "bias voltage dip"), "enter"),
    *("2", "f", *(NAMES.get(char, char) for char in "noted or not dcs"), "enter", "3", "w"),
)

SHOTS = (
    Shot("review", Target(run=381115, me=CHARGE, ls=900)),
    Shot("map", Target(run=381080, dataset="ZeroBias", me=CLUSTERS, ls=200)),
    Shot("small", Target(run=381080, dataset="ZeroBias", me=CHARGE, ls=336), size=(80, 24)),
    Shot("waterfall", Target(run=381065, dataset="ZeroBias", me=CHARGE, ls=300), NOTED),
    Shot("light", Target(run=378981, me=CHARGE, ls=300), theme="dqm-light"),
)


async def take(directory: Path, only: Sequence[str]) -> None:
    """Take all pictures, or some by name."""
    with DemoServices.start() as demo, tempfile.TemporaryDirectory() as state:
        for shot in SHOTS:
            if only and shot.name not in only:
                continue
            app = review_app(
                {**os.environ, **demo.environment(), "DQMTUI_STATE_DIR": state}, shot.target, theme=shot.theme
            )
            async with app.run_test(size=shot.size) as pilot:
                await settled(pilot)
                for key in shot.keys:
                    await pilot.press(key)
                    await settled(pilot)
                app.save_screenshot(f"{shot.name}.svg", str(directory))
            sys.stdout.write(f"{directory / shot.name}.svg\n")


if __name__ == "__main__":
    place = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    place.mkdir(exist_ok=True)
    asyncio.run(take(place, sys.argv[2:]))
