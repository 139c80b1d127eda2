"""PostgreSQL 17 under Patroni: one primary, replicas in quorum-synchronous replication, promotion by etcd's lease."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping

from colonnade.components.own_certificate import own_certificate
from colonnade.components.patroni import configuration as conf
from colonnade.components.patroni import draining
from colonnade.components.patroni import faults as breaking
from colonnade.components.patroni.alerts import alerts
from colonnade.components.patroni.guards import guards
from colonnade.components.patroni.options import PatroniOptions
from colonnade.components.rendering import render
from colonnade.model.component import Component, Objection, Tier
from colonnade.model.farewell import Farewell
from colonnade.model.fault import Fault
from colonnade.model.layout import Certificate, Layout, Listener, Offer
from colonnade.model.observation import Output, Probe, Reading, Status
from colonnade.model.resources import Directory, File, Package, Resource, Task, Unit
from colonnade.model.site import Role, Server, Site, host_port

CONFIG = "/etc/patroni/config.yml"
DYNAMIC = "/etc/colonnade/patroni/dynamic.json"
APPLY_DYNAMIC = "/etc/colonnade/patroni/apply-dynamic"
FORGET = "/etc/colonnade/patroni/forget"
DROP_IN = "/etc/systemd/system/patroni.service.d/50-colonnade.conf"
NO_CLUSTER = "/etc/postgresql-common/createcluster.conf"


def listen(site: Site, server: Server) -> Iterable[Offer]:
    yield Listener("patroni", "postgres", server.name, conf.POSTGRES_PORT, allow=(Role.APP, Role.DB))
    readers = (Role.APP, Role.DB, Role.MONITOR)
    yield Listener("patroni", "rest", server.name, conf.REST_PORT, allow=readers, metrics="/metrics")
    yield own_certificate("patroni", site, server, "postgres", role=Role.DB, loopback=True)


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    certificate = layout.certificate("patroni", server)
    for name in ("postgresql-17", "patroni", "python3-etcd", "python3-dnspython", "curl"):
        yield Package(name)
    yield File(NO_CLUSTER, render("patroni", NO_CLUSTER), early=True)
    yield Directory("/etc/patroni")
    yield File(CONFIG, conf.local(layout, server), group="postgres", mode=0o640, secret=True)
    yield File(DROP_IN, render("patroni", DROP_IN, config=CONFIG, folder=draining.FOLDER))
    yield from cluster_files(layout, server, certificate)
    yield Unit(
        "patroni.service",
        # Reload keeps PostgreSQL running; a parameter that needs a restart is then shown as pending and done below.
        reload_on=(CONFIG, certificate.certificate_path, certificate.ca_path),
        ready=f"curl -sf -m 2 --cacert {certificate.ca_path} {rest_url(server)}/health",
        ready_within=120,
        effect="replica: none; primary: writes wait a few seconds for the switchover",
    )
    yield from guards(layout, server)
    yield Task("cluster configuration", APPLY_DYNAMIC, on=(DYNAMIC, APPLY_DYNAMIC))


def cluster_files(layout: Layout, server: Server, certificate: Certificate) -> Iterable[Resource]:
    yield Directory("/etc/colonnade/patroni")
    yield File(DYNAMIC, conf.dynamic_json(layout))
    yield File(conf.BEFORE_STOP, render("patroni", conf.BEFORE_STOP, data=conf.DATA), mode=0o755)
    context = {"config": CONFIG, "dynamic": DYNAMIC, "tls": certificate, "rest": rest_url(server)}
    script = render("patroni", APPLY_DYNAMIC, site=layout.site, server=server, **context)
    yield File(APPLY_DYNAMIC, script, mode=0o755)
    etcd = layout.having(Role.ETCD)
    script = render("patroni", FORGET, site=layout.site, etcd=etcd, ttl=conf.SLOTS_TTL, **context)
    yield File(FORGET, script, mode=0o755)
    yield from draining.files(rest_url(server), certificate.ca_path)


def rest_url(server: Server) -> str:
    return f"https://{host_port(server.address, conf.REST_PORT)}"


def read_member(output: Output) -> tuple[Status, str, dict[str, str]]:
    """Patroni's own word on this member, from `GET /patroni`."""
    try:
        seen = json.loads(output.text)
    except ValueError:
        return Status.DOWN, "patroni does not answer", {}
    role = "primary" if seen.get("role") in ("primary", "master") else str(seen.get("role", "unknown"))
    facts = {"role": role, "timeline": str(seen.get("timeline", "?"))}
    if role != "primary":
        facts["replication"] = str(seen.get("replication_state", "none"))
    if seen.get("tags", {}).get("nofailover"):
        facts["promotion"] = "never"
    wal = seen.get("xlog", {})
    facts["wal"] = str(wal.get("location", wal.get("replayed_location", "?")))
    if seen.get("state") != "running":
        return Status.DOWN, f"{role}, {seen.get('state')}", facts
    if role == "primary":
        return Status.OK, "primary", facts
    streaming = facts["replication"] == "streaming"
    told = f"{role}, {facts['replication']}" + (", never promoted" if "promotion" in facts else "")
    return (Status.OK if streaming else Status.DEGRADED), told, facts


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    ca = layout.certificate("patroni", server).ca_path
    yield Probe("patroni", "patroni.service", f"curl -s -m 2 --cacert {ca} {rest_url(server)}/patroni", read_member)


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    yield from breaking.faults(layout, server)
    ca = layout.certificate("patroni", server).ca_path
    yield breaking.switchover(CONFIG, layout.site.name, server, rest_url(server), ca)


