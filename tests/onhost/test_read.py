"""What the agent reads of a server, from the words of Debian's own tools."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from colonnade.onhost import host, read

IP = """\
1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever
2: enp1s0    inet 192.0.2.7/24 brd 192.0.2.255 scope global enp1s0\\       valid_lft forever preferred_lft forever
3: enp7s0    inet 10.0.0.21/24 brd 10.0.0.255 scope global enp7s0\\       valid_lft forever preferred_lft forever
3: enp7s0    inet6 fd00::21/64 scope global \\       valid_lft forever preferred_lft forever
"""
SS = """\
LISTEN 0 511          0.0.0.0:80        0.0.0.0:*    users:(("nginx",pid=812,fd=6),("nginx",pid=811,fd=6))
LISTEN 0 128             [::]:22           [::]:*    users:(("sshd",pid=400,fd=4))
LISTEN 0 244        127.0.0.1:5432      0.0.0.0:*    users:(("postgres",pid=901,fd=7))
LISTEN 0 4096           [::1]:6379         [::]:*    users:(("valkey-server",pid=902,fd=7))
LISTEN 0 64         10.0.0.21:2049      0.0.0.0:*
"""
SHOWN = """\
Id=nginx.service
ActiveState=active
UnitFileState=enabled
ConditionResult=yes

Id=postgresql.service
ActiveState=inactive
UnitFileState=
ConditionResult=no
"""


@pytest.mark.parametrize(
    ("address", "interface"),
    [("10.0.0.21", "enp7s0"), ("fd00::21", "enp7s0"), ("192.0.2.7", "enp1s0"), ("203.0.113.5", "enp1s0")],
)
def test_the_interface_is_the_one_with_the_servers_address(
    address: str, interface: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where none has it (an address behind a translation) it is the first one that is not the loopback."""
    says(monkeypatch, IP)
    assert read.interface_of(address) == interface


def test_ports_are_told_with_their_unit_or_program(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the server itself alone disturb nobody."""
    says(monkeypatch, SS)
    monkeypatch.setattr(read, "unit_of", {812: "nginx.service", 400: ""}.__getitem__)
    assert read.listening() == {80: ["nginx.service", 812], 22: ["sshd", 400]}


def test_units_are_told_in_the_order_in_which_they_were_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """An alias is shown by another name."""
    says(monkeypatch, SHOWN)
    assert host.unit_states(["nginx.service", "alias.service"]) == {
        "nginx.service": ["active", "enabled", "yes"],
        "alias.service": ["inactive", "", "no"],
    }
    assert host.unit_states([]) == {}


LISTED = [
    ["nginx.service", "", "loaded", "active", "running", "", "/", 0, "", "/"],
    ["started.service", "", "loaded", "active", "running", "", "/", 0, "", "/"],
    ["failed.service", "", "loaded", "failed", "failed", "", "/", 0, "", "/"],
    ["masked.service", "", "masked", "active", "running", "", "/", 0, "", "/"],
    ["ssh.service", "", "loaded", "active", "running", "", "/", 0, "", "/"],
    ["ready.timer", "", "loaded", "active", "waiting", "", "/", 0, "", "/"],
]


def test_units_that_run_and_are_enabled_are_known_without_asking_for_each(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """sshd.service is an alias here; of all others systemd is asked."""
    for folder, name in [("a.wants", each) for each in ("nginx", "failed", "masked")] + [("b.requires", "ready")]:
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / f"{name}.{'timer' if name == 'ready' else 'service'}").touch()
    shown: list[str] = []

    def show(names: list[str]) -> dict[str, list[str]]:
        shown.extend(names)
        return {name: ["inactive", "", ""] for name in names}

    monkeypatch.setattr(read, "UNITS", (str(tmp_path),))
    monkeypatch.setattr(read, "unit_states", show)
    says(monkeypatch, json.dumps({"type": "a(ssssssouso)", "data": [LISTED]}))
    others = ["failed.service", "masked.service", "sshd.service", "started.service"]
    seen = read.units(["nginx.service", "ready.timer", *others])
    assert shown == others
    assert seen["nginx.service"] == seen["ready.timer"] == ["active", "enabled", "yes"]
    assert all(seen[name] == ["inactive", "", ""] for name in others)


def says(monkeypatch: pytest.MonkeyPatch, output: str) -> None:
    monkeypatch.setattr(subprocess, "run", lambda *words, **options: subprocess.CompletedProcess(words, 0, output))
