"""A screen put together from the lines that changed, not from all between the first and the last."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.strip import Strip


class ThriftyCompositor(Compositor):
    """Asks for those lines that have changed, and only the widgets that are seen in them.

    Textual's own asks all widgets for all their lines inside the rectangle around all changes, which is
    nearly the whole screen when the line at the top and one at the bottom have changed.
    """

    def render_partial_update(self) -> ChopsUpdate | None:
        """Draw what has changed, or nothing."""
        changed = Region.intersection
        screen = self.size.region
        regions = [seen for each in self._dirty_regions if (seen := changed(each, screen))]
        self._dirty_regions.clear()
        if not regions:
            return None
        spans = list(self._regions_to_spans(regions))
        return ChopsUpdate(self._drawn(spans), spans, [cuts[1:] for cuts in self.cuts])

    def _drawn(self, spans: Iterable[tuple[int, int, int]]) -> list[dict[int, Strip | None]]:
        """Draw what stands in some spans (y, x1, x2): the pieces of every line of the screen by their begin.

        A piece ends where the next one begins, at an edge of a widget; those not asked for are None.
        """
        pieces: list[dict[int, Strip | None]] = [dict.fromkeys(cuts[:-1]) for cuts in self.cuts]
        wanted: dict[int, set[int]] = {}
        for y, x1, x2 in spans:
            cuts = self.cuts[y]
            wanted.setdefault(y, set()).update(
                begin for begin, end in pairwise(cuts) if begin < x2 and end > x1
            )
        # from the front to the back: what has been drawn hides what comes later
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            left, right = seen.column_span
            rows = [
                y
                for y in wanted.keys() & set(seen.line_range)
                if any(left <= begin < right for begin in wanted[y])
            ]
            if not rows:
                continue
            top, bottom = min(rows), max(rows) + 1
            lines = widget.render_lines(Region(left - region.x, top - region.y, right - left, bottom - top))
            for y in rows:
                cuts = [cut for cut in self.cuts[y] if left <= cut <= right]
                parts = lines[y - top].divide([cut - left for cut in cuts[1:]])
                for begin, part in zip(cuts, parts, strict=False):
                    if begin in wanted[y]:
                        pieces[y][begin] = part
                wanted[y].difference_update(cuts[:-1])
                if not wanted[y]:
                    del wanted[y]
            if not wanted:
                break
        return pieces
