"""Tasks and packages, the lock, and what the agent remembers."""

from __future__ import annotations

import json
import multiprocessing
from pathlib import Path
from typing import Any

import pytest

from colonnade.onhost import act, host, read
from tests.onhost.conftest import UNIT, Agent, file, files, own_names

TASK = {
    "op": "task",
    "component": "test",
    "name": "roles",
    "key": "test/roles",
    "stamp": "v1",
    "within": 5,
    "command": "true",
}


def test_a_tasks_stamp_is_kept_once_it_succeeded(agent: Agent) -> None:
    (answer,) = agent.act({**TASK, "command": "echo no primary; exit 3"})
    assert (answer["problem"], answer["detail"]) == ("roles failed with status 3", "no primary\n")
    assert agent.manifest["tasks"] == {}
    agent.act(TASK)
    assert agent.manifest["tasks"] == {"test/roles": {"component": "test", "stamp": "v1"}}


def test_a_task_that_takes_too_long_fails(agent: Agent) -> None:
    (answer,) = agent.act({**TASK, "command": "sleep 5", "within": 0.1})
    assert answer["problem"] == "roles failed with status 124"


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
    assert set(agent.manifest) == {"files", "directories", "units", "tasks", "packages", "users", "servers"}
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
    monkeypatch.setattr(read, "RELEASES", str(agent.path("srv")))
    read.main({"address": "10.0.0.1"})
    seen = json.loads(agent.said())
    assert seen["files"] == {str(path): host.describe(str(path))}
    assert seen["units"] == {"web.service": ["active", "enabled", ""]}
    assert seen["manifest"] == agent.manifest
    assert seen["packages"] == ["nginx"]


def hold(lock: str) -> None:
    host.exclusive(lock, 0)
