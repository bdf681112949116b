"""The process in which tsgauth gets a token with a Kerberos ticket: it writes one line of JSON.

The standard output that tsgauth may print to is not the one of the line.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

from dqmtui.services.login_kinds import OMS_LOGIN
from dqmtui.services.tokens import end_of


def main() -> None:
    """Write the token and its end, or what went wrong."""
    line = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    reply: dict[str, Any] = {"token": "", "expires_at": 0, "trouble": ""}
    try:
        reply["token"] = _token(sys.argv[1])
        reply["expires_at"] = end_of(reply["token"]) or 0
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

    login = KerbAuth(
        OMS_LOGIN.client_id, target_client_id=OMS_LOGIN.audience, hostname=host, use_auth_file=False
    )
    return str(login.token())


if __name__ == "__main__":
    main()
