"""`[servers]` → servers: one name may stand under several roles."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from colonnade.model.site import Role, Server
from colonnade.spec.positions import Keys
from colonnade.spec.server_tables import ServersTable, ServerTable

EVERY = "all"
PLACEABLE = (Role.ETCD, Role.CACHE, Role.MONITOR)
"""Roles that may be left out: they ride on servers that are there."""

UNITS = {"M": 1 << 20, "G": 1 << 30, "T": 1 << 40}


@dataclass(frozen=True, slots=True)
class Mention:
    """A server's name under a role, with what is said of it there."""

    role: str
    name: str
    keys: Keys
    table: ServerTable | None = None
    """None when the role only lists the name."""

    @property
    def said(self) -> dict[str, Any]:
        return {key: getattr(self.table, key) for key in self.table.model_fields_set} if self.table else {}


@dataclass(frozen=True)
class Mentions:
    """Every mention of every server, in the order of the file."""

    all: tuple[Mention, ...]

    @cached_property
    def by_name(self) -> dict[str, list[Mention]]:
        found: dict[str, list[Mention]] = {}
        for mention in sorted(self.all, key=lambda mention: mention.table is None):
            found.setdefault(mention.name, []).append(mention)
        return found

    @cached_property
    def roles(self) -> dict[str, list[str]]:
        """Names by the role they are listed under, `all` included."""
        found: dict[str, list[str]] = {}
        for mention in self.all:
            found.setdefault(mention.role, []).append(mention.name)
        return found

    @property
    def listed(self) -> frozenset[Role]:
        """Roles that the spec places itself."""
        return frozenset(Role(role) for role in self.roles if role != EVERY)


def mentions(servers: ServersTable, order: Iterable[str]) -> Mentions:
    """All mentions; `order` holds the roles as the file has them."""
    return Mentions(tuple(m for role in order for m in _under(role, getattr(servers, role))))


def _under(role: str, names: Mapping[str, ServerTable] | tuple[str, ...]) -> Iterable[Mention]:
    if isinstance(names, tuple):
        return [Mention(role, name, ("servers", role, i)) for i, name in enumerate(names)]
    return [Mention(role, name, ("servers", role, name), table) for name, table in names.items()]


def build(found: Mentions) -> tuple[Server, ...]:
    """The servers in the order of the file, of mentions without a problem."""
    return tuple(_server(name, group, found.listed) for name, group in found.by_name.items())


def _server(name: str, group: list[Mention], listed: frozenset[Role]) -> Server:
    said = {key: value for mention in group for key, value in mention.said.items()}
    memory = said.pop("memory", None)
    roles = frozenset(role for mention in group for role in _roles(mention, listed))
    return Server(name=name, roles=roles, memory=_bytes(memory), **said)


def _roles(mention: Mention, listed: frozenset[Role]) -> Iterable[Role]:
    if mention.role != EVERY:
        return (Role(mention.role),)
    return (role for role in Role if role not in PLACEABLE or role not in listed)


def _bytes(size: str | None) -> int | None:
    return int(size[:-1]) * UNITS[size[-1]] if size else None
