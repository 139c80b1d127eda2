"""What every server remembers of the site: who belongs to it. Without it nobody would know who has left. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, replace
from typing import Any

from colonnade.model.actual import Actual
from colonnade.model.plan import PREPARE, Change
from colonnade.model.site import Server


def roster_change(servers: tuple[Server, ...], name: str, actual: Actual) -> Iterator[Change]:
    if actual.servers != servers:
        step = {"op": "remember", "component": "base", "servers": [entry(server) for server in servers]}
        yield Change(name, PREPARE, "remember", f"{len(servers)} servers", step=step)


def entry(server: Server) -> dict[str, Any]:
    return {**asdict(server), "roles": sorted(server.roles)}


def remembered(actual: Mapping[str, Actual]) -> dict[str, Server]:
    """By name, in the order of the last apply. Where memories differ, all the roles that any of them has."""
    found: dict[str, Server] = {}
    for each in actual.values():
        for server in each.servers:
            found[server.name] = merged(found.get(server.name, server), server)
    return found


def merged(one: Server, other: Server) -> Server:
    return replace(one, roles=one.roles | other.roles)


def in_order(site: Iterable[Server], memory: Mapping[str, Server]) -> list[str]:
    """Names of the site's servers, with each that has left after the one that it followed."""
    names = [server.name for server in site]
    before = ""
    for name in memory:
        if name not in names:
            names.insert(names.index(before) + 1 if before in names else 0, name)
        before = name
    return names
