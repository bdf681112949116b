"""The lines that always say where one is, what is loading and how the services do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from dqmtui.model.text import ELLIPSIS, fitted, harmless, shortened
from dqmtui.review.histograms import LoadState
from dqmtui.services.records import Health
from dqmtui.tui.panes.runs import short_dataset

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.review.review import Review
    from dqmtui.services.records import ServiceState
    from dqmtui.tui.look import Look

Part = tuple[str, str]
"""Text and colour, '' for the usual one."""


class LineView(Widget):
    """One line made of coloured parts: some on the left, some kept on the right."""

    DEFAULT_CSS = "LineView { height: 1; }"

    ellipsis = ELLIPSIS
    """What stands for text that was cut off."""

    _left: tuple[Part, ...] = ()
    _right: tuple[Part, ...] = ()

    def show_parts(self, left: tuple[Part, ...], right: tuple[Part, ...] = ()) -> None:
        """Show other parts; repaints only when they differ."""
        if (left, right) != (self._left, self._right):
            self._left, self._right = left, right
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw the line; what is on the left gives way."""
        width, base = self.size.width, self.rich_style
        if y:
            return Strip.blank(width, base)
        right = [(text, color) for text, color in self._right if text]
        room = width - sum(len(text) for text, _ in right)
        segments: list[Segment] = []
        for text, color in self._left:
            shown = fitted(text, min(len(text), room), ellipsis=self.ellipsis) if room > 0 else ""
            segments.append(Segment(shown, base + Style(color=color) if color else base))
            room -= len(shown)
        segments.append(Segment(" " * max(0, room), base))
        segments.extend(Segment(text, base + Style(color=color) if color else base) for text, color in right)
        return Strip(segments).crop(0, width)


class PlaceLine(LineView):
    """Workspace, dataset, run, LS and element."""

    def show(self, review: Review, look: Look, count: str) -> None:
        """Say where the review is; `count` is the number typed so far."""
        state, roles = review.state, look.theme.roles
        dim = roles.label
        separator: Part = ("  ", dim)
        run = "no run" if state.run is None else f"run {state.run.run}"
        ls = "" if state.ls is None else f"LS {state.ls}"
        element = "" if state.element is None else state.element.me
        dataset = short_dataset(state.dataset) if state.dataset else ""
        parts: list[Part] = [(f" {state.workspace or 'connecting'}", roles.title)]
        for text, color in ((dataset, ""), (run, roles.title), (ls, roles.current)):
            if text:
                parts += [separator, (harmless(text), color)]
        room = self.size.width - sum(len(text) for text, _ in parts) - len(separator[0])
        if state.element is not None and room > 0:
            name = element if len(element) <= room else state.element.short_name
            parts += [separator, (shortened(name, room, ellipsis=self.ellipsis), "")]
        self.show_parts(tuple(parts), ((f" {count} " if count else "", roles.note),))


class MessageLine(LineView):
    """What happened last, or what is loading; on the right the services."""

    def show(self, review: Review, look: Look, notice: Part, services: Mapping[str, ServiceState]) -> None:
        """Say what happened last and what is loading."""
        roles = look.theme.roles
        load = review.load
        left: tuple[Part, ...] = ((f" {notice[0]} ", notice[1]),) if notice[0] else ()
        if load is not None and load.state is LoadState.LOADING:
            loaded, expected = load.progress
            share = f"{loaded}/{expected} LS" if expected else "LS"
            left += ((f" {share} of {load.element.short_name}  (esc stops)", roles.loading),)
        elif review.run_list.is_loading and not notice[0]:
            left = ((f" runs: {len(review.run_list.entries)} so far", roles.loading),)
        elif load is not None and load.state in {LoadState.PARTIAL, LoadState.CANCELLED} and not notice[0]:
            loaded, expected = load.progress
            text = (
                f" {load.element.short_name} {load.state.value}: {loaded} of {expected} LS  (ctrl+r goes on)"
            )
            left = ((text, roles.bad),)
        self.show_parts(left, self._services(services, look, sum(len(text) for text, _ in left)))

    def _services(self, services: Mapping[str, ServiceState], look: Look, taken: int) -> tuple[Part, ...]:
        """Say how the services do, in as many words as the rest of the line leaves room for."""
        full = tuple(self._service(name, state, look, delay=True) for name, state in services.items())
        short = tuple(self._service(name, state, look, delay=False) for name, state in services.items())
        troubled = tuple(
            part
            for part, state in zip(short, services.values(), strict=True)
            if state.health not in {Health.OK, Health.UNKNOWN}
        )
        for parts in (full, short):
            if taken + sum(len(text) for text, _ in parts) <= self.size.width:
                return parts
        return troubled

    def _service(self, name: str, state: ServiceState, look: Look, *, delay: bool) -> Part:
        roles, glyphs = look.theme.roles, look.glyphs
        match state.health:
            case Health.OK:
                glyph, color, word = glyphs.good, roles.good, ""
            case Health.SLOW if state.last_error is not None:
                glyph, color, word = glyphs.unknown, roles.note, " retrying"
            case Health.SLOW:
                glyph, color, word = glyphs.good, roles.note, " slow"
            case Health.UNKNOWN:
                glyph, color, word = glyphs.loading, roles.loading, ""
            case _:
                glyph, color, word = glyphs.bad, roles.bad, f" {state.health.value}"
        shown = f" {state.latency_ms:.0f} ms" if delay and state.latency_ms is not None and not word else ""
        return f" {name} {glyph}{word}{shown} ", color
