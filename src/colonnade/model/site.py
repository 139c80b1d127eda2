"""What the user asked for, resolved: servers with their roles, virtual addresses, options; see also app.py."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from colonnade.model.app import App

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
