"""What a look around finds, without any service."""

from __future__ import annotations

import base64
import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.review.checkup import look_around
from dqmtui.review.checkup_findings import Fault, Finding, in_words
from dqmtui.store.settings import load_settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def look(home: Path, environ: dict[str, str] | None = None, **flags: object) -> dict[str, Finding]:
    places = {"state_dir": str(home / "state"), "cache_dir": str(home / "cache"), "dials_token": "swordfish"}
    env = environ or {}
    return {f"{one.section} {one.name}": one for one in look_around(load_settings(places | flags, env), env)}


def token(expires_at: float) -> str:
    payload = base64.urlsafe_b64encode(json.dumps({"exp": expires_at}).encode()).decode().rstrip("=")
    return f"head.{payload}.signature"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "in 0 s"),
        (59, "in 59 s"),
        (-61, "1 min ago"),
        (3600 * 3 + 60 * 20 + 5, "in 3 h 20 min"),
        (86_400 * 12 + 500, "in 12 days"),
        (-86_400 * 400, "400 days ago"),
    ],
)
def test_how_far_away_a_moment_is(seconds: float, words: str) -> None:
    assert in_words(seconds) == words


def test_settings_that_somebody_chose_stand_there_with_their_origin_and_without_secrets(
    at_home: Path,
) -> None:
    found = look(at_home, {"DQMTUI_THEME": "dqm-light", "DQMTUI_CLIENT_SECRET": "hush"}, client_id="me")
    assert found["settings theme"].says == "dqm-light  [environment DQMTUI_THEME]"
    assert found["settings oms_route"].facts == {"value": "proxy", "origin": "default"}
    assert "settings rate_path" not in found
    text = repr(list(found.values()))
    assert "swordfish" not in text
    assert "hush" not in text


def test_what_a_setting_is_noted_for_is_not_well(at_home: Path) -> None:
    note = look(at_home, client_id="half")["settings note"]
    assert note.fault is Fault.SETUP
    assert "client_secret" in note.advice


@pytest.mark.parametrize(
    ("left_s", "says", "fault"),
    [
        (3 * 86_400 + 600, "ends in 3 days", None),
        (-630, "ended 10 min ago", Fault.LOGIN),
        (10.0**20, "does not say when it ends", None),
        (None, "does not say when it ends", None),
    ],
)
def test_a_fixed_token_says_when_it_ends(
    at_home: Path, left_s: float | None, says: str, fault: Fault | None
) -> None:
    value = "zx1.zx2.zx3" if left_s is None else token(time.time() + left_s)
    login = look(at_home, dials_token=value)["logins DIALS"]
    assert says in login.says
    assert login.fault is fault
    assert not any(part in repr(login) for part in value.split("."))


def test_passwords_of_proxies_are_hidden(at_home: Path) -> None:
    env = {"https_proxy": "http://somebody:hush@proxy.example:3128", "NO_PROXY": ".cern.ch"}
    proxies = look(at_home, env)["network proxies"]
    assert proxies.facts == {"HTTPS_PROXY": "http://proxy.example:3128", "NO_PROXY": ".cern.ch"}
    assert proxies.fault is None
    for secret in ("somebody", "hush"):
        assert secret not in repr(proxies)
    wrong = look(at_home, {"ALL_PROXY": "proxy.example"})["network proxies"]
    assert wrong.fault is Fault.SETUP
    assert "http://host:port" in wrong.advice


def test_a_bundle_that_is_none_says_what_to_name(at_home: Path) -> None:
    (at_home / "empty.pem").write_text("nothing")
    for name in ("none.pem", "empty.pem"):
        found = look(at_home, ca_bundle=str(at_home / name))["network certificates"]
        assert found.fault is Fault.SETUP
        assert "ca_bundle" in found.advice
    assert look(at_home, ca_bundle=str(at_home))["network certificates"].fault is None
    assert look(at_home)["network certificates"].fault is None


@pytest.mark.parametrize(("days", "expired"), [(1, 0), (-1, 1)])
def test_certificates_of_a_bundle_are_counted_and_expired_ones_told(
    at_home: Path, days: int, expired: int
) -> None:
    bundle = at_home / "ca.pem"
    bundle.write_bytes(certificate(days))
    found = look(at_home, ca_bundle=str(bundle))["network certificates"]
    assert (found.facts["certificates"], found.facts["expired"]) == (1, expired)
    assert (found.fault is Fault.SETUP) == bool(expired)


def certificate(days: int) -> bytes:
    """A self-signed certificate of an authority that ends so many days from now."""
    pytest.importorskip("cryptography", reason="certificates are made with cryptography")
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "a test authority")])
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )


def test_the_cache_is_told_with_its_size_limit_and_file_system(at_home: Path) -> None:
    cache = look(at_home)["files cache"]
    assert cache.says.startswith(f"0.0 MB of 2000 MB in {at_home / 'cache'} (")
    assert (cache.facts["writable"], cache.fault) == (True, None)
    assert cache.facts["file_system"]
    assert "switched off" in look(at_home, cache_size_mb="0")["files cache"].says
    assert list(at_home.iterdir()) == []


def test_a_place_that_is_none_says_which_setting_to_change(at_home: Path) -> None:
    (at_home / "file").write_text("")
    found = look(at_home, cache_dir=str(at_home / "file" / "x"), state_dir=str(at_home / "file"))
    assert (found["files cache"].fault, found["files state"].fault) == (Fault.SETUP, Fault.SETUP)
    assert "cache_dir" in found["files cache"].advice
    assert "state_dir" in found["files state"].advice


def test_a_state_directory_that_others_can_change_is_not_well(at_home: Path) -> None:
    state = at_home / "state"
    state.mkdir()
    state.chmod(0o777)
    found = look(at_home)["files state"]
    assert (found.facts["mode"], found.fault) == ("0777", Fault.SETUP)
    assert f"chmod go-w {state}" in found.advice
    state.chmod(0o755)
    assert look(at_home)["files state"].fault is None


@pytest.mark.parametrize(
    ("flags", "advice"),
    [
        ({"oms_login": "application"}, ""),
        ({"oms_login": "application", "oms_route": "direct"}, "client_id and client_secret"),
        ({"oms_client_file": "/nowhere/oms.json"}, "mend oms_client_file"),
        ({"client_id": "a", "client_secret": "b", "oms_route": "direct"}, ""),
        ({"oms_route": "off"}, ""),
    ],
)
def test_the_login_of_direct_oms_is_missed_only_where_it_is_needed(
    at_home: Path, flags: dict[str, Any], advice: str
) -> None:
    found = look(at_home, **flags)["logins OMS"]
    assert (found.fault is Fault.SETUP) == bool(advice)
    assert advice in found.advice


def test_a_keymap_is_looked_at_where_there_is_one(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(at_home))
    assert "files keymap" not in look(at_home)
    file = at_home / "keymap.toml"
    file.write_text('[keys]\nreload = "f5"\n')
    found = look(at_home, keymap=str(file))["files keymap"]
    assert found.says == f"{file}: 1 action has other keys"
    assert found.fault is None
    file.write_text("[keys]\nquit = []\n")
    broken = look(at_home, keymap=str(file))["files keymap"]
    assert broken.fault is Fault.SETUP
    assert "line 2: quit: must keep a key" in broken.says
    assert "dqmtui keys check" in broken.advice
