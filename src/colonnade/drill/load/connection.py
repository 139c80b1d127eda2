"""What connections and those who keep them know of each other."""

from __future__ import annotations

import asyncio
import select
from typing import Protocol

from colonnade.drill.load.answer import Loss
from colonnade.drill.load.exchange import Exchange

# What a server gets to close a connection that is no longer used.
LINGER = 1.0


class Connection(Protocol):
    """An open connection to one address, its handshake done."""

    @property
    def usable(self) -> bool:
        """Whether it can take one more request now."""

    def send(self, exchange: Exchange) -> None:
        """Only when usable."""

    def retire(self) -> None:
        """No more requests: leave it to the server to close.

        The side that closes first keeps the port for a minute (TIME_WAIT), and the client is the one with few.
        """

    def close(self) -> None:
        """At once; what is in flight breaks."""


class Owner(Protocol):
    """Told by a connection what becomes of it."""

    def freed(self, connection: Connection) -> None:
        """An answer is complete, and the connection can take another request."""

    def lost(self, connection: Connection) -> None:
        """It has ended."""

    def broke(self, exchange: Exchange, loss: Loss, reason: str) -> None:
        """It has ended, or refused this request, before the answer."""


class Hangup:
    """Whether the other side has closed, also where the loop has not come to read it yet.

    Browsers look before they use a kept connection again, so that a POST does not go to one that is closed already.
    """

    def __init__(self, transport: asyncio.BaseTransport) -> None:
        self._poll = select.poll()
        self._poll.register(transport.get_extra_info("socket").fileno(), select.POLLRDHUP)

    def __bool__(self) -> bool:
        return bool(self._poll.poll(0))
