"""A command by hand: where it runs, in what, and that nothing secret is in its words."""

from __future__ import annotations

import shlex
from dataclasses import replace
from pathlib import Path

import pytest

from colonnade.cli.which_app import each
from colonnade.components.app.confinement import SANDBOX
from colonnade.errors import Exit, UserError
from colonnade.model.app import App
from colonnade.model.observation import Status
from colonnade.model.resources import File
from colonnade.release.one_off import candidates, well, words
from tests.readings import all_well, lost, spoiled
from tests.sites import VAULT, designed, example

APP = App("web", Path(), asgi="shop.main:app", drain=7, secrets=("PAYMENT_KEY",))
COMMAND = ["python", "-c", "print('$HOME %n')"]


def split(terminal: bool = False) -> list[str]:
    return shlex.split(words(APP, "colonnade-web-exec-1", COMMAND, terminal=terminal))


def test_the_command_arrives_as_it_was_typed() -> None:
    assert split()[-4:] == ["--", *COMMAND]
    assert "--expand-environment=no" in split()


def test_it_runs_as_the_workers_do() -> None:
    unit = next(f for _, f in designed("trio").servers["a"].all(File) if f.path.endswith("/colonnade-web@.service"))
    flags = {each.removeprefix("--property=") for each in split() if each.startswith("--property=")}
    lines = set(unit.content.splitlines())
    assert set(SANDBOX) <= flags & lines
    same = (
        "User=",
        "Group=",
        "SupplementaryGroups=",
        "WorkingDirectory=",
        "EnvironmentFile=/etc/colonnade/apps/web.env",
    )
    for key in same:
        assert {each for each in flags if each.startswith(key)} & lines, key
    assert "TimeoutStopSec=7" in flags


def test_variables_come_from_files() -> None:
    text = words(APP, "u", COMMAND, terminal=False)
    assert VAULT.password("postgres/app/web") not in text
    assert "DATABASE_URL" not in text
    assert "PAYMENT_KEY" not in text


def test_a_terminal_only_where_there_is_one() -> None:
    assert "--pty" in split(terminal=True)
    assert "--pipe" in split()
    assert "--pty" not in split()


def test_the_unit_is_ended_with_its_reader() -> None:
    python = split()
    assert python[:4] == ["/usr/bin/python3", "-I", "-S", "-c"]
    assert python[5] == "colonnade-web-exec-1"


def test_the_first_server_that_is_well() -> None:
    site = example("guestbook")
    readings = {name: seen for name, seen in all_well(site).items() if name.startswith("app")}
    assert well(site.apps[0], readings) == "app1"
    assert well(site.apps[0], lost(readings, "app1")) == "app2"
    down = spoiled(lost(readings, "app1", why="no answer in 5 s"), "app2", "app", Status.DOWN, "does not answer")
    with pytest.raises(UserError, match="no app server is well") as caught:
        well(site.apps[0], down)
    assert caught.value.detail == "app1: no answer in 5 s; app2: does not answer"


def test_names_that_are_not_there() -> None:
    site = replace(example("guestbook"), apps=(APP, replace(APP, name="api")))
    assert each(site, None)[0] is site.apps[0]
    assert each(site, "api")[0] is site.apps[1]
    assert [server.name for server in candidates(site, "app2")] == ["app2"]
    for wrong in (lambda: each(site, "shop"), lambda: candidates(site, "db1")):
        with pytest.raises(UserError) as caught:
            wrong()
        assert caught.value.exit_code is Exit.USAGE
        assert caught.value.hint.startswith("one of ")
