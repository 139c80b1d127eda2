"""nginx on the web servers: static files of the release, everything else to the application."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.components.daemon_faults import Daemon, usual
from colonnade.components.nginx.options import NginxOptions
from colonnade.components.own_certificate import own_certificate
from colonnade.components.rendering import render
from colonnade.model.component import Component, Tier, any_tier
from colonnade.model.fault import Fault
from colonnade.model.layout import Layout, Listener, Offer
from colonnade.model.observation import Output, Probe, Status
from colonnade.model.resources import Directory, File, Package, Resource, Unit
from colonnade.model.site import Role, Server, Site, host_port

PORT = 8443
CONFIG = "/etc/nginx/nginx.conf"
DROP_IN = "/etc/systemd/system/nginx.service.d/50-colonnade.conf"
# Answers while nginx itself is well; says nothing of the applications behind it.
HEALTH = "/-/nginx"
STATIC = "/srv/colonnade"


def listen(site: Site, server: Server) -> Iterable[Offer]:
    yield Listener("nginx", "web", server.name, PORT, allow=(Role.LB,), health=HEALTH)
    yield own_certificate("nginx", site, server, "root", role=Role.WEB, loopback=True)


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    site, certificate = layout.site, layout.certificate("nginx", server)
    text = render(
        "nginx",
        CONFIG,
        site=site,
        server=server,
        options=site.option(NginxOptions),
        tls=certificate,
        health=HEALTH,
        root=STATIC,
        balancers=layout.having(Role.LB),
    )
    yield Package("nginx")
    yield Package("curl")
    yield Directory(STATIC)
    for app in site.apps:
        yield Directory(f"{STATIC}/{app.name}")
        yield Directory(f"{STATIC}/{app.name}/releases")
    yield File(CONFIG, text, check="nginx -t -q -c {path}")
    yield File(DROP_IN, render("nginx", DROP_IN))
    yield Unit(
        "nginx.service",
        restart_on=(DROP_IN,),
        reload_on=(CONFIG, *certificate.paths),
        ready=f"curl -sfk -m 2 {url(server)}",
        effect="the other web servers take its requests",
    )


def url(server: Server) -> str:
    return f"https://{host_port(server.address, PORT)}{HEALTH}"


def read_health(output: Output) -> tuple[Status, str, dict[str, str]]:
    well = output.code == 0
    return (Status.OK, "serving", {}) if well else (Status.DOWN, "nginx does not answer", {})


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    ca, name = layout.certificate("nginx", server).ca_path, layout.site.role_name(Role.WEB)
    at = f"--connect-to {name}:{PORT}:{server.address}:{PORT}"
    yield Probe(
        "nginx", "nginx.service", f"curl -sf -m 2 --cacert {ca} {at} https://{name}:{PORT}{HEALTH}", read_health
    )


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    yield from usual(Daemon("nginx", "nginx.service", server.name))


def survives(site: Site, alive: frozenset[str]) -> Tier:
    return any_tier("web", site.having(Role.WEB), alive)


COMPONENT = Component(
    name="nginx",
    section="web",
    options=NginxOptions,
    roles=frozenset({Role.WEB}),
    after=("endpoints",),
    listen=listen,
    resources=resources,
    probes=probes,
    faults=faults,
    survives=survives,
)
