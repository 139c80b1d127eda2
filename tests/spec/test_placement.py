"""Roles that the spec leaves out."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from colonnade.model.site import Role, Server
from colonnade.spec.placement import place

TYPICAL = {
    "lb1": "lb",
    "lb2": "lb",
    "web1": "web",
    "web2": "web",
    "web3": "web",
    "app1": "app",
    "app2": "app",
    "db1": "db",
    "db2": "db",
    "db3": "db",
    "db4": "db",
}


def servers(roles: Mapping[str, str], zones: Mapping[str, str] | None = None) -> tuple[Server, ...]:
    zones = zones or {}
    return tuple(
        Server(name, f"10.0.0.{i}", frozenset(map(Role, listed.split())), zone=zones.get(name))
        for i, (name, listed) in enumerate(roles.items(), 1)
    )


def names(placed: tuple[Server, ...], role: Role) -> list[str]:
    return [server.name for server in placed if server.has(role)]


def test_voters_ride_on_the_first_three_databases() -> None:
    placed, notes = place(servers(TYPICAL), frozenset())
    assert names(placed, Role.ETCD) == names(placed, Role.CACHE) == ["db1", "db2", "db3"]
    assert names(placed, Role.MONITOR) == ["web1", "web2"]
    assert hash(placed)  # frozen through and through, so designs can be cached
    assert [note.text for note in notes] == [
        "etcd rides on db1, db2, db3: the spec does not place it",
        "cache rides on db1, db2, db3: the spec does not place it",
        "monitor rides on web1, web2: the spec does not place it",
    ]


def test_voters_prefer_different_zones() -> None:
    zones = {"db1": "r1", "db2": "r1", "db3": "r2", "db4": "r3"}
    placed, _ = place(servers(TYPICAL, zones), frozenset())
    assert names(placed, Role.ETCD) == ["db1", "db3", "db4"]


def test_few_databases_are_joined_by_other_tiers() -> None:
    placed, notes = place(servers({"lb1": "lb", "web1": "web", "app1": "app", "db1": "db"}), frozenset())
    assert names(placed, Role.ETCD) == ["web1", "app1", "db1"]
    warnings = [note.text for note in notes if note.severity == "warning"]
    assert warnings[0].startswith("one db server: its loss is the loss of the database")
    assert warnings[1].startswith("one monitor, web1: while it is away the site serves and nobody is told")


def test_two_databases_are_a_warning() -> None:
    _, notes = place(servers({"a": "lb web app db", "b": "lb web app db", "c": "lb web app"}), frozenset())
    assert [note.text for note in notes if note.severity == "warning"] == [
        "two db servers: one may be lost; three or more are recommended"
    ]


def test_what_the_spec_places_stays() -> None:
    spec = TYPICAL | {"lb1": "lb etcd", "lb2": "lb etcd", "web1": "web etcd", "app1": "app cache monitor"}
    placed, notes = place(servers(spec), frozenset({Role.ETCD, Role.CACHE, Role.MONITOR}))
    assert placed == servers(spec)
    assert [note.text.partition(":")[0] for note in notes] == ["one monitor, app1"]


@pytest.mark.parametrize("count", [3, 4, 5, 8])
def test_every_role_on_every_server_still_votes_by_three(count: int) -> None:
    every = " ".join(Role)
    placed, notes = place(servers({f"s{i}": every for i in range(count)}), frozenset())
    assert names(placed, Role.ETCD) == ["s0", "s1", "s2"]
    assert names(placed, Role.MONITOR) == ["s0", "s1", "s2"]
    assert [note.text.split()[0] for note in notes] == ([] if count == 3 else ["etcd", "cache", "monitor"])
