"""What variables of the environment make of trust: whose certificates count, and where secrets are logged."""

from __future__ import annotations

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from dqmtui.services.replies import SetupError

if TYPE_CHECKING:
    from collections.abc import Mapping

FILE, DIRECTORY, LOG = "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"


@dataclass(frozen=True, slots=True)
class TrustTrouble:
    """A variable whose value cannot be used: which, what it names, why not, and what to do about it."""

    variable: str
    path: str
    why: str

    @property
    def says(self) -> str:
        """What is wrong."""
        return f"{self.variable} names {self.path}, which cannot be used ({self.why})"

    @property
    def advice(self) -> str:
        """What to do about it."""
        what = {
            FILE: "a file of certificates in PEM",
            DIRECTORY: "a directory of hashed certificates",
            LOG: "a file that can be written",
        }[self.variable]
        return f"Let it name {what}, or unset it."


class TrustError(SetupError):
    """Connections cannot be made, because of ``trouble``."""

    def __init__(self, trouble: TrustTrouble) -> None:
        super().__init__(f"{trouble.says}. {trouble.advice}")
        self.trouble = trouble


def trouble_with_trust(environ: Mapping[str, str], context: ssl.SSLContext) -> TrustTrouble | None:
    """Return what is wrong with the authorities that the environment names, None when nothing is.

    OpenSSL takes a file or directory that is not there for one without certificates, and no error says so.
    A directory does no harm as long as ``context``, the one by default, trusts somebody without it.
    """
    file, directory = environ.get(FILE, ""), environ.get(DIRECTORY, "")
    if file:
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=file)
        except (OSError, ssl.SSLError) as error:
            return TrustTrouble(FILE, file, reason(error))
    # several directories can be named, of which OpenSSL looks into those that are there
    trusts = context.cert_store_stats()["x509_ca"]
    if directory and not trusts and not any(Path(one).is_dir() for one in directory.split(os.pathsep) if one):
        return TrustTrouble(DIRECTORY, directory, "there is no such directory")
    return None


def default_context() -> ssl.SSLContext:
    """Return Python's context that trusts the system's authorities; raise TrustError when there is none."""
    try:
        return ssl.create_default_context()
    except (OSError, ssl.SSLError) as error:
        # the system's authorities are read without complaint: it is where the secrets are to be logged
        raise TrustError(TrustTrouble(LOG, os.environ.get(LOG, ""), reason(error))) from error


def reason(error: OSError) -> str:
    """Return why certificates cannot be read, without the number of the error and the path again."""
    if isinstance(error, ssl.SSLError):
        return "it has no certificates"
    return error.strerror or type(error).__name__
