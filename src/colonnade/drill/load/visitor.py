"""One visitor: cookies, one request at a time, a pause for thought between them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from uuid import uuid4

from colonnade.drill.load.exchange import Clock, Exchange
from colonnade.drill.load.lateness import Delays
from colonnade.drill.load.pool import Pool
from colonnade.drill.load.render import Rendered
from colonnade.drill.load.route import Sink


class Jar:
    """The cookies of one site. Paths and dates are not looked at, but for Max-Age=0, which takes a cookie away."""

    def __init__(self) -> None:
        self._cookies: dict[str, str] = {}

    def keep(self, set_cookies: Iterable[str]) -> None:
        for line in set_cookies:
            pair, _, attributes = line.partition(";")
            name, _, value = pair.strip().partition("=")
            if "max-age=0" in attributes.lower().replace(" ", "").split(";"):
                self._cookies.pop(name, None)
            else:
                self._cookies[name] = value

    @property
    def header(self) -> str:
        """The value of Cookie; nothing when there are none."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())


class Visitor:
    def __init__(
        self, name: str, steps: Sequence[Rendered], pool: Pool, clock: Clock, late: Delays, sink: Sink
    ) -> None:
        self.pool = pool
        self.flying: set[Exchange] = set()
        self._name = name
        self._steps = steps
        self._keyed = any(step.keyed for step in steps)
        self._clock = clock
        self._late = late
        self._sink = sink
        self._jar = Jar()

    async def visit(self, first: float, think: float, until: asyncio.Event) -> None:
        """From `first` seconds from now on, until the event is set. A request that is on its way is waited for."""
        pause = first
        while True:
            key = str(uuid4()) if self._keyed else self._name
            for step in self._steps:
                due = self._clock() + pause
                await _wait(until, pause)
                if until.is_set():
                    return
                await self._ask(step, key, due)
                pause = think

    async def _ask(self, step: Rendered, key: str, due: float) -> None:
        ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        def end(exchange: Exchange) -> None:
            self._end(exchange)
            ended.set_result(None)

        exchange = Exchange(step, self._name, key, due, self._clock, end, self._jar.header)
        self._late.add(exchange.started - due)
        self.flying.add(exchange)
        self.pool.submit(exchange)
        await ended

    def _end(self, exchange: Exchange) -> None:
        self.flying.discard(exchange)
        if exchange.answer:
            self._jar.keep(exchange.answer.cookies)
        if exchange.operation:
            self._sink(exchange.operation)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    """Until the event, at most that long."""
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return
