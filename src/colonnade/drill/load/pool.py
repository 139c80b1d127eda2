"""The connections of one stream to one address."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from time import monotonic
from typing import Any

from colonnade.drill.load.answer import Loss, may_resend
from colonnade.drill.load.connection import Connection, Owner
from colonnade.drill.load.exchange import Exchange, described

Dial = Callable[[Owner], Awaitable[Connection]]
# A connect of the usual kind takes milliseconds. One that takes this long waits for a lost packet to be sent again.
STUCK = 0.5


class Pool:
    """A new connection for each request."""

    def __init__(self, dial: Dial) -> None:
        self.resent = 0
        """Requests that a browser would have sent again without telling anybody, and so did this."""
        self._dial = dial
        self._open: set[Connection] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def submit(self, exchange: Exchange) -> None:
        self._begin(self._fresh(exchange))

    def freed(self, connection: Connection) -> None:
        connection.retire()

    def lost(self, connection: Connection) -> None:
        self._open.discard(connection)

    def broke(self, exchange: Exchange, loss: Loss, reason: str) -> None:
        if exchange.done or exchange.resent or not may_resend(exchange.rendered.request, loss):
            exchange.failed(reason)
            return
        self.resent += 1
        exchange.resent, exchange.cancel = True, None
        self._begin(self._fresh(exchange))

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        for connection in tuple(self._open):
            connection.close()

    async def _fresh(self, exchange: Exchange) -> None:
        """Sends it over a connection that nothing else has used."""
        try:
            connection = await self._connected()
        except OSError as error:
            exchange.failed(described(error))
            return
        if exchange.done:
            self.freed(connection)
        else:
            connection.send(exchange)

    async def _connected(self) -> Connection:
        """OSError, of which TimeoutError and SSLError are kinds, when there is none."""
        connection = await self._dial(self)
        if not connection.usable:
            raise ConnectionError("closed at once")
        self._open.add(connection)
        return connection

    def _begin(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


class KeptPool(Pool):
    """Connections that stay open: one that is free, else a new one or the first that becomes free meanwhile."""

    def __init__(self, dial: Dial) -> None:
        super().__init__(dial)
        # A dict for its order; the last one is used first, as browsers do.
        self._ready: dict[Connection, None] = {}
        self._waiting: deque[Exchange] = deque()
        self._dials: dict[asyncio.Task[None], float] = {}

    def submit(self, exchange: Exchange) -> None:
        while self._ready:
            connection, _ = self._ready.popitem()
            if connection.usable:
                connection.send(exchange)
                self._keep(connection)
                return
        self._waiting.append(exchange)
        task = self._begin(self._another())
        self._dials[task] = monotonic()
        task.add_done_callback(self._dials.pop)

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

    async def _another(self) -> None:
        try:
            self.freed(await self._connected())
        except OSError as error:
            # As many connects are under way as requests wait at least: each that fails takes one with it.
            while self._waiting:
                exchange = self._waiting.popleft()
                if not exchange.done:
                    exchange.failed(described(error))
                    return

    def _give_up_stuck(self) -> None:
        """After an outage: else hundreds of handshakes that nobody needs any more would come all at once."""
        for task, begun in tuple(self._dials.items()):
            if monotonic() - begun > STUCK:
                task.cancel()

    def _keep(self, connection: Connection) -> None:
        if connection.usable:
            self._ready[connection] = None
