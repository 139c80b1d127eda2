"""The merged lines of many servers as they come. A server that is gone is told of, and asked again while following."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from time import monotonic

from colonnade.errors import UserError
from colonnade.model.site import Access, Server
from colonnade.observe.logs import Line, command, parsed
from colonnade.observe.merging import Merging
from colonnade.remote.connection import connect

# A line needs milliseconds from a daemon to here; servers whose clocks agree by chrony are in order within this.
PATIENCE = 0.5
# A server that boots is asked this often.
RETRY = 2.0
# Lines read ahead; beyond that the servers wait for whoever reads.
AHEAD = 1000
# journalctl's word for units that have not written anything yet.
NOTHING = "No data available"


@dataclass(frozen=True)
class Tail:
    """Which units of which servers, from when on. `say` is told of servers that do not answer."""

    units: Mapping[str, tuple[str, ...]]
    access: Access
    lines: int | None
    since: float | None
    follow: bool
    say: Callable[[str], None]

    def command(self, server: str, after: str) -> str:
        return command(self.units[server], lines=self.lines, since=self.since, follow=self.follow, after=after)


@dataclass
class Source:
    """One server's part of the stream: its lines go into the queue, and its name when it has no more for now."""

    tail: Tail
    server: Server
    queue: asyncio.Queue[Line | str]
    after: str = ""
    told: str = ""
    failure: UserError | None = field(default=None, init=False)

    async def run(self) -> None:
        await self._once()
        while self.tail.follow:
            await asyncio.sleep(RETRY)
            await self._once()

    async def _once(self) -> None:
        try:
            await self._read()
        except UserError as error:
            if NOTHING not in error.problem:
                self._tell(error)
        await self.queue.put(self.server.name)

    async def _read(self) -> None:
        words = self.tail.command(self.server.name, self.after)
        async with connect(self.server, self.tail.access) as remote, aclosing(remote.lines(words)) as found:
            if self.told:
                self.tail.say(f"{self.server.name}: answers again")
                self.told = ""
            async for raw in found:
                if line := parsed(self.server.name, raw):
                    self.after = line.cursor
                    await self.queue.put(line)

    def _tell(self, error: UserError) -> None:
        self.failure = error
        if error.problem != self.told:
            self.tail.say(f"{error.where}: {error.problem}")
        self.told = error.problem


async def merged(tail: Tail, servers: Mapping[str, Server]) -> AsyncGenerator[Line, None]:
    """Lines in the order of time; ends with the last server's, or never. UserError when no server answers at all."""
    queue: asyncio.Queue[Line | str] = asyncio.Queue(AHEAD)
    sources = [Source(tail, servers[name], queue) for name in tail.units]
    tasks = [asyncio.create_task(source.run()) for source in sources]
    try:
        merging = Merging(tail.units, PATIENCE if tail.follow else None)
        while tail.follow or not merging.ended:
            await _take(queue, merging)
            for line in merging.ready(monotonic()):
                yield line
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    failures = [source.failure for source in sources if source.failure]
    if len(failures) == len(sources):
        raise failures[0]


async def _take(queue: asyncio.Queue[Line | str], merging: Merging) -> None:
    """Takes what has come; waits no longer than lines may be held back."""
    with suppress(TimeoutError):
        got = await asyncio.wait_for(queue.get(), PATIENCE if merging.waits else None)
        merging.end(got) if isinstance(got, str) else merging.add(got, monotonic())
