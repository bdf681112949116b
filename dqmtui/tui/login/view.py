"""What the login layer shows: how far the login is, and how that is arranged in the room there is."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from rich.text import Text

from dqmtui.model.text import fitted, harmless

if TYPE_CHECKING:
    from dqmtui.tui.look import Look

FRAME = 4
"""Cells to the left and right that border and padding take."""
BORDER = 2
"""Lines that the border takes."""
WIDEST = 76
LEAST_SIDE = 36
"""Cells beside the QR code without which it is left out."""
EASY_SIDE = 40
"""Cells beside the QR code where the terminal has them."""
GAP = 2
ROOMY = 2
"""Lines that are left free above and below where the layer gets padding."""
TALL = 20
"""From this height on the code stands in a block of three lines."""
MOST_URL_LINES = 4
SECONDS = 60

# a code is read by its contrast, in whichever theme
_LIGHT_ON_DARK = "#ffffff on #000000"
_LIGHT = "#ffffff on #ffffff"


class Phase(Enum):
    """How far a login is."""

    ASKING = auto()
    WAITING = auto()
    LOGGED_IN = auto()
    FAILED = auto()
    NO_USE = auto()
    """A stored login would not be used."""


@dataclass(frozen=True, slots=True)
class LoginView:
    """What is to be shown of a login; never a token.

    The person agrees to `user_code` ("": the address holds all) at `url`. `words` say why there is nothing to
    agree to, `trouble` why the login service has not answered.
    """

    phase: Phase
    url: str = ""
    user_code: str = ""
    seconds_left: int | None = None
    trouble: str = ""
    words: str = ""

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """The keys that do something now, with what they do."""
        match self.phase:
            case Phase.WAITING:
                code = (("c", "copy the code"),) if self.user_code else ()
                return (("u", "copy the address"), *code, ("esc", "cancel"))
            case Phase.FAILED:
                return (("n", "start anew"), ("esc", "close"))
            case Phase.NO_USE:
                return (("esc", "close"),)
            case _:
                return (("esc", "cancel"),)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The parts of the layer as texts, and the size of the whole in cells.

    `qr` is None where it has no room; `padding` are the free lines above and below.
    """

    head: Text
    qr: Text | None
    side: Text
    width: int
    height: int
    padding: int


def painted(qr_lines: list[str]) -> Text | None:
    """Paint a QR code black and white; in ASCII a light module is white on white, and a # without colours."""
    if not qr_lines:
        return None
    text = Text("\n".join(qr_lines), style=_LIGHT_ON_DARK, no_wrap=True)
    text.highlight_regex("#+", _LIGHT)
    return text


def arranged(view: LoginView, said: str, qr: Text | None, room: tuple[int, int], look: Look) -> Arrangement:
    """Arrange a login in a screen of some columns and lines; `said` is the answer to the last key.

    The QR code stands beside the rest, and is left out where that has no room.
    """
    columns, lines = room
    inner = max(1, min(columns - FRAME, WIDEST))
    side_width, qr_height = inner, 0
    if qr is not None:
        qr_width, qr_height = qr.plain.index("\n"), _height(qr)
        wide = min(columns - FRAME, max(len(view.url), qr_width + GAP + EASY_SIDE))
        head = _head(view, wide, look)
        if qr_width + GAP + LEAST_SIDE <= wide and _height(head) + qr_height + BORDER <= lines:
            inner, side_width = wide, wide - qr_width - GAP
        else:
            qr = None
    head = _head(view, inner, look)
    side = _side(view, said, side_width, look, stacked=qr is None, tall=lines >= TALL)
    taken = BORDER + _height(head) + max(_height(side), qr_height if qr is not None else 0)
    if head and taken < lines:
        head.append("\n")
        taken += 1
    padding = int(taken + 2 * ROOMY <= lines)
    return Arrangement(head, qr, side, inner + FRAME, min(taken, lines) + 2 * padding, padding)


def _height(text: Text) -> int:
    return text.plain.count("\n") + 1 if text else 0


def _head(view: LoginView, width: int, look: Look) -> Text:
    """Write what to do, and where; an address too long for the screen can still be copied."""
    if view.phase is not Phase.WAITING:
        return Text()
    whole = look.charset.text(harmless(view.url))
    url = fitted(whole, min(len(whole), MOST_URL_LINES * width), ellipsis=look.charset.ellipsis)
    pieces = [url[at : at + width] for at in range(0, len(url), width)]
    what = "Open this address in any browser and agree" + (" to the code:" if view.user_code else ":")
    text = Text(what + "\n", no_wrap=True)
    text.append("\n".join(pieces), style="bold")
    return text


def _side(view: LoginView, said: str, width: int, look: Look, *, stacked: bool, tall: bool) -> Text:
    """Write the code, what is happening, and the keys."""
    roles, glyphs = look.theme.roles, look.glyphs
    parts: list[Text] = []
    if view.phase is Phase.WAITING and view.user_code:
        parts.append(_code(view.user_code, width, look, tall=tall))
    match view.phase:
        case Phase.ASKING:
            parts.append(Text("Asking the login service for a code ...", style=roles.loading))
        case Phase.LOGGED_IN:
            parts.append(Text("You are logged in.", style=roles.good))
        case Phase.FAILED:
            parts.append(_words(f"{glyphs.bad} {view.words}", width, look, roles.bad))
        case Phase.NO_USE:
            parts.append(_words(view.words, width, look, roles.note))
        case Phase.WAITING:
            parts.append(_waiting(view, width, look))
    keys = Text()
    for key, does in view.keys:
        keys.append(("   " if stacked else "\n") if keys else "")
        keys.append(f"{key} ".rjust(4) if not stacked else f"{key} ", style=f"bold {roles.current}")
        keys.append(does)
    parts.append(keys)
    if said:
        parts.append(_words(said, width, look, roles.good))
    text = Text("\n\n", no_wrap=True).join(parts)
    text.no_wrap = True
    return text


def _code(code: str, width: int, look: Look, *, tall: bool) -> Text:
    """Write the code so that it can be read from afar: spaced, in a block of colour."""
    plain = look.charset.text(harmless(code))
    spaced = " ".join(plain)
    shown = (
        f"   {spaced}   " if len(spaced) + 6 <= width else fitted(f" {plain} ", min(len(plain) + 2, width))
    )
    blank = " " * len(shown)
    lines = [blank, shown, blank] if tall else [shown]
    return Text("\n".join(lines), style=f"bold {look.theme.background} on {look.theme.roles.current}")


def _waiting(view: LoginView, width: int, look: Look) -> Text:
    roles = look.theme.roles
    text = Text("Waiting for you to agree")
    if view.seconds_left is not None:
        minutes, seconds = divmod(view.seconds_left, SECONDS)
        text.append(f"   {minutes}:{seconds:02d} left", style=f"bold {roles.current}")
    if view.trouble:
        text.append("\n")
        text.append_text(_words(f"{look.glyphs.unknown} {view.trouble}", width, look, roles.note))
    return text


def _words(words: str, width: int, look: Look, style: str) -> Text:
    shown = look.charset.text(harmless(words))
    return Text("\n".join(textwrap.wrap(shown, width)), style=style)
