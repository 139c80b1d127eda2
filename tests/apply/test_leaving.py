"""Servers that leave the spec: known from what the others remember, told in the plan, forgotten one step at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from colonnade.apply.leaving import Leave, described, leaves, was, welcome, wider
from colonnade.apply.parting import without_memory
from colonnade.apply.plan import make_plan
from colonnade.errors import UserError
from colonnade.model.actual import Actual
from colonnade.model.design import Design
from colonnade.model.site import Role, Server, Site
from tests.apply.machine import Machine
from tests.apply.world import applied, carry_out, read
from tests.sites import design_of, example, without


def part(site: Site, world: Mapping[str, Machine]) -> tuple[Design, Design, tuple[Leave, ...]]:
    actual = read(world)
    wide, final = design_of(wider(site, actual)), design_of(site)
    return wide, final, leaves(wide, final, actual)


def with_db(site: Site, *names: str) -> Site:
    new = tuple(Server(name, f"10.0.0.{44 + i}", frozenset({Role.DB})) for i, name in enumerate(names))
    return replace(site, servers=(*site.servers, *new))


def test_the_servers_know_who_has_left() -> None:
    world, _ = applied("guestbook")
    site = without(example("guestbook"), "web2")
    assert set(was(site, read(world))) == {"web2"}
    # One server that remembers is enough: the operator's computer may be a new one.
    alone = {"db3": world["db3"].actual()}
    assert set(was(site, alone)) == {"web2"}
    assert was(example("guestbook"), read(world)) == {}


def test_while_it_runs_a_server_that_leaves_stays_in_the_others_configuration() -> None:
    world, _ = applied("guestbook")
    # The helper also gives both addresses to the first balancer.
    site = replace(without(example("guestbook"), "web2"), vips=example("guestbook").vips)
    wide, final, _ = part(site, world)
    assert [s.name for s in wide.layout.site.servers] == [s.name for s in example("guestbook").servers]
    staying = {name: actual for name, actual in read(world).items() if name != "web2"}
    assert make_plan(wide, staying).changes == ()
    assert "web2" not in final.servers


def test_whoever_leaves_lets_in_who_comes_and_does_nothing_else_for_it() -> None:
    """The one that leaves may lead etcd: only the leader speaks to a new member."""
    world, _ = applied("guestbook")
    site = with_db(without(example("guestbook"), "db3"), "db4")
    wide, final, _ = part(replace(site, vips=example("guestbook").vips), world)
    found = welcome(wide, final, read(world)).changes
    assert [change.target for change in found if change.server == "db3"] == [
        "/etc/hosts",
        "/etc/nftables.conf",
        "nftables.service",
    ]
    assert {change.component for change in found if change.server == "db1"} > {"base", "nftables", "patroni"}


def test_a_leave_in_order() -> None:
    world, _ = applied("guestbook")
    _, _, (leave,) = part(without(example("guestbook"), "web2"), world)
    assert {(d.component, d.on) for d in leave.drains} == {("nginx", "lb1"), ("nginx", "lb2")}
    stopped = [change.target for change in leave.stops]
    # Who only watches goes first, the firewall last.
    exporters = ["prometheus-nginx-exporter.service", "prometheus-node-exporter.service"]
    assert stopped == [*exporters, "nginx.service", "colonnade-endpoints.service", "nftables.service"]
    assert [change.step["op"] for change in leave.last] == ["retire"]
    # What a plain server needs goes on: the operator's way in, its clock.
    assert not {"ssh.service", "chrony.service"} & set(stopped)


def test_all_of_it_and_then_nothing_is_left_to_do() -> None:
    world, _ = applied("guestbook")
    site = without(example("guestbook"), "db3")
    _, final, (leave,) = part(site, world)
    for change in leave.stops:
        world["db3"].perform(change)
    renewed, memory = without_memory(make_plan(final, read(world)))
    carry_out(renewed, world)
    for change in leave.last:
        world["db3"].perform(change)
    assert world["db3"].files == {}
    # Interrupted here, the next apply still knows of it.
    assert set(was(site, read(world))) == {"db3"}
    carry_out(memory, world)
    assert was(site, read(world)) == {}
    assert make_plan(final, read(world)).changes == ()


def test_one_that_has_stopped_is_not_taken_back() -> None:
    world, _ = applied("guestbook")
    site = without(example("guestbook"), "web2")
    _, _, (leave,) = part(site, world)
    for change in leave.stops:
        world["web2"].perform(change)
    wide, _, (again,) = part(site, world)
    assert "web2" not in wide.servers
    assert (again.stops, again.drains) == ((), ())
    assert [change.step["op"] for change in again.last] == ["retire"]


def test_one_that_does_not_answer_is_forgotten_all_the_same() -> None:
    world, _ = applied("guestbook")
    del world["db3"]
    wide, _, (leave,) = part(without(example("guestbook"), "db3"), world)
    assert "db3" not in wide.servers
    assert (leave.stops, leave.last) == ((), ())
    assert {f.component for f in leave.farewells} == {"etcd", "patroni", "valkey"}
    assert any("it cannot be reached" in change.effect for change in described(leave))


def test_etcd_lets_go_before_the_member_stops_and_the_others_forget_after_it() -> None:
    world, _ = applied("guestbook")
    _, _, (leave,) = part(without(example("guestbook"), "db3"), world)
    moments = {f.component: f.before for f in leave.farewells}
    assert moments == {"etcd": True, "patroni": False, "valkey": False}
    assert all("db3" not in f.on for f in leave.farewells)


def test_a_vote_that_moves_is_a_leave_of_that_role_alone() -> None:
    """db1 stays a database server but another one votes in its place."""
    world, _ = applied("guestbook")
    servers = tuple(
        replace(s, roles=s.roles - {Role.ETCD}) if s.name == "db1" else s for s in example("guestbook").servers
    )
    _, _, (leave,) = part(replace(example("guestbook"), servers=servers), world)
    assert (leave.gone, leave.components) == (False, ("etcd",))
    assert [change.target for change in leave.stops] == ["etcd.service"]
    assert [change.step["op"] for change in leave.last] == ["put-aside"]


def test_a_server_under_another_name_is_not_taken_for_one_that_left() -> None:
    world, _ = applied("guestbook")
    site = example("guestbook")
    servers = tuple(replace(s, name="web9") if s.name == "web2" else s for s in site.servers)
    with pytest.raises(UserError, match="is web9 now and was web2"):
        was(replace(site, servers=servers), read(world))


def test_new_servers_get_the_release_that_the_others_serve() -> None:
    world, _ = applied("guestbook")
    for name in ("app1", "app2", "web1", "web2"):
        world[name].releases["web"] = "abc"
    site = example("guestbook")
    new = (Server("app3", "10.0.0.33", frozenset({Role.APP})), Server("web3", "10.0.0.23", frozenset({Role.WEB})))
    design = design_of(replace(site, servers=(*site.servers, *new)))
    actual: dict[str, Actual] = read({**world, **{s.name: Machine(design.servers[s.name]) for s in new}})
    shipped = {c.server: c.step["source"] for c in make_plan(design, actual).changes if c.action == "ship"}
    assert shipped == {"app3": "app1", "web3": "web1"}


def test_no_release_is_shipped_where_nothing_was_deployed() -> None:
    world, design = applied("guestbook")
    assert not [c for c in make_plan(design, read(world)).changes if c.action == "ship"]


def test_more_databases_ask_nothing_of_those_that_vote() -> None:
    """Five databases and three voters: etcd's members stay who they are, and none of them restarts."""
    world, _ = applied("guestbook")
    design = design_of(with_db(example("guestbook"), "db4", "db5"))
    world |= {name: Machine(design.servers[name]) for name in ("db4", "db5")}
    plan = make_plan(design, read(world))
    assert {c.server for c in plan.changes if c.component == "etcd"} == set()
    assert {c.action for c in plan.changes if c.server == "db1" and c.stops} == set()
