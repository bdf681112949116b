"""A look at what a session stands on: settings, logins, certificates, proxies, directories.

What is found says nothing of a token but when it ends.
"""

from __future__ import annotations

import platform
import ssl
import stat
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dqmtui import __version__
from dqmtui.review.checkup_findings import Fault, Finding
from dqmtui.review.checkup_logins import look_at_logins
from dqmtui.services.safe_text import safe_text, safe_url
from dqmtui.services.trust import TrustError, default_context, reason, trouble_with_trust
from dqmtui.store.cache import MB, Cache
from dqmtui.store.keymap_file import KeymapFileError, has_keymap, keymap_path, load_keymap
from dqmtui.store.settings import DEFAULT, setting_names

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dqmtui.store.settings import Settings

_PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")
_MATTER = ("dials_url", "oms_route", "auth_url", "workspace", "insecure", "cache_dir", "state_dir")
_MOUNTS = Path("/proc/self/mounts")
_NETWORK = {"afs": "AFS", "fuse.eosxd": "EOS", "fuse.eosxd3": "EOS", "nfs": "NFS", "nfs4": "NFS"}


def look_around(settings: Settings, environ: Mapping[str, str]) -> list[Finding]:
    """Look at all that no service has to be asked for; blocks, because it reads files."""
    return [
        *_program(),
        *_settings(settings),
        *look_at_logins(settings),
        *_trust(settings, environ),
        _cache(settings),
        _state(settings),
        *_keymap(settings),
    ]


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


def _keymap(settings: Settings) -> list[Finding]:
    """Look at the person's keymap, where there is one."""
    path = keymap_path(settings)
    if not has_keymap(settings):
        return []
    try:
        changed = len(load_keymap(path).changed)
    except KeymapFileError as error:
        facts, says = {"path": str(path), "problems": list(error.problems)}, f"{path}: {error.problems[0]}"
        advice = "Mend it; `dqmtui keys check` says all that is wrong."
        return [Finding("files", "keymap", safe_text(says), facts, Fault.SETUP, advice)]
    says = f"{path}: {changed} {'action has' if changed == 1 else 'actions have'} other keys"
    return [Finding("files", "keymap", safe_text(says), {"path": str(path), "changed": changed})]


def _trust(settings: Settings, environ: Mapping[str, str]) -> list[Finding]:
    findings = [_certificates(settings, environ)]
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


def _certificates(settings: Settings, environ: Mapping[str, str]) -> Finding:
    try:
        system = default_context()
        trouble = trouble_with_trust(environ, system)
    except TrustError as error:
        trouble = error.trouble
    else:
        if trouble is None:
            return _trusted(settings, system)
    facts = {"variable": trouble.variable, "path": trouble.path, "usable": False}
    return Finding("network", "certificates", safe_text(trouble.says), facts, Fault.SETUP, trouble.advice)


def _trusted(settings: Settings, system: ssl.SSLContext) -> Finding:
    """Tell whose certificates count, those of the system and of the bundle."""
    bundle = settings.ca_bundle
    if bundle is None:
        count = system.cert_store_stats()["x509_ca"]
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
        says = f"{bundle} cannot be used: {reason(error)}"
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
