"""Debian's exporters: what the kernel, PostgreSQL, Valkey, PgBouncer and nginx count, for the monitors to fetch."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from colonnade.components.daemon_faults import Daemon, usual
from colonnade.components.exporters.alerts import alerts
from colonnade.components.exporters.daemons import EXPORTERS, ROOT, WEB, Exporter
from colonnade.components.own_certificate import own_certificate
from colonnade.components.rendering import render
from colonnade.model.component import Component
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout, Listener, Offer
from colonnade.model.observation import Probe, unit_probe
from colonnade.model.resources import Directory, File, Package, Resource, Unit
from colonnade.model.site import Role, Server, Site
from colonnade.model.textfile import FOLDER

DROP_IN = "/etc/systemd/system/exporter.service.d/50-colonnade.conf"


def on(server: Server) -> Iterable[Exporter]:
    """The exporters that a server's roles ask for."""
    return (each for each in EXPORTERS if each.role is None or server.has(each.role))


def listen(site: Site, server: Server) -> Iterable[Offer]:
    for each in on(server):
        yield Listener("exporters", each.name, server.name, each.port, allow=(Role.MONITOR,), metrics="/metrics")
    # One for all of them: they run as one user.
    yield own_certificate("exporters", site, server, "prometheus")


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    # node-exporter asks systemd over it.
    yield Package("dbus")
    yield Directory(ROOT)
    yield Directory(FOLDER)
    yield File(WEB, web(layout))
    for each in on(server):
        yield from _exporter(layout, server, each)


@lru_cache(maxsize=16)
def web(layout: Layout) -> str:
    """The same on every server."""
    return render("exporters", WEB, tls=layout.certificate("exporters", layout.site.servers[0]))


def _exporter(layout: Layout, server: Server, each: Exporter) -> Iterable[Resource]:
    text = render(
        "exporters",
        each.defaults,
        server=server,
        port=each.port,
        web=WEB,
        textfiles=FOLDER,
        units="|".join(name.removesuffix(".service") for name in layout.watched.get(server.name, ())),
        tls=layout.certificate("exporters", server),
        password=layout.vault.password,
    )
    yield Package(each.package)
    yield File(each.defaults, text, mode=0o600 if each.secret else 0o644, secret=each.secret)
    yield File(each.drop_in, render("exporters", DROP_IN))
    # A renewed certificate is read at the next handshake.
    yield Unit(each.unit, restart_on=(each.defaults, each.drop_in, WEB), effect="its graphs have a gap")


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    for each in on(server):
        yield unit_probe("exporters", each.unit)


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    for each in on(server):
        suffix = "" if each.role is None else f"-{each.name}"
        yield from usual(Daemon("exporters", each.unit, server.name, suffix))


COMPONENT = Component(
    name="exporters",
    after=("app", "keepalived"),
    listen=listen,
    resources=resources,
    probes=probes,
    alerts=alerts,
    faults=faults,
)
