"""The order in which components stand up, and their resources on a server."""

from __future__ import annotations

from graphlib import CycleError

import pytest

from colonnade.components import discover
from colonnade.design import KINDS
from colonnade.design.order import phases
from colonnade.model.component import Component
from colonnade.model.resources import Directory, File, Package, User
from tests.sites import NAMES, designed

BEFORE = [
    ("base", "tls"),
    ("tls", "nftables"),
    ("nftables", "etcd"),
    ("nftables", "valkey"),
    ("etcd", "patroni"),
    ("endpoints", "pgbouncer"),
    ("patroni", "app"),
    ("pgbouncer", "app"),
    ("valkey", "app"),
    ("nginx", "haproxy"),
    ("haproxy", "keepalived"),
]


@pytest.mark.parametrize(("first", "later"), BEFORE)
def test_what_is_needed_stands_first(first: str, later: str) -> None:
    rank = {name: number for number, phase in enumerate(phases(discover())) for name in phase}
    assert rank[first] < rank[later]


def test_every_component_stands_in_one_phase() -> None:
    found = [name for phase in phases(discover()) for name in phase]
    assert sorted(found) == sorted(discover())


def test_those_that_need_nobody_share_the_first_phase() -> None:
    assert phases({"b": alone("b"), "a": alone("a"), "c": alone("c", "a")}) == (("a", "b"), ("c",))


def test_waiting_in_a_circle_is_an_error() -> None:
    with pytest.raises(CycleError):
        phases({"a": alone("a", "b"), "b": alone("b", "a")})


@pytest.mark.parametrize("name", NAMES)
def test_a_servers_components_come_in_the_order_of_the_phases(name: str) -> None:
    design = designed(name)
    ranked = [component for phase in design.order for component in phase]
    for server in design.servers.values():
        found = [component for component, _ in server.components]
        assert found == [component for component in ranked if component in found]


@pytest.mark.parametrize("name", NAMES)
def test_resources_come_by_kind_and_then_by_name(name: str) -> None:
    for server in designed(name).servers.values():
        for component, resources in server.components:
            kinds = [KINDS.index(type(each)) for each in resources]
            assert kinds == sorted(kinds), component
            for kind in (Directory, File):
                paths = [each.path for each in resources if isinstance(each, kind)]
                assert paths == sorted(paths)
            for kind_ in (Package, User):
                names = [each.name for each in resources if isinstance(each, kind_)]
                assert names == sorted(names)


def alone(name: str, *after: str) -> Component:
    return Component(name=name, resources=lambda layout, server: (), after=after)
