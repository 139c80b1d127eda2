"""One stream of an HTTP/2 connection."""

from __future__ import annotations

from h2.events import ResponseReceived

from colonnade.drill.load.answer import Answer
from colonnade.drill.load.exchange import Exchange


class Call:
    """A request, what is left of its body, and as much of its answer as has come."""

    def __init__(self, exchange: Exchange, body: bytes) -> None:
        self.exchange = exchange
        self.unsent = memoryview(body)
        self.status = 0
        """0 until the answer begins."""
        self.body = bytearray()
        self._cookies: tuple[str, ...] = ()

    @property
    def answer(self) -> Answer:
        """Once the stream has ended."""
        return Answer(self.status, self._cookies, bytes(self.body))

    def read_head(self, event: ResponseReceived) -> None:
        fields = [(str(name), str(value)) for name, value in event.headers]
        self.status = int(dict(fields)[":status"])
        self._cookies = tuple(value for name, value in fields if name == "set-cookie")
