"""Carries many connections over one pair of pipes: one Python on a server, however many clients the operator runs.

Frames go both ways: kind, channel, length, data. The operator opens a channel (`o`), whose number never comes again;
data (`d`) goes as it comes; a close (`c`) from either end is the last of a channel. The relay's first word is `r`:
ready.
"""

from __future__ import annotations

import os
import select
import socket
import struct
import sys

HEADER = struct.Struct("!cII")
OPEN, DATA, CLOSE, READY = b"o", b"d", b"c", b"r"
STANDARD_INPUT = 0
# An operator that works sends all the time; one whose link is gone must not hold connections here until TCP notices.
SILENCE = 300.0
# The other end is on this server; what it does not take within this time it will not take.
PATIENCE = 5.0


def frame(kind: bytes, channel: int, data: bytes = b"") -> bytes:
    return HEADER.pack(kind, channel, len(data)) + data


def frames(buffer: bytearray) -> list[tuple[bytes, int, bytes]]:
    """Takes the whole frames out of the buffer; the rest of it stays there."""
    found, at = [], 0
    while len(buffer) - at >= HEADER.size:
        kind, channel, length = HEADER.unpack_from(buffer, at)
        begin = at + HEADER.size
        if len(buffer) < begin + length:
            break
        found.append((kind, channel, bytes(buffer[begin : begin + length])))
        at = begin + length
    del buffer[:at]
    return found


class Relay:
    """`target` is the path of a unix socket, or address and port."""

    def __init__(self, target: str | list) -> None:  # type: ignore[type-arg]
        self.target = target
        self.poll = select.poll()
        self.sockets: dict[int, socket.socket] = {}
        self.channels: dict[int, int] = {}
        self.received = bytearray()

    def run(self) -> None:
        """Until the operator's end is closed, or says nothing for too long."""
        self.poll.register(STANDARD_INPUT, select.POLLIN)
        self.send(READY, 0)
        while ready := [descriptor for descriptor, _ in self.poll.poll(SILENCE * 1000)]:
            # The operator's word comes last: a descriptor that it frees and takes again has no old event then.
            for descriptor in sorted(ready, reverse=True):
                if descriptor != STANDARD_INPUT:
                    self.answer(descriptor)
                elif not self.obey():
                    return

    def obey(self) -> bool:
        """False when the operator is gone."""
        data = os.read(STANDARD_INPUT, 1 << 16)
        self.received += data
        for kind, channel, body in frames(self.received):
            if kind == OPEN:
                self.open(channel)
            elif kind == DATA and channel in self.sockets:
                self.pass_on(channel, body)
            elif kind == CLOSE and channel in self.sockets:
                self.drop(channel)
        return bool(data)

    def open(self, channel: int) -> None:
        try:
            self.sockets[channel] = opened = connected(self.target)
        except OSError:
            self.send(CLOSE, channel)
            return
        self.channels[opened.fileno()] = channel
        self.poll.register(opened, select.POLLIN)

    def pass_on(self, channel: int, data: bytes) -> None:
        try:
            self.sockets[channel].sendall(data)
        except OSError:
            self.end(channel)

    def answer(self, descriptor: int) -> None:
        channel = self.channels[descriptor]
        try:
            data = self.sockets[channel].recv(1 << 16, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self.send(DATA, channel, data)
        else:
            self.end(channel)

    def end(self, channel: int) -> None:
        self.drop(channel)
        self.send(CLOSE, channel)

    def drop(self, channel: int) -> None:
        closed = self.sockets.pop(channel)
        self.poll.unregister(closed)
        del self.channels[closed.fileno()]
        closed.close()

    def send(self, kind: bytes, channel: int, data: bytes = b"") -> None:
        sys.stdout.buffer.write(frame(kind, channel, data))
        sys.stdout.buffer.flush()


def connected(target: str | list) -> socket.socket:  # type: ignore[type-arg]
    if isinstance(target, str):
        opened = socket.socket(socket.AF_UNIX)
        opened.settimeout(PATIENCE)
        opened.connect(target)
        return opened
    opened = socket.create_connection((target[0], target[1]), PATIENCE)
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def main(request: dict) -> None:  # type: ignore[type-arg]
    try:
        Relay(request["target"]).run()
    except BrokenPipeError:
        # The operator is gone; nobody is left to tell.
        os._exit(0)
