"""Which certificates are trusted."""

from __future__ import annotations

import os
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import certifi
import pytest

from dqmtui.services.errors import ServiceDown
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions
from dqmtui.services.trust import trouble_with_trust
from tests.services.conftest import SECRET
from tests.services.web import Web, json_reply

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.services.conftest import Naps

pytest.importorskip("cryptography", reason="certificates are made with cryptography")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a self-signed certificate for 127.0.0.1 and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.oid.NameOID.COMMON_NAME, "a test authority")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return file


@pytest.fixture
def tls_web(certificate: Path) -> Iterator[Web]:
    with Web(lambda _: json_reply({"ok": 1}), {"ssl_certfile": certificate}) as server:
        yield server


async def test_a_certificate_of_an_unknown_authority_is_refused_at_once(tls_web: Web, naps: Naps) -> None:
    async with Transport(sleep=naps) as transport:
        with pytest.raises(ServiceDown, match="DQMTUI_CA_BUNDLE"):
            await transport.channel("OMS", tls_web.url, FixedToken(SECRET)).get_json("x/")
    assert (tls_web.requests, naps.waits) == ([], [])


async def test_the_bundle_adds_an_authority(tls_web: Web, certificate: Path) -> None:
    async with Transport(TransportOptions(ca_bundle=certificate)) as transport:
        assert await transport.channel("OMS", tls_web.url, FixedToken(SECRET)).get_json("x/") == {"ok": 1}


async def test_verification_goes_off_only_when_asked(tls_web: Web) -> None:
    async with Transport(TransportOptions(insecure=True)) as transport:
        assert await transport.channel("OMS", tls_web.url, FixedToken(SECRET)).get_json("x/") == {"ok": 1}


@pytest.mark.parametrize("content", [None, "this is no certificate"])
async def test_a_bundle_that_cannot_be_read_is_named(tls_web: Web, tmp_path: Path, content: Any) -> None:
    bundle = tmp_path / "bundle.pem"
    if content is not None:
        bundle.write_text(content)
    async with Transport(TransportOptions(ca_bundle=bundle)) as transport:
        with pytest.raises(ServiceDown, match=r"bundle\.pem"):
            await transport.warm_up()
        with pytest.raises(ServiceDown, match=r"bundle\.pem"):
            await transport.channel("OMS", tls_web.url, FixedToken(SECRET)).get_json("x/")


async def test_a_bundle_may_be_a_directory(tmp_path: Path) -> None:
    async with Transport(TransportOptions(ca_bundle=tmp_path)) as transport:
        await transport.warm_up()


async def test_a_server_that_does_not_speak_tls_is_down(web: Web, naps: Naps) -> None:
    async with Transport(sleep=naps) as transport:
        url = web.url.replace("http://", "https://")
        with pytest.raises(ServiceDown):
            await transport.channel("OMS", url, FixedToken(SECRET)).get_json("x/")


@pytest.mark.parametrize("content", [None, "this is no certificate"])
async def test_a_file_of_the_environment_that_cannot_be_used_is_named_with_its_variable(
    web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    async with Transport() as transport:
        with pytest.raises(ServiceDown, match=r"SSL_CERT_FILE names .*authorities\.pem.* or unset it"):
            await transport.warm_up()
        with pytest.raises(ServiceDown, match="SSL_CERT_FILE"):
            await transport.channel("DIALS", web.url, FixedToken(SECRET)).get_json("x/")
    assert web.requests == []


async def test_a_directory_of_the_environment_is_missed_only_where_nobody_else_is_trusted(
    tmp_path: Path,
) -> None:
    missing = {"SSL_CERT_DIR": str(tmp_path / "nowhere")}
    nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trouble = trouble_with_trust(missing, nobody)
    assert trouble is not None
    assert (trouble.variable, trouble.path) == ("SSL_CERT_DIR", missing["SSL_CERT_DIR"])
    assert trouble_with_trust({"SSL_CERT_DIR": f"{tmp_path}{os.pathsep}/nowhere"}, nobody) is None
    somebody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    somebody.load_verify_locations(cafile=certifi.where())
    assert trouble_with_trust(missing, somebody) is None


async def test_a_log_of_secrets_that_cannot_be_written_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSLKEYLOGFILE", str(tmp_path / "nowhere" / "keys"))
    async with Transport() as transport:
        with pytest.raises(ServiceDown, match="SSLKEYLOGFILE names"):
            await transport.warm_up()


async def test_without_certificate_checks_no_authorities_are_needed(
    tls_web: Web, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "nowhere.pem"))
    async with Transport(TransportOptions(insecure=True)) as transport:
        assert await transport.channel("OMS", tls_web.url, FixedToken(SECRET)).get_json("x/") == {"ok": 1}
