"""Stable local addresses: a HAProxy beside the clients knows who is primary, which replicas are fresh, which app
workers live. On app servers it stands for the database and the cache, on web servers for the applications."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache

from colonnade.components.daemon_faults import Daemon, frozen, stopped, workers_killed
from colonnade.components.endpoints.options import EndpointsOptions
from colonnade.components.rendering import render
from colonnade.model.component import Component
from colonnade.model.fault import Fault
from colonnade.model.layout import Certificate, Layout, Listener, Offer
from colonnade.model.observation import Probe, unit_probe
from colonnade.model.resources import Directory, File, Package, Resource, Unit
from colonnade.model.site import App, Role, Server, Site

ROOT = "/etc/colonnade/endpoints"
CONFIG = f"{ROOT}/haproxy.cfg"
LUA = f"{ROOT}/wait.lua"
UNIT = "/etc/systemd/system/colonnade-endpoints.service"
NAME = "colonnade-endpoints.service"
PRIMARY_PORT = 15432
REPLICA_PORT = 15433
CACHE_PORT = 16379


def listen(site: Site, server: Server) -> Iterable[Offer]:
    """No listener: what stands here is for the server itself."""
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


def workers(layout: Layout, app: App) -> tuple[Listener, ...]:
    """Every worker of an app on every app server."""
    return layout.offers("app", app.name)


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
        ports={"primary": PRIMARY_PORT, "replica": REPLICA_PORT, "cache": CACHE_PORT},
        lag=site.option(EndpointsOptions).replica_lag,
        health_password=layout.vault.password("valkey/health"),
        lua=LUA,
    )


@cache
def unit() -> str:
    return render("endpoints", UNIT, config=CONFIG)


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    certificate = layout.certificate("endpoints", server)
    yield Package("haproxy")
    yield Directory(ROOT)
    yield File(LUA, render("endpoints", LUA))
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


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    yield unit_probe("endpoints", NAME)


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    daemon = Daemon("endpoints", NAME, server.name)
    yield from (workers_killed(daemon), frozen(daemon), stopped(daemon))


COMPONENT = Component(
    name="endpoints",
    section="endpoints",
    options=EndpointsOptions,
    roles=frozenset({Role.APP, Role.WEB}),
    after=("nftables",),
    listen=listen,
    resources=resources,
    probes=probes,
    faults=faults,
)
