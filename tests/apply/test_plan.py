"""Design minus what is there is a plan: everything at first, nothing at last, and in between what differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade.apply.plan import make_plan
from colonnade.components.haproxy.options import HaproxyOptions
from colonnade.model.design import Design, ServerDesign
from colonnade.model.plan import PREPARE, RELEASE, RETIRE, Change, Plan
from colonnade.model.resources import Directory, File, Package, Resource, Task, Unit, User
from colonnade.model.site import Role
from tests.apply.world import applied, carry_out, machines, read
from tests.sites import NAMES, design_of, designed, example, with_options, without

each_example = pytest.mark.parametrize("name", NAMES)


@each_example
def test_a_fresh_server_gets_everything(name: str) -> None:
    design = designed(name)
    plan = make_plan(design, read(machines(design)))
    assert plan.fresh
    for server, own in design.servers.items():
        changes = [change for change in plan.changes if change.server == server]
        assert names(changes, "install") == {p.name for _, p in own.all(Package)}
        assert names(changes, "user") == {u.name for _, u in own.all(User)}
        assert names(changes, "directory") == {d.path for _, d in own.all(Directory)}
        assert names(changes, "files") == {f.path for _, f in own.all(File)}
        assert names(changes, "unit") == {u.name for _, u in own.all(Unit)}
        assert names(changes, "task") == {t.name for _, t in own.all(Task)}
        assert {change.action for change in changes} <= {"add", "install", "start", "run", "remember"}


@each_example
def test_an_applied_plan_leaves_nothing_to_do(name: str) -> None:
    world, design = applied(name)
    assert make_plan(design, read(world)).changes == ()
    assert {server: machine.stale() for server, machine in world.items() if machine.stale()} == {}


@each_example
def test_a_first_plan_stops_nothing(name: str) -> None:
    assert not [c for c in make_plan(designed(name), read(machines(designed(name)))).changes if c.stops]


def test_servers_that_did_not_answer_are_left_alone() -> None:
    design = designed("guestbook")
    actual = read(machines(design))
    del actual["db2"]
    assert {change.server for change in make_plan(design, actual).changes} == actual.keys()


def test_workers_rest_until_there_is_a_release() -> None:
    """A condition that is not met is no reason to start them at each apply."""
    design = designed("guestbook")
    world = machines(design)
    for machine in world.values():
        machine.conditions_met = False
    carry_out(make_plan(design, read(world)), world)
    assert world["app1"].units["colonnade-web@1.service"].active == "inactive"
    assert make_plan(design, read(world)).changes == ()


def test_what_prepares_comes_before_everything_else() -> None:
    plan = make_plan(designed("trio"), read(machines(designed("trio"))))
    assert plan.phases[0] == (PREPARE,)
    assert plan.phases[1:] == ((RELEASE,), *designed("trio").order, (RETIRE,))
    prepared = [change.step["op"] for change in plan.of((PREPARE,))["a"]]
    # An early file first, so that the package finds it; groups before the users that join them.
    assert prepared[:3] == ["remember", "files", "install"]
    users = [change.step for change in plan.of((PREPARE,))["a"] if change.step["op"] == "user"]
    assert [bool(step["groups"]) for step in users] == sorted(bool(step["groups"]) for step in users)


def test_an_option_reloads_who_reads_it() -> None:
    plan = replan(
        "guestbook", design_of(with_options(example("guestbook"), HaproxyOptions.model_validate({"rate": 7})))
    )
    assert shown(plan) == [
        f"{server} {text}"
        for server in ("lb1", "lb2")
        for text in ("change /etc/haproxy/haproxy.cfg", "reload haproxy.service")
    ]
    assert not any(change.stops for change in plan.changes)
    assert {change.effect for change in plan.changes} == {"none", "none, no dropped connection"}


def test_a_servers_departure_is_told_to_those_that_knew_it() -> None:
    plan = replan("guestbook", design_of(without(example("guestbook"), "web2")))
    restarted = {c.target for c in plan.changes if c.action == "restart"}
    assert restarted == set()
    assert "lb1 reload haproxy.service" in shown(plan)
    told = {change.server for change in plan.changes if change.target == "/etc/hosts"}
    assert told == {server.name for server in example("guestbook").servers} - {"web2"}


def test_a_role_that_moves_away_takes_its_units_along_and_its_files_after_them() -> None:
    site = example("guestbook")
    servers = tuple(replace(s, roles=s.roles - {Role.WEB} | {Role.LB}) if s.name == "web2" else s for s in site.servers)
    plan = replan("guestbook", design_of(replace(site, servers=servers)))
    assert not [c for c in plan.of((PREPARE,))["web2"] if c.action in ("stop", "remove")]
    web2 = list(plan.of(plan.phases[-1])["web2"])
    assert [change.action for change in web2] == ["stop", "stop", "stop", "remove"]
    gone = ["colonnade-endpoints.service", "nginx.service", "prometheus-nginx-exporter.service"]
    assert [change.target for change in web2[:3]] == gone
    assert "/etc/nginx/nginx.conf" in web2[3].target.split()
    assert all(change.stops and not change.first for change in web2[:3])


def test_a_unit_that_shall_not_run_is_stopped_once() -> None:
    world, design = applied("trio")
    at_rest = replace(design, servers={name: resting(server) for name, server in design.servers.items()})
    plan = make_plan(at_rest, read(world))
    assert {f"{c.action} {c.target}" for c in plan.changes} == {"stop nginx.service"}
    carry_out(plan, world)
    assert make_plan(at_rest, read(world)).changes == ()


def replan(name: str, other: Design) -> Plan:
    """What another design changes where the example stands."""
    world, _ = applied(name)
    return make_plan(other, {server: actual for server, actual in read(world).items() if server in other.servers})


def shown(plan: Plan) -> list[str]:
    return [f"{change.server} {change.action} {change.target}" for change in plan.changes]


def names(changes: list[Change], op: str) -> set[str]:
    """Of everything that steps of a kind put on a server."""
    steps = [change.step for change in changes if change.step["op"] == op]
    if op == "install":
        return {name for step in steps for name in step["names"]}
    if op == "files":
        return {file["path"] for step in steps for file in step["files"]}
    return {step["path" if op == "directory" else "name"] for step in steps}


def resting(server: ServerDesign) -> ServerDesign:
    """The same server, but nginx is not to run on it."""
    return replace(server, components=tuple((c, tuple(map(at_rest, resources))) for c, resources in server.components))


def at_rest(resource: Resource) -> Resource:
    return (
        replace(resource, running=False)
        if isinstance(resource, Unit) and resource.name == "nginx.service"
        else resource
    )
