"""Stable local addresses: a HAProxy beside the clients knows who is primary, which replicas are fresh, which app
workers live. On app servers it stands for the database and the cache, on web servers for the applications."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cache, lru_cache

from colonnade.components.admin_socket import FOLDER, NOTHING, Backend, Member
from colonnade.components.daemon_faults import Daemon, frozen, stopped, workers_killed
from colonnade.components.endpoints.alerts import alerts
from colonnade.components.endpoints.options import EndpointsOptions
from colonnade.components.rendering import render
from colonnade.model.app import App
from colonnade.model.component import Component
from colonnade.model.drain import Drain
from colonnade.model.fault import Fault
from colonnade.model.layout import Certificate, Layout, Listener, Offer
from colonnade.model.observation import Probe, unit_probe
from colonnade.model.resources import Directory, File, Package, Resource, Task, Unit
from colonnade.model.site import Role, Server, Site

ROOT = "/etc/colonnade/endpoints"
CONFIG = f"{ROOT}/haproxy.cfg"
LUA = f"{ROOT}/wait.lua"
# Seconds that a new connection waits for a server. For a primary: above Patroni's worst case of 26 (ttl 20, its floor),
# below PgBouncer's own limit of 60.
PATIENCE = {"primary": 55, "cache": 15}
UNIT = "/etc/systemd/system/colonnade-endpoints.service"
NAME = "colonnade-endpoints.service"
SOCKET = "/run/colonnade-endpoints/admin.sock"
DRAINED = f"{FOLDER}/endpoints"
# `PASSWORD:WORKER` in a request; the worker that answered in its answer.
GATE_HEADER = "X-Colonnade-Worker"
PRIMARY_PORT = 15432
REPLICA_PORT = 15433
CACHE_PORT = 16379
METRICS_PORT = 9102
METRICS = "/metrics?scope=frontend&scope=backend&scope=server"


def listen(site: Site, server: Server) -> Iterable[Offer]:
    """What stands here is for the server itself; only its numbers are for others."""
    yield Listener("endpoints", "metrics", server.name, METRICS_PORT, allow=(Role.MONITOR,), metrics=METRICS)
    yield Certificate(
        component="endpoints",
        server=server.name,
        directory="/etc/colonnade/tls/endpoints",
        owner="root",
        group="haproxy",
        names=(server.name, f"{server.name}.{site.internal}"),
        common_name=server.name,
        bundle=True,
    )


def workers(layout: Layout, app: App) -> tuple[tuple[str, Listener], ...]:
    """Every worker of an app on every app server, named after its server and its number there: `app1-2`."""
    counted: Counter[str] = Counter()
    found = []
    for one in layout.offers("app", app.name):
        counted[one.server] += 1
        found.append((f"{one.server}-{counted[one.server]}", one))
    return tuple(found)


def gate_password(layout: Layout) -> str:
    """With it a request may choose its worker, also one that gets no others."""
    return layout.vault.password("gate")


@lru_cache(maxsize=64)
def config(layout: Layout, app_role: bool, web_role: bool) -> str:
    """The same on all servers that agree in these two roles."""
    site = layout.site
    return render(
        "endpoints",
        CONFIG,
        site=site,
        databases=layout.having(Role.DB) if app_role else (),
        caches=layout.having(Role.CACHE) if app_role else (),
        apps=[(app, workers(layout, app)) for app in site.apps] if web_role else (),
        by_name=site.by_name,
        db_name=site.role_name(Role.DB),
        cache_name=site.role_name(Role.CACHE),
        app_name=site.role_name(Role.APP),
        ca="/etc/colonnade/tls/endpoints/ca.crt",
        tls=layout.certificate("endpoints", (*layout.having(Role.APP), *layout.having(Role.WEB))[0]),
        metrics_port=METRICS_PORT,
        patience=PATIENCE,
        ports={"primary": PRIMARY_PORT, "replica": REPLICA_PORT, "cache": CACHE_PORT},
        lag=site.option(EndpointsOptions).replica_lag,
        health_password=layout.vault.password("valkey/health"),
        lua=LUA,
        socket=SOCKET,
        drained=DRAINED,
        gate={"header": GATE_HEADER, "password": gate_password(layout)},
    )


@cache
def unit() -> str:
    return render("endpoints", UNIT, config=CONFIG)


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    certificate = layout.certificate("endpoints", server)
    yield Package("haproxy")
    yield Package("socat")
    yield Directory(ROOT)
    yield Directory(FOLDER)
    yield File(LUA, render("endpoints", LUA, patience=PATIENCE))
    yield File(
        CONFIG,
        config(layout, server.has(Role.APP), server.has(Role.WEB)),
        group="haproxy",
        mode=0o640,
        secret=True,
        check="haproxy -c -f {path}",
    )
    yield File(UNIT, unit())
    yield Unit(NAME, restart_on=(UNIT,), reload_on=(CONFIG, LUA, *certificate.paths), effect="connections are cut once")
    yield Task("file of drained workers and replicas", NOTHING.format(file=DRAINED))


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    yield unit_probe("endpoints", NAME)


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    daemon = Daemon("endpoints", NAME, server.name)
    yield from (workers_killed(daemon), frozen(daemon), stopped(daemon))


def drains(layout: Layout, server: Server) -> Iterable[Drain]:
    """The workers of an app server, at every web server; a replica, at every app server."""
    for app in layout.site.apps:
        own = [(name, worker) for name, worker in workers(layout, app) if worker.server == server.name]
        mine = tuple(Member(name, worker.port, server.weight, app.tls) for name, worker in own)
        if mine:
            backend = Backend(f"app-{app.name}", mine, SOCKET, DRAINED)
            for web in layout.having(Role.WEB):
                yield Drain("app", server.name, web.name, *backend.commands, part=app.name)
    if server.has(Role.DB):
        replica = Backend("replicas", (Member(server.name, 5432, 1, tls=False),), SOCKET, DRAINED)
        for each in layout.having(Role.APP):
            # PgBouncer keeps its connections until they are 10 minutes old.
            yield Drain("patroni", server.name, each.name, *replica.commands, lingers=True)


COMPONENT = Component(
    name="endpoints",
    section="endpoints",
    options=EndpointsOptions,
    roles=frozenset({Role.APP, Role.WEB}),
    after=("nftables",),
    listen=listen,
    resources=resources,
    probes=probes,
    alerts=alerts,
    faults=faults,
    drains=drains,
)
