"""Which certificates are trusted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.services.errors import ServiceDown
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from dqmtui.services.transport_options import TransportOptions
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
