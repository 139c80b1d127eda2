"""Valkey for sessions and caching: a primary, replicas, and Sentinels that promote one when the primary is lost."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace

from colonnade.components.daemon_faults import Daemon, frozen, killed, squeezed, stopped, usual
from colonnade.components.own_certificate import own_certificate
from colonnade.components.rendering import render
from colonnade.components.valkey.alerts import alerts
from colonnade.components.valkey.options import ValkeyOptions
from colonnade.model.component import Component, Objection, Tier, ends, majority_tier, standing
from colonnade.model.farewell import Farewell
from colonnade.model.fault import Fault
from colonnade.model.layout import Certificate, Layout, Listener, Offer
from colonnade.model.observation import Output, Probe, Reading, Status
from colonnade.model.resources import Directory, File, Package, Resource, Unit
from colonnade.model.site import Role, Server, Site

PORT = 6379
SENTINEL_PORT = 26379
ROOT = "/etc/colonnade/valkey"
SERVER_CONF = f"{ROOT}/valkey.conf"
SENTINEL_CONF = f"{ROOT}/sentinel.conf"
ACL = f"{ROOT}/users.acl"
FIND_PRIMARY = f"{ROOT}/find-primary"
KEEP_STATE = f"{ROOT}/keep-sentinel-state"
ASK = f"{ROOT}/ask"
FORGET = f"{ROOT}/forget"
STATE = "/var/lib/valkey/sentinel.conf"
SERVER_DROP_IN = "/etc/systemd/system/valkey-server.service.d/50-colonnade.conf"
SENTINEL_DROP_IN = "/etc/systemd/system/valkey-sentinel.service.d/50-colonnade.conf"
# The name by which Sentinels know the primary.
GROUP = "cache"
# Users of the site's own; an app must not take their names.
OWN_USERS = ("replication", "sentinel", "health", "metrics")


def listen(site: Site, server: Server) -> Iterable[Offer]:
    yield Listener("valkey", "cache", server.name, PORT, allow=(Role.APP, Role.CACHE))
    yield Listener("valkey", "sentinel", server.name, SENTINEL_PORT, allow=(Role.CACHE,))
    yield own_certificate("valkey", site, server, "valkey", role=Role.CACHE, loopback=True)


def max_memory(layout: Layout, server: Server) -> str:
    """A quarter of the server unless set: a cache often shares it with a database."""
    return layout.site.option(ValkeyOptions).max_memory or f"{layout.size(server).memory // 4 >> 20}mb"


def users(layout: Layout) -> list[tuple[str, str]]:
    """(user, SHA-256 of its password): an ACL file needs no plain text."""
    names = (*OWN_USERS, *(app.name for app in layout.site.apps))
    return [(n, hashlib.sha256(layout.vault.password(f"valkey/{n}").encode()).hexdigest()) for n in names]


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    certificate = layout.certificate("valkey", server)
    for name in ("valkey-server", "valkey-sentinel", "valkey-tools"):
        yield Package(name)
    yield Directory(ROOT, group="valkey", mode=0o750)
    yield from _files(layout, server, certificate)
    # Valkey keeps the certificate it started with; a new one waits for its restart.
    tls = (certificate.certificate_path,)
    yield Unit(
        "valkey-sentinel.service",
        # Scripts that run at each start need none: what they know of the members changes with every server.
        restart_on=(SENTINEL_CONF, SENTINEL_DROP_IN, *tls),
        ready=f"{ASK} {SENTINEL_PORT} PING | grep -q PONG",
        effect="none while the other Sentinels stand",
    )
    yield Unit(
        "valkey-server.service",
        restart_on=(SERVER_CONF, ACL, SERVER_DROP_IN, *tls),
        ready=f"{ASK} {PORT} PING | grep -q PONG",
        effect="replica: none; primary: sessions wait a few seconds",
    )


def _files(layout: Layout, server: Server, certificate: Certificate) -> Iterable[File]:
    context = {
        "server": server,
        "members": layout.having(Role.CACHE),
        "tls": certificate,
        "group": GROUP,
        "ask": ASK,
        "max_memory": max_memory(layout, server),
        "options": layout.site.option(ValkeyOptions),
        "passwords": {name: layout.vault.password(f"valkey/{name}") for name in OWN_USERS},
        "users": users(layout),
    }
    for path in (SERVER_CONF, SENTINEL_CONF, ACL):
        yield File(path, render("valkey", path, **context), group="valkey", mode=0o640, secret=True)
    for path in (FIND_PRIMARY, KEEP_STATE, ASK, FORGET):
        yield File(path, render("valkey", path, **context), group="valkey", mode=0o750, secret=True)
    for path in (SERVER_DROP_IN, SENTINEL_DROP_IN):
        yield File(path, render("valkey", path, **context))


def read_server(output: Output) -> tuple[Status, str, dict[str, str]]:
    """From `INFO replication`."""
    info = dict(line.split(":", 1) for line in output.text.splitlines() if ":" in line)
    role = info.get("role", "").strip()
    if not role:
        return Status.DOWN, "valkey does not answer", {}
    if role == "master":
        replicas = info.get("connected_slaves", "0").strip()
        return Status.OK, f"primary of {replicas}", {"role": "primary", "replicas": replicas}
    linked = info.get("master_link_status", "").strip() == "up"
    facts = {"role": "replica", "primary": info.get("master_host", "").strip()}
    return (Status.OK if linked else Status.DEGRADED), "replica" if linked else "replica without its primary", facts


def read_sentinel(output: Output) -> tuple[Status, str, dict[str, str]]:
    well = "PONG" in output.text
    return (Status.OK, "well", {}) if well else (Status.DOWN, "sentinel does not answer", {})


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    yield Probe("valkey", "valkey-server.service", f"{ASK} {PORT} INFO replication", read_server)
    yield Probe("valkey", "valkey-sentinel.service", f"{ASK} {SENTINEL_PORT} PING", read_sentinel)


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    cache = Daemon("valkey", "valkey-server.service", server.name)
    # A primary that stood still takes writes for a moment when it goes on, and they are lost.
    yield from (killed(cache), frozen(cache, safe=False), stopped(cache), squeezed(cache))
    sentinel = Daemon("valkey", "valkey-sentinel.service", server.name, "-sentinel")
    yield from usual(sentinel)


def farewells(layout: Layout, server: Server) -> Iterable[Farewell]:
    """Sentinels forget nobody by themselves: they would wait for the vote of one that is gone."""
    members = layout.having(Role.CACHE)
    for member in members:
        text = f"Sentinel {member.name} counts anew"
        yield Farewell("valkey", server.name, (member.name,), text, f"{FORGET} {len(members)}")


def survives(site: Site, alive: frozenset[str]) -> Tier:
    return replace(majority_tier("cache", site.having(Role.CACHE), alive), essential=False)


def stop_objection(site: Site, readings: Mapping[str, tuple[Reading, ...]], server: Server) -> Objection | None:
    """The primary hands over first; a Sentinel may stop while the others are a majority."""
    well = standing("valkey", readings, server, (Status.OK,))
    if ends(survives, site, well, server):
        return Objection(f"stopping the cache on {server.name} would leave no majority of Sentinels")
    own, others = readings.get(server.name, ()), well - {server.name}
    if others and any(r.component == "valkey" and r.facts.get("role") == "primary" for r in own):
        return Objection(f"{server.name} is the cache's primary", f"{ASK} {SENTINEL_PORT} SENTINEL FAILOVER {GROUP}")
    return None


COMPONENT = Component(
    name="valkey",
    section="cache",
    options=ValkeyOptions,
    roles=frozenset({Role.CACHE}),
    after=("nftables",),
    listen=listen,
    resources=resources,
    probes=probes,
    alerts=alerts,
    faults=faults,
    farewells=farewells,
    leftovers=(STATE,),
    survives=survives,
    stop_objection=stop_objection,
)
