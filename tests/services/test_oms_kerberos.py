"""The login by Kerberos: what tsgauth gives is used, what it prints and asks reaches nobody."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import time
from typing import TYPE_CHECKING

import pytest

from dqmtui.services.errors import NotLoggedIn, ServiceDown
from dqmtui.services.oms_kerberos import KerberosLogin
from tests.services.web import DEADLINE_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

AUTH_URL = "https://auth.example/auth/"
HEAD = """
class AuthError(Exception):
    pass
class KerbAuth:
    def __init__(self, client_id, client_secret=None, redirect_uri="x", target_client_id=None,
                 hostname="auth.cern.ch", realm="cern", use_auth_file=True):
        assert (client_id, target_client_id) == ("cmsoms-prod-public", "cmsoms-prod")
        assert (hostname, use_auth_file) == ("auth.example", False)
    def token(self):
"""


def jwt(expires_at: float) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": expires_at}).encode()).decode().rstrip("=")
    return f"head.{payload}.signature"


@pytest.fixture
def tsgauth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Put a tsgauth in front of the real one whose `token` has the given body."""
    package = tmp_path / "tsgauth"
    package.mkdir()
    (package / "__init__.py").write_text("")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setenv("HERE", str(tmp_path))

    def write(body: str) -> None:
        lines = "".join(f"        {line}\n" for line in body.splitlines())
        (package / "oidcauth.py").write_text(f"import os, sys, time\n{HEAD}{lines}")

    return write


async def test_a_token_is_used_until_it_ends(tsgauth: Callable[[str], None], tmp_path: Path) -> None:
    first, second = jwt(time.time() + 1000), jwt(time.time() + 2000)
    tsgauth(
        "mark = os.path.join(os.environ['HERE'], 'asked')\n"
        "again = os.path.exists(mark)\n"
        "open(mark, 'w').close()\n"
        f"return '{second}' if again else '{first}'"
    )
    login = KerberosLogin(AUTH_URL)
    assert await login.token() == await login.token() == first
    assert await login.renew(first) == second
    assert await login.token() == second
    assert "signature" not in repr(login)


async def test_what_it_prints_and_asks_reaches_nobody(
    tsgauth: Callable[[str], None], capfd: pytest.CaptureFixture[str]
) -> None:
    good = jwt(time.time() + 1000)
    tsgauth(
        "print('Please enter your 2fa code')\n"
        "os.write(1, b'noise'); os.write(2, b'noise'); sys.stderr.write('noise')\n"
        "assert sys.stdin.read() == ''\n"
        "try:\n"
        "    os.open('/dev/tty', os.O_RDWR)\n"
        "except OSError:\n"
        f"    return '{good}'"
    )
    assert await KerberosLogin(AUTH_URL).token() == good
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("raise AuthError('No Kerberos credentials\\n available')", "No Kerberos credentials available."),
        ("raise AuthError(' ')", "AuthError"),
        ("import no_such_module", "no_such_module is not installed"),
        ("raise ImportError('requests_gssapi is not installed')", "requests_gssapi is not installed"),
        ("return 'no token at all'", "Kerberos gives no login to OMS"),
        ("return None", "Kerberos gives no login to OMS"),
        (f"return '{jwt(5)}'", "no token that can be used"),
        ("os._exit(3)", "ended without an answer"),
        ("raise AuthError('access_token=swordfish')", "Kerberos gives no login to OMS"),
    ],
)
async def test_whatever_goes_wrong_is_a_sentence(
    tsgauth: Callable[[str], None], body: str, says: str
) -> None:
    tsgauth(body)
    with pytest.raises(NotLoggedIn) as caught:
        await KerberosLogin(AUTH_URL).token()
    message = caught.value.message
    assert says in message
    assert "oms_login" in message
    assert message.isprintable()
    assert "swordfish" not in message


async def test_one_that_hangs_is_ended(tsgauth: Callable[[str], None]) -> None:
    tsgauth("time.sleep(3600)")
    with pytest.raises(ServiceDown, match=r"within 0\.5 s"):
        await KerberosLogin(AUTH_URL, deadline_s=0.5).token()


async def test_giving_up_ends_it(tsgauth: Callable[[str], None], tmp_path: Path) -> None:
    pid_file = tmp_path / "pid"
    tsgauth(f"open({str(pid_file)!r}, 'w').write(str(os.getpid()))\ntime.sleep(3600)")
    login = KerberosLogin(AUTH_URL)
    asking = asyncio.create_task(login.token())
    async with asyncio.timeout(DEADLINE_S):
        while not (pid_file.exists() and pid_file.read_text()):  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.01)
    await login.aclose()
    with pytest.raises(asyncio.CancelledError):
        await asking
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
