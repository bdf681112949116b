"""The login to OMS with a Kerberos ticket, by tsgauth.

tsgauth comes with omsapi, but what it needs for Kerberos is an extra that not everybody can install.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from dqmtui.model.login_tokens import AccessToken
from dqmtui.services.errors import NotLoggedIn, ServiceDown, ServiceError
from dqmtui.services.logins import FreshLogin
from dqmtui.services.safe_text import safe_text, without_secrets
from dqmtui.services.tokens import Bearer

if TYPE_CHECKING:
    from collections.abc import Callable

DEADLINE_S = 60.0
"""So long the login service and the ticket server may take; tsgauth itself would wait for ever."""

_CHILD = "dqmtui.services.oms_kerberos_child"
_LONGEST = 200
_NEEDED = ("tsgauth", "requests_gssapi", "bs4", "inputimeout")
_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])


def is_installed() -> bool:
    """Return whether tsgauth is there, and all that it needs for Kerberos."""
    return all(find_spec(name) is not None for name in _NEEDED)


class KerberosLogin(FreshLogin):
    """The login of who has a Kerberos ticket.

    tsgauth prints, asks for a second factor at the terminal and knows neither timeout nor cancelling, so it
    works in a process of its own, without a terminal, that ends with the request for a token.
    """

    def __init__(
        self, auth_url: str, *, deadline_s: float = DEADLINE_S, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__(clock)
        self._host = urlsplit(auth_url).netloc
        self._deadline_s = deadline_s
        self._clock = clock

    def __repr__(self) -> str:
        return "KerberosLogin(<hidden>)"

    async def _successor(self, held: AccessToken | None) -> AccessToken:  # noqa: ARG002 - whatever it was
        now = self._clock()
        said = await self._said()
        try:
            reply = json.loads(said)
            token, expires_at, trouble = reply["token"], float(reply["expires_at"]), str(reply["trouble"])
        except (LookupError, TypeError, ValueError):
            token, expires_at, trouble = "", 0.0, "it ended without an answer"
        if not trouble and Bearer(token).sendable and expires_at > now:
            return AccessToken(token, now, expires_at)
        why = safe_text(without_secrets(trouble or "it gave no token that can be used"), _LONGEST)
        message = f"Kerberos gives no login to OMS: {why.rstrip('.')}. "
        if is_installed():
            message += "Run `kinit`, or set oms_login to device or application."
        else:
            message += "Install the extra: `pip install 'dqmtui[kerberos]'`, or set oms_login to device."
        raise NotLoggedIn(message, service="login", login="OMS")

    async def _said(self) -> bytes:
        """Return what the child wrote; raise ServiceDown when it takes too long."""
        path = os.pathsep.join(filter(None, [_PACKAGE_ROOT, os.environ.get("PYTHONPATH")]))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _CHILD, self._host),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
            start_new_session=True,
        )
        failure: ServiceError
        try:
            async with asyncio.timeout(self._deadline_s):
                said, _ = await child.communicate()
        except TimeoutError:
            within = f"{self._deadline_s:g} s"
            message = f"Kerberos gave no login to OMS within {within}. Check your network, and `klist`."
            failure = ServiceDown(message, service="login")
        else:
            return said
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()
        raise failure
