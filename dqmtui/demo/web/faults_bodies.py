"""JSON bodies spoiled: each function gives the new body, or None for one to which it cannot happen."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

import orjson

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmtui.demo.web.faults_spec import Dice

_TRIES = 64
_STOP_CHANCE = 0.1
_MARK = "dqmtui: NaN stands here"
_FIRST_PAGE_TOKEN = base64.b64encode(b"r=0").decode("ascii")
"""A token without a position, which DIALS reads as that of the first page."""


def truncated(body: bytes, _url: str, dice: Dice) -> bytes | None:
    """Leave out the end; without its last bracket a list or object is never JSON."""
    return body[: 1 + dice.pick("cut", len(body) - 1)] if _is_structure(body) else None


def malformed(body: bytes, _url: str, dice: Dice) -> bytes | None:
    """Make one of the mistakes that programs make which write JSON by hand."""
    if not _is_structure(body):
        return None
    spoiled = (
        body[:-1] + b"," + body[-1:],
        body + body[-1:],
        body.replace(b'"', b"'") if b'"' in body else body[:-1],
    )
    return spoiled[dice.pick("mistake", len(spoiled))]


def wrong_type(body: bytes, _url: str, dice: Dice) -> bytes | None:
    """Give one value another type; null is left alone and never put anywhere, for it may be right."""
    document = _parsed(body)
    place = _place(document, dice, (str, int, float, bool, list, dict))
    if place is None:
        return None
    holder, key = place
    holder[key] = _retyped(holder[key])
    return orjson.dumps(document)


def nan(body: bytes, _url: str, dice: Dice) -> bytes | None:
    """Put NaN in the place of a number: as a text, or bare as only some parsers take it."""
    document = _parsed(body)
    place = _place(document, dice, (int, float))
    if place is None:
        return None
    holder, key = place
    bare = bool(dice.pick("bare", 2))
    holder[key] = _MARK if bare else "NaN"
    return orjson.dumps(document).replace(orjson.dumps(_MARK), b"NaN")


def loop(body: bytes, url: str, _dice: Dice) -> bytes | None:
    """Let a page name itself as the next one; `url` is that of the request."""
    document = _parsed(body)
    if not (isinstance(document, dict) and "results" in document and "next" in document):
        return None
    base, _, query = url.partition("?")
    parameters = {"next_token": _FIRST_PAGE_TOKEN, **dict(parse_qsl(query, keep_blank_values=True))}
    document["next"] = f"{base}?{urlencode(parameters)}"
    return orjson.dumps(document)


def duplicates(body: bytes, _url: str, dice: Dice) -> bytes | None:
    """Repeat one row right after itself."""
    document = _parsed(body)
    rows = _rows(document)
    if not rows:
        return None
    index = dice.pick("row", len(rows))
    rows.insert(index, rows[index])
    return orjson.dumps(document)


def missing(body: bytes, _url: str, dice: Dice) -> bytes | None:
    """Leave one row out."""
    document = _parsed(body)
    rows = _rows(document)
    if not rows:
        return None
    del rows[dice.pick("row", len(rows))]
    return orjson.dumps(document)


SPOILERS: Mapping[str, Callable[[bytes, str, Dice], bytes | None]] = {
    "truncated": truncated,
    "malformed": malformed,
    "types": wrong_type,
    "nan": nan,
    "loop": loop,
    "duplicates": duplicates,
    "missing": missing,
}


def _is_structure(body: bytes) -> bool:
    return len(body) > 1 and body[:1] in {b"[", b"{"}


def _parsed(body: bytes) -> Any:
    return orjson.loads(body) if _is_structure(body) else None


def _rows(document: Any) -> list[Any] | None:
    """Give the list of objects that a reply of DIALS or OMS is about."""
    if isinstance(document, dict):
        document = document.get("results", document.get("data"))
    is_rows = isinstance(document, list) and all(isinstance(row, dict) for row in document)
    return document if is_rows else None


def _place(document: Any, dice: Dice, wanted: tuple[type, ...]) -> tuple[Any, Any] | None:
    """Find a value of one of these types by random descents: the list or object it is in, and its key there.

    A descent looks at a handful of values only, whatever the size of the page.
    """
    for attempt in range(_TRIES):
        holder, depth = document, 0
        while isinstance(holder, list | dict) and holder:
            about = f"descent {attempt} {depth}"
            keys = list(holder) if isinstance(holder, dict) else range(len(holder))
            key = keys[dice.pick(about, len(keys))]
            value = holder[key]
            is_end = not isinstance(value, list | dict) or dice.roll(f"stop {about}") < _STOP_CHANCE
            # By identity of types: a bool is an int, too.
            if is_end and type(value) in wanted:
                return holder, key
            holder, depth = value, depth + 1
    return None


def _retyped(value: Any) -> Any:
    match value:
        case bool():
            return str(value).lower()
        case int() | float():
            return str(value)
        case str():
            return [value]
        case list():
            return {str(index): item for index, item in enumerate(value)}
        case _:
            return [value]
