"""A limit on the bodies of requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.demo.web.replies import html_reply

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MAX_BODY_BYTES = 1_000_000


class BodyLimit:
    """ASGI middleware that refuses with 413 a body that is announced as larger than the limit.

    A body of unannounced length (chunked) is refused with 411: none of the clients sends one.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        if scope["type"] == "http":
            headers = dict(scope["headers"])
            # The HTTP parser has made sure that a length is a number.
            if int(headers.get(b"content-length", b"0")) > MAX_BODY_BYTES:
                await html_reply(413, "Request Entity Too Large")(scope, receive, send)
                return
            if b"transfer-encoding" in headers:
                await html_reply(411, "Length Required")(scope, receive, send)
                return
        await self._app(scope, receive, send)
