"""The lines that always say where one is, what is loading and how the services do."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from dqmtui.model.text import ELLIPSIS, fitted, harmless, shortened
from dqmtui.review.facts import Severity
from dqmtui.review.histograms import LoadState
from dqmtui.review.scan_words import short_progress
from dqmtui.services.records import Health
from dqmtui.tui.panes.runs import short_dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from dqmtui.review.facts import Notice
    from dqmtui.review.review import Review
    from dqmtui.services.records import ServiceState
    from dqmtui.tui.look import Look

ROOMY = 110
"""Columns from which on lines are not written short."""

Part = tuple[str, str]
"""Text and colour, '' for the usual one."""


def _length(parts: Iterable[Part]) -> int:
    return sum(len(text) for text, _ in parts)


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
    """Workspace, dataset, run, LS and element; on the right what is not as usual."""

    def show(self, review: Review, look: Look, count: str) -> None:
        """Say where the review is; `count` is the number typed so far."""
        state, roles = review.state, look.theme.roles
        dim = roles.label
        separator: Part = ("  ", dim)
        run = "no run" if state.run is None else f"run {state.run.run}"
        followed = "followed" if review.is_following else ""
        ls = "" if state.ls is None else f"LS {state.ls}"
        ls += f" (by {state.group})" if ls and state.group > 1 else ""
        element = "" if state.element is None else state.element.me
        dataset = short_dataset(state.dataset) if state.dataset else ""
        parts: list[Part] = [(f" {state.workspace or 'no workspace'}", roles.title)]
        place = ((dataset, ""), (run, roles.title), (followed, roles.good), (ls, roles.current))
        for text, color in place:
            if text:
                parts += [separator, (harmless(text), color)]
        right: tuple[Part, ...] = ((f" {count} " if count else "", roles.note),)
        if self.size.width >= ROOMY:
            right += ((f"rate of {harmless(str(review.rate))}  " if state.rate else "", roles.note),)
        if review.offline_since is not None:
            right += ((f" {_offline(review.offline_since, short=self.size.width < ROOMY)} ", roles.bad),)
        room = self.size.width - _length((*parts, *right)) - len(separator[0])
        good: Part = (f"  {review.said_good}", dim)
        if self.size.width >= ROOMY and _length((good,)) + len(element) <= room:
            right = (good, *right)
            room -= _length((good,))
        if state.element is not None and room > 0:
            name = element if len(element) <= room else state.element.short_name
            parts += [separator, (shortened(name, room, ellipsis=self.ellipsis), "")]
        self.show_parts(tuple(parts), right)


def _offline(since: datetime, *, short: bool) -> str:
    """Say that nothing newer can be had; `since` is when the oldest of what is shown was fetched."""
    at = since.astimezone(UTC)
    return f"offline {at:%m-%d %H:%M} UTC" if short else f"offline: as of {at:%Y-%m-%d %H:%M} UTC"


class MessageLine(LineView):
    """What happened last, or what is loading; on the right the services."""

    def show(
        self,
        review: Review | None,
        look: Look,
        notice: Notice,
        services: Mapping[str, ServiceState],
        *,
        insecure: bool,
    ) -> None:
        """Say what happened last and what is loading; `insecure`: nobody checks who the services are."""
        roles = look.theme.roles
        left: tuple[Part, ...] = ()
        if notice.text:
            color = {Severity.INFO: roles.label, Severity.WARNING: roles.note, Severity.ERROR: roles.bad}
            left = ((f" {harmless(notice.text)} ", color[notice.severity]),)
        doing = (" connecting ...", roles.label) if review is None else _doing(review, look, said=bool(left))
        left += (doing,) if doing[0] else ()
        right: tuple[Part, ...] = ((" INSECURE ", roles.bad),) if insecure else ()
        right += self._services(services, look, _length((*left, *right)))
        hint: Part = (" E more ", roles.label)
        is_cut = _length((*left, *right)) > self.size.width
        if notice.text and (is_cut or (notice.details and _length((*left, hint, *right)) <= self.size.width)):
            right = (hint, *right)
        self.show_parts(left, right)

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
            if taken + _length(parts) <= self.size.width:
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


def _coming(review: Review) -> str:
    """Say how far the plot in focus is, else a scan, else the rest of the page; "" when all is there."""
    load, scan = review.load, review.scan
    if load is not None and load.state is LoadState.LOADING:
        loaded, expected = load.progress
        share = f"{loaded}/{expected} LS" if expected else "LS"
        others = sum(plot.is_loading for plot in review.plots) - 1
        more = f" and {others} more" if others > 0 else ""
        return f"{share} of {load.element.short_name}{more}"
    if scan is not None and not scan.is_over:
        return short_progress(scan)
    left = sum(plot.is_loading for plot in review.plots)
    if load is None or not left or review.is_stopped:
        return ""
    return f"{len(review.plots) - left} of {len(review.plots)} plots of the page"


def _doing(review: Review, look: Look, *, said: bool) -> Part:
    """Say what is loading; what did not come only where nothing has been said."""
    roles, load = look.theme.roles, review.load
    coming = _coming(review)
    if coming:
        return f" {coming}  (esc stops)", roles.loading
    if said:
        return "", ""
    if review.run_list.is_loading:
        return f" runs: {len(review.run_list.entries)} so far", roles.loading
    match None if load is None else load.state:
        case LoadState.PARTIAL | LoadState.CANCELLED as ended if load is not None:
            loaded, expected = load.progress
            how = f"{ended.value}: {loaded} of {expected} LS  (ctrl+r goes on)"
            return f" {load.element.short_name} {how}", roles.bad
        case LoadState.KEPT as ended if load is not None:
            return f" {load.element.short_name} {ended.value}  (ctrl+r asks again)", roles.note
        case _:
            return "", ""
