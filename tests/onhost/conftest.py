"""The agent with its state in a folder of the test, and without systemd."""

from __future__ import annotations

import grp
import json
import os
import pwd
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from colonnade.onhost import act, host, units

Answers = list[dict[str, Any]]
UNIT = {
    "op": "unit",
    "component": "test",
    "name": "web.service",
    "action": "restart",
    "enable": True,
    "ready": None,
    "within": 0,
    "conditional": False,
    "stamps": ["one", "two"],
}


@dataclass
class Agent:
    """Runs the agent's `act` in this process."""

    folder: Path
    said: Callable[[], str]
    systemctl: list[list[str]] = field(default_factory=list)
    """What it would have told systemd."""
    states: dict[str, list[str]] = field(default_factory=dict)

    def act(self, *steps: dict[str, Any]) -> Answers:
        act.main({"steps": list(steps)})
        return [json.loads(line) for line in self.said().splitlines()]

    @property
    def lock(self) -> str:
        return str(self.folder / "act.lock")

    @property
    def policy(self) -> Path:
        return self.folder / "policy-rc.d"

    def unit_states(self, names: list[str]) -> dict[str, list[str]]:
        return {name: self.states.get(name, ["active", "", ""]) for name in names}

    @property
    def manifest(self) -> dict[str, dict[str, Any]]:
        return host.load_manifest()

    def path(self, name: str) -> Path:
        return self.folder / "etc" / name


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Agent:
    found = Agent(tmp_path, lambda: capfd.readouterr().out)
    monkeypatch.setattr(host, "STATE", str(tmp_path / "state"))
    monkeypatch.setattr(host, "MANIFEST", str(tmp_path / "state" / "manifest.json"))
    monkeypatch.setattr(act, "LOCK", found.lock)
    monkeypatch.setattr(act, "POLICY", str(found.policy))
    real = host.run

    def run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        if command[0] not in ("systemctl", "journalctl"):
            done: subprocess.CompletedProcess[str] = real(command, **options)
            return done
        found.systemctl.append(command)
        if "enable" in command:
            found.states.update({name: ["active", "enabled", ""] for name in command if name.endswith(".service")})
        return subprocess.CompletedProcess(command, 0, "")

    for module in (host, act, units):
        monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(units, "unit_states", found.unit_states)
    return found


def own_names() -> dict[str, str]:
    """Whoever runs the tests: only root could give files away."""
    return {"owner": pwd.getpwuid(os.geteuid()).pw_name, "group": grp.getgrgid(os.getegid()).gr_name}


def file(path: Path, content: str, check: str | None = None, mode: str = "644") -> dict[str, Any]:
    return {"path": str(path), "content": content, "mode": mode, "check": check, "secret": False, **own_names()}


def files(*wanted: dict[str, Any]) -> dict[str, Any]:
    return {"op": "files", "component": "test", "files": list(wanted)}


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
