"""Where roles stand that the spec leaves out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from colonnade.model.design import Note
from colonnade.model.site import Role, Server

QUORUM = 3
"""Voters: the fewest that outlive the loss of one, and more would slow every write down."""

MONITORS = 2
"""Two watch each other and stand in for each other; where every server has every role, as many as vote."""

FILL = (Role.DB, Role.APP, Role.WEB, Role.MONITOR, Role.LB, Role.CACHE)
"""Where voters ride, in this order: a database server already has the disk that etcd wants."""


def place(servers: Sequence[Server], listed: frozenset[Role]) -> tuple[tuple[Server, ...], tuple[Note, ...]]:
    """Every server with all of its roles, and a note for each role placed here and not by the spec.

    `listed` are the roles that the spec places itself.
    """
    chosen = {role: _hosts(role, servers) for role in (Role.ETCD, Role.CACHE, Role.MONITOR) if role not in listed}
    before = {role: _having(role, servers) for role in chosen}
    notes = (_note(role, hosts, before[role]) for role, hosts in chosen.items() if hosts != before[role])
    names = {role: frozenset(host.name for host in hosts) for role, hosts in chosen.items()}
    placed = tuple(_with(server, names) for server in servers)
    return placed, (*notes, *_advice(servers), *_watch(placed))


def _hosts(role: Role, servers: Sequence[Server]) -> tuple[Server, ...]:
    if role is Role.MONITOR:
        return _spread(_having(role, servers), QUORUM) or _spread(_having(Role.WEB, servers), MONITORS)
    databases = _having(Role.DB, servers)
    if len(databases) >= QUORUM:
        return _spread(databases, QUORUM)
    return tuple(_by_tier(servers))[:QUORUM]


def _spread(servers: Sequence[Server], count: int) -> tuple[Server, ...]:
    """`count` servers: the first of every zone before the second of any."""
    met: Counter[str] = Counter()
    turns: dict[str, int] = {}
    for server in servers:
        turns[server.name] = met[server.domain]
        met[server.domain] += 1
    chosen = sorted(servers, key=lambda server: turns[server.name])[:count]
    return tuple(server for server in servers if server in chosen)


def _by_tier(servers: Sequence[Server]) -> Iterable[Server]:
    return {server.name: server for role in FILL for server in _having(role, servers)}.values()


def _having(role: Role, servers: Sequence[Server]) -> tuple[Server, ...]:
    return tuple(server for server in servers if server.has(role))


def _with(server: Server, chosen: Mapping[Role, frozenset[str]]) -> Server:
    gained = {role for role, names in chosen.items() if server.name in names}
    return replace(server, roles=server.roles.difference(chosen) | gained)


def _note(role: Role, hosts: Iterable[Server], before: Iterable[Server]) -> Note:
    names = ", ".join(host.name for host in hosts)
    if before:
        return Note("info", f"{role} stands on {names} only: more would have to agree on every step")
    return Note("info", f"{role} rides on {names}: the spec does not place it")


def _watch(placed: Sequence[Server]) -> tuple[Note, ...]:
    monitors = _having(Role.MONITOR, placed)
    if len(monitors) != 1:
        return ()
    text = f"one monitor, {monitors[0].name}: while it is away the site serves and nobody is told of anything"
    return (Note("warning", f"{text}; two or more are recommended"),)


def _advice(servers: Sequence[Server]) -> tuple[Note, ...]:
    count = len(_having(Role.DB, servers))
    if count >= QUORUM:
        return ()
    what = "one db server: its loss is the loss of the database" if count == 1 else "two db servers: one may be lost"
    return (Note("warning", f"{what}; three or more are recommended"),)
