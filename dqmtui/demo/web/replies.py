"""Replies as the services send them: JSON (gzipped when asked for), HTML pages, and refusals to raise."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import orjson
from starlette.responses import HTMLResponse, Response

if TYPE_CHECKING:
    from starlette.requests import Request

GZIP_AT_LEAST_BYTES = 1000
GZIP_LEVEL = 1
"""The fastest level: the size that matters on the wire is within a tenth of what the default level gives."""


class RefusedError(Exception):
    """Ends the handling of a request with this status and JSON body, or with an HTML page for `body` None."""

    def __init__(self, status: int, body: Mapping[str, Any] | list[Any] | None = None) -> None:
        super().__init__(status)
        self.status = status
        self.body = body


def _as_dict(value: object) -> dict[Any, Any]:
    """Let orjson write mappings that are not dicts."""
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"no JSON for {type(value).__name__}")


def json_reply(
    request: Request, body: object, status: int = 200, media_type: str = "application/json"
) -> Response:
    """Reply with JSON; NumPy arrays inside `body` are written as lists. Compresses in the calling thread."""
    data = orjson.dumps(body, _as_dict, orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_NON_STR_KEYS)
    headers = {"Vary": "Accept, Accept-Encoding, Workspace"}
    if len(data) >= GZIP_AT_LEAST_BYTES and "gzip" in request.headers.get("accept-encoding", ""):
        data = gzip.compress(data, compresslevel=GZIP_LEVEL, mtime=0)
        headers["Content-Encoding"] = "gzip"
    return Response(data, status_code=status, media_type=media_type, headers=headers)


def html_reply(status: int, title: str, text: str = "", headers: Mapping[str, str] | None = None) -> Response:
    """Reply with a tiny HTML page; `title` and `text` must be ours, never a client's."""
    page = (
        f'<!doctype html>\n<html lang="en">\n<head>\n  <title>{title}</title>\n</head>\n'
        f"<body>\n  <h1>{title}</h1><p>{text}</p>\n</body>\n</html>\n"
    )
    return HTMLResponse(page, status_code=status, headers=headers)


_TITLES = {
    500: "Server Error (500)",
    504: "504 Gateway Time-out",
}


def refusal_reply(request: Request, error: Exception) -> Response:
    """Starlette's exception handler for RefusedError."""
    if not isinstance(error, RefusedError):
        raise error
    if error.body is None:
        return html_reply(error.status, _TITLES[error.status])
    return json_reply(request, error.body, error.status)
