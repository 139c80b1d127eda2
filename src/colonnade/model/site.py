"""What the user asked for, resolved: servers with their roles, virtual addresses, applications, options."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

Options = TypeVar("Options")


class Role(StrEnum):
    """What a server is for. One server may have several."""

    LB = "lb"
    WEB = "web"
    APP = "app"
    DB = "db"
    ETCD = "etcd"
    CACHE = "cache"
    MONITOR = "monitor"


@dataclass(frozen=True, slots=True)
class Server:
    """One Debian machine. `address` is an IP literal by which the others and the operator reach it."""

    name: str
    address: str
    roles: frozenset[Role]
    ssh: str | None = None
    """Host name or alias for ssh_config; the address when None."""
    zone: str | None = None
    """Failure domain (rack, room, hypervisor); the server itself when None."""
    weight: int = 100
    backup: bool = False
    memory: int | None = None
    """Bytes this site may use of a server it shares; all that is measured when None."""

    @property
    def domain(self) -> str:
        """The failure domain: servers in one may be lost together."""
        return self.zone or self.name

    def has(self, role: Role) -> bool:
        return role in self.roles


@dataclass(frozen=True, slots=True)
class VirtualAddress:
    """An address that some balancer always holds; `owner` holds it while all is well."""

    address: str
    owner: str


@dataclass(frozen=True, slots=True)
class Pages:
    """What a drill asks an application for. Paths; without one, that load is left out."""

    read: str | None = None
    """Page that only reads; the health page when None."""
    write: str | None = None
    body: str = ""
    """JSON that is posted to `write`; `{key}` stands for a UUID, new for each request."""
    session: str | None = None
    """Page that counts in the visitor's session and answers JSON."""
    counter: str = "visits"
    """Where that count stands in the answer."""
    rate: int = 30
    """Reads per second; a fifth as many writes."""


@dataclass(frozen=True, slots=True)
class Process:
    """A command of an application that runs all the time beside its workers and serves no HTTP: a queue's consumer."""

    name: str
    command: str
    count: int = 1
    """Instances on each app server."""


@dataclass(frozen=True, slots=True)
class Job:
    """A command of an application that runs at points in time, once for the site."""

    name: str
    command: str
    at: str
    """systemd's calendar expression, its time zone included."""
    limit: int = 86400
    """Seconds after which a run is ended."""


@dataclass(frozen=True, slots=True)
class App:
    """One web application. Exactly one of `asgi`, `wsgi`, `command` is set."""

    name: str
    path: Path
    asgi: str | None = None
    wsgi: str | None = None
    command: str | None = None
    hosts: tuple[str, ...] = ()
    """Host names that it answers to; the site's domain when empty."""
    prefix: str = "/"
    """Where its paths begin; the application sees them whole."""
    server: str = "granian"
    """granian, gunicorn or uvicorn; unused with `command`."""
    static: str | None = None
    collect: str | None = None
    """Command that makes the static folder, on the operator's computer."""
    health: str = "/"
    migrate: str | None = None
    maintenance: str | None = field(default=None, repr=False)
    """The page that visitors get during maintenance; a page of ours when None."""
    workers: int = 2
    """Instances on each app server."""
    drain: int = 30
    """Seconds a stopping worker has to finish what it has begun."""
    start: int = 30
    """Seconds until a new release's first healthy answer."""
    canary: int = 5
    """Seconds that it has to stay healthy on the first server before another gets it."""
    migrate_limit: int = 600
    """Seconds after which a migration is ended."""
    keep: int = 5
    """Releases kept on the servers, the live one among them."""
    env: tuple[tuple[str, str], ...] = ()
    secrets: tuple[str, ...] = ()
    processes: tuple[Process, ...] = ()
    jobs: tuple[Job, ...] = ()
    drill: Pages = field(default_factory=Pages)
    position: int = 0
    """Rank among the apps of the site; ports are derived from it."""


@dataclass(frozen=True, slots=True)
class Access:
    """How the operator logs in. None leaves it to the user's own ssh_config, agent and known_hosts."""

    user: str = "root"
    key: Path | None = None
    known_hosts: Path | None = None


@dataclass(frozen=True)
class Site:
    """A spec with every name resolved and every role placed."""

    name: str
    domain: str
    vips: tuple[VirtualAddress, ...]
    servers: tuple[Server, ...]
    apps: tuple[App, ...]
    operators: tuple[str, ...]
    """Networks that may open SSH."""
    access: Access = field(default_factory=Access)
    options: tuple[Any, ...] = field(default=(), repr=False)
    """One options object for each component that has any."""

    @cached_property
    def by_name(self) -> dict[str, Server]:
        return {server.name: server for server in self.servers}

    @cached_property
    def _by_role(self) -> dict[Role, tuple[Server, ...]]:
        return {role: tuple(s for s in self.servers if role in s.roles) for role in Role}

    def having(self, role: Role) -> tuple[Server, ...]:
        """Servers with the role, in the order of the spec."""
        return self._by_role[role]

    def option(self, kind: type[Options]) -> Options:
        """The options object of the given type: `site.option(HaproxyOptions)`."""
        return next((o for o in self.options if isinstance(o, kind)), None) or kind()

    def hosts_of(self, app: App) -> tuple[str, ...]:
        """Host names by which visitors reach the app."""
        return app.hosts or (self.domain,)

    @cached_property
    def hosts(self) -> dict[str, tuple[App, ...]]:
        """Every host name of the site, the domain first, with its apps; the longest prefix first, as it is matched."""
        names = dict.fromkeys((self.domain, *(name for app in self.apps for name in app.hosts)))
        ranked = sorted(self.apps, key=lambda app: -len(app.prefix))
        return {name: tuple(app for app in ranked if name in self.hosts_of(app)) for name in names}

    @property
    def names(self) -> tuple[str, ...]:
        """Every host name that the balancers answer to: applications', then those of components, as the dashboard's."""
        return (*self.hosts, *(name for each in self.options for name in getattr(each, "hosts", ())))

    @property
    def internal(self) -> str:
        """The DNS suffix of names that exist only in the servers' hosts files and certificates."""
        return f"{self.name}.internal"

    def role_name(self, role: Role) -> str:
        """One name that every server of a role answers to, for certificates behind a local endpoint."""
        return f"{role}.{self.internal}"


def is_ipv6(address: str) -> bool:
    """Of an IP literal: no other kind has colons."""
    return ":" in address


def host_port(address: str, port: int) -> str:
    """`10.0.0.1:80`, or `[fd00::1]:80`."""
    return f"[{address}]:{port}" if is_ipv6(address) else f"{address}:{port}"


def addresses(servers: Iterable[Server]) -> tuple[str, ...]:
    return tuple(server.address for server in servers)
