"""etcd: the site's memory of who leads. Three members on three servers; every connection with certificates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from colonnade.components.daemon_faults import Daemon, usual
from colonnade.components.etcd.alerts import alerts
from colonnade.components.own_certificate import own_certificate
from colonnade.components.rendering import render
from colonnade.model.component import Component, Objection, Tier, ends, majority_tier, standing
from colonnade.model.farewell import Farewell
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout, Listener, Offer
from colonnade.model.observation import Output, Probe, Reading, Status
from colonnade.model.resources import Directory, File, Package, Resource, Unit
from colonnade.model.site import Role, Server, Site, host_port

CLIENT_PORT = 2379
PEER_PORT = 2380
METRICS_PORT = 2381
ENVIRONMENT = "/etc/default/etcd"
DROP_IN = "/etc/systemd/system/etcd.service.d/50-colonnade.conf"
ROOT = "/etc/colonnade/etcd"
ASK, JOIN, FORGET = f"{ROOT}/ask", f"{ROOT}/join", f"{ROOT}/forget"
FOUND = "/run/colonnade-etcd.env"
DATA = "/var/lib/etcd/colonnade"
HEALTH = f"curl -sf -m 2 http://127.0.0.1:{METRICS_PORT}/health"


def listen(site: Site, server: Server) -> Iterable[Offer]:
    yield Listener("etcd", "client", server.name, CLIENT_PORT, allow=(Role.DB, Role.ETCD))
    yield Listener("etcd", "peer", server.name, PEER_PORT, allow=(Role.ETCD,))
    yield Listener("etcd", "metrics", server.name, METRICS_PORT, allow=(Role.MONITOR,), metrics="/metrics")
    yield own_certificate("etcd", site, server, "etcd", loopback=True)


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    certificate = layout.certificate("etcd", server)
    for name in ("etcd-server", "etcd-client", "curl"):
        yield Package(name)
    left = f"/colonnade/{layout.site.name}/left"
    context = {"server": server, "tls": certificate, "ask": ASK, "join": JOIN, "found": FOUND, "left": left}
    yield File(ENVIRONMENT, render("etcd", ENVIRONMENT, site=layout.site, **context))
    yield File(DROP_IN, render("etcd", DROP_IN, join=JOIN, found=FOUND))
    yield Directory(ROOT)
    for path in (ASK, JOIN, FORGET):
        yield File(path, render("etcd", path, members=layout.having(Role.ETCD), **context), mode=0o755)
    yield Unit(
        "etcd.service",
        # Who the members are is asked at each start. etcd reads renewed certificates by itself at each handshake.
        restart_on=(ENVIRONMENT, DROP_IN),
        ready=HEALTH,
        effect="none while the other members stand",
    )


def read_health(output: Output) -> tuple[Status, str, dict[str, str]]:
    try:
        answer = json.loads(output.text)
    except ValueError:
        return Status.DOWN, "etcd does not answer", {}
    if str(answer.get("health")).lower() == "true":
        return Status.OK, "healthy", {}
    return Status.DOWN, str(answer.get("reason", "unhealthy")), {}


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    yield Probe("etcd", "etcd.service", f"curl -s -m 2 http://127.0.0.1:{METRICS_PORT}/health", read_health)


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    yield from usual(Daemon("etcd", "etcd.service", server.name))


def farewells(layout: Layout, server: Server) -> Iterable[Farewell]:
    """Taken off the list of members while it still runs, so that the others are never short of one that is counted."""
    members = layout.having(Role.ETCD)
    left = f"etcd member {server.name} is removed, {len(members)} stay"
    command = f"{FORGET} {server.name} https://{host_port(server.address, PEER_PORT)}"
    yield Farewell("etcd", server.name, tuple(m.name for m in members), left, command, before=True)


def survives(site: Site, alive: frozenset[str]) -> Tier:
    return majority_tier("etcd", site.having(Role.ETCD), alive)


def stop_objection(site: Site, readings: Mapping[str, tuple[Reading, ...]], server: Server) -> Objection | None:
    """A member may stop only while the rest still are a majority."""
    if ends(survives, site, standing("etcd", readings, server, (Status.OK,)), server):
        return Objection(f"stopping etcd on {server.name} would end the quorum")
    return None


COMPONENT = Component(
    name="etcd",
    roles=frozenset({Role.ETCD}),
    after=("nftables",),
    listen=listen,
    resources=resources,
    probes=probes,
    alerts=alerts,
    faults=faults,
    farewells=farewells,
    leftovers=(DATA,),
    survives=survives,
    stop_objection=stop_objection,
)
