"""The connections of one stream to one address."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from colonnade.drill.load.answer import Loss, may_resend
from colonnade.drill.load.connection import Connection, Owner
from colonnade.drill.load.exchange import Exchange, described

Dial = Callable[[Owner], Awaitable[Connection]]


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
