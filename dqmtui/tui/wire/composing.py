"""A screen put together from the lines that changed, whose widgets hear of every change of their size."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual._compositor import CompositorMap, ReflowResult
    from textual.geometry import Size
    from textual.strip import Strip
    from textual.widget import Widget


class ThriftyCompositor(Compositor):
    """Asks for those lines that have changed, and only the widgets that are seen in them.

    Textual's own asks all widgets for all their lines inside the rectangle around all changes, which is
    nearly the whole screen when the line at the top and one at the bottom have changed.

    Textual's own also works out all places anew when a widget asks for its own after a hidden one has
    changed; what has another place by then is neither told of it nor drawn in it.
    """

    def __init__(self) -> None:
        super().__init__()
        # the places that all widgets were told of and drawn in
        self._known: CompositorMap = {}

    def reflow(self, parent: Widget, size: Size) -> ReflowResult:
        """Lay out all widgets, and give those that came, went, or have another size than they know of."""
        self._full_map = self._known
        result = super().reflow(parent, size)
        known = self._known = self._full_map
        resized = {widget for widget, place in known.items() if widget.outer_size != place.region.size}
        return result._replace(resized=result.resized | resized)

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
