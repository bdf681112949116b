"""Connections that can be reset from inside an application, which ASGI has no word for."""

from __future__ import annotations

import asyncio
import socket
import struct
from functools import partial

from uvicorn.protocols.http.h11_impl import H11Protocol

RESET = "dqmtui.demo.reset"
"""Key in the state of a request under which the function stands that resets its connection."""


class ResettableProtocol(H11Protocol):
    """uvicorn's protocol, which puts a way to reset the connection into the state of every request."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember how to reset this connection."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a connection without a stream cannot be reset")
        super().connection_made(transport)
        # With no buffer here, a second `send` returns when the system has taken what the first one wrote.
        transport.set_write_buffer_limits(high=0)
        self.app_state = {**self.app_state, RESET: partial(reset, transport)}


def reset(transport: asyncio.Transport) -> None:
    """End a connection with RST in place of FIN: the other side's read fails, it does not just end."""
    if transport.is_closing():
        return
    connection = transport.get_extra_info("socket")
    # Lingering for no time is how the socket interface asks for a reset.
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
