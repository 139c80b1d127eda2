"""HTTP/2 over one connection: many requests at a time."""

from __future__ import annotations

import asyncio
from typing import cast

from h2.errors import ErrorCodes
from h2.events import ConnectionTerminated, DataReceived, Event, ResponseReceived, StreamEnded, StreamReset
from h2.exceptions import ProtocolError

from colonnade.drill.load.answer import Loss
from colonnade.drill.load.call import Call
from colonnade.drill.load.connection import LINGER, Hangup, Owner
from colonnade.drill.load.exchange import Exchange, described
from colonnade.drill.load.goaway import ClientConnection

# HAProxy's tune.h2.max-concurrent-streams; a server that allows less says so.
STREAMS = 100


class Http2(asyncio.Protocol):
    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._h2 = ClientConnection()
        self._calls: dict[int, Call] = {}
        self._served = 0
        self._over = False

    @property
    def usable(self) -> bool:
        limit = min(STREAMS, self._h2.remote_settings.max_concurrent_streams)
        return not self._over and len(self._calls) < limit and not self._transport.is_closing() and not self._hangup

    def send(self, exchange: Exchange) -> None:
        exchange.cancel = self._cancel
        fields, body = exchange.http2()
        stream = self._h2.get_next_available_stream_id()
        self._calls[stream] = call = Call(exchange, body)
        self._h2.send_headers(stream, fields, end_stream=not body)
        self._pump(stream, call)
        self._flush()

    def retire(self) -> None:
        self._over = True
        self._h2.close_connection()
        self._flush()
        asyncio.get_running_loop().call_later(LINGER, self._transport.abort)

    def close(self) -> None:
        self._over = True
        self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own is one in all but its class.
        self._transport = cast(asyncio.Transport, transport)
        self._hangup = Hangup(transport)
        self._h2.open()
        self._flush()

    def data_received(self, data: bytes) -> None:
        try:
            for event in self._h2.receive_data(data):
                self._happened(event)
        except ProtocolError as error:
            self._break_all(f"not HTTP/2: {error}")
            self.close()
            return
        for stream, call in self._calls.items():
            if call.unsent:
                self._pump(stream, call)
        self._flush()
        if self._over and not self._calls:
            self._transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        self._over = True
        self._owner.lost(self)
        self._break_all(described(exc))

    def _happened(self, event: Event) -> None:
        if isinstance(event, ConnectionTerminated):
            self._going_away(event.last_stream_id or 0)
            return
        stream = getattr(event, "stream_id", None)
        call = self._calls.get(stream or 0)
        if isinstance(event, DataReceived):
            self._h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
        if stream is None or call is None:
            return
        if isinstance(event, ResponseReceived):
            call.read_head(event)
        elif isinstance(event, DataReceived):
            call.body += event.data
        elif isinstance(event, StreamEnded):
            self._complete(stream, call)
        elif isinstance(event, StreamReset):
            refused = event.error_code == ErrorCodes.REFUSED_STREAM
            self._break(
                stream,
                Loss.UNPROCESSED if refused else Loss.BROKEN,
                f"reset: {getattr(event.error_code, 'name', event.error_code)}",
            )

    def _complete(self, stream: int, call: Call) -> None:
        del self._calls[stream]
        self._served += 1
        call.exchange.answered(call.answer)
        if self.usable:
            self._owner.freed(self)

    def _going_away(self, last: int) -> None:
        self._over = True
        for stream in [each for each in self._calls if each > last]:
            self._break(stream, Loss.UNPROCESSED, "the server goes away")

    def _break_all(self, reason: str) -> None:
        for stream, call in tuple(self._calls.items()):
            unanswered = self._served > 0 and not call.status
            self._break(stream, Loss.UNANSWERED if unanswered else Loss.BROKEN, reason)

    def _break(self, stream: int, loss: Loss, reason: str) -> None:
        self._owner.broke(self._calls.pop(stream).exchange, loss, reason)

    def _cancel(self, exchange: Exchange) -> None:
        """The connection may be dead without a word: what is due next goes over another one."""
        self._over = True
        found = [stream for stream, call in self._calls.items() if call.exchange is exchange]
        for stream in found:
            del self._calls[stream]
            self._h2.reset_stream(stream, ErrorCodes.CANCEL)
        self._flush()
        if not self._calls:
            self.close()

    def _pump(self, stream: int, call: Call) -> None:
        """As much of the body as the server's windows let through."""
        while call.unsent:
            window = min(self._h2.local_flow_control_window(stream), self._h2.max_outbound_frame_size)
            if window <= 0:
                return
            part, call.unsent = call.unsent[:window], call.unsent[window:]
            self._h2.send_data(stream, bytes(part), end_stream=not call.unsent)

    def _flush(self) -> None:
        if (data := self._h2.data_to_send()) and not self._transport.is_closing():
            self._transport.write(data)
