"""An HTTP/2 server on loopback that does what a test tells it to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import cast

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, RequestReceived, StreamEnded, WindowUpdated

from tests.drill.load.server import context


class Peer(asyncio.Protocol):
    """One connection. `act` is called with it and the stream's number when a request is complete."""

    def __init__(self, number: int, act: Callable[[Peer, int], None]) -> None:
        self.number = number
        """Counted from 0 in the order in which connections were opened."""
        self.streams: list[int] = []
        self.headers: dict[int, dict[str, str]] = {}
        self.bodies: dict[int, bytes] = {}
        self.h2 = H2Connection(H2Configuration(client_side=False, header_encoding="utf-8"))
        self.transport: asyncio.Transport | None = None
        self._act = act
        self._unsent: dict[int, bytes] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.h2.initiate_connection()
        self.flush()

    def data_received(self, data: bytes) -> None:
        for event in self.h2.receive_data(data):
            if isinstance(event, RequestReceived):
                self.headers[event.stream_id] = {str(name): str(value) for name, value in event.headers}
                self.bodies[event.stream_id] = b""
            elif isinstance(event, DataReceived):
                self.bodies[event.stream_id] += event.data
                self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
            elif isinstance(event, StreamEnded):
                self.streams.append(event.stream_id)
                self._act(self, event.stream_id)
            elif isinstance(event, WindowUpdated):
                for stream in tuple(self._unsent):
                    self._pump(stream)
        self.flush()

    def answer(self, stream: int, status: int = 200, body: bytes = b"ok", **headers: str) -> None:
        fields = [(":status", str(status)), *((name.replace("_", "-"), value) for name, value in headers.items())]
        self.h2.send_headers(stream, fields)
        self._unsent[stream] = body
        self._pump(stream)
        self.flush()

    def flush(self) -> None:
        self.write(self.h2.data_to_send())

    def write(self, data: bytes) -> None:
        if self.transport:
            self.transport.write(data)

    def end(self) -> None:
        """Without a word."""
        if self.transport:
            self.transport.abort()

    def _pump(self, stream: int) -> None:
        size = min(self.h2.local_flow_control_window(stream), 16_384)
        while size and (body := self._unsent.get(stream)) is not None:
            part, rest = body[:size], body[size:]
            self.h2.send_data(stream, part, end_stream=not rest)
            self._unsent[stream] = rest
            if not rest:
                del self._unsent[stream]
            size = min(self.h2.local_flow_control_window(stream), 16_384)


@asynccontextmanager
async def serving_http2(act: Callable[[Peer, int], None]) -> AsyncIterator[tuple[int, list[Peer]]]:
    """The port, and the connections so far."""
    peers: list[Peer] = []

    def accept() -> Peer:
        peers.append(Peer(len(peers), act))
        return peers[-1]

    server = await asyncio.get_running_loop().create_server(accept, "127.0.0.1", 0, ssl=context("h2"))
    try:
        yield server.sockets[0].getsockname()[1], peers
    finally:
        server.close()
        for peer in peers:
            peer.end()
