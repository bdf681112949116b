"""What the embedded services are told to do wrong, how often, and to which requests.

A specification is a list of parts with commas between them. Each part is one of

    500 502 503 504 = RATE[:retry-after=N]    that status with an HTML page
    reset midreset = RATE                     the connection breaks before the reply, or half-way through it
    truncated malformed types nan = RATE      JSON cut short, no JSON, a value of another type, NaN as text
    slow slowbody stall = RATE[:SECONDS]      late first byte; slow body; silence half-way, then a break
    redirect html = RATE                      302 to a login page, 200 with a web page
    loop duplicates missing = RATE            a list that leads back, that repeats a row, that lacks one
    mix = RATE                                the faults above together
    forbidden = after:N                       403 for a token after N requests with it; a new one is good
    down = N:M                                after N requests the next M meet a reset, then all is well
    seed = N, only = dials|oms|auth, path = REGEX

A rate is a probability from 0 to 1; to one request happens one fault at most. `mix` shares its rate equally
among those that are not named themselves. `only` and `path` (searched for in the path and query; a comma ends
it) limit which requests are counted and meddled with. OMS through the proxy of DIALS counts as oms.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

STATUSES = ("500", "502", "503", "504")
SECONDS = {"slow": 0.5, "slowbody": 0.5, "stall": 30.0}
"""Faults that take time, and how long they take when nothing is said."""
RATED = (
    *STATUSES,
    "reset",
    "midreset",
    "truncated",
    "malformed",
    "types",
    "nan",
    *SECONDS,
    "redirect",
    "html",
    "loop",
    "duplicates",
    "missing",
)
"""Faults that happen at a rate, in the order in which a request is tried for them."""
SERVICES = ("dials", "oms", "auth")
NAMES = (*RATED, "mix", "forbidden", "down", "seed", "only", "path")

_RETRY_AFTER = "retry-after"
_LONGEST_S = 3600.0


class FaultSpecError(ValueError):
    """A specification that cannot be followed; the message names the part and what would be right."""


@dataclass(frozen=True, slots=True)
class Dice:
    """Chances that depend on the seed, the number of the request and what is decided, and on nothing else."""

    seed: int
    number: int

    def roll(self, about: str) -> float:
        """Give a number from 0 to below 1."""
        digest = hashlib.sha256(f"{self.seed}/{self.number}/{about}".encode()).digest()
        # 53 bits are what a float holds: with more, the largest would round to 1.
        return (int.from_bytes(digest[:8], "big") >> 11) / 2**53

    def pick(self, about: str, count: int) -> int:
        """Give an index below `count`, which must be positive."""
        return int(self.roll(about) * count)


@dataclass(frozen=True, slots=True)
class FaultSpec:
    """Which fault happens to which request.

    `rates` has only positive ones, in the order of RATED. `seconds` and `retry_after_s` belong to the faults
    that take them. The requests from `down[0] + 1` on, `down[1]` of them, meet a service that is down.
    """

    rates: Mapping[str, float] = field(default_factory=dict)
    seconds: Mapping[str, float] = field(default_factory=lambda: dict(SECONDS))
    retry_after_s: Mapping[str, int] = field(default_factory=dict)
    forbidden_after: int | None = None
    down: tuple[int, int] = (0, 0)
    seed: int = 1
    only: str | None = None
    path: re.Pattern[str] | None = None

    def __bool__(self) -> bool:
        """Whether anything can go wrong at all."""
        return bool(self.rates) or self.forbidden_after is not None or self.down[1] > 0

    def concerns(self, service: str | None, target: str) -> bool:
        """Whether a request to this service, for this path and query, is counted and may be meddled with."""
        return self.only in {None, service} and (self.path is None or self.path.search(target) is not None)

    def fault_of(self, dice: Dice, with_token: int = 0) -> str | None:
        """Give what happens to a request: `down`, `forbidden`, a name of RATED, or None for nothing.

        `with_token` counts the requests with its token, this one included.
        """
        start, length = self.down
        if start < dice.number <= start + length:
            return "down"
        if self.forbidden_after is not None and with_token > self.forbidden_after:
            return "forbidden"
        left = dice.roll("fault")
        for name, rate in self.rates.items():
            left -= rate
            if left < 0:
                return name
        return None


def parse_faults(text: str) -> FaultSpec:
    """Read a specification, of which there may be nothing; raises FaultSpecError."""
    parts = _parts(text)
    rates: dict[str, float] = {}
    seconds = dict(SECONDS)
    retry_after_s: dict[str, int] = {}
    for name in (name for name in RATED if name in parts):
        part = f"{name}={parts[name]}"
        rate, colon, parameter = parts[name].partition(":")
        rates[name] = _rate(name, part, rate)
        if not colon:
            continue
        if name in SECONDS:
            seconds[name] = _seconds(name, part, parameter)
        elif name in STATUSES:
            retry_after_s[name] = _retry_after(part, parameter)
        else:
            raise FaultSpecError(f"{part}: {name} takes a rate and nothing else.")
    if "mix" in parts:
        mixed = [name for name in RATED if name not in rates]
        shared = _rate("mix", f"mix={parts['mix']}", parts["mix"])
        rates.update({name: shared / len(mixed) for name in mixed})
    total = sum(rates.values())
    if total > 1 + 1e-9:
        raise FaultSpecError(
            f"The rates add up to {total:g}; to a request happens one fault at most, so they can be 1 in all."
        )
    return FaultSpec(
        rates={name: rates[name] for name in RATED if rates.get(name)},
        seconds=seconds,
        retry_after_s=retry_after_s,
        forbidden_after=_forbidden(parts),
        down=_down(parts),
        seed=_count(f"seed={parts['seed']}", parts["seed"]) if "seed" in parts else 1,
        only=_service(parts),
        path=_pattern(parts),
    )


def _parts(text: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for part in (part.strip() for part in text.split(",")):
        if not part:
            continue
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if name not in NAMES:
            raise FaultSpecError(f"{part}: there is no fault {name!r}{_hint(name, NAMES)}")
        if not equals or not value:
            raise FaultSpecError(f"{part}: write it as {_form(name)}.")
        if name in found:
            raise FaultSpecError(f"{part}: {name} stands there twice.")
        found[name] = value
    return found


def _hint(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(names)}."


def _form(name: str) -> str:
    forms = {
        "forbidden": "forbidden=after:N",
        "down": "down=N:M",
        "seed": "seed=N",
        "only": f"only={'|'.join(SERVICES)}",
        "path": "path=REGEX",
        **dict.fromkeys(STATUSES, f"{name}=RATE or {name}=RATE:{_RETRY_AFTER}=N"),
        **dict.fromkeys(SECONDS, f"{name}=RATE or {name}=RATE:SECONDS"),
    }
    return forms.get(name, f"{name}=RATE")


def _rate(name: str, part: str, text: str) -> float:
    rate = _number(text)
    if rate is None or not 0 <= rate <= 1:
        raise FaultSpecError(f"{part}: {text!r} is no rate from 0 to 1. Write it as {_form(name)}.")
    return rate


def _seconds(name: str, part: str, text: str) -> float:
    seconds = _number(text)
    if seconds is None or not 0 <= seconds <= _LONGEST_S:
        limits = f"from 0 to {_LONGEST_S:g}"
        raise FaultSpecError(f"{part}: {text!r} is no number of seconds {limits}. Write it as {_form(name)}.")
    return seconds


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _retry_after(part: str, text: str) -> int:
    key, _, value = text.partition("=")
    if key.strip() != _RETRY_AFTER:
        raise FaultSpecError(f"{part}: {key!r} is unknown; did you mean {_RETRY_AFTER}=N?")
    return _count(part, value)


def _count(part: str, text: str) -> int:
    digits = text.strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):  # noqa: PLR2004 - a billion is enough
        raise FaultSpecError(f"{part}: {digits!r} is no whole number from 0 to 999999999.")
    return int(digits)


def _forbidden(parts: Mapping[str, str]) -> int | None:
    if "forbidden" not in parts:
        return None
    part = f"forbidden={parts['forbidden']}"
    word, _, number = parts["forbidden"].partition(":")
    if word != "after":
        raise FaultSpecError(f"{part}: write it as {_form('forbidden')}.")
    return _count(part, number)


def _down(parts: Mapping[str, str]) -> tuple[int, int]:
    if "down" not in parts:
        return (0, 0)
    part = f"down={parts['down']}"
    start, colon, length = parts["down"].partition(":")
    if not colon:
        raise FaultSpecError(f"{part}: write it as {_form('down')}.")
    return _count(part, start), _count(part, length)


def _service(parts: Mapping[str, str]) -> str | None:
    only = parts.get("only")
    if only is not None and only not in SERVICES:
        raise FaultSpecError(f"only={only}: there is no service {only!r}{_hint(only, SERVICES)}")
    return only


def _pattern(parts: Mapping[str, str]) -> re.Pattern[str] | None:
    try:
        return re.compile(parts["path"]) if "path" in parts else None
    except re.error as error:
        raise FaultSpecError(f"path={parts['path']}: this is no regular expression ({error}).") from error
