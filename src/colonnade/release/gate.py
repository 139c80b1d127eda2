"""Whether chosen workers answer, asked as a visitor would: through the virtual addresses and everything behind them."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from itertools import cycle
from time import monotonic

from colonnade.components.endpoints import GATE_HEADER, gate_password, workers
from colonnade.model.app import App
from colonnade.model.layout import Layout
from colonnade.model.site import Server
from colonnade.observe.https import Answer, get

# One answer's time: a page that takes longer is as good as none, and balancers think so after 1 s.
ANSWER = 3.0
# Seconds between rounds: until all are well, and from then on.
SOON, BETWEEN = 0.2, 0.25
# Seconds between looks at the server itself, until all are well. A round takes longer where there is much to do.
LOOK_EACH = 1.0
# Each asks a new worker for a page so many times before others come. docs/decisions/0024-warm-workers.md
VISITORS, VISITS = 2, 4

Broken = Callable[[], Awaitable[str]]
"""Why it is no use to go on asking, or nothing."""


class NotWell(Exception):
    """What was seen last."""


class NeverWell(NotWell):
    """It has not answered well once."""


@dataclass(frozen=True)
class Gate:
    layout: Layout
    app: App
    context: ssl.SSLContext

    def names(self, servers: Iterable[Server]) -> tuple[str, ...]:
        """The workers of some servers, as the endpoints call them."""
        wanted = {server.name for server in servers}
        return tuple(name for name, listener in workers(self.layout, self.app) if listener.server in wanted)

    async def passed(self, names: tuple[str, ...], within: float, hold: float, broken: Broken) -> None:
        """Every worker answers well at last, and goes on doing so for `hold` seconds. NotWell otherwise."""
        addresses = cycle(vip.address for vip in self.layout.site.vips)
        await self._at_last(names, addresses, within, broken)
        await self._warmed(names, addresses)
        deadline, before = monotonic() + hold, ""
        # A bad answer at the very end is looked into like any other.
        while monotonic() < deadline or before:
            await asyncio.sleep(BETWEEN)
            seen = await self._round(names, next(addresses))
            # Once may be a packet lost on the way; twice is the release. By then the endpoints may have taken it out.
            if seen and before:
                raise NotWell(f"{before}, after it had answered")
            before = seen

    async def _at_last(self, names: tuple[str, ...], addresses: cycle[str], within: float, broken: Broken) -> None:
        began = looked = monotonic()
        while seen := await self._round(names, next(addresses)):
            now = monotonic()
            if now - looked > LOOK_EACH:
                looked = now
                if reason := await broken():
                    raise NeverWell(reason)
            if now - began > within:
                raise NeverWell(f"{seen}, for {within:.0f} s")
            await asyncio.sleep(SOON)

    async def _warmed(self, names: tuple[str, ...], addresses: cycle[str]) -> None:
        """Whatever they answer: the health page judges, these pages prepare what visitors would wait for."""
        pages = [(name, path) for name in names for path in self.app.warm] * VISITORS
        await asyncio.gather(*(self._visited(name, path, addresses) for name, path in pages))

    async def _visited(self, name: str, path: str, addresses: cycle[str]) -> None:
        with suppress(OSError):
            for _ in range(VISITS):
                await self._get(name, next(addresses), path)

    async def _round(self, names: tuple[str, ...], address: str) -> str:
        """What is wrong with the first worker that is not well; nothing when all are."""
        found = await asyncio.gather(*(self._ask(name, address) for name in names))
        return next((problem for problem in found if problem), "")

    async def _ask(self, name: str, address: str) -> str:
        path = self.app.health
        try:
            answer = await self._get(name, address, path)
        except TimeoutError:
            return f"worker {name} does not answer {path} within {ANSWER:.0f} s"
        except OSError as error:
            return f"no way to worker {name} through {address}: {error}"
        return verdict(name, path, answer.status, answer.headers.get(GATE_HEADER.lower(), ""))

    async def _get(self, name: str, address: str, path: str) -> Answer:
        chosen = {GATE_HEADER: f"{gate_password(self.layout)}:{name}"}
        return await get(address, self.layout.site.hosts_of(self.app)[0], path, self.context, ANSWER, headers=chosen)


def verdict(name: str, path: str, status: int, by: str) -> str:
    """Another worker answers for one that the endpoints do not take to be well."""
    if by == name and 200 <= status < 400:
        return ""
    if by == name:
        return f"worker {name} answers {status} on {path}"
    return f"worker {name} is not in the chain yet" if by else f"nobody answers for worker {name}: {status}"
