"""The embedded Keycloak: the endpoints of CERN's realm that sign-in tools use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import parse_qsl

from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dqmtui.demo.web.replies import html_reply
from dqmtui.demo.web.sign_in import DEVICE_LIFETIME_S, GrantRefusedError, SignIn

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

LOGIN_PATH = "/protocol/openid-connect/auth"

DEVICE_CODE = "urn:ietf:params:oauth:grant-type:device_code"
TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"  # noqa: S105 - the name of a grant

Form: TypeAlias = "dict[str, str]"


def _need(form: Form, name: str) -> str:
    if not form.get(name):
        raise GrantRefusedError("invalid_request", f"Missing form parameter: {name}")
    return form[name]


def _tokens(sign_in: SignIn, form: Form) -> dict[str, Any]:
    """Answer the token endpoint."""
    grant, client_id = _need(form, "grant_type"), _need(form, "client_id")
    if grant == DEVICE_CODE:
        return sign_in.device_grant(client_id, _need(form, "device_code"), form.get("code_verifier", ""))
    if grant == "refresh_token":
        return sign_in.refresh_grant(client_id, _need(form, "refresh_token"))
    if grant == TOKEN_EXCHANGE:
        return sign_in.exchange_grant(client_id, _need(form, "subject_token"), _need(form, "audience"))
    if grant == "client_credentials":
        secret = form.get("client_secret", "")
        return sign_in.client_grant(client_id, secret, form.get("audience") or client_id)
    raise GrantRefusedError("unsupported_grant_type", "Unsupported grant_type")


def _api_access(sign_in: SignIn, form: Form) -> dict[str, Any]:
    """Answer CERN's own endpoint for applications: client credentials and an audience, nothing else."""
    if _need(form, "grant_type") != "client_credentials":
        raise GrantRefusedError("unsupported_grant_type", "Unsupported grant_type")
    return sign_in.client_grant(
        form.get("client_id", ""), form.get("client_secret", ""), _need(form, "audience")
    )


def _revoke(sign_in: SignIn, form: Form) -> dict[str, Any]:
    sign_in.revoke(_need(form, "token"))
    return {}


def _device(sign_in: SignIn, form: Form, realm_url: str) -> dict[str, Any]:
    challenge = form.get("code_challenge", "")
    if challenge and form.get("code_challenge_method") != "S256":
        raise GrantRefusedError("invalid_request", "Invalid parameter: code_challenge_method")
    device = sign_in.new_device(_need(form, "client_id"), challenge)
    return {
        "device_code": device.device_code,
        "user_code": device.user_code,
        "verification_uri": f"{realm_url}/device",
        "verification_uri_complete": f"{realm_url}/device?user_code={device.user_code}",
        "expires_in": DEVICE_LIFETIME_S,
        "interval": sign_in.interval_s,
    }


def keycloak_routes(sign_in: SignIn) -> list[Route]:
    """Routes of the realm, to be mounted at its path."""

    def post(answer: Callable[[Request, Form], dict[str, Any]]) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            body = await request.body()
            form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
            try:
                reply, status = answer(request, form), 200
            except GrantRefusedError as error:
                reply, status = {"error": error.error, "error_description": error.description}, error.status
            return JSONResponse(reply, status, headers={"Cache-Control": "no-store"})

        return endpoint

    async def approve(request: Request) -> Response:
        """Approve by opening the link: the demo has nobody to ask for a password."""
        if sign_in.approve(request.query_params.get("user_code", "")):
            return html_reply(200, "Signed in", "The device is approved. You can close this page.")
        return html_reply(400, "Not signed in", "There is no such code, or it has expired.")

    async def login(_request: Request) -> Response:
        return html_reply(200, "Sign in", "This is the login page of the embedded services.")

    def realm_url(request: Request) -> str:
        return f"{request.url.scheme}://{request.url.netloc}{request.scope['root_path']}"

    return [
        Route(
            "/protocol/openid-connect/auth/device",
            post(lambda request, form: _device(sign_in, form, realm_url(request))),
            methods=["POST"],
        ),
        Route(
            "/protocol/openid-connect/token",
            post(lambda _request, form: _tokens(sign_in, form)),
            methods=["POST"],
        ),
        Route(
            "/protocol/openid-connect/revoke",
            post(lambda _request, form: _revoke(sign_in, form)),
            methods=["POST"],
        ),
        Route("/api-access/token", post(lambda _request, form: _api_access(sign_in, form)), methods=["POST"]),
        Route(LOGIN_PATH, login),
        Route("/device", approve),
    ]
