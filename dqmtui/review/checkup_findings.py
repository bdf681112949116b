"""What a look at the set-up finds: a sentence, facts, and what to change."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_DAY_S = 86_400


class Fault(Enum):
    """What kind of thing is not well: the set-up here, the login, or a service."""

    SETUP = "setup"
    LOGIN = "login"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: a sentence for people, facts for programs.

    With a `fault` it is not well, and `advice` is a sentence that says what to change.
    """

    section: str
    name: str
    says: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    fault: Fault | None = None
    advice: str = ""


def in_words(seconds: float) -> str:
    """Say how far away a moment is: in 3 h 20 min, 5 days ago."""
    away = abs(seconds)
    if away < 60:  # noqa: PLR2004 - a minute
        text = f"{away:.0f} s"
    elif away < 3600:  # noqa: PLR2004 - an hour
        text = f"{away // 60:.0f} min"
    elif away < 2 * _DAY_S:
        text = f"{away // 3600:.0f} h {away % 3600 // 60:.0f} min"
    else:
        text = f"{away // _DAY_S:.0f} days"
    return f"in {text}" if seconds >= 0 else f"{text} ago"
