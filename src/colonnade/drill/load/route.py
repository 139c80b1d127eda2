"""One kind of request to one address, and the clients that make it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from colonnade.drill.history import Operation
from colonnade.drill.load.exchange import Clock, Exchange, key_for
from colonnade.drill.load.lateness import Delays
from colonnade.drill.load.pool import Pool
from colonnade.drill.load.render import Rendered

Sink = Callable[[Operation], None]
"""Given each operation when it has ended."""


class Route:
    """A client has one operation at a time: as many clients as there are requests in flight, their names used again."""

    def __init__(
        self, name: str, rendered: Rendered, address: str, pool: Pool, clock: Clock, late: Delays, sink: Sink
    ) -> None:
        self.pool = pool
        self.flying: set[Exchange] = set()
        self._rendered = rendered
        self._address = address
        self._clock = clock
        self._late = late
        self._sink = sink
        self._idle: list[str] = []
        self._names = (f"{name}@{address}/{number}" for number in count())

    def send(self, scheduled: float) -> None:
        client = self._idle.pop() if self._idle else next(self._names)
        key = key_for(self._rendered, self._address)
        exchange = Exchange(self._rendered, client, key, scheduled, self._clock, self._ended)
        self._late.add(exchange.started - scheduled)
        self.flying.add(exchange)
        self.pool.submit(exchange)

    def _ended(self, exchange: Exchange) -> None:
        self.flying.discard(exchange)
        self._idle.append(exchange.client)
        if exchange.operation:
            self._sink(exchange.operation)