def farewells(layout: Layout, server: Server) -> Iterable[Farewell]:
    members = tuple(member.name for member in layout.having(Role.DB))
    yield Farewell("patroni", server.name, members, "its replication slot and member key", f"{FORGET} {server.name}")


def survives(site: Site, alive: frozenset[str]) -> Tier:
    """With synchronous replication a primary needs one standby to acknowledge a write, where there are two or more."""
    members = site.having(Role.DB)
    up = sum(member.name in alive for member in members)
    needed = 2 if site.option(PatroniOptions).durability != "none" and len(members) >= 3 else 1
    return Tier("database", up >= needed, max(0, up - needed), len(members), up)


def stop_objection(site: Site, readings: Mapping[str, tuple[Reading, ...]], server: Server) -> Objection | None:
    """A primary hands over first; a replica may stop while another one streams."""
    roles = {name: role_of(seen) for name, seen in readings.items()}
    others = [name for name, role in roles.items() if role == "streaming" and name != server.name]
    if roles.get(server.name) == "primary" and any(promotable(readings[name]) for name in others):
        return Objection(
            f"{server.name} is the primary",
            f"patronictl -c {CONFIG} switchover {site.name} --force --leader {server.name}",
        )
    if roles.get(server.name) == "primary" and others:
        return Objection(f"{server.name} is the primary, and {' and '.join(others)} may not become it: drained")
    if roles.get(server.name) == "primary":
        return Objection(f"{server.name} is the primary and no replica streams from it")
    if survives(site, frozenset({*others, *(n for n, r in roles.items() if r == "primary")})).serving:
        return None
    return Objection(f"without {server.name} no replica would be left to acknowledge writes")


def promotable(readings: tuple[Reading, ...]) -> bool:
    return all("promotion" not in reading.facts for reading in readings)


def role_of(readings: tuple[Reading, ...]) -> str:
    for reading in readings:
        if reading.component == "patroni" and reading.status is Status.OK:
            return "primary" if reading.facts.get("role") == "primary" else reading.facts.get("replication", "")
    return ""


COMPONENT = Component(
    name="patroni",
    section="postgres",
    options=PatroniOptions,
    roles=frozenset({Role.DB}),
    after=("etcd",),
    listen=listen,
    resources=resources,
    probes=probes,
    alerts=alerts,
    faults=faults,
    farewells=farewells,
    leftovers=(conf.DATA,),
    drains=draining.drains,
    survives=survives,
    stop_objection=stop_objection,
)
