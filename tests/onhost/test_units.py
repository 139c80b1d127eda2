"""Units on a server: asked of systemd, watched until they serve, and remembered only then."""

from __future__ import annotations

from typing import Any

import pytest

from tests.onhost.conftest import UNIT, Agent


def test_a_unit_that_is_enabled_already_is_not_enabled_again(agent: Agent) -> None:
    agent.states["web.service"] = ["active", "enabled", ""]
    assert agent.act(UNIT)[0]["ok"]
    assert not [words for words in agent.systemctl if "enable" in words]


def test_a_unit_is_enabled_restarted_and_its_stamps_are_kept(agent: Agent) -> None:
    assert agent.act(UNIT)[0]["ok"]
    enabled, read, _, restarted = agent.systemctl
    assert enabled == ["systemctl", "-q", "--no-reload", "enable", "web.service"]
    assert read == ["systemctl", "daemon-reload"]
    assert restarted == ["systemctl", "restart", "web.service"]
    assert agent.manifest["units"]["web.service"] == {"component": "test", "running": True, "stamps": ["one", "two"]}


def test_systemd_reads_its_files_once_for_all_units_that_follow(agent: Agent) -> None:
    assert all(answer["ok"] for answer in agent.act(UNIT, {**UNIT, "name": "worker.service"}))
    assert agent.systemctl[0] == ["systemctl", "-q", "--no-reload", "enable", "web.service", "worker.service"]
    assert [words for words in agent.systemctl if words == ["systemctl", "daemon-reload"]] == [agent.systemctl[1]]


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
