"""The edge: HAProxy on the balancers ends TLS, refuses what is too much, and spreads requests over the web servers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from colonnade.components.admin_socket import BALANCER, FOLDER, NOTHING, Backend, Member, tell
from colonnade.components.daemon_faults import Daemon, frozen, stopped, workers_killed
from colonnade.components.haproxy.alerts import alerts
from colonnade.components.haproxy.maintenance import EXISTS, FILE, PAGES, RETRY_AFTER, page, page_path
from colonnade.components.haproxy.options import HaproxyOptions
from colonnade.components.own_certificate import own_certificate
from colonnade.components.rendering import render
from colonnade.model import latency
from colonnade.model.component import Component, Tier, any_tier
from colonnade.model.drain import Drain
from colonnade.model.fault import Fault
from colonnade.model.layout import ANYWHERE, Certificate, Layout, Listener, Offer
from colonnade.model.observation import Output, Probe, Status
from colonnade.model.resources import Directory, File, Package, Resource, Task, Unit
from colonnade.model.site import Role, Server, Site

CONFIG = "/etc/haproxy/haproxy.cfg"
DROP_IN = "/etc/systemd/system/haproxy.service.d/50-colonnade.conf"
DRAINED = f"{FOLDER}/edge"
RING = "requests"
# Prints the lines of the latest requests; a reload of HAProxy begins anew.
RECENT = f"echo show events {RING} | timeout 2 socat stdio {BALANCER}"
# Loopback only: whether this HAProxy itself is well, for keepalived, the probe and `ready`.
ALIVE_PORT = 8405
# 1 while it has ended; the same name stands in keepalived, which watches it.
ENDED = "/run/colonnade-haproxy-ended"
# Component and listener that a balancer may connect to; where a server has both, the later.
WAYS_IN = (("nginx", "web"), ("haproxy", "http"))
METRICS_PORT = 9101
LATENCY_PORT = 9103
# What concerns a visitor; HAProxy counts as much again about itself.
METRICS = "/metrics?scope=frontend&scope=backend&scope=server"
# The certificate that the site's own servers see.
INSIDE = "haproxy-inside"
ALIVE = f"curl -sf -m 1 http://127.0.0.1:{ALIVE_PORT}/alive"


def listen(site: Site, server: Server) -> Iterable[Offer]:
    yield Listener("haproxy", "http", server.name, 80, allow=(ANYWHERE,))
    yield Listener("haproxy", "https", server.name, 443, allow=(ANYWHERE,))
    yield Listener("haproxy", "metrics", server.name, METRICS_PORT, allow=(Role.MONITOR,), metrics=METRICS)
    yield Listener("haproxy", "latency", server.name, LATENCY_PORT, allow=(Role.MONITOR,), metrics="/metrics")
    yield Certificate(
        component="haproxy",
        server=server.name,
        directory="/etc/colonnade/tls/haproxy",
        owner="root",
        group="haproxy",
        names=(*site.names, *(vip.address for vip in site.vips)),
        common_name=site.domain,
        bundle=True,
    )
    # Visitors see the other one, and it need not be of the site's own CA.
    yield own_certificate(INSIDE, site, server, "haproxy", bundle=True)


@lru_cache(maxsize=16)
def config(layout: Layout) -> str:
    """The same on every balancer."""
    site = layout.site
    return render(
        "haproxy",
        CONFIG,
        site=site,
        options=site.option(HaproxyOptions),
        webs=[(site.by_name[one.server], one) for one in layout.offers("nginx", "web")],
        neighbours=neighbours(layout),
        web_name=site.role_name(Role.WEB),
        pages=pages(layout),
        page_name=site.role_name(Role.MONITOR),
        tls=layout.certificate("haproxy", layout.having(Role.LB)[0]),
        inside=layout.certificate(INSIDE, layout.having(Role.LB)[0]),
        alive_port=ALIVE_PORT,
        metrics_port=METRICS_PORT,
        latency_port=LATENCY_PORT,
        steps=[(step, latency.le(step)) for step in latency.STEPS],
        histogram=latency.HISTOGRAM,
        socket=BALANCER,
        drained=DRAINED,
        maintenance=FILE,
        retry_after=RETRY_AFTER,
        page_path=page_path,
        ring=RING,
    )


def neighbours(layout: Layout) -> list[tuple[Server, int]]:
    """Every server that a balancer may connect to for what it serves, itself too, and a port that it has open."""
    ports = {one.server: one.port for way in WAYS_IN for one in layout.offers(*way)}
    return [(server, ports[server.name]) for server in layout.site.servers if server.name in ports]


def pages(layout: Layout) -> dict[str, list[tuple[Server, Listener]]]:
    """Listeners that visitors reach by a host name of their own, by component."""
    found: dict[str, list[tuple[Server, Listener]]] = {}
    for one in layout.listeners:
        if one.host:
            found.setdefault(one.component, []).append((layout.site.by_name[one.server], one))
    return found


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    certificates = (layout.certificate("haproxy", server), layout.certificate(INSIDE, server))
    for name in ("haproxy", "curl", "socat"):
        yield Package(name)
    yield Directory(FOLDER)
    yield Directory(PAGES)
    pages = [File(page_path(app), page(app)) for app in layout.site.apps]
    yield from pages
    yield File(CONFIG, config(layout), check=f"{EXISTS} && haproxy -c -f {{path}}")
    yield File(DROP_IN, render("haproxy", DROP_IN, ended=ENDED))
    yield Unit(
        "haproxy.service",
        restart_on=(DROP_IN,),
        reload_on=(CONFIG, *(file.path for file in pages), *(path for each in certificates for path in each.paths)),
        ready=ALIVE,
        effect="its virtual address moves for a moment",
    )
    yield Task("file of drained web servers", NOTHING.format(file=DRAINED))


def read_stat(output: Output) -> tuple[Status, str, dict[str, str]]:
    """From `show stat` of the backend: which web servers this balancer sees."""
    rows = [line.split(",") for line in output.text.splitlines() if line.startswith("web,")]
    servers = {row[1]: row[17] for row in rows if row[1] != "BACKEND"}
    if not servers:
        return Status.DOWN, "haproxy does not answer", {}
    up = [name for name, state in servers.items() if state.startswith("UP")]
    text = f"{len(up)} of {len(servers)} web servers up"
    if not up:
        return Status.DOWN, text, servers
    return (Status.OK if len(up) == len(servers) else Status.DEGRADED), text, servers


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    command = tell(BALANCER, "show stat web 7 -1")
    yield Probe("haproxy", "haproxy.service", command, read_stat)


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    daemon = Daemon("haproxy", "haproxy.service", server.name)
    yield from (workers_killed(daemon), frozen(daemon), stopped(daemon))


def drains(layout: Layout, server: Server) -> Iterable[Drain]:
    """A web server, at every balancer."""
    for web in layout.offers("nginx", "web"):
        if web.server == server.name:
            backend = Backend("web", (Member(server.name, web.port, server.weight, tls=True),), BALANCER, DRAINED)
            for balancer in layout.having(Role.LB):
                yield Drain("nginx", server.name, balancer.name, *backend.commands)


def survives(site: Site, alive: frozenset[str]) -> Tier:
    return any_tier("balancer", site.having(Role.LB), alive)


COMPONENT = Component(
    name="haproxy",
    section="balance",
    options=HaproxyOptions,
    roles=frozenset({Role.LB}),
    after=("nginx",),
    listen=listen,
    resources=resources,
    probes=probes,
    alerts=alerts,
    faults=faults,
    drains=drains,
    survives=survives,
)
