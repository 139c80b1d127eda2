"""The page on the monitors: only where it is asked for, and able to run from the files it brings along."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from colonnade.components.dashboard import LIBRARY, SETTINGS, sources
from colonnade.components.dashboard.options import DashboardOptions
from colonnade.errors import UserError
from colonnade.model.design import Design
from colonnade.model.outline import from_json
from colonnade.model.passwords import hashed
from colonnade.model.resources import File, Unit
from colonnade.spec import load
from tests.dashboard.stories import shape
from tests.sites import VAULT, design_of, designed, example, with_options

HOST = "status.example.com"
OPTIONS = DashboardOptions(host=HOST, users={"ada": "DASHBOARD_ADA"})


@cache
def with_dashboard(name: str = "guestbook") -> Design:
    vault = replace(VAULT, values=(("DASHBOARD_ADA", "correct horse"),))
    return design_of(with_options(example(name), OPTIONS), vault)


def files(design: Design, server: str) -> Mapping[str, File]:
    return {file.path: file for _, file in design.servers[server].all(File)}


def unpacked(folder: Path) -> Path:
    """What a monitor gets, in a folder here."""
    for path, file in files(with_dashboard(), "mon1").items():
        if path.startswith(LIBRARY):
            target = folder / Path(path).relative_to(LIBRARY)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(file.content)
    return folder


def test_without_a_host_there_is_nothing_of_it() -> None:
    for server in designed("guestbook").servers.values():
        assert "dashboard" not in {component for component, resources in server.components if resources}


def test_it_knows_the_site_and_its_own_monitor_first() -> None:
    told = json.loads(files(with_dashboard("trio"), "b")[SETTINGS].content)
    assert from_json(told["outline"]) == shape("trio")
    names = [each["name"] for each in told["monitors"]]
    assert names[0] == "b"
    assert len(names) == len(set(names)) > 1
    assert "patroni.service" in told["units"]["a"]


def test_passwords_leave_the_operator_hashed() -> None:
    file = files(with_dashboard(), "mon1")[SETTINGS]
    assert (file.secret, file.mode, file.group) == (True, 0o640, "colonnade-dashboard")
    assert "correct horse" not in file.content
    salt, told = json.loads(file.content)["users"]["ada"]
    assert hashed("correct horse", bytes.fromhex(salt)).hex() == told


def test_a_session_of_one_monitor_is_good_on_another() -> None:
    keys = {json.loads(files(with_dashboard("trio"), name)[SETTINGS].content)["key"] for name in ("a", "b")}
    assert len(keys) == 1


def test_balancers_lead_its_name_to_the_monitors() -> None:
    text = files(with_dashboard(), "lb1")["/etc/haproxy/haproxy.cfg"].content
    assert f"use_backend dashboard if {{ req.hdr(Host),host_only -i {HOST} }}" in text
    assert f"guestbook.example.com {HOST} 203.0.113.10" in text
    assert "server mon1 10.0.0.51:9180" in text.partition("\nbackend dashboard\n")[2].partition("\nbackend web\n")[0]
    certificate = with_dashboard().layout.certificate("haproxy", example("guestbook").by_name["lb1"])
    assert HOST in certificate.names


def test_what_logs_in_on_servers_stays_with_the_operator() -> None:
    names = set(sources())
    assert "colonnade/dashboard/monitor.py" in names
    assert not [
        name for name in names if "ssh" in name or "remote" in name or "onhost" in name or "__pycache__" in name
    ]


def test_it_runs_from_what_it_brings_along(tmp_path: Path) -> None:
    """With nothing else of colonnade: every import is among the files, or Debian's."""
    unpacked(tmp_path)
    program = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import colonnade.dashboard.monitor as m\n"
        "loaded = {n: f.__file__ for n, f in sys.modules.items() if n.startswith('colonnade') and f.__file__}\n"
        "assert all(f.startswith(sys.argv[1]) for f in loaded.values()), loaded\n"
        "forbidden = {'asyncssh', 'pydantic', 'yaml', 'cryptography', 'typer', 'rich'} & set(sys.modules)\n"
        "assert not forbidden, forbidden\n"
        "from colonnade.dashboard.hub import Hub\n"
        "from colonnade.dashboard.make import snapshot\n"
        "import json, pathlib\n"
        "settings = m.Settings(json.loads(pathlib.Path(sys.argv[2]).read_text()))\n"
        "snap = snapshot(settings.outline, m.look(settings, m.History(())))\n"
        "hub = Hub('x'); hub.show(snap); m.application(settings, hub)\n"
        "print(snap.status.verdict)\n"
    )
    settings = tmp_path / "settings.json"
    settings.write_text(files(with_dashboard(), "mon1")[SETTINGS].content)
    done = subprocess.run(
        [sys.executable, "-P", "-c", program, str(tmp_path), str(settings)],
        text=True, capture_output=True, env={**os.environ, "PYTHONPATH": ""},
    )  # fmt: skip
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("unknown", "", 0)


def test_it_is_started_again_when_any_of_its_files_changed() -> None:
    units = {unit.name: unit for _, unit in with_dashboard().servers["mon1"].all(Unit)}
    watched = set(units["colonnade-dashboard.service"].restart_on)
    assert {path for path in files(with_dashboard(), "mon1") if path.startswith(LIBRARY)} <= watched


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        ('host = "status.example.com"', "host is set, and nobody may log in: expected users"),
        (
            'host = "guestbook.example.com"\nusers = { ada = "A" }',
            "guestbook.example.com leads to an application already",
        ),
        ('host = "not a name"\nusers = { ada = "A" }', "host"),
        ('hots = "status.example.com"', "unknown key"),
    ],
)
def test_a_wrong_table_is_an_error_with_its_place(lines: str, problem: str, tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "examples/guestbook/colonnade.toml").read_text()
    (tmp_path / "guestbook").mkdir()
    for folder in ("guestbook", "static"):
        (tmp_path / folder).mkdir(exist_ok=True)
    (tmp_path / "requirements.txt").write_text("")
    (tmp_path / "colonnade.toml").write_text(f"{text}\n[dashboard]\n{lines}\n")
    with pytest.raises(UserError) as caught:
        load(tmp_path / "colonnade.toml")
    assert problem in str(caught.value)
    assert caught.value.where.startswith("colonnade.toml:")
