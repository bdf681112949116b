"""The grants of the embedded Keycloak: device codes, refresh tokens, token exchange, client credentials."""

from __future__ import annotations

import base64
import hashlib
import secrets
import string
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dqmtui.demo.web.tokens import PUBLIC_CLIENTS, TokenRefusedError

if TYPE_CHECKING:
    from dqmtui.demo.web.tokens import Issuer

DEMO_CLIENT_ID = "dqmtui-demo"
DEMO_CLIENT_SECRET = "dqmtui-demo-secret"  # noqa: S105 - a public name of the demo, opens nothing else
DEMO_PERSON = {"sub": "shifter", "preferred_username": "shifter", "name": "Demo Shifter", "cern_roles": []}

DEVICE_LIFETIME_S = 600
DEVICE_INTERVAL_S = 5.0
REFRESH_LIFETIME_S = 43200
MOST_KEPT = 1000
"""Most device codes and most refresh tokens remembered; the oldest are forgotten first."""

_USER_CODE_LETTERS = "".join(letter for letter in string.ascii_uppercase if letter not in "AEIOU")


class GrantRefusedError(Exception):
    """An OAuth error reply: HTTP status, `error` and `error_description`."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.error = error
        self.description = description
        self.status = status


@dataclass(slots=True)
class Device:
    """One device code on its way from asked for to approved; times in seconds since the epoch.

    With a `challenge` only who knows the verifier that it was made of may use it (RFC 7636, S256).
    """

    device_code: str
    user_code: str
    client_id: str
    asked_at: float
    challenge: str = ""
    approved: bool = False
    polled_at: float | None = None


@dataclass(frozen=True, slots=True)
class Refresh:
    """One refresh token that is still good."""

    client_id: str
    expires_at: float


def _challenge(verifier: str) -> str:
    """Make of a verifier what a code is asked for with (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode("ascii", "replace")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def _remember(kept: dict[str, Any], key: str, value: object) -> None:
    kept[key] = value
    while len(kept) > MOST_KEPT:
        del kept[next(iter(kept))]


@dataclass(slots=True)
class SignIn:
    """All state of the sign-in service; devices approve themselves after `auto_approve_s` (None: never)."""

    issuer: Issuer
    auto_approve_s: float | None = None
    interval_s: float = DEVICE_INTERVAL_S
    _devices: dict[str, Device] = field(default_factory=dict)
    _refreshes: dict[str, Refresh] = field(default_factory=dict)

    def new_device(self, client_id: str, challenge: str = "") -> Device:
        """Start a device sign-in of one of the public clients."""
        if client_id not in PUBLIC_CLIENTS:
            raise GrantRefusedError(
                "invalid_client", "Invalid client or Invalid client credentials", status=401
            )
        letters = [secrets.choice(_USER_CODE_LETTERS) for _ in range(8)]
        device = Device(
            device_code=secrets.token_urlsafe(32),
            user_code=f"{''.join(letters[:4])}-{''.join(letters[4:])}",
            client_id=client_id,
            asked_at=self.issuer.clock(),
            challenge=challenge,
        )
        _remember(self._devices, device.device_code, device)
        return device

    def approve(self, user_code: str) -> bool:
        """Approve the device with this user code; False when there is none or it is too late."""
        for device in self._devices.values():
            if device.user_code == user_code and not self._too_late(device):
                device.approved = True
                return True
        return False

    def device_grant(self, client_id: str, device_code: str, verifier: str = "") -> dict[str, Any]:
        """Tokens for an approved device code, which is then used up; GrantRefusedError until then."""
        device = self._devices.get(device_code)
        if device is None or device.client_id != client_id:
            raise GrantRefusedError("invalid_grant", "Device code not valid")
        if self._too_late(device):
            raise GrantRefusedError("expired_token", "Device code is expired")
        if device.challenge and _challenge(verifier) != device.challenge:
            raise GrantRefusedError("invalid_grant", "PKCE verification failed")
        now = self.issuer.clock()
        too_soon = device.polled_at is not None and now - device.polled_at < self.interval_s
        device.polled_at = now
        if too_soon:
            raise GrantRefusedError("slow_down", "Slow down")
        waited_enough = self.auto_approve_s is not None and now - device.asked_at >= self.auto_approve_s
        if not (device.approved or waited_enough):
            raise GrantRefusedError("authorization_pending", "The authorization request is still pending")
        del self._devices[device_code]
        return self._with_refresh(client_id)

    def refresh_grant(self, client_id: str, refresh_token: str) -> dict[str, Any]:
        """Trade a refresh token for new tokens; it rotates, so each one works once and for its own client."""
        kept = self._refreshes.pop(refresh_token, None)
        if kept is None or kept.client_id != client_id:
            raise GrantRefusedError("invalid_grant", "Invalid refresh token")
        if self.issuer.clock() >= kept.expires_at:
            raise GrantRefusedError("invalid_grant", "Token is not active")
        return self._with_refresh(client_id)

    def exchange_grant(self, client_id: str, subject_token: str, audience: str) -> dict[str, Any]:
        """Exchange a client's own valid access token for one with the audience that it may have."""
        try:
            claims = self.issuer.verify(subject_token, audience=None)
        except TokenRefusedError as error:
            raise GrantRefusedError("invalid_token", "Invalid token") from error
        if claims.get("azp") != client_id or PUBLIC_CLIENTS.get(client_id) != audience:
            raise GrantRefusedError("access_denied", "Client not allowed to exchange", status=403)
        person = {name: claims[name] for name in DEMO_PERSON if name in claims}
        return {
            **self._access({**person, "azp": client_id}, audience),
            "issued_token_type": "urn:ietf:params:oauth:token-type:access_token",
        }

    def client_grant(self, client_id: str, client_secret: str, audience: str) -> dict[str, Any]:
        """Token of an application; only the demo's own client id and secret are known."""
        if (client_id, client_secret) != (DEMO_CLIENT_ID, DEMO_CLIENT_SECRET):
            raise GrantRefusedError(
                "invalid_client", "Invalid client or Invalid client credentials", status=401
            )
        claims = {"sub": f"service-account-{client_id}", "azp": client_id, "cern_roles": []}
        return self._access(claims, audience)

    def revoke(self, refresh_token: str) -> None:
        """Make a refresh token useless; an unknown one already is."""
        self._refreshes.pop(refresh_token, None)

    def _too_late(self, device: Device) -> bool:
        return self.issuer.clock() - device.asked_at >= DEVICE_LIFETIME_S

    def _access(self, claims: dict[str, Any], audience: str) -> dict[str, Any]:
        return {
            "access_token": self.issuer.mint(claims, audience=audience),
            "expires_in": self.issuer.lifetime_s,
            "refresh_expires_in": 0,
            "token_type": "Bearer",
            "not-before-policy": 0,
            "scope": "openid profile email",
        }

    def _with_refresh(self, client_id: str) -> dict[str, Any]:
        refresh_token = secrets.token_urlsafe(48)
        kept = Refresh(client_id, self.issuer.clock() + REFRESH_LIFETIME_S)
        _remember(self._refreshes, refresh_token, kept)
        return {
            **self._access({**DEMO_PERSON, "azp": client_id}, client_id),
            "refresh_token": refresh_token,
            "refresh_expires_in": REFRESH_LIFETIME_S,
            "session_state": secrets.token_hex(16),
        }
