"""Looks at a site as sources would give them: calm, with a server lost, in a storm of alerts, with nobody heard."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace

from colonnade.components import discover
from colonnade.dashboard.make import snapshot
from colonnade.dashboard.snapshot import Alert, Event, Load, Look, Point, Snapshot, Source, Way
from colonnade.model.observation import Reading, Status
from colonnade.model.outline import Outline, outline
from colonnade.model.site import Role, Site
from tests.readings import Readings, all_well, lost, spoiled
from tests.sites import example

NOON = 1_768_478_400.0
"""2026-01-15 12:00:00 UTC."""


def shape(name: str = "guestbook") -> Outline:
    return outline(example(name), discover().values())


def calm(name: str = "guestbook", at: float = NOON) -> Look:
    site = example(name)
    return Look(
        at=at,
        readings=all_well(site),
        outside=tuple(Reading("outside", vip.address, Status.OK, "200 in 14 ms") for vip in site.vips),
        ways=tuple(ways(site)),
        loads={server.name: Load(7.0 + 3 * n, 31.0 + n) for n, server in enumerate(site.servers)},
        flow=tuple(flow(at)),
        alerts=(),
        events=(
            Event(at - 780, "deploy", "release 20260115-114700-1f2e3d of web"),
            Event(at - 420, "drill", "primary-killed passed"),
            Event(at - 412, "failover", "db1 is primary of the database, before db2", "db1"),
        ),
        sources=(Source("Servers over SSH", at), Source("The site from outside, as a visitor", at)),
    )


def without(look: Look, *servers: str, why: str = "no longer heard") -> Look:
    """The same with servers lost."""
    gone = tuple(replace(w, state=Status.DOWN, rate=0.0) if _names(w) & set(servers) else w for w in look.ways)
    kept = tuple(way for way in gone if way.source.partition(":")[2] not in servers)
    everybody = len(servers) == len(look.readings)
    heard = Source("Servers over SSH", None if everybody else look.at, f"nothing from {', '.join(servers)}")
    readings: Readings = {name: tuple(seen) for name, seen in look.readings.items()}
    return replace(look, readings=lost(readings, *servers, why=why), ways=kept, sources=(heard, *look.sources[1:]))


def sick() -> Look:
    """A full disk, a replica behind, a metric that makes no sense; no monitor to be asked."""
    look = without(calm(), "web2")
    readings = spoiled(
        dict(look.readings), "db3", "patroni", Status.DEGRADED, "replica, none", role="replica", wal="90"
    )
    readings = spoiled(readings, "app1", "base", Status.DOWN, "disk 97 % full", disk="97")
    readings = spoiled(readings, "lb2", "haproxy", Status.UNKNOWN, "unreadable answer: '#'")
    loads = {**look.loads, "db2": Load()}
    return replace(look, readings=readings, loads=loads, alerts=tuple(alerts(3)))


def storm(count: int = 500) -> Look:
    return replace(without(calm(), "web1", "db2"), alerts=tuple(alerts(count)))


def blind() -> Look:
    look = without(calm(), *(server.name for server in example("guestbook").servers))
    silent = tuple(replace(each, status=Status.UNKNOWN, text="not asked") for each in look.outside)
    return replace(look, outside=silent, alerts=None, flow=(), ways=())


def seen(look: Look, name: str = "guestbook") -> Snapshot:
    return snapshot(shape(name), look)


def alerts(count: int) -> Iterable[Alert]:
    kinds = ("ServerDown", "ReplicationLag", "DiskFillingUp", "HighErrorRate", "CertificateExpiring")
    for number in range(count):
        kind, severity = kinds[number % len(kinds)], ("critical", "warning", "info")[number % 3]
        summary = f"{kind} on shard {number}: 4.2 % of what was asked failed"
        runbook = f"https://example.com/runbooks/{kind}"
        yield Alert(kind, severity, summary, NOON - 60 - number, f"db{number % 3 + 1}", runbook)


def flow(at: float) -> Iterable[Point]:
    for number in range(180):
        wave = math.sin(number / 17) + 0.3 * math.sin(number / 2.3)
        slow = 0.9 if 96 < number < 101 else 0.0
        yield Point(
            at - 895 + 5 * number, 142 + 22 * wave, 3.0 * slow, 0.012 + 0.002 * wave, 0.048 + 0.01 * wave + slow
        )


def ways(site: Site) -> Iterable[Way]:
    """As the HAProxies of a calm site count them."""
    for balancer in site.having(Role.LB):
        yield from (Way(f"lb:{balancer.name}", f"web:{web.name}", rate=35.5) for web in site.having(Role.WEB))
    for web in site.having(Role.WEB):
        for app in site.having(Role.APP):
            yield Way(f"web:{web.name}", f"app:{app.name}", rate=31.0, text="2 of 2 workers up")
    for app in site.having(Role.APP):
        for number, db in enumerate(site.having(Role.DB)):
            yield Way(f"app:{app.name}", f"db:{db.name}", text=f"{'replicas' if number else 'primary'}: 4 open")
        yield Way(f"app:{app.name}", f"cache:{site.having(Role.CACHE)[0].name}", text="cache: 6 open")


def _names(way: Way) -> set[str]:
    return {way.source.partition(":")[2], way.target.partition(":")[2]}
