"""Signed bearer tokens: JSON web tokens with HMAC-SHA256, under a key that lives as long as the process."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DIALS_AUDIENCE = "cms-dials-prod-confidential-app"
OMS_AUDIENCE = "cmsoms-prod"
PUBLIC_CLIENTS = {"cms-dials-prod-public-app": DIALS_AUDIENCE, "cmsoms-prod-public": OMS_AUDIENCE}
"""The clients that people log in with, and the audience that each may exchange its tokens for."""
DEFAULT_LIFETIME_S = 1200

Claims = dict[str, Any]


class TokenRefusedError(Exception):
    """A token that does not open the door; `code` and `detail` are what DIALS answers."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _decode(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _object(text: str) -> Claims:
    value = json.loads(_decode(text))
    if not isinstance(value, dict):
        raise TypeError("not a JSON object")
    return value


@dataclass(frozen=True, slots=True)
class Issuer:
    """Mints and verifies tokens; `clock` gives seconds since the epoch, lifetimes are in seconds."""

    lifetime_s: int = DEFAULT_LIFETIME_S
    key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    clock: Callable[[], float] = time.time

    def mint(self, claims: Mapping[str, Any], *, audience: str, lifetime_s: int | None = None) -> str:
        """Sign `claims` for one audience; the token ends `lifetime_s` (default: the issuer's) from now."""
        now = int(self.clock())
        expires = now + (self.lifetime_s if lifetime_s is None else lifetime_s)
        payload = {
            "iss": "dqmtui-demo",
            "typ": "Bearer",
            "jti": secrets.token_hex(8),
            "iat": now,
            "exp": expires,
            "aud": audience,
            **claims,
        }
        signed = ".".join(
            _encode(json.dumps(part, separators=(",", ":")).encode())
            for part in ({"alg": "HS256", "typ": "JWT"}, payload)
        )
        return f"{signed}.{_encode(self._sign(signed))}"

    def verify(self, token: str, *, audience: str | None) -> Claims:
        """Give the claims of a valid token for `audience` (None: for anyone), or raise TokenRefusedError.

        The order of the checks is the DIALS backend's: form, audience, signature, expiry.
        """
        try:
            signed, _, signature = token.rpartition(".")
            head, _, payload = signed.partition(".")
            header, claims = _object(head), _object(payload)
            given = _decode(signature)
        except (ValueError, TypeError, binascii.Error) as error:
            raise TokenRefusedError("token_not_valid", "Token is invalid or expired") from error
        if audience is not None and claims.get("aud") != audience:
            raise TokenRefusedError("client_not_valid", "Client not allowed")
        if header.get("alg") != "HS256" or not isinstance(claims.get("exp"), int):
            raise TokenRefusedError("access_token_unexpected_error", "Unexpected error validating token.")
        if not hmac.compare_digest(given, self._sign(signed)):
            raise TokenRefusedError(
                "access_token_invalid_jws_signature",
                "Found and invalid jws signature while decoding the access token.",
            )
        if self.clock() >= claims["exp"]:
            raise TokenRefusedError("access_token_expired", "Access token has expired.")
        return claims

    def _sign(self, signed: str) -> bytes:
        return hmac.new(self.key, signed.encode("ascii", "replace"), hashlib.sha256).digest()
