"""What an application gets from systemd: its environment, whatever stands in it, and a unit for each worker."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import example as also
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.components.app import ENVIRONMENT, port, probes, read_worker
from colonnade.components.rendering import render
from colonnade.model.app import App
from colonnade.model.design import ServerDesign
from colonnade.model.observation import Output
from colonnade.model.resources import File, Unit
from tests.sites import VAULT, design_of, designed, example

# systemd takes UTF-8 without the code points that Unicode will never assign (U+FFFE and its like).
NEVER_ASSIGNED = {chr(plane << 16 | low) for plane in range(17) for low in (0xFFFE, 0xFFFF)}
NEVER_ASSIGNED |= {chr(point) for point in range(0xFDD0, 0xFDF0)}
values = st.text(st.characters(exclude_categories=["Cs"], exclude_characters={"\0", *NEVER_ASSIGNED}))
APP = App("shop", Path(), asgi="shop.main:app", secrets=("PAYMENT_KEY",), env=(("MODE", "a b"), ("EMPTY", "")))


@settings(deadline=None)
@given(value=values)
@also('say "hello"')
@also("it's $HOME and `date`")
@also("back\\slash\\\\ and \\n")
@also("two\nlines\r\n\ttabbed\n")
@also(" # no comment; ")
@also("ends in \\")
def test_every_value_arrives_as_it_was_given(value: str) -> None:
    text = render("app", ENVIRONMENT, variables=[("BEFORE", "1"), ("VALUE", value), ("AFTER", "2")])
    assert read_by_systemd(text) == {"BEFORE": "1", "VALUE": value, "AFTER": "2"}


def test_an_application_gets_its_services_its_variables_and_its_secrets() -> None:
    site = replace(example("trio"), apps=(APP,))
    vault = replace(VAULT, values=(("PAYMENT_KEY", "sk$live"),))
    found = read_by_systemd(text_of(design_of(site, vault).servers["a"], "shop.env"))
    password, cache = vault.password("postgres/app/shop"), vault.password("valkey/shop")
    assert found == {
        "DATABASE_URL": f"postgresql://shop:{password}@127.0.0.1:6432/shop",
        "DATABASE_REPLICA_URL": f"postgresql://shop:{password}@127.0.0.1:6432/shop_replica",
        "VALKEY_URL": f"valkey://shop:{cache}@127.0.0.1:16379/0",
        "REDIS_URL": f"redis://shop:{cache}@127.0.0.1:16379/0",
        "SECRET_KEY": vault.password("app/shop/secret_key"),
        "MODE": "a b",
        "EMPTY": "",
        "PAYMENT_KEY": "sk$live",
    }


def test_an_applications_own_value_wins() -> None:
    app = replace(APP, env=(("DATABASE_URL", "sqlite://"),), secrets=())
    server = design_of(replace(example("trio"), apps=(app,))).servers["a"]
    assert read_by_systemd(text_of(server, "shop.env"))["DATABASE_URL"] == "sqlite://"


def test_a_worker_gets_its_port_number_and_server() -> None:
    assert read_by_systemd(text_of(designed("trio").servers["b"], "web-2.env")) == {
        "PORT": "8002",
        "COLONNADE_WORKER": "2",
        "COLONNADE_SERVER": "b",
    }


def test_workers_of_all_apps_have_ports_of_their_own() -> None:
    apps = [replace(APP, position=rank, workers=64) for rank in range(5)]
    ports = [port(app, worker) for app in apps for worker in range(1, app.workers + 1)]
    assert len(ports) == len(set(ports))
    assert ports[0] == 8001


def test_a_unit_for_each_worker_waits_for_a_release() -> None:
    units = [unit for _, unit in designed("trio").servers["a"].all(Unit) if unit.name.startswith("colonnade-web@")]
    assert [unit.name for unit in units] == ["colonnade-web@1.service", "colonnade-web@2.service"]
    assert all(unit.conditional for unit in units)


def test_a_health_path_is_one_word_of_the_probes_shell() -> None:
    app = replace(APP, health="/healthz?full=1&deep=1", secrets=())
    design = design_of(replace(example("trio"), apps=(app,)))
    (command, *_) = [probe.command for probe in probes(design.layout, design.layout.site.servers[0])]
    words = list(shlex.shlex(command, posix=True, punctuation_chars=True))
    assert "&" not in words
    assert "https://app.trio.internal:8001/healthz?full=1&deep=1" in words


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("HTTP=200\nRELEASE=r7\n", "ok", "release r7"),
        ("HTTP=302\nRELEASE=r7\n", "ok", "release r7"),
        ("HTTP=500\nRELEASE=r7\n", "down", "health check answers 500"),
        ("HTTP=000\nRELEASE=r7\n", "down", "does not answer"),
        ("HTTP=000\n", "down", "no release yet: colonnade deploy"),
    ],
)
def test_the_probe_asks_the_worker_itself(text: str, status: str, words: str) -> None:
    assert read_worker("web", Output(0, text))[:2] == (status, words)


def text_of(server: ServerDesign, name: str) -> str:
    return next(file.content for _, file in server.all(File) if file.path.endswith(f"/{name}"))


def read_by_systemd(text: str) -> dict[str, str]:
    """An EnvironmentFile of double-quoted values, by systemd.exec(5): a backslash escapes one of " \\ ` $."""
    found: dict[str, str] = {}
    position = 0
    while position < len(text):
        name = re.compile(r'([A-Za-z_][A-Za-z0-9_]*)="').match(text, position)
        assert name, text[position:]
        value, position = "", name.end()
        while text[position] != '"':
            step = 2 if text[position] == "\\" else 1
            taken = text[position : position + step]
            value += taken if step == 1 else taken[1] if taken[1] in '"\\`$' else "" if taken[1] == "\n" else taken
            position += step
        assert text[position + 1] == "\n"
        found[name[1]], position = value, position + 2
    return found
