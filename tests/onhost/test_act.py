"""The agent's other steps: units, tasks, packages, the lock, and what it remembers of them."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from colonnade.onhost import act, host, read
from tests.onhost.conftest import Agent, file, files, own_names

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
TASK = {
    "op": "task",
    "component": "test",
    "name": "roles",
    "key": "test/roles",
    "stamp": "v1",
    "within": 5,
    "command": "true",
}


def test_a_unit_is_enabled_restarted_and_its_stamps_are_kept(agent: Agent) -> None:
    assert agent.act(UNIT)[0]["ok"]
    assert ["systemctl", "-q", "enable", "web.service"] in agent.systemctl
    assert ["systemctl", "restart", "web.service"] in agent.systemctl
    assert agent.manifest["units"]["web.service"] == {"component": "test", "running": True, "stamps": ["one", "two"]}


def test_a_reload_starts_a_unit_that_is_not_running(agent: Agent) -> None:
    agent.act({**UNIT, "action": "reload"})
    assert ["systemctl", "reload-or-restart", "web.service"] in agent.systemctl


def test_a_unit_that_does_not_become_ready_is_not_remembered(agent: Agent) -> None:
    (answer,) = agent.act({**UNIT, "ready": "false"})
    assert answer["problem"] == "web.service is active, not ready within 0 s"
    assert agent.manifest["units"] == {}


def test_a_failed_unit_is_a_failure_at_once(agent: Agent) -> None:
    agent.states["web.service"] = ["failed", "enabled", "yes"]
    (answer,) = agent.act({**UNIT, "within": 60})
    assert answer["problem"] == "web.service is failed, not ready within 60 s"


def test_a_unit_whose_condition_is_not_met_may_rest(agent: Agent) -> None:
    agent.states["web.service"] = ["inactive", "enabled", "no"]
    assert agent.act({**UNIT, "conditional": True})[0]["ok"]
    assert not agent.act(UNIT)[0]["ok"]


@pytest.mark.parametrize(
    ("forget", "left"), [(True, {}), (False, {"component": "test", "running": False, "stamps": []})]
)
def test_a_stopped_unit_is_forgotten_or_kept_as_stopped(agent: Agent, forget: bool, left: dict[str, Any]) -> None:
    agent.act(UNIT)
    agent.states["web.service"] = ["inactive", "disabled", ""]
    stop = {"op": "unit", "component": "test", "name": "web.service", "action": "stop", "forget": forget}
    assert agent.act(stop)[0]["ok"]
    assert agent.manifest["units"].get("web.service", {}) == left
    assert ["systemctl", "-q", "disable", "--now", "web.service"] in agent.systemctl


def test_a_unit_that_does_not_stop_stays_known(agent: Agent) -> None:
    agent.act(UNIT)
    stop = {"op": "unit", "component": "test", "name": "web.service", "action": "stop", "forget": True}
    assert agent.act(stop)[0]["problem"] == "web.service does not stop"
    assert "web.service" in agent.manifest["units"]


def test_a_tasks_stamp_is_kept_once_it_succeeded(agent: Agent) -> None:
    (answer,) = agent.act({**TASK, "command": "echo no primary; exit 3"})
    assert (answer["problem"], answer["detail"]) == ("roles failed with status 3", "no primary\n")
    assert agent.manifest["tasks"] == {}
    agent.act(TASK)
    assert agent.manifest["tasks"] == {"test/roles": {"component": "test", "stamp": "v1"}}


def test_a_task_that_takes_too_long_fails(agent: Agent) -> None:
    (answer,) = agent.act({**TASK, "command": "sleep 5", "within": 0.1})
    assert answer["problem"].startswith("roles failed with status ")


def test_what_was_done_before_a_failure_is_remembered(agent: Agent) -> None:
    path = agent.path("one")
    answers = agent.act(files(file(path, "1")), TASK, {**TASK, "command": "false", "key": "test/other"})
    assert [answer["ok"] for answer in answers] == [True, True, False]
    assert list(agent.manifest["files"]) == [str(path)]
    assert list(agent.manifest["tasks"]) == ["test/roles"]


def test_packages_are_installed_without_starting_daemons(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def run(command: list[str], **options: Any) -> Any:
        seen.append((command[-2:], agent.policy.read_text().endswith("exit 101\n")))
        return host.run(["true"])

    monkeypatch.setattr(act, "run", run)
    agent.act({"op": "install", "component": "base", "names": ["nginx", "curl"]})
    assert [(words[-1], policy) for words, policy in seen] == [("update", True), ("curl", True)]
    assert not agent.policy.exists()
    assert set(agent.manifest["packages"]) == {"nginx", "curl"}


def test_a_policy_that_a_killed_agent_left_is_lifted_and_anothers_stays(agent: Agent) -> None:
    agent.policy.write_text(f"#!/bin/sh\n{act.MARK}\nexit 101\n")
    agent.act()
    assert not agent.policy.exists()
    agent.policy.write_text("#!/bin/sh\nexit 101\n")
    agent.act()
    assert agent.policy.exists()


def test_two_agents_never_act_at_once(agent: Agent) -> None:
    with host.exclusive(agent.lock, 0), pytest.raises(BlockingIOError):
        host.exclusive(agent.lock, 0)
    assert agent.act(TASK)[0]["ok"]
    host.exclusive(agent.lock, 0).close()


def test_the_lock_is_held_while_a_step_is_done(agent: Agent) -> None:
    (answer,) = agent.act({**TASK, "command": f"flock --nonblock {agent.lock} true"})
    assert answer["problem"] == "roles failed with status 1"


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    lock = str(tmp_path / "lock")
    context = multiprocessing.get_context("fork")
    process = context.Process(target=hold, args=(lock,))
    process.start()
    process.join()
    host.exclusive(lock, 0).close()


def test_a_lost_or_broken_manifest_is_an_empty_one(agent: Agent) -> None:
    assert set(agent.manifest) == {"files", "directories", "units", "tasks", "packages", "users"}
    Path(host.STATE).mkdir()
    Path(host.MANIFEST).write_text('{"files": {')
    assert agent.manifest["files"] == {}


def test_a_file_is_described_by_hash_owner_and_mode(tmp_path: Path) -> None:
    path = tmp_path / "one"
    path.write_text("1\n")
    path.chmod(0o640)
    digest = "4355a46b19d348dc2f57c046f8ef63d4538ebb936000f3c9ee954a27460dd865"
    assert host.describe(str(path)) == [digest, *own_names().values(), "640"]
    assert host.describe(str(tmp_path))[0] == ""  # type: ignore[index]
    assert host.describe(str(path / "below")) is host.describe(str(tmp_path / "none")) is None


def test_what_is_read_is_what_the_plan_compares(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Written by the agent and read by it: the next plan sees no difference."""
    path = agent.path("one")
    agent.act(files(file(path, "1\n")), UNIT, TASK)
    for name, answer in {"installed_packages": ["nginx"], "listening": {}, "users": ["root"]}.items():
        monkeypatch.setattr(read, name, lambda answer=answer: answer)
    monkeypatch.setattr(read, "facts", lambda address: {"memory": 1, "cpus": 1})
    monkeypatch.setattr(read, "unit_states", agent.unit_states)
    read.main({"address": "10.0.0.1"})
    seen = json.loads(agent.said())
    assert seen["files"] == {str(path): host.describe(str(path))}
    assert seen["units"] == {"web.service": ["active", "", ""]}
    assert seen["manifest"] == agent.manifest
    assert seen["packages"] == ["nginx"]


def hold(lock: str) -> None:
    host.exclusive(lock, 0)
