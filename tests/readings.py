"""Readings as the probes of a site that is well give them, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from colonnade.components import discover
from colonnade.design import lay_out
from colonnade.model.observation import Reading, Status
from colonnade.model.site import Role, Server, Site
from colonnade.observe.probing import probes_of
from tests.sites import VAULT, measured

Readings = dict[str, tuple[Reading, ...]]


def all_well(site: Site) -> Readings:
    """Of every probe of every server; the first database and cache server are the primaries."""
    layout = lay_out(site, VAULT, measured(site))
    return {
        server.name: tuple(
            Reading(probe.component, probe.name, Status.OK, *_said(site, server, probe.component, probe.name))
            for probe in probes_of(layout, server)
        )
        for server in site.servers
    }


def _said(site: Site, server: Server, component: str, name: str) -> tuple[str, Mapping[str, str]]:
    """Text and facts."""
    held = [vip.address for vip in site.vips if vip.owner == server.name]
    first = {role: site.having(role)[:1] == (server,) for role in (Role.DB, Role.CACHE)}
    if component == "patroni":
        return ("primary", {"role": "primary", "wal": "5000"}) if first[Role.DB] else REPLICA
    if name == "valkey-server.service":
        return ("primary of 2", {"role": "primary", "replicas": "2"}) if first[Role.CACHE] else CACHE_REPLICA
    return {
        "keepalived": (f"holds {', '.join(held)}" if held else "stands by", {"addresses": " ".join(held)}),
        "app": ("release r1", {"release": "r1"}),
        "tls": ("certificates end in 80 days", {"certificate_days": "80"}),
    }.get(component, ("", {}))


REPLICA = "replica, streaming", {"role": "replica", "replication": "streaming", "wal": "4990"}
CACHE_REPLICA = "replica", {"role": "replica", "primary": "10.0.0.41"}


def spoiled(readings: Readings, server: str, component: str, status: Status, text: str = "", **facts: str) -> Readings:
    """The same, but for every reading of a component on a server, whose facts are given anew."""
    assert component in discover()
    seen = tuple(
        replace(r, status=status, text=text, facts=facts) if r.component == component else r for r in readings[server]
    )
    return {**readings, server: seen}


def lost(readings: Readings, *servers: str, why: str = "no answer in time") -> Readings:
    """The same, but these servers do not answer."""
    gone = {n: tuple(replace(r, status=Status.UNKNOWN, text=why, facts={}) for r in readings[n]) for n in servers}
    return {**readings, **gone}
