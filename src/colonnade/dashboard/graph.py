"""The site as nodes in tiers and ways between them, in places that both pictures agree on. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from colonnade.dashboard.snapshot import Row, Snapshot, Way
from colonnade.model.observation import Reading, Status
from colonnade.model.site import Role
from colonnade.observe.status import ORDER, holders, worst

TITLES = {
    "vip": "Virtual addresses",
    Role.LB: "Load balancers",
    Role.WEB: "Web servers",
    Role.APP: "App servers",
    Role.DB: "Database",
    Role.CACHE: "Cache",
    Role.ETCD: "Votes: etcd",
    Role.MONITOR: "Monitors",
}
# What of a server makes its node in a tier; the rest of the server stands in the table.
COMPONENTS: Mapping[str, tuple[str, ...]] = {
    Role.LB: ("haproxy", "keepalived"),
    Role.WEB: ("nginx", "endpoints"),
    Role.APP: ("app", "pgbouncer", "endpoints"),
    Role.DB: ("patroni", "databases"),
    Role.CACHE: ("valkey",),
    Role.ETCD: ("etcd",),
    Role.MONITOR: ("prometheus", "alertmanager"),
}
LEADERS = {Role.DB: "database primary", Role.CACHE: "cache primary"}


@dataclass(frozen=True, slots=True)
class Node:
    id: str
    name: str
    state: Status
    word: str
    """Its role or its trouble, short."""
    leader: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """One tier."""

    key: str
    title: str
    nodes: tuple[Node, ...]
    rate: float | None
    """Requests per second that arrive here, as far as anybody counts them."""


def groups(snap: Snapshot) -> tuple[Group, ...]:
    """From the visitors inwards. Empty tiers are left out."""
    rows = {row.name: row for row in snap.rows}
    found = [Group("vip", TITLES["vip"], tuple(_addresses(snap)), None)]
    for role in COMPONENTS:
        nodes = tuple(_node(snap, role, rows[place.name]) for place in snap.outline.having(Role(role)))
        found.append(Group(role, TITLES[role], nodes, _arriving(snap.ways, role)))
    return tuple(group for group in found if group.nodes)


def _addresses(snap: Snapshot) -> Iterable[Node]:
    outside = {reading.name: reading for reading in snap.status.outside}
    for address in snap.outline.addresses:
        seen = outside.get(address)
        held = holders(snap.status.servers, address)
        state = seen.status if seen else Status.UNKNOWN if len(held) != 1 else Status.OK
        word = seen.text if seen else f"held by {' and '.join(held)}" if held else "holder unseen"
        yield Node(f"vip:{address}", address, state, word)


def _node(snap: Snapshot, role: str, row: Row) -> Node:
    own = [r for r in snap.status.servers.get(row.name, ()) if r.component in COMPONENTS[role]]
    # A role whose own daemons have no probe is as well as its server.
    state = worst(own) if own else row.state
    leader = LEADERS.get(Role(role)) in row.marks
    return Node(f"{role}:{row.name}", row.name, state, _word(snap, role, row, own, state, leader), leader)


def _word(snap: Snapshot, role: str, row: Row, own: list[Reading], state: Status, leader: bool) -> str:
    if state is not Status.OK:
        bad = next((r.text for r in own if r.status is not Status.OK and r.text), row.remarks)
        return bad or str(state)
    if leader:
        return "primary"
    if role in LEADERS:
        behind = _behind(snap, f"{role}:{row.name}")
        return f"replica, {behind}" if behind else "replica"
    if role == Role.LB:
        held = [mark.removeprefix("holds ") for mark in row.marks if mark.startswith("holds ")]
        return f"holds {len(held)} address{'es' if len(held) > 1 else ''}" if held else "stands by"
    if words := {way.text for way in snap.ways if way.target == f"{role}:{row.name}" and "drain" in way.text}:
        return words.pop()
    return f"release {row.release}" if role == Role.APP and row.release else "well"


def _behind(snap: Snapshot, node: str) -> str:
    return next((way.text for way in snap.ways if way.replication and way.target == node), "")


def _arriving(ways: Iterable[Way], role: str) -> float | None:
    rates = [way.rate for way in ways if way.target.startswith(f"{role}:") and way.rate is not None]
    return sum(rates) if rates else None


def worst_first(nodes: Iterable[Node]) -> list[Node]:
    """For a picture that cannot show all."""
    return sorted(nodes, key=lambda node: -ORDER.index(node.state))
