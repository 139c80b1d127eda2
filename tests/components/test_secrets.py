"""Nothing secret stands where anybody may read: in plain files, commands, diffs, plans."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from colonnade.apply import diff
from colonnade.apply.plan import make_plan
from colonnade.cli.plan_text import as_document, as_text
from colonnade.components import discover
from colonnade.model.component import Component
from colonnade.model.design import Design
from colonnade.model.layout import Layout
from colonnade.model.observation import Probe
from colonnade.model.plan import Plan
from colonnade.model.resources import File, Resource, Task, Unit
from colonnade.model.site import Server
from tests.apply.fleet import fleet_of
from tests.apply.world import carry_out, machines, read
from tests.components.hunt import VALUES, TellingVault, found, leaks, secrets_of, telling_vault, with_secrets
from tests.sites import NAMES, design_of, example

each_example = pytest.mark.parametrize("name", NAMES)


@each_example
def test_a_design_shows_no_secret(name: str) -> None:
    design, secrets = hunted(name)
    assert len(secrets) > 20
    assert {value for _, value in VALUES} <= secrets
    assert leaks(design, secrets) == []


@each_example
def test_secrets_do_reach_the_files_that_need_them(name: str) -> None:
    """Else a hunt that finds nothing would say nothing."""
    design, secrets = hunted(name)
    hidden = [f.content for server in design.servers.values() for _, f in server.all(File) if f.secret]
    assert sum(bool(found(secrets, text)) for text in hidden) > len(design.servers)


@each_example
def test_a_first_plan_shows_no_secret(name: str) -> None:
    design, secrets = hunted(name)
    assert shown(design, make_plan(design, read(machines(design))), secrets) == []


@each_example
def test_diffs_of_every_file_show_no_secret(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file on the servers has one more line than in the design, and secret ones are never asked for."""
    design, secrets = hunted(name)
    world = machines(design)
    carry_out(make_plan(design, read(world)), world)
    for machine in world.values():
        machine.files = {path: ("0" * 64, *seen[1:]) for path, seen in machine.files.items()}
    texts = {n: {f.path: f"{f.content}old\n" for _, f in s.all(File)} for n, s in design.servers.items()}
    monkeypatch.setattr(diff, "ask", content_of(texts))
    plan = asyncio.run(diff.with_diffs(make_plan(design, read(world)), fleet_of(design)))
    text = as_text(design.layout.site, plan, 0.1, len(world))
    assert "-old" in text
    assert "it holds secrets" in text
    assert shown(design, plan, secrets) == []


LEAKS: dict[str, Callable[[str], Resource]] = {
    "file": lambda secret: File("/etc/leak.conf", f"password = {secret}\n"),
    "command of a task": lambda secret: Task("leak", f"login --password {secret}"),
    "readiness of a unit": lambda secret: Unit("leak.service", ready=f"curl -u me:{secret} http://127.0.0.1/"),
    "check of a secret file": lambda secret: File("/etc/leak.conf", secret, secret=True, check=f"check {secret}"),
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS.keys())
def test_the_hunt_finds_a_planted_secret(leak: Callable[[str], Resource], monkeypatch: pytest.MonkeyPatch) -> None:
    def resources(layout: Layout, server: Server) -> Iterable[Resource]:
        yield leak(layout.vault.password("valkey/health"))

    plant(Component("careless", resources), monkeypatch)
    design, secrets = hunted("trio")
    assert [where.split(": ")[:2] for where in leaks(design, secrets)] == [[n, "careless"] for n in ("a", "b", "c")]


def test_the_hunt_finds_a_secret_in_a_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    def probes(layout: Layout, server: Server) -> Iterable[Probe]:
        yield Probe("careless", "leak", f"ask {layout.vault.value('PAYMENT_KEY')}")

    plant(Component("careless", lambda layout, server: (), probes=probes), monkeypatch)
    assert len(leaks(*hunted("trio"))) == 3


def test_the_hunt_finds_a_private_key(monkeypatch: pytest.MonkeyPatch) -> None:
    plant(Component("careless", lambda layout, server: [File("/etc/leak", layout.vault.ca_key)]), monkeypatch)
    assert len(leaks(*hunted("trio"))) == 3


def hunted(name: str) -> tuple[Design, frozenset[str]]:
    vault: TellingVault = telling_vault()
    design = design_of(with_secrets(example(name)), vault)
    return design, secrets_of(vault, design)


def plant(component: Component, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = {**discover(), component.name: component}
    for module in ("colonnade.design", "colonnade.observe.probing"):
        monkeypatch.setattr(f"{module}.discover", lambda: everything)


def shown(design: Design, plan: Plan, secrets: Iterable[str]) -> list[str]:
    """Secrets that a plan shows in words, as JSON, or in a traceback."""
    site = design.layout.site
    document = json.dumps(as_document(site, plan, {}), ensure_ascii=False)
    return found(secrets, "\n".join((as_text(site, plan, 0.1, 1), document, repr(plan))))


def content_of(texts: dict[str, dict[str, str]]) -> Callable[..., Any]:
    async def ask(remote: Any, verb: str, *, paths: list[str]) -> dict[str, str]:
        assert verb == "content"
        return {path: texts[remote.server.name][path] for path in paths}

    return ask
