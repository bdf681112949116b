"""The embedded DIALS: who is let in, in which form the reply is, and where each endpoint stands."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson
from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import Match, Route

from dqmtui.demo.web.dials_endpoints import Call, handlers
from dqmtui.demo.web.dials_ml import Asked, certification_json, golden_json
from dqmtui.demo.web.replies import RefusedError, html_reply, json_reply, refusal_reply
from dqmtui.demo.web.tokens import DIALS_AUDIENCE, Issuer, TokenRefusedError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.requests import Request

    from dqmtui.demo.cms.world import World
    from dqmtui.demo.web.dials_endpoints import Handler
    from dqmtui.demo.web.oms import Oms


def takes_json(accept: str) -> bool:
    """Whether a request that accepts these media types gets JSON rather than the (broken) HTML page.

    The most specific types decide, JSON before HTML among equals, whatever their q: as Django REST framework
    does it. Raises RefusedError 406 when neither will do.
    """
    offered = [media.partition(";")[0].strip() for media in accept.split(",")]
    for wanted in (("application/json", "text/html"), ("application/*", "text/*"), ("*/*",)):
        for media in wanted:
            if media in offered:
                return media not in {"text/html", "text/*"}
    raise RefusedError(406, {"detail": "Could not satisfy the request Accept header."})


def authorise(request: Request, issuer: Issuer) -> None:
    """Raise RefusedError 403, as DIALS does for every failure, unless the bearer token is good."""
    header = request.headers.get("authorization")
    if header is None:
        body = {"detail": "Authorization header not found.", "code": "authorization_not_found"}
        raise RefusedError(403, body)
    scheme, _, token = header.partition(" ")
    try:
        # Another scheme, "bearer" included, leaves nothing that could be read as a token.
        issuer.verify(token if scheme == "Bearer" else "", audience=DIALS_AUDIENCE)
    except TokenRefusedError as error:
        raise RefusedError(403, {"detail": error.detail, "code": error.code}) from error


@dataclass(frozen=True, slots=True)
class _Door:
    """Turns handlers into endpoints that only let in requests with a good token and a JSON appetite."""

    world: World
    issuer: Issuer

    def enter(self, request: Request) -> Call:
        if not takes_json(request.headers.get("accept", "*/*")):
            raise RefusedError(500)
        authorise(request, self.issuer)
        return Call(request, self.world.now(), dict(request.query_params))

    def get(self, handler: Handler) -> Callable[[Request], Response]:
        # A plain function: Starlette runs it in a worker thread, so a large page holds up nobody else.
        def endpoint(request: Request) -> Response:
            return json_reply(request, handler(self.enter(request)))

        return endpoint

    def ml_json(
        self, make: Callable[[World, str, Asked], object]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            call = self.enter(request)
            posted = request.method == "POST"
            given = _posted(await request.body()) if posted else call.parameters
            return json_reply(request, make(call.world, call.workspace, Asked.read(given)))

        return endpoint


def _posted(body: bytes) -> Mapping[str, Any]:
    try:
        given = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise RefusedError(400, {"detail": f"JSON parse error - {error}"}) from error
    if not isinstance(given, dict):
        raise RefusedError(500)
    return given


def _not_found(routes: Sequence[Route]) -> Callable[[Request, Exception], Response]:
    """Send a path without its trailing slash to the one with it, and any other to an HTML page."""

    def answer(request: Request, _error: Exception) -> Response:
        scope = {**request.scope, "path": request.scope["path"] + "/"}
        if any(route.matches(scope)[0] is not Match.NONE for route in routes):
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{request.url.path}/{query}", status_code=301)
        return html_reply(404, "Not Found", "The requested resource was not found on this server.")

    return answer


def _not_allowed(request: Request, _error: Exception) -> Response:
    return json_reply(request, {"detail": f'Method "{request.method}" not allowed.'}, 405)


def dials_app(world: World, issuer: Issuer, oms: Oms) -> Starlette:
    """Give the application of everything below /api/v1."""
    door = _Door(world, issuer)
    routes = [Route(path, door.get(handler)) for path, handler in handlers(oms).items()]
    for path, make in (("cert-json", certification_json), ("golden-json", golden_json)):
        routes.append(Route(f"/ml-bad-lumisection/{path}/", door.ml_json(make), methods=["GET", "POST"]))
    app = Starlette(
        routes=routes,
        exception_handlers={404: _not_found(routes), 405: _not_allowed, RefusedError: refusal_reply},
    )
    # Starlette would answer 307 where the backend answers 301.
    app.router.redirect_slashes = False
    return app
