"""The logins to DIALS and to OMS: which counts, when it ends, who can read it; never a token."""

from __future__ import annotations

import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dqmtui.review.checkup_findings import Fault, Finding, in_words
from dqmtui.review.login_choice import application_of, counts_before_login, token_file
from dqmtui.services.login_kinds import DIALS_LOGIN, OMS_LOGIN
from dqmtui.services.oms_kerberos import is_installed
from dqmtui.services.safe_text import safe_text
from dqmtui.services.tokens import end_of
from dqmtui.store.login_files import CLIENT_FILE
from dqmtui.store.token_file import LoginFileError

if TYPE_CHECKING:
    from dqmtui.services.login_kinds import LoginKind
    from dqmtui.store.settings import Settings

_OTHERS = 0o077
_SECTION = "logins"
_KERBEROS = "Kerberos ticket"
_NO_APPLICATION = "no application"


def look_at_logins(settings: Settings) -> list[Finding]:
    """Look at both logins; blocks, because it reads files."""
    return [_dials_login(settings), _oms_login(settings)]


def _dials_login(settings: Settings) -> Finding:
    if settings.dials_token:
        return _fixed_token(settings)
    application, path = application_of(settings), token_file(settings).path
    if application is not None and (counts_before_login(settings) or not path.exists()):
        name, origin = safe_text(application.client_id), settings.origin("client_id")
        says = f"application {name} ({origin}); its tokens are renewed as needed"
        facts = {"kind": "application", "client_id": name, "origin": origin, "can_refresh": True}
        return Finding(_SECTION, "DIALS", says, facts)
    return _stored(settings, DIALS_LOGIN)


def _fixed_token(settings: Settings) -> Finding:
    origin = settings.origin("dials_token")
    ends_at = end_of(settings.dials_token or "")
    facts = {"kind": "token", "origin": origin, "expires_at": ends_at, "can_refresh": False}
    says = f"fixed token ({origin}), cannot be refreshed, "
    if ends_at is None:
        return Finding(_SECTION, "DIALS", f"{says}does not say when it ends", facts)
    left_s = ends_at - time.time()
    if left_s > 0:
        return Finding(_SECTION, "DIALS", f"{says}ends {in_words(left_s)}", facts)
    advice = f"Put a fresh token into {origin}, or remove it and run `{DIALS_LOGIN.command}`."
    return Finding(_SECTION, "DIALS", f"{says}ended {in_words(left_s)}", facts, Fault.LOGIN, advice)


def _oms_login(settings: Settings) -> Finding:
    """Say which login direct OMS would get, and whether the route of the settings needs it."""
    is_needed = settings.oms_route == "direct"
    stored = _stored(settings, OMS_LOGIN)
    source = _instead_of_stored(settings)
    if source is None and stored.fault is Fault.LOGIN and settings.oms_login == "auto" and is_installed():
        source = _KERBEROS
    facts = {
        "route": settings.oms_route,
        "direct_login": source,
        "kerberos_installed": is_installed(),
        "stored": dict(stored.facts),
    }
    if settings.oms_route == "off":
        return Finding(_SECTION, "OMS", "OMS is switched off (oms_route)", facts)
    way = "directly" if is_needed else "through DIALS, with its login"
    says = f"asked {way}; for direct OMS: {source or stored.says}"
    if source is None:
        # who does not need the login may still want to know that others can read it
        if is_needed or stored.fault is Fault.SETUP:
            return Finding(_SECTION, "OMS", says, facts, stored.fault, stored.advice)
        return Finding(_SECTION, "OMS", says, facts)
    advice = ""
    file = settings.oms_client_file
    if source == _KERBEROS and not is_installed():
        advice = "Install `dqmtui[kerberos]`, or set oms_login to device or application."
    elif file is not None and not file.exists() and settings.oms_login != "kerberos":
        advice = f"There is no {file}: mend oms_client_file."
    elif is_needed and source == _NO_APPLICATION:
        advice = (
            "Name an application (client_id and client_secret, or oms_client_file), set oms_login to device, "
            "or use oms_route proxy."
        )
    return Finding(_SECTION, "OMS", says, facts, Fault.SETUP if advice else None, advice)


def _instead_of_stored(settings: Settings) -> str | None:
    """Say what direct OMS gets in place of a stored login, None when it is the stored login."""
    file = settings.oms_client_file
    if settings.oms_login == "device":
        return None
    if settings.oms_login == "kerberos":
        return _KERBEROS
    if file is not None:
        return f"application in {file}" if file.exists() else f"{file}, which does not exist"
    if application_of(settings) is not None:
        return f"application ({settings.origin('client_id')})"
    if Path(CLIENT_FILE).exists():
        return f"application in ./{CLIENT_FILE}"
    return _NO_APPLICATION if settings.oms_login == "application" else None


def _stored(settings: Settings, login: LoginKind) -> Finding:
    """Say what there is of a stored login."""
    name, again = login.service, f"Run `{login.command}`."
    file = token_file(settings, login=login)
    facts: dict[str, Any] = {"kind": "stored", "file": str(file.path)}
    try:
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (file.path, file.path.parent)]
    except OSError:
        modes = []
    told: list[str] = []
    try:
        tokens = token_file(settings, told.append, login).read()
    except LoginFileError as error:
        return Finding(_SECTION, name, "cannot be read", facts, Fault.SETUP, str(error))
    if tokens is None:
        facts["kind"] = "none"
        return Finding(_SECTION, name, told[0] if told else "not logged in", facts, Fault.LOGIN, again)
    now = time.time()
    access_s = tokens.access.expires_at - now
    refresh_s = None if tokens.refresh_expires_at is None else tokens.refresh_expires_at - now
    facts |= {
        "file_mode": f"{modes[0]:04o}",
        "directory_mode": f"{modes[1]:04o}",
        "expires_at": tokens.access.expires_at,
        "refresh_expires_at": tokens.refresh_expires_at,
        "can_refresh": not tokens.ended(now),
    }
    if tokens.ended(now):
        says = f"stored login in {file.path}, ended {in_words(refresh_s or 0)}"
        return Finding(_SECTION, name, says, facts, Fault.LOGIN, again)
    until = "the login has no end" if refresh_s is None else f"the login ends {in_words(refresh_s)}"
    token = "token ends" if access_s >= 0 else "token ended"
    says = f"stored login in {file.path} (mode {modes[0]:04o}), {token} {in_words(access_s)}, {until}"
    if any(mode & _OTHERS for mode in modes):
        advice = f"Others could look at it: run `chmod 700 {file.path.parent}`, and log in again."
        return Finding(_SECTION, name, says, facts, Fault.SETUP, advice)
    return Finding(_SECTION, name, says, facts)
