"""Which servers an operator has taken out of rotation, and whether one more may go."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Collection, Iterable

from colonnade.apply.draining import drains_of, kept_out
from colonnade.components import discover
from colonnade.components.haproxy.maintenance import FILE
from colonnade.errors import UserError
from colonnade.model.component import standing
from colonnade.model.drain import Drain
from colonnade.model.layout import Layout
from colonnade.model.observation import Aside, Readings, Status
from colonnade.model.site import Role, Server, Site
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet

MAINTAINED = f"/bin/sh -c 'cat {FILE} 2>/dev/null'"
Out = frozenset[tuple[str, str]]
"""(component, server): kept away from at least one place that would send it work."""


async def put_aside(layout: Layout, fleet: Fleet) -> Aside:
    out, apps = await asyncio.gather(drained(layout, fleet), maintained(layout, fleet))
    return Aside(out, apps)


async def maintained(layout: Layout, fleet: Fleet) -> tuple[str, ...]:
    """Apps for which at least one balancer answers itself."""

    async def one(remote: Remote) -> list[str]:
        return (await remote.run(MAINTAINED))[1].decode().split()

    answers, _ = await fleet.each(one, [s.name for s in layout.having(Role.LB) if s.name in fleet.remotes])
    known = {name for found in answers.values() for name in found}
    return tuple(app.name for app in layout.site.apps if app.name in known)


async def drained(layout: Layout, fleet: Fleet) -> Out:
    """One round trip to each server that sends work to others."""
    places: dict[str, dict[tuple[str, str], list[Drain]]] = {}
    for server in layout.site.servers:
        for drain in drains_of(layout, server):
            places.setdefault(drain.on, {}).setdefault((drain.component, drain.server), []).append(drain)

    async def one(remote: Remote) -> list[tuple[str, str]]:
        mine = places[remote.server.name]
        _, output, _ = await remote.run(f"/bin/sh -c {shlex.quote(looking(mine.items()))}")
        words = (line.split() for line in output.decode().splitlines())
        return [(component, server) for component, server in words]

    answers, _ = await fleet.each(one, [place for place in places if place in fleet.remotes])
    return frozenset(pair for found in answers.values() for pair in found)


def looking(drains: Iterable[tuple[tuple[str, str], list[Drain]]]) -> str:
    """A script that prints a line for each component and server that is kept out where it runs."""
    lines = []
    for (component, server), each in drains:
        out = " || ".join(f"{{ {kept_out(drain)}; }}" for drain in each)
        lines.append(f"if {out}; then echo {component} {server}; fi")
    return "\n".join(lines)


def require_others(site: Site, readings: Readings, out: Out, server: Server, components: Collection[str]) -> None:
    """UserError when the server is the last one of a tier that is well and in rotation."""
    for name in sorted(components):
        survives = discover()[name].survives
        well = standing(name, readings, server, (Status.OK, Status.DEGRADED))
        left = well - {other for component, other in out if component == name} - {server.name}
        tier = survives(site, left) if survives else None
        if tier is not None and not tier.serving:
            problem = f"nothing would be left of the {tier.name} servers: {tier.alive} of {tier.total} others take work"
            raise UserError(server.name, problem, "bring another one back first; see colonnade status")
