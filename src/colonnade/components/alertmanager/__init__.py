"""Alertmanager on every monitor: they gossip, so that an alert that all of them hear is sent once."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from colonnade.components.alertmanager.alerts import alerts
from colonnade.components.alertmanager.options import AlertsOptions
from colonnade.components.alertmanager.routing import TEMPLATES, configuration
from colonnade.components.daemon_faults import Daemon, usual
from colonnade.components.own_certificate import ask_itself, own_certificate
from colonnade.components.rendering import as_yaml, render
from colonnade.model.component import Component
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout, Listener, Offer, Reach
from colonnade.model.observation import Probe
from colonnade.model.resources import File, Package, Resource, Unit
from colonnade.model.site import Role, Server, Site

PORT = 9093
GOSSIP_PORT = 9094
CONFIG = "/etc/prometheus/alertmanager.yml"
WEB = "/etc/prometheus/alertmanager-web.yml"
GOSSIP = "/etc/prometheus/alertmanager-gossip.yml"
DEFAULTS = "/etc/default/prometheus-alertmanager"
DROP_IN = "/etc/systemd/system/prometheus-alertmanager.service.d/50-colonnade.conf"
UNIT = "prometheus-alertmanager.service"


def listen(site: Site, server: Server) -> Iterable[Offer]:
    yield Listener(
        "alertmanager", "web", server.name, PORT, allow=(Role.MONITOR,), health="/-/ready", metrics="/metrics"
    )
    # With TLS the gossip has no datagrams.
    yield Listener("alertmanager", "gossip", server.name, GOSSIP_PORT, allow=(Role.MONITOR,))
    for port in site.option(AlertsOptions).ports:
        yield Reach("alertmanager", server.name, port)
    yield own_certificate("alertmanager", site, server, "prometheus")


@lru_cache(maxsize=16)
def config(layout: Layout) -> str:
    """The same on every monitor."""
    return as_yaml(configuration(layout))


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    certificate = layout.certificate("alertmanager", server)
    peers = [each for each in layout.having(Role.MONITOR) if each.name != server.name]
    yield Package("prometheus-alertmanager")
    yield Package("curl")
    yield File(CONFIG, config(layout), group="prometheus", mode=0o640, secret=True, check="amtool check-config {path}")
    yield File(TEMPLATES, render("alertmanager", TEMPLATES))
    for path in (WEB, GOSSIP):
        yield File(path, render("alertmanager", path, tls=certificate))
    text = render(
        "alertmanager", DEFAULTS, server=server, port=PORT, gossip_port=GOSSIP_PORT, peers=peers, web=WEB, gossip=GOSSIP
    )
    yield File(DEFAULTS, text)
    yield File(DROP_IN, render("alertmanager", DROP_IN))
    yield Unit(
        UNIT,
        restart_on=(DEFAULTS, WEB, GOSSIP, DROP_IN),
        reload_on=(CONFIG, TEMPLATES),
        ready=ask_itself("alertmanager", layout, server, PORT, "/-/ready"),
        effect="the others send; without one, alerts wait for it",
    )


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    yield Probe("alertmanager", UNIT, ask_itself("alertmanager", layout, server, PORT, "/-/ready"))


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    yield from usual(Daemon("alertmanager", UNIT, server.name))


COMPONENT = Component(
    name="alertmanager",
    section="alerts",
    options=AlertsOptions,
    roles=frozenset({Role.MONITOR}),
    after=("nftables",),
    listen=listen,
    resources=resources,
    probes=probes,
    alerts=alerts,
    faults=faults,
)
