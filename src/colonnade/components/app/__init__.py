"""The applications: one systemd instance for each worker, confined, started once a release is there."""

from __future__ import annotations

import shlex
from collections.abc import Iterable
from functools import lru_cache, partial

from colonnade.components.app import background
from colonnade.components.app.confinement import RELEASES, environment_path, root
from colonnade.components.app.servers import command_line
from colonnade.components.app.unit_file import Program, unit_file
from colonnade.components.app.variables import environment
from colonnade.components.daemon_faults import Daemon, usual
from colonnade.components.own_certificate import own_certificate
from colonnade.components.rendering import render
from colonnade.model.app import App
from colonnade.model.component import Component, Tier, any_tier
from colonnade.model.fault import Fault
from colonnade.model.layout import Certificate, Layout, Listener, Offer
from colonnade.model.observation import Output, Probe, Status
from colonnade.model.resources import Directory, File, Package, Resource, Unit, User
from colonnade.model.site import Role, Server, Site, host_port

FIRST_PORT = 8000
ENVIRONMENT = "/etc/colonnade/apps/app.env"


def port(app: App, worker: int) -> int:
    """8001, 8002, … for the first app of the site; each app has a hundred."""
    return FIRST_PORT + 100 * app.position + worker


def listen(site: Site, server: Server) -> Iterable[Offer]:
    for app in site.apps:
        for worker in range(1, app.workers + 1):
            yield Listener("app", app.name, server.name, port(app, worker), allow=(Role.WEB,), health=app.health)
    yield own_certificate("app", site, server, "colonnade-app", role=Role.APP)


def unit(app: App, worker: int) -> str:
    return f"colonnade-{app.name}@{worker}.service"


@lru_cache(maxsize=64)
def environment_file(layout: Layout, app: App) -> str:
    """The same on every server."""
    return render("app", ENVIRONMENT, variables=environment(layout, app))


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    certificate = layout.certificate("app", server)
    # Commands written on other systems say python.
    yield Package("python-is-python3")
    yield Package("curl")
    yield User("colonnade-app")
    yield Directory("/etc/colonnade/apps")
    yield Directory(RELEASES)
    for app in layout.site.apps:
        yield from _app(layout, server, app, certificate)


def _app(layout: Layout, server: Server, app: App, certificate: Certificate) -> Iterable[Resource]:
    shared = environment_path(app)
    template = f"/etc/systemd/system/colonnade-{app.name}@.service"
    yield User(f"app-{app.name}", home=root(app), groups=("colonnade-app",))
    yield Directory(root(app))
    yield Directory(f"{root(app)}/releases")
    yield File(shared, environment_file(layout, app), mode=0o600, secret=True)
    start = command_line(app, server, certificate)
    runtime = f"colonnade-{app.name}-%i"
    worker_program = Program(f"{app.name}, worker %i", start, runtime, numbered=True)
    yield File(template, unit_file(app, worker_program))
    for worker in range(1, app.workers + 1):
        own = f"/etc/colonnade/apps/{app.name}-{worker}.env"
        pairs = [("PORT", str(port(app, worker))), ("COLONNADE_WORKER", str(worker)), ("COLONNADE_SERVER", server.name)]
        yield File(own, render("app", ENVIRONMENT, variables=pairs))
        yield Unit(
            unit(app, worker),
            restart_on=(shared, own, template, certificate.certificate_path),
            conditional=True,
            effect="the other workers take its requests",
        )
    yield from background.resources(app, server)


def read_worker(app: str, output: Output) -> tuple[Status, str, dict[str, str]]:
    """`HTTP=CODE` of the worker's health path, then `RELEASE=ID` of what is current on the server."""
    seen = dict(word.split("=", 1) for word in output.text.split())
    release, code = seen.get("RELEASE", ""), seen["HTTP"]
    facts = {"app": app, "release": release} if release else {}
    if code.startswith(("2", "3")):
        return Status.OK, f"release {release}", facts
    if not release:
        return Status.DOWN, "no release yet: colonnade deploy", facts
    return Status.DOWN, "does not answer" if code == "000" else f"health check answers {code}", facts


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    name = layout.site.role_name(Role.APP)
    ca = layout.certificate("app", server).ca_path
    for app in layout.site.apps:
        for worker in range(1, app.workers + 1):
            at = port(app, worker)
            scheme = "http" if app.command else "https"
            ask = f"curl -s -m 2 -o /dev/null -w 'HTTP=%{{http_code}}\\n' --cacert {ca}"
            url = shlex.quote(f"{scheme}://{name}:{at}{app.health}")
            # Frameworks refuse names that they do not know.
            host = f"-H 'Host: {layout.site.hosts_of(app)[0]}'"
            reach = f"{host} --connect-to {name}:{at}:{host_port(server.address, at)} {url}"
            current = f"readlink {RELEASES}/{app.name}/current | sed 's,.*/,RELEASE=,'"
            yield Probe("app", unit(app, worker), f"{ask} {reach}; {current}", partial(read_worker, app.name))
        yield from background.probes(app)


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    for app in layout.site.apps:
        for worker in range(1, app.workers + 1):
            yield from usual(Daemon("app", unit(app, worker), server.name))
        yield from background.faults(app, server)


def survives(site: Site, alive: frozenset[str]) -> Tier | None:
    return any_tier("app", site.having(Role.APP), alive) if site.apps else None


COMPONENT = Component(
    name="app",
    roles=frozenset({Role.APP}),
    after=("pgbouncer", "databases", "valkey"),
    listen=listen,
    resources=resources,
    probes=probes,
    faults=faults,
    survives=survives,
)
