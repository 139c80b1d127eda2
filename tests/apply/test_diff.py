"""The diff of a plan: what changes in a file, and of secret ones only that they change."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from colonnade.apply import diff
from colonnade.apply.plan import make_plan
from colonnade.model.design import ServerDesign
from colonnade.model.plan import Change
from colonnade.model.resources import File
from tests.apply.disturbances import edit, own
from tests.apply.fleet import fleet_of
from tests.apply.machine import Machine
from tests.apply.world import applied, machines, read
from tests.sites import designed

CONFIG = "/etc/haproxy/haproxy.cfg"


@dataclass
class Servers:
    """What the servers answer when they are asked for files, and for which they were asked."""

    texts: dict[str, str | None] = field(default_factory=dict)
    asked: dict[str, list[str]] = field(default_factory=dict)

    async def ask(self, remote: Any, verb: str, *, paths: list[str]) -> Mapping[str, str | None]:
        self.asked[remote.server.name] = paths
        return {path: self.texts.get(path, "127.0.0.1 localhost\n") for path in paths}


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Servers:
    found = Servers()
    monkeypatch.setattr(diff, "ask", found.ask)
    return found


def test_a_changed_file_shows_its_lines(servers: Servers) -> None:
    world, _ = applied("guestbook")
    edit(world["web1"], "/etc/hosts")
    (change,) = with_diffs("guestbook", world)
    assert change.diff.startswith("--- /etc/hosts\n+++ /etc/hosts\n@@ -1 +1,")
    assert "\n+10.0.0.21 web1 web1.guestbook.internal\n" in change.diff
    assert servers.asked == {"web1": ["/etc/hosts"]}


def test_a_secret_file_shows_that_it_changes_and_is_not_asked_for(servers: Servers) -> None:
    world, _ = applied("guestbook")
    edit(world["app1"], "/etc/colonnade/apps/web.env")
    shown = with_diffs("guestbook", world)[0]
    assert shown.diff == "~ /etc/colonnade/apps/web.env: changes; it holds secrets, so it is not shown"
    assert servers.asked == {}


def test_another_owner_or_mode_is_shown_as_such(servers: Servers) -> None:
    world, design = applied("guestbook")
    own(world["lb1"], CONFIG, 3, "777")
    servers.texts[CONFIG] = text_of(design.servers["lb1"], CONFIG)
    (change,) = with_diffs("guestbook", world)
    assert change.diff == f"~ {CONFIG}: root:root 644"


def test_a_file_that_is_gone_from_the_server_is_named(servers: Servers) -> None:
    world, _ = applied("guestbook")
    for path in ("/etc/pgbouncer/pgbouncer.ini", "/etc/pgbouncer/userlist.txt"):
        edit(world["app2"], path)
    servers.texts["/etc/pgbouncer/pgbouncer.ini"] = None
    assert with_diffs("guestbook", world)[0].diff.splitlines() == [
        "+ /etc/pgbouncer/pgbouncer.ini",
        "~ /etc/pgbouncer/userlist.txt: changes; it holds secrets, so it is not shown",
    ]


def test_a_first_plan_needs_no_diffs(servers: Servers) -> None:
    assert not [c for c in with_diffs("trio", machines(designed("trio"))) if c.diff]
    assert servers.asked == {}


def test_servers_are_asked_once_for_all_components(servers: Servers) -> None:
    world, _ = applied("trio")
    for path in ("/etc/hosts", "/etc/nginx/nginx.conf", "/etc/haproxy/haproxy.cfg"):
        edit(world["b"], path)
    changes = [change for change in with_diffs("trio", world) if change.step["op"] == "files"]
    assert len(changes) == 3
    assert all(change.diff for change in changes)
    assert sorted(servers.asked["b"]) == ["/etc/haproxy/haproxy.cfg", "/etc/hosts", "/etc/nginx/nginx.conf"]


def with_diffs(name: str, world: Mapping[str, Machine]) -> tuple[Change, ...]:
    design = designed(name)
    return asyncio.run(diff.with_diffs(make_plan(design, read(world)), fleet_of(design))).changes


def text_of(server: ServerDesign, path: str) -> str:
    return next(file.content for _, file in server.all(File) if file.path == path)
