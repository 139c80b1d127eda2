"""The contract of a component: see docs/components.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.model.drain import Drain
from colonnade.model.farewell import Farewell
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout, Offer
from colonnade.model.observation import Probe, Reading, Status
from colonnade.model.resources import Resource
from colonnade.model.rules import Rule
from colonnade.model.site import Role, Server, Site


@dataclass(frozen=True, slots=True)
class Tier:
    """How a tier stands with some servers gone."""

    name: str
    serving: bool
    can_lose: int
    """How many more of its servers may be lost, in the worst order, while it still serves."""
    total: int
    alive: int
    essential: bool = True
    """Users get no pages without it; the site is only degraded without one that is not."""


@dataclass(frozen=True, slots=True)
class Objection:
    """Why a component on a server must not be stopped now; `remedy` is a shell command there that lifts it."""

    reason: str
    remedy: str | None = None


def no_offers(site: Site, server: Server) -> Iterable[Offer]:
    return ()


def no_probes(layout: Layout, server: Server) -> Iterable[Probe]:
    return ()


def no_faults(layout: Layout, server: Server) -> Iterable[Fault]:
    return ()


def no_drains(layout: Layout, server: Server) -> Iterable[Drain]:
    return ()


def no_rules(layout: Layout) -> Iterable[Rule]:
    return ()


def no_farewells(layout: Layout, server: Server) -> Iterable[Farewell]:
    return ()


@dataclass(frozen=True)
class Component:
    """One daemon or concern. Everything but `resources` is optional."""

    name: str
    resources: Callable[[Layout, Server], Iterable[Resource]]
    roles: frozenset[Role] = frozenset()
    """Servers with one of these roles have the component; every server when empty."""
    after: tuple[str, ...] = ()
    """Components that stand first, wherever they are."""
    section: str | None = None
    """Table of the spec that holds its options."""
    options: type[Any] | None = None
    listen: Callable[[Site, Server], Iterable[Offer]] = no_offers
    probes: Callable[[Layout, Server], Iterable[Probe]] = no_probes
    faults: Callable[[Layout, Server], Iterable[Fault]] = no_faults
    """What a drill may break of it on this server."""
    drains: Callable[[Layout, Server], Iterable[Drain]] = no_drains
    """How it keeps work away from this server, which need not have the component."""
    alerts: Callable[[Layout], Iterable[Rule]] = no_rules
    """What monitors watch for, once for the whole site; asked only where the site has it."""
    farewells: Callable[[Layout, Server], Iterable[Farewell]] = no_farewells
    """What the others (the layout has only them) forget of a server that has left the component."""
    leftovers: tuple[str, ...] = ()
    """Its data on a server: put aside when the server leaves, since a return begins with an empty disk."""
    survives: Callable[[Site, frozenset[str]], Tier | None] | None = None
    """How its tier stands when only these servers are alive."""
    stop_objection: Callable[[Site, Mapping[str, tuple[Reading, ...]], Server], Objection | None] | None = None
    """Why it must not be stopped on this server now, given the last readings of every server."""

    def on(self, server: Server) -> bool:
        return not self.roles or bool(self.roles & server.roles)


def majority_tier(name: str, members: Iterable[Server], alive: frozenset[str]) -> Tier:
    """A tier that needs more than half of its members (etcd, Sentinel)."""
    names = [m.name for m in members]
    up = [n for n in names if n in alive]
    needed = len(names) // 2 + 1
    return Tier(name, len(up) >= needed, max(0, len(up) - needed), len(names), len(up))


def any_tier(name: str, members: Iterable[Server], alive: frozenset[str]) -> Tier:
    """A tier that serves while one member does (balancers, web and app servers)."""
    names = [m.name for m in members]
    up = [n for n in names if n in alive]
    return Tier(name, bool(up), max(0, len(up) - 1), len(names), len(up))


def standing(
    component: str, readings: Mapping[str, tuple[Reading, ...]], server: Server, enough: tuple[Status, ...]
) -> frozenset[str]:
    """Servers whose readings of the component are good enough; the one to be stopped unless it is known to be down."""

    def stands(name: str, own: list[Status]) -> bool:
        return Status.DOWN not in own if name == server.name else all(status in enough for status in own)

    found = {name: [r.status for r in seen if r.component == component] for name, seen in readings.items()}
    return frozenset(name for name, own in found.items() if own and stands(name, own))


def ends(
    survives: Callable[[Site, frozenset[str]], Tier | None], site: Site, alive: frozenset[str], server: Server
) -> bool:
    """Stopping the server ends a tier that serves now; not so where it would even with all others well."""
    rest = frozenset(each.name for each in site.servers) - {server.name}
    now, then, at_best = (survives(site, some) for some in (alive, alive - {server.name}, rest))
    return bool(now and now.serving and then and not then.serving and at_best and at_best.serving)
