"""What is wrong with a spec's servers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.model.site import Role, Server
from colonnade.spec.problems import Problem, nearest
from colonnade.spec.servers import EVERY, PLACEABLE, Mention, Mentions

LEAST = 3
"""Servers of a site: a vote on the primary needs three."""

VOTERS = {Role.ETCD: "etcd members", Role.CACHE: "cache servers"}
COUNTS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
TAKEN = frozenset({EVERY, "localhost", *Role})
"""Names that mean something else in the servers' hosts files."""


def problems(found: Mentions) -> Iterator[Problem]:
    """Everything wrong with names, addresses and roles."""
    for group in found.by_name.values():
        yield from _one_server(group, found)
    yield from _shared_addresses(found)
    yield from _missing_roles(found)
    yield from _votes(found)
    yield from _active_balancers(found)
    if len(found.by_name) < LEAST:
        yield Problem(("servers",), "fewer than three servers", "add one: with three, any one of them may be lost")


def fast_failover(servers: Iterable[Server], asked: bool) -> Iterator[Problem]:
    """Two standbys have to agree that the primary is lost."""
    members = sum(server.has(Role.DB) for server in servers)
    if asked and members < LEAST:
        text = f"needs three database servers, there {'is' if members == 1 else 'are'} {_count(members)}"
        yield Problem(("postgres", "fast_failover"), text, "add one to db, or leave fast_failover out")


def _one_server(group: list[Mention], found: Mentions) -> Iterator[Problem]:
    first = group[0]
    if first.table is None:
        known = [name for name, mentions in found.by_name.items() if mentions[0].table]
        yield Problem(first.keys, f'no server is called "{first.name}"', nearest(first.name, known))
        return
    if first.name in TAKEN:
        yield Problem(
            first.keys, "this name means something else on the servers", f'call the server "{first.name}1"', at_key=True
        )
    if not any(mention.said.get("address") for mention in group):
        yield Problem(first.keys, "has no address", 'add address = "10.0.0.11"', at_key=True)
    yield from _contradictions(group)


def _contradictions(group: list[Mention]) -> Iterator[Problem]:
    said: dict[str, tuple[object, str]] = {}
    for mention in group:
        for key, value in mention.said.items():
            before, role = said.setdefault(key, (value, mention.role))
            if before != value:
                text = f"{key} {value} here, but {before} under {role}"
                hint = f"give one {key}, or two names to two servers"
                yield Problem((*mention.keys, key), text, hint)


def _shared_addresses(found: Mentions) -> Iterator[Problem]:
    owners: dict[str, Mention] = {}
    for mention in found.all:
        if address := mention.said.get("address"):
            owner = owners.setdefault(address, mention)
            if owner.name != mention.name:
                text = f"{address} is already the address of {owner.name}"
                yield Problem((*mention.keys, "address"), text, _apart(owner, mention))


def _apart(owner: Mention, mention: Mention) -> str:
    if owner.role == mention.role:
        return "give each server an address of its own"
    return f'to give {owner.name} this role too, list its name: {mention.role} = ["{owner.name}"]'


def _missing_roles(found: Mentions) -> Iterator[Problem]:
    for role in Role:
        if role not in PLACEABLE and role not in found.roles and EVERY not in found.roles:
            hint = f'add {role} = {{ {role}1 = "10.0.0.11" }}, or names of other servers: {role} = ["web1"]'
            yield Problem(("servers",), f"no server has the role {role}", hint, at_key=True)


def _votes(found: Mentions) -> Iterator[Problem]:
    for role, members in VOTERS.items():
        count = len(set(found.roles.get(role, ())))
        if count in (1, 2):
            verb = "tolerates" if count == 1 else "tolerate"
            who = members.rstrip("s") if count == 1 else members
            yield Problem(("servers", role), f"{COUNTS[count]} {who} {verb} no loss: use three", _leave_out(role))
        elif count and count % 2 == 0:
            text = f"{_count(count)} {members} tolerate no more loss than {_count(count - 1)}: use {_count(count - 1)}"
            yield Problem(("servers", role), text, _leave_out(role))


def _leave_out(role: Role) -> str:
    return f"list an odd number of servers, or leave {role} out to have three chosen"


def _count(number: int) -> str:
    return COUNTS.get(number, str(number))


def _active_balancers(found: Mentions) -> Iterator[Problem]:
    balancers = [found.by_name[m.name] for m in found.all if m.role in (Role.LB, EVERY)]
    if balancers and all(any(m.said.get("backup") for m in group) for group in balancers):
        yield Problem(("servers", Role.LB), "every balancer is a backup", "leave backup = true off one of them")
