"""Misbehaviour on demand: a layer around the services that does to their replies what a FaultSpec says."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote_plus, urlencode

import orjson
from starlette.responses import RedirectResponse, Response

from dqmtui.demo.web.app import DIALS_PATH, REALM_PATH
from dqmtui.demo.web.faults_bodies import SPOILERS
from dqmtui.demo.web.faults_cut import RESET
from dqmtui.demo.web.faults_spec import STATUSES, Dice
from dqmtui.demo.web.keycloak import LOGIN_PATH
from dqmtui.demo.web.oms import API_PATH
from dqmtui.demo.web.replies import html_reply

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from dqmtui.demo.web.faults_spec import FaultSpec

_PREFIXES = {
    f"{DIALS_PATH}/oms-proxy": "oms",
    DIALS_PATH: "dials",
    API_PATH: "oms",
    REALM_PATH: "auth",
}
_TITLES = {
    "500": "Server Error (500)",
    "502": "502 Bad Gateway",
    "503": "503 Service Temporarily Unavailable",
    "504": "504 Gateway Time-out",
}
_REFUSAL = {"detail": "Access token has expired.", "code": "access_token_expired"}
_PIECES = 20
_OK = 200


class Faults:
    """ASGI middleware that meddles with the replies to those requests that the specification names.

    It is the outermost layer, so that a spoiled reply has cost what a good one costs. What happens to a
    request depends on the seed and on how many of them came before it. A fault that cannot happen to a reply
    (a list that leads back where there is no list) leaves it as it is. The server must speak
    ResettableProtocol.
    """

    def __init__(self, app: ASGIApp, spec: FaultSpec) -> None:
        self._app = app
        self._spec = spec
        self._count = 0
        self._with_token: Counter[bytes] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or do what happens to it."""
        if scope["type"] != "http" or not self._spec.concerns(_service(scope), _target(scope)):
            await self._app(scope, receive, send)
            return
        self._count += 1
        dice = Dice(self._spec.seed, self._count)
        fault = self._spec.fault_of(dice, self._counted_token(scope))
        if fault is None:
            await self._app(scope, receive, send)
        elif fault in {"reset", "down"}:
            await _cut(scope, receive)
        elif fault in SPOILERS:
            await self._spoil(fault, dice, scope, receive, send)
        elif fault in {"slow", "slowbody", "stall", "midreset"}:
            await self._disturb(fault, scope, receive, send)
        else:
            await self._instead(fault)(scope, receive, send)

    def _counted_token(self, scope: Scope) -> int:
        """Count a request with its token, and give how many there were; 0 for one without a token."""
        token = dict(scope["headers"]).get(b"authorization")
        if token is None:
            return 0
        self._with_token[token] += 1
        return self._with_token[token]

    def _instead(self, fault: str) -> Response:
        """Give the reply that comes in place of the right one."""
        if fault in STATUSES:
            seconds = self._spec.retry_after_s.get(fault)
            headers = None if seconds is None else {"Retry-After": str(seconds)}
            return html_reply(int(fault), _TITLES[fault], "Fault on demand.", headers)
        if fault == "forbidden":
            return Response(orjson.dumps(_REFUSAL), 403, media_type="application/json")
        if fault == "redirect":
            return RedirectResponse(f"{REALM_PATH}{LOGIN_PATH}?response_type=code", status_code=302)
        return html_reply(200, "Maintenance", "The service is being upgraded.")

    async def _spoil(self, fault: str, dice: Dice, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the reply with its JSON altered; nobody inside may compress it first."""
        headers = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        inner = {**scope, "headers": headers}
        if fault == "loop":
            inner["query_string"] = _from_the_start(scope["query_string"])
        reply = await _reply_of(self._app, inner, receive)
        spoiled = None
        if reply.status == _OK and reply.is_json:
            spoiled = SPOILERS[fault](reply.body, _url(scope), dice)
        await (reply if spoiled is None else reply.with_body(spoiled)).send(send)

    async def _disturb(self, fault: str, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the right reply late, slowly or not to its end."""
        reply = await _reply_of(self._app, scope, receive)
        seconds = self._spec.seconds.get(fault, 0.0)
        if fault == "slow":
            if not await _gone_within(seconds, receive):
                await reply.send(send)
            return
        await reply.begin(send)
        if fault == "slowbody":
            size = max(1, -(-len(reply.body) // _PIECES))
            for start in range(0, len(reply.body), size):
                if await _gone_within(seconds * size / len(reply.body), receive):
                    return
                await _send_part(send, reply.body[start : start + size])
            await _send_part(send, b"", is_last=True)
            return
        await _send_part(send, reply.body[: len(reply.body) // 2])
        # Returns when the half before it is on its way: a reset throws away what still waits to be sent.
        await _send_part(send, b"")
        if not await _gone_within(seconds, receive):
            await _cut(scope, receive)


@dataclass(frozen=True, slots=True)
class _Reply:
    """A whole reply, to be sent when and how it pleases."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes

    @property
    def is_json(self) -> bool:
        kind = dict(self.headers).get(b"content-type", b"")
        return kind.startswith((b"application/json", b"application/vnd.api+json"))

    def with_body(self, body: bytes) -> _Reply:
        length = (b"content-length", str(len(body)).encode("ascii"))
        others = (header for header in self.headers if header[0] != b"content-length")
        return replace(self, headers=(*others, length), body=body)

    async def begin(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status, "headers": [*self.headers]})

    async def send(self, send: Send) -> None:
        await self.begin(send)
        await _send_part(send, self.body, is_last=True)


async def _reply_of(app: ASGIApp, scope: Scope, receive: Receive) -> _Reply:
    """Let the services answer, and keep the answer."""
    start: dict[str, Any] = {}
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, keep)
    return _Reply(start["status"], tuple(start["headers"]), b"".join(parts))


async def _send_part(send: Send, part: bytes, *, is_last: bool = False) -> None:
    await send({"type": "http.response.body", "body": part, "more_body": not is_last})


async def _gone(receive: Receive) -> None:
    """Return when the connection is lost."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def _gone_within(seconds: float, receive: Receive) -> bool:
    """Wait, and give whether the client went away meanwhile."""
    try:
        await asyncio.wait_for(_gone(receive), seconds)
    except TimeoutError:
        return False
    return True


async def _cut(scope: Scope, receive: Receive) -> None:
    """Reset the connection; the server calls a request done that ends with its connection gone."""
    scope["state"][RESET]()
    await _gone(receive)


def _service(scope: Scope) -> str | None:
    """Name the service that a request is for; None for what is none of them."""
    return next((name for prefix, name in _PREFIXES.items() if scope["path"].startswith(prefix)), None)


def _target(scope: Scope) -> str:
    """Give path and query as a person writes them."""
    query: str = scope["query_string"].decode("latin-1")
    return f"{scope['path']}?{unquote_plus(query)}" if query else str(scope["path"])


def _url(scope: Scope) -> str:
    host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
    return f"{scope['scheme']}://{host}{scope['path']}?{scope['query_string'].decode('latin-1')}"


def _from_the_start(query: bytes) -> bytes:
    """Give a query of OMS with the offset of the first page, as which every page then comes again."""
    parameters = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    if all(name != "page[offset]" for name, _ in parameters):
        return query
    return urlencode([(name, "0" if name == "page[offset]" else value) for name, value in parameters]).encode(
        "ascii"
    )
