"""Whatever happened to a server, a plan names it and nothing else, and an apply mends it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.apply.plan import make_plan
from colonnade.components.haproxy.options import HaproxyOptions
from colonnade.components.tls.leaf import WINDOW
from colonnade.model.design import Design
from colonnade.model.plan import Plan
from tests.apply.disturbances import DISTURBANCES, Disturbance, Named, edit, named_by, stamp, turn
from tests.apply.machine import Machine
from tests.apply.world import applied, carry_out, machines, read
from tests.sites import NAMES, TODAY, VAULT, design_of, designed, example, with_options

# One server of each kind, and one that has everything.
SERVERS = [("guestbook", "lb1"), ("guestbook", "web2"), ("guestbook", "app1"), ("guestbook", "db3"), ("trio", "b")]


@pytest.mark.parametrize("disturbance", DISTURBANCES, ids=lambda each: each.name)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_plan_names_what_differs_and_nothing_else(disturbance: Disturbance, data: st.DataObject) -> None:
    name, server = data.draw(st.sampled_from(SERVERS))
    world, design = applied(name)
    named = disturbed(world[server], disturbance, data)
    plan = make_plan(design, read(world))
    assert named_by(list(plan.changes)) == named
    assert {change.server for change in plan.changes} <= {server}
    carry_out(plan, world)
    assert make_plan(design, read(world)).changes == ()
    assert world[server].stale() == {}


@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_an_apply_mends_everything_at_once(data: st.DataObject) -> None:
    world, design = applied(data.draw(st.sampled_from(NAMES)))
    for _ in range(data.draw(st.integers(1, 12))):
        disturbed(world[data.draw(st.sampled_from(sorted(world)))], data.draw(st.sampled_from(DISTURBANCES)), data)
    carry_out(make_plan(design, read(world)), world)
    assert make_plan(design, read(world)).changes == ()
    assert {name: machine.stale() for name, machine in world.items() if machine.stale()} == {}


@settings(max_examples=20, deadline=None)
@given(stops=st.lists(st.integers(0, 150), max_size=3))
def test_an_interrupted_first_apply_is_continued(stops: list[int]) -> None:
    """From any step on, as often as it is interrupted; what was done is not done again."""
    design = designed("trio")
    world = machines(design)
    left = len(make_plan(design, read(world)).changes)
    for steps in stops:
        carry_out(make_plan(design, read(world)), world, steps)
        left = max(0, left - steps)
        assert len(make_plan(design, read(world)).changes) == left
    carry_out(make_plan(design, read(world)), world)
    assert make_plan(design, read(world)).changes == ()
    assert {name: machine.stale() for name, machine in world.items() if machine.stale()} == {}


@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_an_interrupted_change_is_continued(data: st.DataObject) -> None:
    """Daemons read at the end what the design says, wherever the apply stopped."""
    world, design = applied("guestbook")
    for _ in range(data.draw(st.integers(1, 8))):
        machine = world[data.draw(st.sampled_from(sorted(world)))]
        disturbed(machine, data.draw(st.sampled_from([d for d in DISTURBANCES if "edited" not in d.name])), data)
    plan = make_plan(design, read(world))
    carry_out(plan, world, data.draw(st.integers(0, len(plan.changes))))
    carry_out(make_plan(design, read(world)), world)
    assert make_plan(design, read(world)).changes == ()
    assert {name: machine.stale() for name, machine in world.items() if machine.stale()} == {}


@settings(max_examples=30, deadline=None)
@given(steps=st.integers(0, 30))
def test_an_interrupted_new_design_is_continued(steps: int) -> None:
    """A month later: other certificates, and a limit that nginx and HAProxy must learn of."""
    world, _ = applied("trio")
    later = a_month_later("trio")
    for name, machine in world.items():
        machine.design = later.servers[name]
    carry_out(make_plan(later, read(world)), world, steps)
    carry_out(make_plan(later, read(world)), world)
    assert make_plan(later, read(world)).changes == ()
    assert {name: machine.stale() for name, machine in world.items() if machine.stale()} == {}


def test_a_unit_that_is_disabled_and_has_an_old_file_is_reloaded_too() -> None:
    world, design = applied("guestbook")
    stamp(world["lb1"], "haproxy.service", 1)
    turn(world["lb1"], "haproxy.service", enabled="disabled")
    carry_out(make_plan(design, read(world)), world)
    assert world["lb1"].stale() == {}
    assert world["lb1"].units["haproxy.service"].enabled == "enabled"


def test_an_edited_file_is_mended_in_the_daemon_too() -> None:
    world, design = applied("guestbook")
    edit(world["lb1"], "/etc/haproxy/haproxy.cfg")
    assert shown(make_plan(design, read(world))) == ["change /etc/haproxy/haproxy.cfg", "reload haproxy.service"]


def test_files_of_a_component_are_one_change() -> None:
    world, design = applied("guestbook")
    for path in ("/etc/pgbouncer/pgbouncer.ini", "/etc/pgbouncer/userlist.txt"):
        world["app1"].files[path] = (*world["app1"].files[path][:3], "600")
    assert shown(make_plan(design, read(world))) == ["change /etc/pgbouncer/pgbouncer.ini /etc/pgbouncer/userlist.txt"]


def test_what_never_ran_disturbs_nobody() -> None:
    """A component that is new on a server that serves: its changes are `first`, those of the others are not."""
    world, design = applied("guestbook")
    world["web1"].manifest["units"].pop("nginx.service")
    turn(world["web1"], "colonnade-endpoints.service", active="failed")
    marks = {change.target: change.first for change in make_plan(design, read(world)).changes}
    assert marks == {"nginx.service": True, "colonnade-endpoints.service": False}


def test_a_restart_says_what_it_does_to_the_service() -> None:
    world, design = applied("guestbook")
    stamp(world["db1"], "etcd.service", 0)
    (change,) = make_plan(design, read(world)).changes
    assert (change.stops, change.effect) == (True, "none while the other members stand")


@cache
def a_month_later(name: str) -> Design:
    """The example with another limit, a window of certificates later."""
    site = with_options(example(name), HaproxyOptions.model_validate({"rate": 7}))
    return design_of(site, replace(VAULT, today=TODAY + WINDOW))


def disturbed(machine: Machine, disturbance: Disturbance, data: st.DataObject) -> Named:
    """Lets it happen to something of the machine; what a plan must name for it."""
    things = disturbance.things(machine)
    if not things:
        return set()
    thing = data.draw(st.sampled_from(things))
    disturbance.happen(machine, thing)
    return disturbance.named(machine, thing)


def shown(plan: Plan) -> list[str]:
    return [f"{change.action} {change.target}" for change in plan.changes]
