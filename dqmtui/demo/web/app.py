"""The embedded services as one ASGI application, and the layers that every request passes through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount, Route

from dqmtui.demo.run_registry_web import REGISTRY_PATH, registry_routes
from dqmtui.demo.web.dials import dials_app
from dqmtui.demo.web.keycloak import LOGIN_PATH, keycloak_routes
from dqmtui.demo.web.limits import BodyLimit
from dqmtui.demo.web.oms import API_PATH, Oms, oms_routes
from dqmtui.demo.web.replies import json_reply

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.demo.cms.world import World
    from dqmtui.demo.web.sign_in import SignIn

DIALS_PATH = "/api/v1"
REALM_PATH = "/auth/realms/cern"
REFERENCE_RUNS_PATH = "/certhelper/refruns.json"


def create_app(world: World, sign_in: SignIn, layers: Sequence[Middleware] = ()) -> Starlette:
    """Compose the services; a request meets the `layers` in their order, then the limit on its body.

    A layer is any ASGI middleware: what makes the services slow or makes them misbehave is added here.
    """
    oms = Oms(world)

    def reference_runs(request: Request) -> Response:
        return json_reply(request, world.now().reference_runs())

    return Starlette(
        routes=[
            Mount(DIALS_PATH, dials_app(world, sign_in.issuer, oms)),
            Mount(API_PATH, routes=oms_routes(oms, sign_in.issuer, REALM_PATH + LOGIN_PATH)),
            Mount(REALM_PATH, routes=keycloak_routes(sign_in)),
            Route(REFERENCE_RUNS_PATH, reference_runs),
            Mount(REGISTRY_PATH, routes=registry_routes(world)),
        ],
        middleware=[*layers, Middleware(BodyLimit)],
    )
