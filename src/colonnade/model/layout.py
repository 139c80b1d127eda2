"""Pass 1 of a design: what every component offers, and where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from colonnade.model.rules import Rule
from colonnade.model.site import Role, Server, Site
from colonnade.model.vault import Vault

ANYWHERE = "anywhere"
OPERATORS = "operators"


@dataclass(frozen=True, slots=True)
class Listener:
    """A port that a component opens on a server, and who may use it.

    `allow` holds role names, `anywhere` or `operators`; with nothing in it the listener is for the server itself.
    """

    component: str
    name: str
    server: str
    port: int
    allow: tuple[str, ...] = ()
    protocol: str = "tcp"
    """tcp or udp."""
    health: str | None = None
    """Path that answers 200 while this listener's own process is well."""
    metrics: str | None = None
    """Path where Prometheus finds numbers: over HTTPS, for a client with a certificate of the site's CA."""
    host: str | None = None
    """Name by which visitors reach it through the balancers; over HTTPS, under the name of the monitors."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A leaf certificate for one daemon on one server, and where its three files stand.

    Names are DNS names or IP literals. `bundle` asks for key and chain in one file, HAProxy's form.
    """

    component: str
    server: str
    directory: str
    owner: str
    group: str
    names: tuple[str, ...]
    common_name: str
    bundle: bool = False

    @property
    def certificate_path(self) -> str:
        return f"{self.directory}/server.crt"

    @property
    def key_path(self) -> str:
        return f"{self.directory}/server.key"

    @property
    def ca_path(self) -> str:
        return f"{self.directory}/ca.crt"

    @property
    def bundle_path(self) -> str:
        return f"{self.directory}/server.pem"

    @property
    def paths(self) -> tuple[str, ...]:
        own = (self.bundle_path,) if self.bundle else (self.certificate_path, self.key_path)
        return (*own, self.ca_path)


@dataclass(frozen=True, slots=True)
class Reach:
    """A TCP port outside the site that a component on a server opens connections to, besides 80 and 443."""

    component: str
    server: str
    port: int


Offer = Listener | Certificate | Reach


@dataclass(frozen=True, slots=True)
class Facts:
    """What was measured on a server."""

    memory: int
    """Bytes."""
    cpus: int
    debian: str = "13"
    python: str = "3.13"
    machine: str = "x86_64"
    interface: str = "eth0"
    """The network interface that holds the server's address."""


@dataclass(frozen=True, eq=False)
class Layout:
    """The site with all offers on the table. Hashes by identity, so pure functions of it can be cached."""

    site: Site
    vault: Vault
    facts: Mapping[str, Facts]
    listeners: tuple[Listener, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    reaches: tuple[Reach, ...] = ()
    watched: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Units on each server that should run, of every component."""
    rules: tuple[Rule, ...] = ()
    """Of every component, in the order of their names."""
    _unmeasured: Facts = field(default=Facts(memory=2 << 30, cpus=2))

    @cached_property
    def _offers(self) -> dict[tuple[str, str], tuple[Listener, ...]]:
        found: dict[tuple[str, str], list[Listener]] = {}
        for listener in self.listeners:
            found.setdefault((listener.component, listener.name), []).append(listener)
        return {key: tuple(value) for key, value in found.items()}

    def offers(self, component: str, name: str) -> tuple[Listener, ...]:
        """Every server's listener of that component and name, in the order of the spec."""
        return self._offers.get((component, name), ())

    @cached_property
    def _certificates(self) -> dict[tuple[str, str], Certificate]:
        return {(c.component, c.server): c for c in self.certificates}

    def certificate(self, component: str, server: Server) -> Certificate:
        return self._certificates[component, server.name]

    @cached_property
    def listeners_on(self) -> dict[str, tuple[Listener, ...]]:
        found: dict[str, list[Listener]] = {server.name: [] for server in self.site.servers}
        for listener in self.listeners:
            found[listener.server].append(listener)
        return {name: tuple(value) for name, value in found.items()}

    @cached_property
    def certificates_on(self) -> dict[str, tuple[Certificate, ...]]:
        found: dict[str, list[Certificate]] = {server.name: [] for server in self.site.servers}
        for certificate in self.certificates:
            found[certificate.server].append(certificate)
        return {name: tuple(value) for name, value in found.items()}

    def address(self, listener: Listener) -> str:
        return self.site.by_name[listener.server].address

    def size(self, server: Server) -> Facts:
        """Measured size of a server, within what the site may use of it. 2 GiB and 2 cores until measured."""
        facts = self.facts.get(server.name, self._unmeasured)
        if server.memory is None or server.memory >= facts.memory:
            return facts
        return replace(facts, memory=server.memory)

    def having(self, role: Role) -> tuple[Server, ...]:
        return self.site.having(role)
