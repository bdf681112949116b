"""JSON bodies parsed so that a large one never keeps the interpreter to itself.

A JSON parser holds the interpreter lock from the first byte to the last, which for a page of a megabyte is
some 10 ms in which the event loop stands still. The replies of DIALS and OMS are one long list of objects, so
a large body is cut between these objects and parsed one by one; other threads get their turn in between.
"""

from __future__ import annotations

from typing import Any

import orjson

from dqmtui.services.replies import NotJson

WHOLE_BYTES = 100_000
"""Bodies up to this size are parsed in one go."""

_MARK = "dqmtui: the rows stand here"
_HEAD_BYTES = 4096


def parse_json(body: bytes, whole_bytes: int = WHOLE_BYTES) -> object:
    """Return the value of a JSON body; raise NotJson."""
    try:
        if len(body) > whole_bytes:
            value = _parsed_by_rows(body)
            if value is not None:
                return value
        whole: object = orjson.loads(body)
    except ValueError as error:
        raise NotJson(str(error)) from error
    return whole


def _parsed_by_rows(body: bytes) -> dict[str, Any] | None:
    """Return the value of an object with one long list of objects; None for any other body.

    The cuts are made without looking at strings and nesting. That is safe: the object without its rows and
    every row must be valid JSON by themselves, and then there is only one way to read the whole. A cut inside
    of a string leaves an open quotation mark on both sides, one inside of a row an open brace.
    """
    start, end = body.find(b"[{", 0, _HEAD_BYTES), body.rfind(b"}]")
    if start < 0 or end < start:
        return None
    try:
        frame = orjson.loads(body[:start] + orjson.dumps(_MARK) + body[end + 2 :])
        rows = [orjson.loads(b"{" + row + b"}") for row in body[start + 2 : end].split(b"},{")]
    except ValueError:
        return None
    if not isinstance(frame, dict):
        return None
    places = [name for name, value in frame.items() if value == _MARK]
    if len(places) != 1:
        return None
    frame[places[0]] = rows
    return frame
