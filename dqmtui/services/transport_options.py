"""The limits that the transport keeps to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class TransportOptions:
    """Limits of the transport; the defaults are made for the production services.

    ``attempt_timeout_s`` bounds one attempt as a whole, ``read_timeout_s`` the silence within it. No attempt
    begins later than ``retry_window_s`` after the first one, so that a request which has got its slot ends
    within ``retry_window_s + attempt_timeout_s``, three minutes; one to a silent service within
    ``retry_window_s + read_timeout_s``. What is known at once, no connection or a complete reply that cannot
    be used, is tried ``brief_attempts`` times, ``brief_wait_s`` to twice of it apart; for
    ``unreachable_memory_s`` after that, requests to a server without connection have one attempt each. A
    Retry-After up to ``retry_after_max_s`` is waited for; a longer one ends the request. Bodies up to
    ``inline_decode_bytes`` are decoded in the event loop, larger ones in a thread. ``insecure`` switches
    certificate checks off and allows tokens over plain HTTP.
    """

    connect_timeout_s: float = 5.0
    read_timeout_s: float = 30.0
    attempt_timeout_s: float = 120.0
    ca_bundle: Path | None = None
    insecure: bool = False
    attempts: int = 4
    backoff_s: float = 0.4
    backoff_max_s: float = 10.0
    retry_after_max_s: float = 30.0
    retry_window_s: float = 60.0
    brief_attempts: int = 2
    brief_wait_s: float = 0.5
    unreachable_memory_s: float = 2.0
    slow_after_s: float = 3.0
    dials_slots: int = 4
    oms_slots: int = 2
    max_connections: int = 8
    keepalive_s: float = 60.0
    max_body_bytes: int = 64_000_000
    inline_decode_bytes: int = 65_536
