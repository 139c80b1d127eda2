"""A workload run against fakes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from colonnade.drill.clock import Clock
from colonnade.drill.history import Operation
from colonnade.drill.workload.context import Context
from tests.drill.sql.fakes import FakeRoute, routes

Run = Callable[[Context, asyncio.Event], Awaitable[None]]
Meanwhile = Callable[[], Awaitable[None]]


def play(
    run: Run, ways: list[FakeRoute], meanwhile: Meanwhile, *, clients: int = 4, rate: float = 100.0, seed: int = 7
) -> list[Operation]:
    """What was told by the end. The ways stand for app and database servers alike."""

    async def scene() -> list[Operation]:
        told: list[Operation] = []
        until = asyncio.Event()
        context = Context(routes(ways, ways), Clock(), told.append, seed, clients, rate)
        running = asyncio.ensure_future(run(context, until))
        await meanwhile()
        until.set()
        await asyncio.wait_for(running, 5)
        return told

    return asyncio.run(scene())


def seconds(some: float) -> Meanwhile:
    return lambda: asyncio.sleep(some)
