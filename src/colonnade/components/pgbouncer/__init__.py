"""PgBouncer beside each application: few connections to PostgreSQL, and queries that wait while there is no primary."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from colonnade.components.daemon_faults import Daemon, signal, usual
from colonnade.components.pgbouncer.alerts import alerts
from colonnade.components.rendering import render
from colonnade.model.component import Component
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout
from colonnade.model.observation import Probe, unit_probe
from colonnade.model.resources import File, Package, Resource, Unit
from colonnade.model.site import Role, Server
from colonnade.model.sizing import database_connections

PORT = 6432
CONFIG = "/etc/pgbouncer/pgbouncer.ini"
USERS = "/etc/pgbouncer/userlist.txt"
DROP_IN = "/etc/systemd/system/pgbouncer.service.d/50-colonnade.conf"
CA = "/etc/colonnade/tls/ca.crt"


def pool_size(layout: Layout) -> int:
    """Server connections for each database on each app server: all pools together stay below 80 % of the primary's."""
    pools = len(layout.having(Role.APP)) * len(layout.site.apps) or 1
    # Halved: without a fresh replica the pools for reading end at the primary too.
    return max(2, database_connections(layout) * 8 // 10 // pools // 2)


@lru_cache(maxsize=16)
def config(layout: Layout) -> str:
    """The same on every app server, as are the users."""
    site = layout.site
    return render("pgbouncer", CONFIG, site=site, db_name=site.role_name(Role.DB), pool=pool_size(layout), ca=CA)


@lru_cache(maxsize=16)
def users(layout: Layout) -> str:
    passwords = [(app.name, layout.vault.password(f"postgres/app/{app.name}")) for app in layout.site.apps]
    passwords.append(("metrics", layout.vault.password("pgbouncer/metrics")))
    return render("pgbouncer", USERS, passwords=passwords)


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    yield Package("pgbouncer")
    yield File(CONFIG, config(layout), group="postgres", mode=0o640)
    yield File(USERS, users(layout), group="postgres", mode=0o640, secret=True)
    yield File(DROP_IN, render("pgbouncer", DROP_IN))
    yield Unit("pgbouncer.service", restart_on=(DROP_IN,), reload_on=(CONFIG, USERS, CA), effect="queries are cut once")


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    yield unit_probe("pgbouncer", "pgbouncer.service")


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    daemon = Daemon("pgbouncer", "pgbouncer.service", server.name)
    yield from usual(daemon)
    yield paused(daemon)


def paused(daemon: Daemon) -> Fault:
    """By signal, since nobody may log in to its console."""
    pause, resume = (signal(each, "main", daemon.unit) for each in ("USR1", "USR2"))
    text = "PAUSE, and no RESUME: queries wait"
    return Fault("pgbouncer", "pause", daemon.server, text, pause, daemon.unless_gone(resume), daemon.runs, safe=True)


COMPONENT = Component(
    name="pgbouncer",
    roles=frozenset({Role.APP}),
    after=("endpoints",),
    resources=resources,
    probes=probes,
    alerts=alerts,
    faults=faults,
)
