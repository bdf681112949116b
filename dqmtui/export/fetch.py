"""Getting a file of an address that the person named, as anybody would: no login goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.export.files import FetchError

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.services.transport_options import TransportOptions

MOST_REDIRECTS = 5


def fetcher(options: TransportOptions, most_bytes: int = 64 << 20) -> Callable[[str], bytes]:
    """Make a function that gets what is at an address of http or https, and raises FetchError."""

    def fetch(address: str) -> bytes:
        import httpx  # noqa: PLC0415 - most files lie on a disk

        from dqmtui.services.http_engine import tls_context  # noqa: PLC0415 - as above

        timeout = httpx.Timeout(options.read_timeout_s, connect=options.connect_timeout_s)
        data = bytearray()
        try:
            with (
                httpx.Client(
                    verify=tls_context(options),
                    timeout=timeout,
                    follow_redirects=True,
                    max_redirects=MOST_REDIRECTS,
                ) as client,
                client.stream("GET", address) as reply,
            ):
                if not reply.is_success:
                    raise FetchError(f"{address} answers with {reply.status_code} {reply.reason_phrase}.")
                for part in reply.iter_bytes():
                    data += part
                    if len(data) > most_bytes:
                        break
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise FetchError(f"{address} cannot be read: {str(error) or type(error).__name__}.") from error
        return bytes(data)

    return fetch
