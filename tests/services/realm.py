"""A login service whose decisions a test writes."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from dqmtui.model.login_tokens import AccessToken, LoginTokens
from dqmtui.services.keycloak import Keycloak
from tests.services.conftest import Naps
from tests.services.web import form_of, json_reply

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from tests.services.web import Web

DEVICE_CODE = "the-device-code-nobody-sees"
CLIENT_SECRET = "the-secret-of-the-application"
FIRST_REFRESH = "refresh-0-nobody-sees"
FIRST_ACCESS = "access-0-nobody-sees"
SECRETS = (DEVICE_CODE, CLIENT_SECRET, "nobody-sees")


@dataclass
class Clock:
    """Seconds since the epoch, as the test wants them."""

    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Realm:
    """Answers forms; refresh tokens rotate, and `answers` are given to grants before the usual ones."""

    web: Web
    clock: Clock = field(default_factory=Clock)
    life_s: float = 1200.0
    asked: Counter[str] = field(default_factory=Counter)
    forms: list[dict[str, str]] = field(default_factory=list)
    answers: dict[str, list[Any]] = field(default_factory=dict)
    good: str = FIRST_REFRESH
    device: dict[str, Any] = field(default_factory=dict)
    naps: Naps = field(default_factory=Naps)

    def __post_init__(self) -> None:
        self.web.handler = self.answer
        self.device = {
            "device_code": DEVICE_CODE,
            "user_code": "ABCD-EFGH",
            "verification_uri_complete": "https://login.example/device?user_code=ABCD-EFGH",
            "expires_in": 600,
            "interval": 2,
        }

    def keycloak(self) -> Keycloak:
        return Keycloak(f"{self.web.url}/auth/", clock=self.clock, sleep=self.naps)

    def first(self) -> LoginTokens:
        """What a first login gives."""
        access = AccessToken(FIRST_ACCESS, self.clock.now, self.clock.now + self.life_s)
        return LoginTokens(access, FIRST_REFRESH, self.clock.now + 43200)

    def answer(self, request: Request) -> Response:
        form = form_of(request)
        grant = form.get("grant_type", "device").rpartition(":")[2]
        self.asked[grant] += 1
        self.forms.append(form)
        if self.answers.get(grant):
            answer = self.answers[grant].pop(0)
            return json_reply(*answer) if isinstance(answer, tuple) else answer
        if grant == "device":
            return json_reply(self.device)
        return self._grant(grant, form)

    def _grant(self, grant: str, form: dict[str, str]) -> Response:
        number = self.asked["refresh_token"]
        tokens: dict[str, Any] = {"access_token": f"access-{number}-nobody-sees", "token_type": "Bearer"}
        tokens["expires_in"] = self.life_s
        match grant:
            case "refresh_token" if form["refresh_token"] != self.good:
                return refusal("invalid_grant", f"Token {form['refresh_token']} is not active")
            case "refresh_token" | "device_code":
                self.good = f"refresh-{number}-nobody-sees"
                tokens |= {"refresh_token": self.good, "refresh_expires_in": 43200}
            case "client_credentials" if form["client_secret"] != CLIENT_SECRET:
                return refusal("invalid_client", f"no {form['client_secret']}", 401)
            case "client_credentials":
                tokens["access_token"] = f"application-{self.asked[grant]}-for-{form['audience']}"
        return json_reply(tokens)


def refusal(code: str, description: str = "", status: int = 400) -> Response:
    return json_reply({"error": code, "error_description": description}, status)
