"""A look at what a session stands on: settings, logins, certificates, proxies, directories.

What is found says nothing of a token but when it ends.
"""

from __future__ import annotations

import base64
import binascii
import json
import platform
import ssl
import stat
import sys
import tempfile
import time
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dqmtui import __version__
from dqmtui.review.login import application_of, counts_before_login, token_file
from dqmtui.services.oms_kerberos import is_installed
from dqmtui.services.safe_text import safe_text, safe_url
from dqmtui.store.cache import MB, Cache
from dqmtui.store.login_files import CLIENT_FILE
from dqmtui.store.settings import DEFAULT, setting_names
from dqmtui.store.token_file import LoginFileError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.store.settings import Settings

_PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
_MATTER = ("dials_url", "oms_route", "auth_url", "workspace", "insecure", "cache_dir", "state_dir")
_OTHERS = 0o077
_MOUNTS = Path("/proc/self/mounts")
_NETWORK = {"afs": "AFS", "fuse.eosxd": "EOS", "fuse.eosxd3": "EOS", "nfs": "NFS", "nfs4": "NFS"}
_DAY_S = 86_400


class Fault(Enum):
    """What kind of thing is not well: the set-up here, the login, or a service."""

    SETUP = "setup"
    LOGIN = "login"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at: a sentence for people, facts for programs.

    With a `fault` it is not well, and `advice` is a sentence that says what to change.
    """

    section: str
    name: str
    says: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    fault: Fault | None = None
    advice: str = ""


def look_around(settings: Settings, environ: Mapping[str, str]) -> list[Finding]:
    """Look at all that no service has to be asked for; blocks, because it reads files."""
    return [
        *_program(),
        *_settings(settings),
        _dials_login(settings),
        _oms_login(settings),
        *_trust(settings, environ),
        _cache(settings),
        _state(settings),
    ]


def in_words(seconds: float) -> str:
    """Say how far away a moment is: in 3 h 20 min, 5 days ago."""
    away = abs(seconds)
    if away < 60:  # noqa: PLR2004 - a minute
        text = f"{away:.0f} s"
    elif away < 3600:  # noqa: PLR2004 - an hour
        text = f"{away // 60:.0f} min"
    elif away < 2 * _DAY_S:
        text = f"{away // 3600:.0f} h {away % 3600 // 60:.0f} min"
    else:
        text = f"{away // _DAY_S:.0f} days"
    return f"in {text}" if seconds >= 0 else f"{text} ago"


def _program() -> list[Finding]:
    system = f"{platform.system()} {platform.machine()}"
    facts = {"dqmtui": __version__, "python": platform.python_version(), "system": system}
    says = f"{__version__}, Python {platform.python_version()}, {system}"
    return [Finding("program", "dqmtui", says, {**facts, "executable": sys.executable})]


def _settings(settings: Settings) -> list[Finding]:
    """Give the settings that matter most, and those that somebody has chosen; never a secret."""
    findings = []
    for name in setting_names():
        origin = settings.origin(name)
        if name not in _MATTER and origin == DEFAULT:
            continue
        shown = safe_text(settings.shown(name)) or "(that of your login)"
        facts = {"value": settings.shown(name) or None, "origin": origin}
        findings.append(Finding("settings", name, f"{shown}  [{safe_text(origin)}]", facts))
    findings += [
        Finding("settings", "note", "not as it should be", fault=Fault.SETUP, advice=note)
        for note in settings.notes
    ]
    return findings


def _dials_login(settings: Settings) -> Finding:
    if settings.dials_token:
        return _fixed_token(settings)
    application, path = application_of(settings), token_file(settings).path
    if application is not None and (counts_before_login(settings) or not path.exists()):
        name, origin = safe_text(application.client_id), settings.origin("client_id")
        says = f"application {name} ({origin}); its tokens are renewed as needed"
        facts = {"kind": "application", "client_id": name, "origin": origin, "can_refresh": True}
        return Finding("logins", "DIALS", says, facts)
    return _stored(settings)


def _fixed_token(settings: Settings) -> Finding:
    origin = settings.origin("dials_token")
    ends_at = _end_of(settings.dials_token or "")
    facts = {"kind": "token", "origin": origin, "expires_at": ends_at, "can_refresh": False}
    says = f"fixed token ({origin}), cannot be refreshed, "
    if ends_at is None:
        return Finding("logins", "DIALS", f"{says}does not say when it ends", facts)
    left_s = ends_at - time.time()
    if left_s > 0:
        return Finding("logins", "DIALS", f"{says}ends {in_words(left_s)}", facts)
    advice = f"Put a fresh token into {origin}, or remove it and run `dqmtui login`."
    return Finding("logins", "DIALS", f"{says}ended {in_words(left_s)}", facts, Fault.LOGIN, advice)


def _stored(settings: Settings) -> Finding:
    file = token_file(settings)
    facts: dict[str, Any] = {"kind": "stored", "file": str(file.path)}
    try:
        modes = [stat.S_IMODE(path.stat().st_mode) for path in (file.path, file.path.parent)]
    except OSError:
        modes = []
    told: list[str] = []
    try:
        tokens = token_file(settings, told.append).read()
    except LoginFileError as error:
        return Finding("logins", "DIALS", "cannot be read", facts, Fault.SETUP, str(error))
    if tokens is None:
        facts["kind"] = "none"
        says = "not logged in" if not told else told[0]
        return Finding("logins", "DIALS", says, facts, Fault.LOGIN, "Run `dqmtui login`.")
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
        return Finding("logins", "DIALS", says, facts, Fault.LOGIN, "Run `dqmtui login`.")
    until = "has no end" if refresh_s is None else f"refreshed until {in_words(refresh_s)}"
    token = "token ends" if access_s >= 0 else "token ended"
    says = f"stored login in {file.path} (mode {modes[0]:04o}), {token} {in_words(access_s)}, {until}"
    if any(mode & _OTHERS for mode in modes):
        advice = f"Others could look at it: run `chmod 700 {file.path.parent}`, and log in again."
        return Finding("logins", "DIALS", says, facts, Fault.SETUP, advice)
    return Finding("logins", "DIALS", says, facts)


def _oms_login(settings: Settings) -> Finding:
    """Say which login direct OMS would get, and whether the route of the settings needs it."""
    needed = settings.oms_route == "direct"
    file = settings.oms_client_file
    source = None
    if settings.oms_login == "kerberos":
        source = "Kerberos ticket"
    elif file is not None:
        source = f"application in {file}" if file.exists() else None
    elif application_of(settings) is not None:
        source = f"application ({settings.origin('client_id')})"
    elif Path(CLIENT_FILE).exists():
        source = f"application in ./{CLIENT_FILE}"
    elif settings.oms_login == "auto" and is_installed():
        source = "Kerberos ticket"
    facts = {"route": settings.oms_route, "direct_login": source, "kerberos_installed": is_installed()}
    if settings.oms_route == "off":
        return Finding("logins", "OMS", "OMS is switched off (oms_route)", facts)
    way = "directly" if needed else "through DIALS, with its login"
    says = f"asked {way}; for direct OMS: {source or 'no login'}"
    advice = ""
    if settings.oms_login == "kerberos" and not is_installed():
        advice = "Install `dqmtui[kerberos]`, or set oms_login to application."
    elif needed and source is None:
        advice = (
            "Name an application (client_id and client_secret, or oms_client_file), or use oms_route proxy."
        )
    elif file is not None and source is None:
        advice = f"There is no {file}: mend oms_client_file."
    return Finding("logins", "OMS", says, facts, Fault.SETUP if advice else None, advice)


def _trust(settings: Settings, environ: Mapping[str, str]) -> list[Finding]:
    findings = [_certificates(settings)]
    if settings.insecure:
        advice = "Unset insecure, and name the certificates to trust with ca_bundle."
        says = "certificates are not checked: whoever is on the way can read your token"
        facts = {"checked": False, "origin": settings.origin("insecure")}
        findings.append(Finding("network", "TLS", says, facts, Fault.SETUP, advice))
    found = {
        name: environ.get(name) or environ.get(name.lower(), "")
        for name in _PROXY_VARIABLES
        if environ.get(name) or environ.get(name.lower())
    }
    shown = {name: safe_text(text) if name == "NO_PROXY" else safe_url(text) for name, text in found.items()}
    says = ", ".join(f"{name} {text}" for name, text in shown.items()) or "none in the environment"
    broken = [name for name, text in shown.items() if name != "NO_PROXY" and "://" not in text]
    advice = f"Write {broken[0]} as http://host:port." if broken else ""
    findings.append(Finding("network", "proxies", says, shown, Fault.SETUP if broken else None, advice))
    return findings


def _certificates(settings: Settings) -> Finding:
    bundle = settings.ca_bundle
    if bundle is None:
        count = ssl.create_default_context().cert_store_stats()["x509_ca"]
        says = f"{count} of the system" if count else "none of the system, those of certifi"
        return Finding("network", "certificates", says, {"ca_bundle": None, "system": count})
    facts: dict[str, Any] = {"ca_bundle": str(bundle), "origin": settings.origin("ca_bundle")}
    advice = f"Name a readable file of certificates in PEM with ca_bundle ({settings.origin('ca_bundle')})."
    if bundle.is_dir():
        return Finding("network", "certificates", f"directory {bundle}, besides the system's", facts)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(cafile=bundle)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        says = f"{bundle} cannot be used: {reason}"
        return Finding("network", "certificates", says, facts, Fault.SETUP, advice)
    known = context.get_ca_certs()
    ends = [ssl.cert_time_to_seconds(str(one["notAfter"])) for one in known if "notAfter" in one]
    expired = sum(end < time.time() for end in ends)
    facts |= {"certificates": context.cert_store_stats()["x509"], "expired": expired}
    says = f"{facts['certificates']} in {bundle}, {expired} expired, besides the system's"
    if ends and expired == len(ends):
        return Finding("network", "certificates", says, facts, Fault.SETUP, "Replace it by a fresh one.")
    return Finding("network", "certificates", says, facts)


def _cache(settings: Settings) -> Finding:
    directory, limit = settings.cache_dir, settings.cache_size_mb
    kind = _file_system(directory)
    facts: dict[str, Any] = {"directory": str(directory), "limit_mb": limit, "file_system": kind}
    if not limit:
        return Finding("files", "cache", "switched off (cache_size_mb is 0)", facts)
    trouble = _why_not_writable(directory)
    size_mb = sum(row.size for row in Cache(directory, limit, lambda _: None).contents()) / MB
    facts |= {"size_mb": round(size_mb, 1), "writable": trouble is None}
    says = f"{size_mb:.1f} MB of {limit} MB in {directory} ({kind})"
    if trouble is not None:
        advice = f"Nothing can be kept there ({trouble}): name another place with cache_dir."
        return Finding("files", "cache", says, facts, Fault.SETUP, advice)
    return Finding("files", "cache", says, facts)


def _state(settings: Settings) -> Finding:
    directory = settings.state_dir
    kind = _file_system(directory)
    trouble = _why_not_writable(directory)
    mode = stat.S_IMODE(directory.stat().st_mode) if directory.is_dir() else None
    facts = {
        "directory": str(directory),
        "file_system": kind,
        "mode": None if mode is None else f"{mode:04o}",
        "writable": trouble is None,
    }
    there = "not there yet" if mode is None else f"mode {mode:04o}"
    says = f"{directory} ({kind}, {there})"
    if trouble is not None:
        advice = f"Notes and logins cannot be kept there ({trouble}): name another place with state_dir."
        return Finding("files", "state", says, facts, Fault.SETUP, advice)
    if mode is not None and mode & 0o022:
        advice = f"Others can change what is in it: run `chmod go-w {directory}`."
        return Finding("files", "state", says, facts, Fault.SETUP, advice)
    return Finding("files", "state", says, facts)


def _why_not_writable(directory: Path) -> str | None:
    """Say why nothing can be written into a directory, or made where it is to be; None when it can."""
    place = next((one for one in (directory, *directory.parents) if one.exists()), directory)
    try:
        tempfile.TemporaryFile(dir=place).close()
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def _file_system(directory: Path) -> str:
    """Name the kind of file system that a directory is on or would be: AFS, EOS, NFS or the system's name."""
    try:
        path = str(directory.resolve())
        mounts = [line.split() for line in _MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError:
        return "unknown file system"
    found = [(mount[1], mount[2]) for mount in mounts if len(mount) > 2]  # noqa: PLR2004 - device, place, kind
    below = [
        (len(place), kind) for place, kind in found if place in {"/", path} or path.startswith(f"{place}/")
    ]
    kind = max(below)[1] if below else "unknown file system"
    return _NETWORK.get(kind, safe_text(kind))


def _end_of(token: str) -> float | None:
    """Return when a token says that it ends, in seconds since the epoch, None when it does not."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        end = claims["exp"]
    except (LookupError, TypeError, ValueError, binascii.Error, RecursionError):
        return None
    return float(end) if isinstance(end, int | float) and 0 < end < 2**40 else None
