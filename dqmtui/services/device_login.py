"""A person logs in: a code to agree to in a browser, and what becomes of it, as states to show."""

from __future__ import annotations

import asyncio
import logging
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from dqmtui.services.errors import ServiceError
from dqmtui.services.keycloak_line import FORBIDDEN, GrantRefused
from dqmtui.services.login_kinds import DIALS_LOGIN

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from dqmtui.model.login_tokens import LoginTokens
    from dqmtui.services.keycloak import DeviceCode, Keycloak
    from dqmtui.services.login_kinds import LoginKind

log = logging.getLogger("dqmtui.services.logins")

_LEAST_INTERVAL_S = 0.1
_SLOWER_S = 5.0
"""What RFC 8628 adds to the interval at each slow_down."""
_TICK_S = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """The person shall open ``url`` and agree to ``user_code`` ("" when the URL holds all that is needed).

    ``expires_at`` in seconds since the epoch; ``interval_s`` is the time between two polls.
    """

    url: str
    user_code: str
    expires_at: float
    interval_s: float


@dataclass(frozen=True, slots=True)
class Waiting:
    """The person has not agreed yet; ``trouble`` is a sentence when the last poll had no plain answer."""

    seconds_left: int
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """The person has agreed."""

    tokens: LoginTokens = field(repr=False)


@dataclass(frozen=True, slots=True)
class Refused:
    """The person or the login service said no; ``reason`` is a sentence."""

    reason: str


@dataclass(frozen=True, slots=True)
class Expired:
    """Nobody agreed in time."""


LoginState: TypeAlias = Asked | Waiting | LoggedIn | Refused | Expired


class DeviceLogin:
    """One login by device code, an async iterator of its states.

    First comes Asked, then Waiting once a second and whenever there is trouble, at last one of LoggedIn,
    Refused and Expired. Polling runs beside the iteration; cancelling who iterates, or closing the iterator,
    ends it. The first step raises ServiceError when there is no code to be had. ``sleep`` waits before polls.
    """

    def __init__(
        self,
        keycloak: Keycloak,
        login: LoginKind = DIALS_LOGIN,
        *,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._keycloak = keycloak
        self._login = login
        self._sleep = sleep
        self._trouble = ""

    async def __aiter__(self) -> AsyncGenerator[LoginState, None]:
        device = await self._keycloak.new_device(self._login)
        yield Asked(device.url, device.user_code, device.expires_at, device.interval_s)
        polling = asyncio.create_task(self._polled(device))
        try:
            while (left_s := device.expires_at - self._keycloak.clock()) > 0:
                yield Waiting(math.ceil(left_s), self._trouble)
                await asyncio.wait([polling], timeout=min(_TICK_S, left_s))
                if polling.done():
                    yield polling.result()
                    return
            yield Expired()
        finally:
            polling.cancel()
            await asyncio.gather(polling, return_exceptions=True)

    async def _polled(self, device: DeviceCode) -> LoggedIn | Refused | Expired:
        """Poll until the service has decided."""
        interval_s = max(device.interval_s, _LEAST_INTERVAL_S)
        while True:
            await self._sleep(interval_s)
            try:
                tokens = await self._keycloak.device_tokens(device)
                log.info("logged in to %s with a device code", self._login.service)
                return LoggedIn(tokens)
            except ServiceError as error:
                # Whatever answers oddly, or not at all, may come to its senses before the code expires, which
                # is the person's to wait for: they may have agreed already.
                self._trouble = error.message
                interval_s = max(interval_s, _SLOWER_S)
                continue
            except GrantRefused as refusal:
                self._trouble = ""
                match refusal.code:
                    case "authorization_pending":
                        continue
                    case "slow_down":
                        interval_s += _SLOWER_S
                        self._trouble = (
                            "The login service wants to be asked less often: "
                            f"it is asked every {interval_s:.0f} s from now on."
                        )
                    case "expired_token":
                        return Expired()
                    case _:
                        return Refused(_why(refusal))


def _why(refusal: GrantRefused) -> str:
    match refusal.code:
        case "access_denied" if refusal.status != FORBIDDEN:
            return "The login was refused in the browser."
        case "invalid_grant":
            return "The login service no longer knows this code. Log in again."
        case _:
            said = (refusal.explanation or refusal.code or f"status {refusal.status}").rstrip(".")
            return f"The login service refused: {said}."
