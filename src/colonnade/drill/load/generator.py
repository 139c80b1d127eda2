"""Puts a whole load on a site, from the process that calls it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import chain, takewhile
from math import ceil
from time import monotonic
from typing import Any

from colonnade.drill.history import Operation
from colonnade.drill.load.crew import Crew
from colonnade.drill.load.kept import KeptPool
from colonnade.drill.load.lateness import Delays, Lateness, Summary
from colonnade.drill.load.load import Load
from colonnade.drill.load.pacer import Pacer
from colonnade.drill.load.route import Sink
from colonnade.drill.load.timetable import Due, timetable

# Connections that stand before the first request is due: as many as answers of this many seconds keep busy.
USUAL_ANSWER = 0.02
# A site that does not answer gets its load all the same.
WARM_TIME = 2.0
# What is in flight at an abort gets this long: the whole is over within a second.
GRACE = 0.3
# The stream's number of what is due last: the end.
END = -1


class Generator:
    """One load, made once: `warm`, then `run`; `stop` and `abort` end it early. Needs a running loop."""

    def __init__(self, load: Load, sink: Sink) -> None:
        self._load = load
        self._sink = sink
        self._late = Delays()
        self._crew = Crew(load, self._clock, self._late, self._take)
        self._lateness: Lateness | None = None
        self._stopping = asyncio.Event()
        self._landed = asyncio.Event()
        self._begin = 0.0

    @property
    def summary(self) -> Summary:
        return self._lateness.summary(self._crew.resent) if self._lateness else Summary()

    async def warm(self) -> None:
        """Opens the connections that the kept streams will need at once."""
        tasks: list[asyncio.Task[Any]] = [
            asyncio.create_task(self._open_connections()),
            asyncio.create_task(self._stopping.wait()),
        ]
        await asyncio.wait(tasks, timeout=WARM_TIME, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()

    async def run(self) -> None:
        """Until its time is over or it is stopped; then what is in flight is waited for, up to its timeout."""
        self._begin = self._clock()
        self._lateness = Lateness(self._late)
        pacer = Pacer(self._times(), self._begin, self._clock, self._send)
        visits = self._visits()
        await self._stopping.wait()
        pacer.stop()
        if self._crew.flying:
            await self._landed.wait()
        self._close()
        await asyncio.gather(*visits)
        self._lateness.stop()

    def stop(self) -> None:
        """Nothing more is sent."""
        self._stopping.set()

    def abort(self) -> None:
        """Nothing more is sent, and what has no answer at once is unknown."""
        asyncio.get_running_loop().call_later(GRACE, self._landed.set)
        self._stopping.set()

    def _clock(self) -> float:
        return monotonic() - self._load.origin

    async def _open_connections(self) -> None:
        async with asyncio.TaskGroup() as group:
            for stream, routes in zip(self._load.streams, self._crew.routes, strict=True):
                wanted = 1 if stream.protocol == "h2" else ceil(stream.rate * USUAL_ANSWER / len(routes))
                for pool in (route.pool for route in routes):
                    if isinstance(pool, KeptPool):
                        group.create_task(pool.warm(wanted))

    def _times(self) -> Iterator[Due]:
        """What is due, and then the end."""
        due = timetable(self._load.streams, self._load.seed)
        if (seconds := self._load.seconds) is None:
            return due
        return chain(takewhile(lambda each: each.offset < seconds, due), [Due(seconds, END, 0)])

    def _send(self, due: Due) -> None:
        if due.stream == END:
            self._stopping.set()
            return
        routes = self._crew.routes[due.stream]
        routes[due.number % len(routes)].send(self._begin + due.offset)

    def _visits(self) -> list[asyncio.Task[None]]:
        """Everybody on their way, the first requests spread over the time that visitors think."""
        loop = asyncio.get_running_loop()
        return [
            loop.create_task(each.visit(group.think * number / group.count, group.think, self._stopping))
            for group, visitors in zip(self._load.visitors, self._crew.visitors, strict=True)
            for number, each in enumerate(visitors)
        ]

    def _take(self, operation: Operation) -> None:
        self._sink(operation)
        if self._stopping.is_set() and not self._crew.flying:
            self._landed.set()

    def _close(self) -> None:
        for exchange in self._crew.flying:
            exchange.cut_short()
        for each in self._crew.all:
            each.pool.close()
