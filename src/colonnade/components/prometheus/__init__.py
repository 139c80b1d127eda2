"""Prometheus on every monitor: each fetches the whole site's numbers and watches by the same rules."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache, lru_cache

from colonnade.components.daemon_faults import Daemon, usual
from colonnade.components.own_certificate import ask_itself, own_certificate
from colonnade.components.prometheus import targets
from colonnade.components.prometheus.alerts import alerts
from colonnade.components.prometheus.options import PrometheusOptions
from colonnade.components.prometheus.rules import rule_groups
from colonnade.components.rendering import as_yaml, render
from colonnade.model.component import Component
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout, Listener, Offer
from colonnade.model.observation import Probe
from colonnade.model.resources import Directory, File, Package, Resource, Unit
from colonnade.model.site import Role, Server, Site

PORT = 9090
CONFIG = "/etc/prometheus/prometheus.yml"
RULES_DIRECTORY = "/etc/prometheus/rules"
RULES = f"{RULES_DIRECTORY}/colonnade.yml"
WEB = "/etc/prometheus/web.yml"
DEFAULTS = "/etc/default/prometheus"
DROP_IN = "/etc/systemd/system/prometheus.service.d/50-colonnade.conf"


def listen(site: Site, server: Server) -> Iterable[Offer]:
    yield Listener("prometheus", "web", server.name, PORT, allow=(Role.MONITOR,), health="/-/ready", metrics="/metrics")
    yield own_certificate("prometheus", site, server, "prometheus")


@lru_cache(maxsize=16)
def config(layout: Layout) -> str:
    """The same on every monitor."""
    certificate = layout.certificate("prometheus", layout.having(Role.MONITOR)[0])
    every = {"scrape_interval": targets.INTERVAL, "scrape_timeout": targets.TIMEOUT}
    tree = {
        # No label tells the monitors apart: what both see is one alert.
        "global": {**every, "evaluation_interval": targets.INTERVAL, "external_labels": {"site": layout.site.name}},
        "alerting": {"alertmanagers": targets.alertmanagers(layout, certificate)},
        "rule_files": [f"{RULES_DIRECTORY}/*.yml"],
        "scrape_configs": targets.scrape_configs(layout, certificate),
    }
    return as_yaml(tree)


@lru_cache(maxsize=16)
def rules(layout: Layout) -> str:
    return as_yaml({"groups": rule_groups(layout.rules, layout.site.option(PrometheusOptions).runbooks)})


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    certificate = layout.certificate("prometheus", server)
    yield Package("prometheus")
    yield Package("curl")
    yield Directory(RULES_DIRECTORY)
    yield File(RULES, rules(layout), check="promtool check rules {path}")
    yield File(CONFIG, config(layout), check="promtool check config {path}")
    yield File(WEB, render("prometheus", WEB, tls=certificate), check="promtool check web-config {path}")
    options = layout.site.option(PrometheusOptions)
    yield File(DEFAULTS, render("prometheus", DEFAULTS, server=server, port=PORT, web=WEB, options=options))
    yield File(DROP_IN, drop_in())
    yield Unit(
        "prometheus.service",
        restart_on=(DEFAULTS, WEB, DROP_IN),
        reload_on=(CONFIG, RULES),
        ready=ask_itself("prometheus", layout, server, PORT, "/-/ready"),
        effect="the other monitors watch; without one, graphs have a gap",
    )


@cache
def drop_in() -> str:
    return render("prometheus", DROP_IN)


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    yield Probe("prometheus", "prometheus.service", ask_itself("prometheus", layout, server, PORT, "/-/ready"))


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    yield from usual(Daemon("prometheus", "prometheus.service", server.name))


COMPONENT = Component(
    name="prometheus",
    section="monitor",
    options=PrometheusOptions,
    roles=frozenset({Role.MONITOR}),
    after=("alertmanager", "exporters"),
    listen=listen,
    resources=resources,
    probes=probes,
    alerts=alerts,
    faults=faults,
)
