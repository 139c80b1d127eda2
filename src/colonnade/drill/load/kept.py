"""Connections that stay open, for one stream to one address."""

from __future__ import annotations

import asyncio
from collections import deque
from math import ceil
from time import monotonic

from colonnade.drill.load.connection import Connection
from colonnade.drill.load.exchange import Exchange, described
from colonnade.drill.load.pool import Dial, Pool

# Connects at a time, as many as browsers make to one host. After a stall of the edge one for each request that waited
# would keep the client's core busy with handshakes for seconds: each takes 2 ms of it.
DIALS = 6
# Seconds after which a connect is stuck: its first packet was lost, and is sent again only after a second, then three,
# then seven. Another one is begun beside it, as browsers do (Chromium's backup connect job).
STUCK = 0.25


class KeptPool(Pool):
    """A request takes a connection that is free, else a new one or the first that becomes free meanwhile."""

    def __init__(self, dial: Dial, streams: int = 1) -> None:
        """`streams`: requests that one connection carries at a time."""
        super().__init__(dial)
        self._streams = streams
        # A dict for its order; the last one is used first, as browsers do.
        self._ready: dict[Connection, None] = {}
        self._waiting: deque[Exchange] = deque()
        self._dials: dict[asyncio.Task[None], float] = {}
        self._dialled = 0.0

    def submit(self, exchange: Exchange) -> None:
        while self._ready:
            connection, _ = self._ready.popitem()
            if connection.usable:
                connection.send(exchange)
                self._keep(connection)
                return
        self._waiting.append(exchange)
        self._dial_more()

    def freed(self, connection: Connection) -> None:
        while self._waiting and connection.usable:
            exchange = self._waiting.popleft()
            if not exchange.done:
                connection.send(exchange)
        self._keep(connection)
        if self._dials and not self._waiting:
            self._give_up_stuck()

    def lost(self, connection: Connection) -> None:
        super().lost(connection)
        self._ready.pop(connection, None)

    async def warm(self, count: int) -> None:
        """That many connections before the load begins; none where the site does not answer."""
        for found in await asyncio.gather(*(self._connected() for _ in range(count)), return_exceptions=True):
            if not isinstance(found, BaseException):
                self._keep(found)

    def _dial_more(self) -> None:
        wanted = min(ceil(len(self._waiting) / self._streams), DIALS)
        if len(self._dials) < wanted or (wanted and monotonic() - self._dialled > STUCK):
            self._dialled = monotonic()
            self._dials[self._begin(self._another())] = self._dialled

    async def _another(self) -> None:
        task = asyncio.current_task()
        try:
            connection = await self._connected()
        except OSError as error:
            self._fail_one(described(error))
        else:
            self.freed(connection)
        finally:
            self._dials = {each: begun for each, begun in self._dials.items() if each is not task}
        self._dial_more()

    def _fail_one(self, reason: str) -> None:
        """Each that waits gets a connect of its own that fails, if need be."""
        while self._waiting:
            exchange = self._waiting.popleft()
            if not exchange.done:
                exchange.failed(reason)
                return

    def _give_up_stuck(self) -> None:
        """Else all of them would be there at once when the outage is over, and nobody needs them."""
        for task, begun in self._dials.items():
            if monotonic() - begun > STUCK:
                task.cancel()

    def _keep(self, connection: Connection) -> None:
        if connection.usable:
            self._ready[connection] = None
