"""How each service is doing, told to an observer once per turn of the event loop."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from dqmtui.services.errors import BadReply, NotLoggedIn, ServiceDown
from dqmtui.services.records import Health, ServiceState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from dqmtui.services.errors import ServiceError, ServiceName

    OnState = Callable[[ServiceName, ServiceState], None]


class StateBoard:
    """The states of all services.

    The observer is called from the event loop after the change, never inside a request: what it raises goes
    to the loop's exception handler. Changes within one turn of the loop are told as one.
    """

    def __init__(self, on_state: OnState | None, slow_after_s: float, *, insecure: bool = False) -> None:
        self._on_state = on_state
        self._nothing_yet = ServiceState(insecure=insecure)
        self._slow_after_s = slow_after_s
        self._states: dict[ServiceName, ServiceState] = {}
        self._untold: set[ServiceName] = set()

    def state(self, service: ServiceName) -> ServiceState:
        """Return the state of a service now."""
        return self._states.get(service, self._nothing_yet)

    @contextmanager
    def pending(self, service: ServiceName) -> Iterator[None]:
        """Count one request from its start to its answer, whether it waits or is on the wire."""
        self._set(service, replace(self.state(service), pending=self.state(service).pending + 1))
        try:
            yield
        finally:
            self._set(service, replace(self.state(service), pending=self.state(service).pending - 1))

    @contextmanager
    def on_the_wire(self, service: ServiceName) -> Iterator[None]:
        """Count one request in flight, and call the service slow when it stays there for too long."""
        self._set(service, replace(self.state(service), in_flight=self.state(service).in_flight + 1))
        timer = asyncio.get_running_loop().call_later(self._slow_after_s, self._slow, service)
        try:
            yield
        finally:
            timer.cancel()
            self._set(service, replace(self.state(service), in_flight=self.state(service).in_flight - 1))

    def answered(self, service: ServiceName, latency_s: float) -> None:
        """Note a usable answer."""
        health = Health.SLOW if latency_s > self._slow_after_s else Health.OK
        state = replace(self.state(service), health=health, latency_ms=latency_s * 1e3, last_error=None)
        self._set(service, state)

    def stumbled(self, service: ServiceName, error: ServiceError) -> None:
        """Note an attempt that failed and will be repeated."""
        self._set(service, replace(self.state(service), health=Health.SLOW, last_error=error))

    def failed(self, service: ServiceName, error: ServiceError) -> None:
        """Note a request that failed for good; only some kinds of errors say something about the service."""
        match error:
            case NotLoggedIn():
                health = Health.NOT_LOGGED_IN
            case ServiceDown():
                health = Health.DOWN
            case BadReply():
                health = Health.UNUSABLE
            case _:
                health = Health.OK
        self._set(service, replace(self.state(service), health=health, last_error=error))

    def _slow(self, service: ServiceName) -> None:
        if self.state(service).health in {Health.UNKNOWN, Health.OK}:
            self._set(service, replace(self.state(service), health=Health.SLOW))

    def _set(self, service: ServiceName, state: ServiceState) -> None:
        self._states[service] = state
        if self._on_state is not None and service not in self._untold:
            self._untold.add(service)
            asyncio.get_running_loop().call_soon(self._tell, service)

    def _tell(self, service: ServiceName) -> None:
        self._untold.discard(service)
        if self._on_state is not None:
            self._on_state(service, self.state(service))
