"""Make the README's pictures of the real screen: `python -m tests.pictures [DIRECTORY]`.

The program runs on the embedded services, is driven by keys, and its screen is saved as SVG.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from dqmtui.demo.process import DemoServices
from tests.tui.driving import review_app, settled

Shot = tuple[str, tuple[int, int], str, Sequence[str]]

SHOTS: tuple[Shot, ...] = (
    (
        "review",
        (160, 45),
        "dqm-dark",
        (":", *"381115", "enter", "/", *"charge_PXLayer_1", "enter", *":1310", "enter"),
    ),
    (
        "map",
        (160, 45),
        "dqm-dark",
        (":", *"381065", "enter", "/", *"clusters PXLayer_1", "enter", *":120", "enter"),
    ),
    (
        "small",
        (80, 24),
        "dqm-dark",
        (":", *"381080", "enter", "/", *"charge_PXLayer_1", "enter", *":336", "enter"),
    ),
    (
        "light",
        (160, 45),
        "dqm-light",
        (":", *"378981", "enter", "/", *"charge_PXLayer_1", "enter", *":300", "enter"),
    ),
)


async def take(directory: Path, only: Sequence[str]) -> None:
    """Take all pictures, or some by name."""
    with DemoServices.start() as demo:
        for name, size, theme, keys in SHOTS:
            if only and name not in only:
                continue
            app = review_app({**os.environ, **demo.environment()}, theme=theme)
            async with app.run_test(size=size) as pilot:
                await settled(pilot)
                for key in keys:
                    await pilot.press(
                        {":": "colon", "/": "slash", " ": "space", "_": "underscore"}.get(key, key)
                    )
                    if key == "enter":
                        await settled(pilot)
                await settled(pilot)
                app.save_screenshot(f"{name}.svg", str(directory))
            sys.stdout.write(f"{directory / name}.svg\n")


if __name__ == "__main__":
    place = Path(sys.argv[1] if len(sys.argv) > 1 else "docs")
    place.mkdir(exist_ok=True)
    asyncio.run(take(place, sys.argv[2:]))
