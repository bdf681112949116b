"""The lines that always say where one is, what is loading and how the services do."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from dqmtui.model.dataset_name import short_dataset
from dqmtui.model.text import ELLIPSIS, fitted, harmless, shortened
from dqmtui.review.facts import Severity
from dqmtui.review.histograms import LoadState
from dqmtui.services.records import Health
from dqmtui.tui.note_look import VERDICT_LOOKS
from dqmtui.tui.progress import Eta, coming, to_go

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import datetime

    from textual.timer import Timer

    from dqmtui.review.facts import Notice
    from dqmtui.review.review import Review
    from dqmtui.services.records import ServiceState
    from dqmtui.tui.look import Look

ROOMY = 110
"""Columns from which on lines are not written short."""

TICK_S = 1.0
"""Seconds between two looks at what is loading, though nothing has come."""

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
        place = (
            *((dataset, ""), (run, roles.title), (followed, roles.good)),
            *_noted(review, look),
            (ls, roles.current),
        )
        for text, color in place:
            if text:
                parts += [separator, (harmless(text), color)]
        right: tuple[Part, ...] = ((f" {count} " if count else "", roles.note),)
        if self.size.width >= ROOMY:
            right += ((f"rate of {harmless(str(review.rate))}  " if state.rate else "", roles.note),)
        if review.stranded:
            right += ((f" {review.stranded} not on disk ", roles.bad),)
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


def _noted(review: Review, look: Look) -> list[Part]:
    """Say as what the run as a whole is noted."""
    verdicts = dict.fromkeys(note.content.verdict for note in review.notes.on_run)
    return [(f"noted {verdict}", look.theme.role(VERDICT_LOOKS[verdict].role)) for verdict in verdicts]


def _offline(since: datetime, *, short: bool) -> str:
    """Say that nothing newer can be had; `since` is when the oldest of what is shown was fetched."""
    at = since.astimezone(UTC)
    return f"offline {at:%m-%d %H:%M} UTC" if short else f"offline: as of {at:%Y-%m-%d %H:%M} UTC"


class MessageLine(LineView):
    """What happened last, and what is loading with the time it will take; on the right the services.

    While something is loading it looks every second how far that is.
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name for it
        super().__init__(id=id)
        self._eta = Eta()
        self._ticking: Timer | None = None
        self._again: Callable[[], None] = lambda: None

    def on_mount(self) -> None:
        """Get the clock ready."""
        self._ticking = self.set_interval(TICK_S, self.look_again, pause=True)

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
            left = ((f" {look.charset.text(harmless(notice.text))} ", color[notice.severity]),)
        self._again = partial(self.show, review, look, notice, services, insecure=insecure)
        is_said = bool(left)
        doing = (" connecting ...", roles.label) if review is None else self._coming(review, look)
        self._tick(on=review is not None and bool(doing[0]))
        if review is not None and not doing[0] and not is_said:
            doing = _ended(review, look)
        left += (doing,) if doing[0] else ()
        right: tuple[Part, ...] = ((" INSECURE ", roles.bad),) if insecure else ()
        right += self._services(services, look, _length((*left, *right)))
        hint: Part = (f" {look.key('details')} more ", roles.label)
        is_cut = _length((*left, *right)) > self.size.width
        if notice.text and (is_cut or (notice.details and _length((*left, hint, *right)) <= self.size.width)):
            right = (hint, *right)
        self.show_parts(left, right)

    def _coming(self, review: Review, look: Look) -> Part:
        """Say what is loading, how far it is, and how long it will take."""
        progress = coming(review)
        seconds = self._eta.seconds(progress)
        if progress is None:
            return "", ""
        words = ", ".join(part for part in (progress.words, to_go(seconds)) if part)
        shown = look.charset.text(harmless(words))
        return f" {shown}  ({look.key('cancel')} stops)", look.theme.roles.loading

    def look_again(self) -> None:
        """Say how far it is now, though nothing has come."""
        self._again()

    def _tick(self, *, on: bool) -> None:
        if self._ticking is not None:
            (self._ticking.resume if on else self._ticking.pause)()

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


def _ended(review: Review, look: Look) -> Part:
    """Say what of the plot in focus did not come."""
    roles, load = look.theme.roles, review.load
    match None if load is None else load.state:
        case LoadState.PARTIAL | LoadState.CANCELLED as ended if load is not None:
            loaded, expected = load.progress
            how = f"{ended.value}: {loaded} of {expected} LS  ({look.key('reload')} goes on)"
            return f" {load.element.short_name} {how}", roles.bad
        case LoadState.KEPT as ended if load is not None:
            return f" {load.element.short_name} {ended.value}  ({look.key('reload')} asks again)", roles.note
        case _:
            return "", ""
