"""The page that shows the site, on every monitor, behind the balancers. It only reads, and nothing waits for it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import colonnade
from colonnade.components import discover
from colonnade.components.daemon_faults import Daemon, usual
from colonnade.components.dashboard.options import DashboardOptions
from colonnade.components.own_certificate import own_certificate
from colonnade.components.rendering import render
from colonnade.model.component import Component
from colonnade.model.fault import Fault
from colonnade.model.layout import Certificate, Layout, Listener, Offer
from colonnade.model.observation import Probe, unit_probe
from colonnade.model.outline import as_json, outline
from colonnade.model.passwords import hashed
from colonnade.model.resources import Directory, File, Package, Resource, Unit, User
from colonnade.model.site import Role, Server, Site, host_port

PORT = 9180
USER = "colonnade-dashboard"
UNIT = "/etc/systemd/system/colonnade-dashboard.service"
NAME = "colonnade-dashboard.service"
ROOT = "/etc/colonnade/dashboard"
SETTINGS = f"{ROOT}/settings.json"
LIBRARY = "/usr/local/lib/colonnade-dashboard"
HEALTH = "/healthz"
# What the page needs of colonnade; what logs in on servers, and what it takes for that, stays with the operator.
SHIPPED = ("__init__.py", "errors.py", "components/__init__.py", "model/*", "observe/__init__.py",
           "observe/releases.py", "observe/status.py", "visual/*", "dashboard/*", "dashboard/page/*")  # fmt: skip
KEPT_BACK = ("dashboard/ssh.py",)


def wanted(site: Site) -> str | None:
    return site.option(DashboardOptions).host


def listen(site: Site, server: Server) -> Iterable[Offer]:
    if host := wanted(site):
        yield Listener("dashboard", "page", server.name, PORT, allow=(Role.LB,), health=HEALTH, host=host)
        yield own_certificate("dashboard", site, server, USER, role=Role.MONITOR)


@cache
def sources() -> Mapping[str, str]:
    """Text by the path below LIBRARY."""
    root = Path(colonnade.__file__).parent
    found = sorted({path for pattern in SHIPPED for path in root.glob(pattern) if path.is_file()})
    names = {path.relative_to(root).as_posix(): path for path in found if path.suffix not in (".pyc", "")}
    return {f"colonnade/{name}": path.read_text() for name, path in names.items() if name not in KEPT_BACK}


@lru_cache(maxsize=16)
def shared(layout: Layout) -> dict[str, Any]:
    """The same on every monitor: what the site is, who may see it."""
    site, vault = layout.site, layout.vault
    options = site.option(DashboardOptions)
    salts = {name: vault.derive(f"dashboard/salt/{name}", 16) for name in options.users}
    users = {
        name: [salts[name].hex(), hashed(vault.value(secret) or "", salts[name]).hex()]
        for name, secret in options.users.items()
        if vault.value(secret)
    }
    return {
        "host": options.host,
        "outline": as_json(outline(site, discover().values())),
        "units": {name: list(units) for name, units in layout.watched.items()},
        "users": users,
        "key": vault.derive("dashboard/session").hex(),
    }


def settings(layout: Layout, server: Server) -> str:
    """This monitor's own Prometheus is asked first."""
    monitors = sorted(layout.offers("prometheus", "web"), key=lambda one: one.server != server.name)
    told = {
        **shared(layout),
        "address": server.address,
        "port": PORT,
        "tls": _tls(layout.certificate("dashboard", server)),
        "monitors": [{"name": o.server, "address": layout.address(o), "port": o.port} for o in monitors],
    }
    return json.dumps(told, indent=1) + "\n"


def _tls(certificate: Certificate) -> dict[str, str]:
    return {"certificate": certificate.certificate_path, "key": certificate.key_path, "ca": certificate.ca_path}


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    if wanted(layout.site) is None:
        return
    for name in ("python3-jinja2", "python3-starlette", "python3-uvicorn", "curl"):
        yield Package(name)
    yield User(USER)
    yield Directory(ROOT)
    yield File(SETTINGS, settings(layout, server), group=USER, mode=0o640, secret=True)
    files = {f"{LIBRARY}/{name}": text for name, text in sources().items()}
    yield from (Directory(path) for path in sorted({str(Path(file).parent) for file in files} | {LIBRARY}))
    yield from (File(path, text) for path, text in files.items())
    yield File(UNIT, render("dashboard", UNIT, library=LIBRARY, settings=SETTINGS, user=USER))
    certificate = layout.certificate("dashboard", server)
    yield Unit(
        NAME,
        restart_on=(UNIT, SETTINGS, *files, *certificate.paths),
        ready=ask(layout, server),
        effect="the dashboard is away for a second",
    )


def ask(layout: Layout, server: Server) -> str:
    name, ca = layout.site.role_name(Role.MONITOR), layout.certificate("dashboard", server).ca_path
    at = f"--connect-to {name}:{PORT}:{host_port(server.address, PORT)} -H 'Host: {wanted(layout.site)}'"
    return f"curl -sf -m 2 -o /dev/null --cacert {ca} {at} https://{name}:{PORT}{HEALTH}"


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    if wanted(layout.site):
        yield unit_probe("dashboard", NAME)


def faults(layout: Layout, server: Server) -> Iterable[Fault]:
    if wanted(layout.site):
        yield from usual(Daemon("dashboard", NAME, server.name))


COMPONENT = Component(
    name="dashboard",
    section="dashboard",
    options=DashboardOptions,
    roles=frozenset({Role.MONITOR}),
    after=("prometheus",),
    listen=listen,
    resources=resources,
    probes=probes,
    faults=faults,
)
