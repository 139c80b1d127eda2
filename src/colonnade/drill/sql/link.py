"""The operator's end of a relay: one process on a server, over SSH, and the connections here that it carries."""

from __future__ import annotations

import asyncio
from typing import cast

import asyncssh

from colonnade.onhost.relay import CLOSE, DATA, OPEN, READY, frame, frames
from colonnade.remote.connection import Remote


class Link(asyncssh.SSHClientSession[bytes]):
    """Lives as long as its process on the server."""

    def __init__(self) -> None:
        self.ready = asyncio.Event()
        self.ended = asyncio.Event()
        self.error = b""
        """What the process said on standard error."""
        self._buffer = bytearray()
        self._carried: dict[int, asyncio.Transport] = {}
        self._opened = 0
        self._channel: asyncssh.SSHClientChannel[bytes] | None = None

    def connection_made(self, chan: asyncssh.SSHClientChannel[bytes]) -> None:
        self._channel = chan

    def connection_lost(self, exc: Exception | None) -> None:
        """Whoever waits for an answer learns at once that none will come."""
        self._channel = None
        carried, self._carried = self._carried, {}
        for transport in carried.values():
            transport.abort()
        self.ended.set()

    def data_received(self, data: bytes, datatype: int | None) -> None:
        if datatype == asyncssh.EXTENDED_DATA_STDERR:
            self.error += data
            return
        self._buffer += data
        for kind, channel, body in frames(self._buffer):
            if kind == READY:
                self.ready.set()
            elif kind == DATA and channel in self._carried:
                self._carried[channel].write(body)
            elif kind == CLOSE and channel in self._carried:
                self._carried.pop(channel).close()

    def open(self, transport: asyncio.Transport) -> int:
        """The number of a new channel."""
        self._opened += 1
        self._carried[self._opened] = transport
        self._send(frame(OPEN, self._opened))
        return self._opened

    def pass_on(self, channel: int, data: bytes) -> None:
        self._send(frame(DATA, channel, data))

    def close(self, channel: int) -> None:
        if self._carried.pop(channel, None):
            self._send(frame(CLOSE, channel))

    def _send(self, data: bytes) -> None:
        if self._channel:
            self._channel.write(data)


class Carried(asyncio.Protocol):
    """One connection made here."""

    def __init__(self, link: Link | None) -> None:
        self._link = link
        self._number = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        made = cast(asyncio.Transport, transport)
        if self._link is None or self._link.ended.is_set():
            made.abort()
        else:
            self._number = self._link.open(made)

    def data_received(self, data: bytes) -> None:
        if self._link:
            self._link.pass_on(self._number, data)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._link:
            self._link.close(self._number)


async def start(remote: Remote, command: str, payload: bytes) -> Link:
    """Runs the relay; asyncssh.Error when the channel cannot be opened."""
    channel, link = await remote.connection.create_session(Link, remote.command(command), encoding=None)
    channel.write(payload)
    return cast(Link, link)
