"""What holds for every fault of every component of every example."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from dataclasses import replace
from functools import cache

import pytest

from colonnade.components.patroni.options import PatroniOptions
from colonnade.drill.fault.made import identity
from colonnade.drill.fault.offered import offered, power_cuts, reboots
from colonnade.model.fault import Fault
from colonnade.model.resources import Unit
from colonnade.model.site import Role
from tests.sites import NAMES, ROOT, design_of, designed, example, with_options

ROW = re.compile(r"^\| (?P<components>[a-z, ]+) \| (?P<faults>(?:`[a-z-]+` ?)+) \|", re.M)
UNITS = re.compile(r"[\w@.-]+\.service")
# Made by the fault itself.
OWN = {"colonnade-drill-fill.service"}

each_example = pytest.mark.parametrize("name", NAMES)


@cache
def faults(name: str) -> tuple[Fault, ...]:
    design = designed(name)
    servers = design.layout.site.servers
    return (*offered(design.layout), *reboots(servers), *power_cuts(servers))


def of(name: str, component: str, fault: str) -> list[Fault]:
    return [each for each in faults(name) if (each.component, each.name) == (component, fault)]


@cache
def documented() -> frozenset[tuple[str, str]]:
    rows = list(ROW.finditer((ROOT / "docs/drill-faults.md").read_text()))
    return frozenset(
        (component, fault)
        for row in rows
        for component in row["components"].split(", ")
        for fault in re.findall(r"`([a-z-]+)`", row["faults"])
    )


def test_what_is_offered_is_documented_and_nothing_else() -> None:
    assert {(each.component, each.name) for name in NAMES for each in faults(name)} == documented()


@each_example
def test_no_two_faults_of_a_server_are_the_same(name: str) -> None:
    ids = Counter((each.server, identity(each)) for each in faults(name))
    assert [each for each, count in ids.items() if count > 1] == []
    texts = Counter((each.server, each.component, each.name, each.text) for each in faults(name))
    assert [each for each, count in texts.items() if count > 1] == []


@each_example
def test_ids_fit_into_the_name_of_a_unit(name: str) -> None:
    assert [each for each in faults(name) if not re.fullmatch(r"[a-z0-9-]{1,80}", identity(each))] == []


@each_example
def test_every_fault_can_be_undone_and_is_words_that_a_shell_understands(name: str) -> None:
    commands = {command for each in faults(name) for command in (each.inject, each.undo, each.needs)}
    assert all(command.strip() for command in commands)
    for command in sorted(commands):
        done = subprocess.run(["sh", "-n", "-c", command], capture_output=True, text=True)
        assert done.returncode == 0, f"{done.stderr}\n{command}"


@each_example
def test_a_fault_is_offered_only_where_its_daemon_is(name: str) -> None:
    for each in offered(designed(name).layout):
        units = set(UNITS.findall(each.inject + each.needs)) - OWN
        there = {unit.name for _, unit in designed(name).servers[each.server].all(Unit)}
        assert units <= there, (each.server, each.component, each.name)


@each_example
def test_every_daemon_that_serves_can_be_killed_frozen_and_stopped(name: str) -> None:
    for server, made in designed(name).servers.items():
        own = {(each.component, each.name) for each in faults(name) if each.server == server}
        for component, resources in made.components:
            if component not in ("base", "nftables") and any(isinstance(each, Unit) for each in resources):
                assert {(component, "kill"), (component, "freeze"), (component, "stop")} <= own, (server, component)


@each_example
def test_nothing_that_cuts_the_operator_off_is_safe(name: str) -> None:
    assert [each for each in faults(name) if each.isolates and each.safe] == []


def test_each_worker_of_an_app_is_a_fault_of_its_own() -> None:
    app = example("guestbook").apps[0]
    kills = [each for each in of("guestbook", "app", "kill") if each.server == "app1"]
    assert len(kills) == app.workers
    assert len({identity(each) for each in kills}) == app.workers


def test_a_primary_is_killed_on_a_real_site_only_if_its_commits_are_elsewhere_too() -> None:
    assert all(each.safe for each in of("guestbook", "patroni", "kill"))
    site = with_options(example("guestbook"), PatroniOptions.model_validate({"durability": "none"}))
    kills = [each for each in offered(design_of(site).layout) if each.component == "patroni" and "kill" in each.name]
    assert {each.name: each.safe for each in kills} == {"kill": False, "kill-all": False, "kill-patroni": True}


def test_balancers_are_not_cut_from_each_other_on_a_real_site() -> None:
    balancers = {server.name for server in example("guestbook").having(Role.LB)}
    assert {each.server for each in of("guestbook", "base", "cut-peers") if not each.safe} == balancers


def test_one_way_cuts_leave_ssh_to_the_operators_alone() -> None:
    networks = ("198.51.100.0/24", "2001:db8::/48")
    site = replace(example("guestbook"), operators=networks)
    cuts = {each.name: each for each in offered(design_of(site).layout) if each.server == "web1"}
    assert "ip saddr { 198.51.100.0/24 } tcp dport 22 accept" in cuts["cut-in"].inject
    assert "ip6 saddr { 2001:db8::/48 } tcp dport 22 accept" in cuts["cut-in"].inject
    assert "ip daddr { 198.51.100.0/24 } tcp sport 22 accept" in cuts["cut-out"].inject
    assert "198.51.100" not in cuts["cut"].inject + cuts["cut-peers"].inject


def test_peers_are_all_other_servers_and_not_the_server_itself() -> None:
    site = example("trio")
    cut = next(each for each in of("trio", "base", "cut-peers") if each.server == "a")
    assert all(site.by_name[name].address in cut.inject for name in ("b", "c"))
    assert site.by_name["a"].address not in cut.inject
