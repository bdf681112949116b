"""The process in which tsgauth gets a token with a Kerberos ticket: it writes one line of JSON.

The standard output that tsgauth may print to is not the one of the line.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from typing import Any

# What omsapi logs people in with, and where their tokens are meant for.
CLIENT = "cmsoms-prod-public"
AUDIENCE = "cmsoms-prod"


def main() -> None:
    """Write the token and its end, or what went wrong."""
    line = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    reply: dict[str, Any] = {"token": "", "expires_at": 0, "trouble": ""}
    try:
        reply["token"] = _token(sys.argv[1])
        reply["expires_at"] = _end_of(reply["token"])
    except ImportError as error:
        # instead of what it lacks tsgauth holds objects that raise this error without a name
        reply["trouble"] = f"{error.name or 'requests_gssapi'} is not installed"
    except Exception as error:  # noqa: BLE001 - whatever tsgauth and what it stands on raise, the person is told
        words = " ".join(str(error).split())
        reply["trouble"] = words or type(error).__name__
    with os.fdopen(line, "w", encoding="ascii") as output:
        json.dump(reply, output)


def _token(host: str) -> str:
    from tsgauth.oidcauth import KerbAuth  # noqa: PLC0415 - only now does standard output lead nowhere

    login = KerbAuth(CLIENT, target_client_id=AUDIENCE, hostname=host, use_auth_file=False)
    return str(login.token())


def _end_of(token: str) -> float:
    """Return when a token ends, in seconds since the epoch, as it says itself."""
    payload = token.split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return float(claims["exp"])


if __name__ == "__main__":
    main()
