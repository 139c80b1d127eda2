"""What every server has, whatever its role: names, clock, kernel settings, journal, SSH, security updates."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from colonnade.components.base.faults import faults
from colonnade.components.base.options import BaseOptions
from colonnade.components.rendering import render
from colonnade.model.component import Component
from colonnade.model.layout import OPERATORS, Layout, Listener, Offer
from colonnade.model.observation import Output, Probe, Status
from colonnade.model.resources import Directory, File, Package, Resource, Unit
from colonnade.model.site import Role, Server, Site

# What must not be upgraded at night: an upgrade restarts the daemon, and nftables' lifts all rules for a moment.
# Patterns for apt, matched from the start.
SERVING = (
    "haproxy", "keepalived", "nginx", "postgresql", "libpq5", "patroni", "etcd", "pgbouncer", "valkey", "python3-etcd",
    "prometheus", "nftables",
)  # fmt: skip

SYSCTL = "/etc/sysctl.d/50-colonnade.conf"
JOURNALD = "/etc/systemd/journald.conf.d/50-colonnade.conf"
SSHD = "/etc/ssh/sshd_config.d/50-colonnade.conf"
SOURCES = "/etc/chrony/sources.d/colonnade.sources"
UPGRADES = "/etc/apt/apt.conf.d/52colonnade"


def listen(site: Site, server: Server) -> Iterable[Offer]:
    yield Listener("base", "ssh", server.name, 22, allow=(OPERATORS,))


@lru_cache(maxsize=64)
def hosts(layout: Layout, local: tuple[str, ...]) -> str:
    """`/etc/hosts`: every server, and the names that a local endpoint answers to on app servers."""
    return render("base", "/etc/hosts", site=layout.site, local=local)


@lru_cache(maxsize=64)
def text(layout: Layout, path: str) -> str:
    """A file that is the same on every server."""
    return render("base", path, options=layout.site.option(BaseOptions), serving=SERVING)


def resources(layout: Layout, server: Server) -> Iterable[Resource]:
    site = layout.site
    endpoints = (site.role_name(Role.DB),) if server.has(Role.APP) else ()
    for name in ("chrony", "iproute2", "unattended-upgrades", "python3"):
        yield Package(name)
    yield Directory("/etc/colonnade")
    yield File("/etc/hosts", hosts(layout, endpoints))
    for path in (SYSCTL, JOURNALD, UPGRADES):
        yield File(path, text(layout, path))
    yield File(SSHD, text(layout, SSHD), check="sshd -t -f {path}")
    yield Unit("systemd-sysctl.service", restart_on=(SYSCTL,))
    yield Unit("systemd-journald.service", restart_on=(JOURNALD,))
    yield Unit("ssh.service", reload_on=(SSHD,))
    yield from clock(layout)


def clock(layout: Layout) -> Iterable[Resource]:
    own = bool(layout.site.option(BaseOptions).ntp)
    if own:
        yield File(SOURCES, text(layout, SOURCES))
    # A container shares its host's clock: chrony rests there by a condition of its own unit.
    yield Unit("chrony.service", restart_on=(SOURCES,) if own else (), conditional=True)


def read_disk(output: Output) -> tuple[Status, str, dict[str, str]]:
    if not output.text.strip().endswith("%"):
        return Status.UNKNOWN, "df printed nothing", {}
    used = int(output.text.split()[-1].rstrip("%"))
    # 95 %: Debian's default reserve for root is 5 %, past it daemons that are not root cannot write.
    status = Status.DOWN if used >= 95 else Status.DEGRADED if used >= 85 else Status.OK
    return status, f"disk {used} % full", {"disk": str(used)}


def probes(layout: Layout, server: Server) -> Iterable[Probe]:
    yield Probe("base", "disk", "df --output=pcent / | tail -n 1", read_disk)


COMPONENT = Component(
    name="base",
    section="base",
    options=BaseOptions,
    listen=listen,
    resources=resources,
    probes=probes,
    faults=faults,
)
