"""What holds for every component of every example."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from graphlib import CycleError

import pytest

from colonnade.components import discover
from colonnade.components.base import SERVING
from colonnade.design import design
from colonnade.design.order import phases
from colonnade.model.component import Component
from colonnade.model.design import ServerDesign
from colonnade.model.resources import Directory, File, Package, Unit
from colonnade.model.site import Role
from tests.sites import NAMES, VAULT, design_of, designed, example, measured

COMPONENTS = sorted(discover())
# Files that a daemon can be asked about before they take the place of the old ones.
CHECKED = {
    "haproxy.cfg": "haproxy -c",
    "nginx.conf": "nginx -t",
    "nftables.conf": "nft -c",
    "keepalived.conf": "keepalived -t",
    "sshd_config.d/50-colonnade.conf": "sshd -t",
    "prometheus.yml": "promtool check config",
    "alertmanager.yml": "amtool check-config",
}

each_example = pytest.mark.parametrize("name", NAMES)
each_component = pytest.mark.parametrize("component", discover().values(), ids=COMPONENTS)


@each_example
def test_the_same_site_gives_the_same_design(name: str) -> None:
    one, other = designed(name), design(example(name), VAULT, measured(example(name)))
    assert one is not other
    assert one.servers == other.servers
    assert contents(one.servers.values()) == contents(other.servers.values())
    assert (one.order, one.notes) == (other.order, other.notes)


@each_example
def test_every_path_and_unit_stands_once_on_a_server(name: str) -> None:
    for server in designed(name).servers.values():
        paths = [file.path for _, file in server.all(File)]
        names = Counter([*paths, *(unit.name for _, unit in server.all(Unit))])
        assert [each for each, count in names.items() if count > 1] == [], server.server.name


@each_example
def test_components_that_share_a_folder_agree_on_it(name: str) -> None:
    for server in designed(name).servers.values():
        folders: dict[str, Directory] = {}
        for _, folder in server.all(Directory):
            assert folders.setdefault(folder.path, folder) == folder


@each_example
def test_no_port_is_taken_twice(name: str) -> None:
    for server, listeners in designed(name).layout.listeners_on.items():
        ports = Counter((one.protocol, one.port) for one in listeners)
        assert [port for port, count in ports.items() if count > 1] == [], server


@each_example
def test_what_a_daemon_can_check_is_checked(name: str) -> None:
    files = [file for server in designed(name).servers.values() for _, file in server.all(File)]
    for file in files:
        command = next((words for end, words in CHECKED.items() if file.path.endswith(f"/{end}")), "")
        assert command in (file.check or ""), file.path
        assert file.check is None or "{path}" in file.check, file.path


@each_example
def test_what_is_started_again_is_never_given_up(name: str) -> None:
    """By default systemd leaves a daemon that ended five times in ten seconds failed, also once the reason is gone."""
    for server in designed(name).servers.values():
        texts = {file.path: file.content for _, file in server.all(File) if "\nRestart=always\n" in file.content}
        assert [path for path, text in texts.items() if "\nStartLimitIntervalSec=0\n" not in text] == []
        assert texts


@each_example
def test_units_and_tasks_watch_files_that_are_there(name: str) -> None:
    for server in designed(name).servers.values():
        there = {file.path for _, file in server.all(File)}
        for _, unit in server.all(Unit):
            assert {*unit.restart_on, *unit.reload_on} <= there, unit.name
            assert not set(unit.restart_on) & set(unit.reload_on), unit.name


@each_example
def test_every_certificate_is_a_file_that_only_its_daemon_reads(name: str) -> None:
    design = designed(name)
    for server, certificates in design.layout.certificates_on.items():
        files = {file.path: file for _, file in design.servers[server].all(File)}
        for wanted in certificates:
            assert set(wanted.paths) <= files.keys()
            private = files[wanted.bundle_path if wanted.bundle else wanted.key_path]
            assert private.secret
            assert (private.group, private.mode) == (wanted.group, 0o640)


@each_example
def test_secret_files_are_not_for_everybody(name: str) -> None:
    for server in designed(name).servers.values():
        assert [file.path for _, file in server.all(File) if file.secret and file.mode & 0o007] == []


@each_component
def test_names_and_roles_are_known(component: Component) -> None:
    assert discover()[component.name] is component
    assert component.roles <= frozenset(Role)
    assert (component.section is None) == (component.options is None)


@each_component
def test_what_it_waits_for_exists(component: Component) -> None:
    assert set(component.after) <= discover().keys() - {component.name}


def test_nobody_waits_in_a_circle() -> None:
    phases(discover())
    circle = {**discover(), "tls": Component(name="tls", resources=lambda layout, server: (), after=("keepalived",))}
    with pytest.raises(CycleError):
        phases(circle)


def test_tables_of_options_belong_to_one_component_each() -> None:
    sections = [component.section for component in discover().values() if component.section]
    assert len(sections) == len(set(sections))


@each_example
def test_no_daemon_is_upgraded_at_night(name: str) -> None:
    """By name; from Debian's own scripts in tests/golden/test_accepted.py."""
    for server in designed(name).servers.values():
        for component, resources in server.components:
            stems = {unit.name.partition(".")[0].partition("-")[0] for unit in resources if isinstance(unit, Unit)}
            for package in (each.name for each in resources if isinstance(each, Package)):
                if component != "base" and package.partition("-")[0] in stems:
                    assert any(re.match(pattern, package) for pattern in SERVING), package


def test_a_component_on_no_server_of_a_role_leaves_nothing_there() -> None:
    for name in NAMES:
        for server in design_of(example(name)).servers.values():
            having = {component for component, _ in server.components}
            assert having == {c.name for c in discover().values() if not c.roles or c.roles & server.server.roles}


def contents(servers: Iterable[ServerDesign]) -> list[str]:
    return [file.content for server in servers for _, file in server.all(File)]
