"""What the file of a session shows before anything is loaded: where one was, titles, sizes, theme."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dqmtui.model.text import harmless
from dqmtui.tui.places import NAMES, PANES
from dqmtui.tui.sizes import Sizes, read_sizes

if TYPE_CHECKING:
    from dqmtui.review.target import Target
    from dqmtui.store.settings import Settings

LONGEST = 300


@dataclass(frozen=True, slots=True)
class Glimpse:
    """A session at a glance.

    `place` and `element` stand on the first line, `titles` on the borders of the panes; `pane` has the keys.
    `own_theme` is one that the person took while the settings said `usual_theme`.
    """

    place: str = ""
    element: str = ""
    titles: Mapping[str, str] = field(default_factory=dict)
    pane: str = PANES[0]
    zoomed: str | None = None
    is_run_open: bool = False
    sizes: Sizes = field(default_factory=dict)
    own_theme: str = ""
    usual_theme: str = ""

    @property
    def says_where(self) -> bool:
        """Whether anything is known of the place."""
        return bool(self.place or self.element)

    def line(self, width: int) -> str:
        """Give what stands on the first line of so many columns: of a long name the last part."""
        place, name = harmless(self.place), harmless(self.element)
        before = f" {place}  " if place else " "
        fits = len(before) + len(name) <= width
        return f"{before}{name if fits else name.rpartition('/')[2]}"

    def title(self, pane: str, *, folds: bool = False) -> str:
        """Give what stands on the border of a pane, of the runs if they fold."""
        known = "" if pane == "runs" and not folds else self.titles.get(pane, "")
        return harmless(known or NAMES[pane])

    def theme(self, usual: str) -> str:
        """Give the theme of the session, that of the settings where these have changed since."""
        return self.own_theme if self.own_theme and self.usual_theme == usual else usual


def glimpse_of(data: Mapping[str, Any] | None) -> Glimpse:
    """Take out of a session file what makes sense."""
    screen = None if data is None else data.get("screen")
    if not isinstance(screen, Mapping):
        return Glimpse()
    titles, zoomed = screen.get("titles"), screen.get("zoomed")
    return Glimpse(
        place=_text(screen.get("place")),
        element=_text(screen.get("element")),
        titles={pane: _text(titles.get(pane)) for pane in PANES} if isinstance(titles, Mapping) else {},
        pane=screen["pane"] if screen.get("pane") in PANES else PANES[0],
        zoomed=zoomed if zoomed in PANES else None,
        is_run_open=screen.get("is_run_open") is True,
        sizes=read_sizes(screen.get("sizes")),
        own_theme=_text(screen.get("theme")),
        usual_theme=_text(screen.get("usual_theme")),
    )


def _text(value: object) -> str:
    return value[:LONGEST] if isinstance(value, str) else ""


def theme_of(settings: Settings | None) -> str:
    """Name the theme of the settings, which may be the path of a file."""
    return "" if settings is None else Path(settings.theme).stem if "/" in settings.theme else settings.theme


def beginning(data: Mapping[str, Any] | None, target: Target) -> Glimpse:
    """Give what the first frame shows: the session, unless something else was typed."""
    was = glimpse_of(data)
    is_typed = bool(target.me or target.layout is not None)
    if target.run is None and not is_typed and not target.workspace and not target.dataset:
        return was
    parts = (target.workspace, "" if target.run is None else f"run {target.run}")
    typed = "  ".join(part for part in parts if part)
    has_plot = is_typed or was.titles.get("plot", NAMES["plot"]) != NAMES["plot"]
    pane = "plot" if has_plot else "lumisections" if target.run is not None else was.pane
    return replace(
        was,
        place=typed,
        element=target.me,
        titles={},
        pane=pane,
        zoomed=None,
        is_run_open=target.run is not None,
    )
