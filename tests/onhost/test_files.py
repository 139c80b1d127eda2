"""Files on a server: all of a component's or none, whatever happens on the way."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from colonnade.onhost import swap
from tests.onhost.conftest import Agent, file, files, left_in


def test_files_appear_with_text_owner_and_mode(agent: Agent) -> None:
    one, two = agent.path("one"), agent.path("deep/er/two")
    (answer,) = agent.act(files(file(one, "1\n"), file(two, "2\n", mode="640")))
    assert answer["ok"]
    assert (one.read_text(), two.read_text()) == ("1\n", "2\n")
    assert (one.stat().st_mode & 0o7777, two.stat().st_mode & 0o7777) == (0o644, 0o640)
    assert agent.manifest["files"] == {str(path): {"component": "test"} for path in (one, two)}


def test_a_new_text_takes_the_place_of_the_old_one_and_leaves_nothing_beside_it(agent: Agent) -> None:
    path = agent.path("one")
    agent.act(files(file(path, "old\n")))
    agent.act(files(file(path, "new\n", mode="600")))
    assert path.read_text() == "new\n"
    assert path.stat().st_mode & 0o7777 == 0o600
    assert left_in(path.parent) == ["one"]


def test_a_check_sees_the_new_text_in_a_place_of_its_own(agent: Agent) -> None:
    path = agent.path("one")
    agent.act(files(file(path, "old\n")))
    (answer,) = agent.act(files(file(path, "new\n", check=f"grep -q new {{path}} && grep -q old {path}")))
    assert answer["ok"]


def test_what_is_not_accepted_never_takes_a_place(agent: Agent) -> None:
    path = agent.path("one")
    agent.act(files(file(path, "old\n")))
    (answer,) = agent.act(files(file(path, "new\n", check="echo {path}:1: unknown keyword; false")))
    assert answer == {
        "step": 0,
        "ok": False,
        "problem": f"{path} was not accepted; the old one stands",
        "detail": f"{path}:1: unknown keyword\n",
    }
    assert path.read_text() == "old\n"
    assert left_in(path.parent) == ["one"]


def test_one_that_is_not_accepted_takes_all_the_others_back(agent: Agent) -> None:
    plain, checked, new = agent.path("plain"), agent.path("checked"), agent.path("new")
    agent.act(files(file(plain, "old\n"), file(checked, "old\n")))
    before = agent.manifest
    agent.act(files(file(plain, "new\n"), file(new, "new\n"), file(checked, "new\n", check="false")))
    assert (plain.read_text(), checked.read_text()) == ("old\n", "old\n")
    assert left_in(plain.parent) == ["checked", "plain"]
    assert agent.manifest == before


def test_a_check_sees_the_files_that_its_own_refers_to(agent: Agent) -> None:
    """Files without a check are in place before the first check, whatever their order in the step."""
    included, config = agent.path("zz-included"), agent.path("config")
    (answer,) = agent.act(files(file(config, "include\n", check=f"grep -q new {included}"), file(included, "new\n")))
    assert answer["ok"]


def test_nothing_after_a_failure_is_done(agent: Agent) -> None:
    one, two = agent.path("one"), agent.path("two")
    answers = agent.act(files(file(one, "1", check="false")), files(file(two, "2")))
    assert [answer["ok"] for answer in answers] == [False]
    assert not two.exists()


@pytest.mark.parametrize("moment", ["stage", "flush", "check", "keep"])
def test_an_interruption_leaves_the_old_files_and_nothing_beside_them(
    agent: Agent, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    one, two = agent.path("one"), agent.path("two")
    agent.act(files(file(one, "old\n"), file(two, "old\n")))
    real, calls = getattr(swap, moment), []

    def interrupted(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return real(*given)

    monkeypatch.setattr(swap, moment, interrupted)
    with pytest.raises(KeyboardInterrupt):
        agent.act(files(file(one, "new\n", check="true"), file(two, "new\n", check="true")))
    assert (one.read_text(), two.read_text()) == ("old\n", "old\n")
    assert left_in(one.parent) == ["one", "two"]


def test_what_a_killed_agent_left_is_overwritten(agent: Agent) -> None:
    path = agent.path("one")
    path.parent.mkdir()
    for end in ("", ".colonnade-new", ".colonnade-old"):
        Path(f"{path}{end}").write_text("half")
    agent.act(files(file(path, "new\n")))
    assert path.read_text() == "new\n"
    assert left_in(path.parent) == ["one"]


def test_a_secret_is_never_readable_for_everybody(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even before it has its mode, and not where a killed agent left a file that is."""
    path, modes = agent.path("secret"), []
    path.parent.mkdir()
    Path(f"{path}.colonnade-new").touch(0o666)
    real = shutil.chown

    def chown(name: str, *who: str) -> None:
        modes.append(Path(name).stat().st_mode & 0o077)
        real(name, *who)

    monkeypatch.setattr(shutil, "chown", chown)
    agent.act(files(file(path, "s3cret", mode="640")))
    assert modes == [0]


def test_an_unknown_owner_is_a_failure_and_not_a_crash(agent: Agent) -> None:
    path = agent.path("one")
    (answer,) = agent.act(files({**file(path, "1"), "owner": "nobody-by-this-name"}))
    assert answer["problem"] == f"{path}.colonnade-new: no such user: 'nobody-by-this-name'"
    assert left_in(path.parent) == []


def test_units_of_systemd_are_read_anew(agent: Agent, monkeypatch: pytest.MonkeyPatch) -> None:
    agent.act(files(file(agent.path("one"), "1")))
    assert agent.systemctl == []
    agent.act({"op": "remove", "component": "test", "paths": [str(agent.path("one"))]})
    assert agent.systemctl == [["systemctl", "daemon-reload"]]


def test_removed_files_are_forgotten_and_may_be_gone_already(agent: Agent) -> None:
    one, two = agent.path("one"), agent.path("two")
    agent.act(files(file(one, "1"), file(two, "2")))
    one.unlink()
    (answer,) = agent.act({"op": "remove", "component": "test", "paths": [str(one), str(two)]})
    assert answer["ok"]
    assert not two.exists()
    assert agent.manifest["files"] == {}


def test_a_folder_gets_its_mode(agent: Agent) -> None:
    path = agent.path("deep/folder")
    step = {"op": "directory", "component": "test", "path": str(path), "mode": "750"}
    agent.act({**step, **{key: value for key, value in file(path, "").items() if key in ("owner", "group")}})
    assert path.stat().st_mode & 0o7777 == 0o750
    assert agent.manifest["directories"] == {str(path): {"component": "test"}}
