"""Looks at the site's status again and again while a drill runs."""

from __future__ import annotations

import asyncio

from colonnade.drill.ground import Ground
from colonnade.drill.history import Look
from colonnade.drill.record import Record
from colonnade.drill.waiting import rest
from colonnade.model.site import Server
from colonnade.observe.outside import look_from_outside
from colonnade.observe.probing import Readings, observe
from colonnade.observe.status import SERVING, SiteStatus, judge
from colonnade.remote.fleet import LOGINS_AT_ONCE, open_fleet

# A look costs each server 0.1 s of processor. In a lab they share the cores of one computer with the load: ten at once
# left visitors without an answer for half a second.
AT_ONCE_IN_LAB = 2
BETWEEN_LOOKS = 2.0


async def look(ground: Ground) -> SiteStatus:
    readings, outside = await asyncio.gather(_readings(ground), look_from_outside(ground.site, ground.ca_cert))
    return judge(ground.site, readings, outside)


async def _readings(ground: Ground) -> Readings:
    """Connects anew each time: a server that came back is seen, one that went is not waited for."""
    gate = asyncio.Semaphore(AT_ONCE_IN_LAB if ground.lab else LOGINS_AT_ONCE)

    async def one(server: Server) -> Readings:
        async with gate, open_fleet((server,), ground.site.access) as fleet:
            return await observe(ground.layout, fleet, (server.name,))

    seen = await asyncio.gather(*(one(server) for server in ground.site.servers))
    return {name: readings for each in seen for name, readings in each.items()}


async def watch(ground: Ground, record: Record, until: asyncio.Event) -> None:
    """A look every few seconds, until the event is set."""
    while await rest(BETWEEN_LOOKS, until):
        record.looks.append(await timed(ground, record))


async def timed(ground: Ground, record: Record) -> Look:
    """Dated by its beginning: what it found was so at some time after it."""
    at = record.clock.now()
    status = await look(ground)
    return Look(at, status.verdict, status.reasons)


async def redundant(ground: Ground, record: Record, since: float, within: float) -> bool:
    """Waits until the site serves with nothing missing, by a look begun after `since`; False when it does not."""
    while record.clock.now() < since + within:
        seen = await timed(ground, record)
        record.looks.append(seen)
        if seen.verdict == SERVING:
            return True
        await asyncio.sleep(BETWEEN_LOOKS)
    return False
