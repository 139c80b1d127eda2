"""The agent as it travels: sources on standard input, run by a python3 that has nothing of ours."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import pytest

from colonnade.onhost import act, host, lock, undoing
from colonnade.remote.agent import COMMAND, MODULES, payload

PYTHON = Path("/usr/bin/python3")
pytestmark = pytest.mark.skipif(not PYTHON.exists(), reason="Debian's own python3 is not here")


def test_probes_answer_side_by_side_and_in_order() -> None:
    commands = ["sleep 0.2; echo slow", "echo quick; exit 3", "echo late; sleep 9", "printf 'zeile\\n'"]
    assert sent("probe", commands=commands, timeout=1) == [
        [0, "slow\n"],
        [3, "quick\n"],
        [124, "late\n"],
        [0, "zeile\n"],
    ]


def test_texts_of_files_come_back_and_missing_ones_are_null(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes("ü\n".encode() + b"\xff")
    paths = [str(tmp_path / "one"), str(tmp_path / "none"), str(tmp_path)]
    assert sent("content", paths=paths) == dict(zip(paths, ["ü\n\ufffd", None, None], strict=True))


def test_texts_of_any_kind_travel_unharmed(tmp_path: Path) -> None:
    """The request is one line, whatever is in it."""
    strange = "line\nline\r\n\"quotes\" 'and' \\ and \u2028 and \0"
    assert sent("probe", commands=[], timeout=1, note=strange) == []


@pytest.mark.parametrize("verb", MODULES)
def test_no_verb_names_its_request_in_a_command_line(verb: str) -> None:
    assert b"s3cret" in payload(verb, {"text": "s3cret"})
    assert "s3cret" not in COMMAND


def test_the_lock_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "site.lock"
    program = payload("lock", {"holder": "ada@desk, apply", "wait": 0}).replace(lock.PATH.encode(), bytes(path))
    first = subprocess.Popen(["sh", "-c", COMMAND], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert first.stdin and first.stdout
    first.stdin.write(program)
    first.stdin.flush()
    assert json.loads(first.stdout.readline()) == {"held": True, "holder": "ada@desk, apply"}
    second = program.replace(b"ada@desk", b"bob@desk")
    assert run(second) == {"held": False, "holder": "ada@desk, apply"}
    first.communicate()
    assert run(second) == {"held": True, "holder": "bob@desk, apply"}


def test_the_agent_ends_with_its_operators_connection(tmp_path: Path) -> None:
    """What waits for other servers would hold the lock against the next operator."""
    task = {"op": "task", "component": "t", "name": "t", "key": "t/t", "stamp": "", "command": "sleep 30", "within": 30}
    program = payload("act", {"steps": [{**task, "command": "true"}, task]})
    for path in (host.LOCK, host.STATE, act.POLICY):
        program = program.replace(path.encode(), bytes(tmp_path / Path(path).name))
    agent = subprocess.Popen(["sh", "-c", f"exec {COMMAND}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert agent.stdin and agent.stdout
    agent.stdin.write(program)
    agent.stdin.flush()
    assert json.loads(agent.stdout.readline())["ok"]
    agent.stdout.close()
    agent.wait(10)
    host.exclusive(str(tmp_path / Path(host.LOCK).name), 0).close()


def sent(verb: str, **request: Any) -> Any:
    return run(payload(verb, request))


def run(program: bytes) -> Any:
    done = subprocess.run(["sh", "-c", COMMAND], input=program, capture_output=True, timeout=10)
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def test_a_fault_that_ends_the_connection_is_made_after_the_answer(tmp_path: Path) -> None:
    for tool in ("systemd-run", "systemctl"):
        (tmp_path / tool).write_text("#!/bin/sh\n")
        (tmp_path / tool).chmod(0o755)
    broken = tmp_path / "broken"
    request = {"do": "inject", "id": "cut", "needs": "true", "undo": "true", "within": 5, "delay": 0.4}
    program = payload("fault", {**request, "inject": f"cat /proc/uptime >{broken}"})
    program = program.replace(undoing.FOLDER.encode(), bytes(tmp_path / "faults"))
    path = {"PATH": f"{tmp_path}:/usr/bin:/bin"}
    done = subprocess.run(["sh", "-c", COMMAND], input=program, capture_output=True, timeout=10, env=path)
    answer = json.loads(done.stdout.splitlines()[-1])
    assert answer["made"], done.stderr
    assert not broken.exists()
    assert answer["at"] > answer["now"]
    deadline = monotonic() + 10
    while not (tmp_path / "faults" / "cut.json").exists():
        assert monotonic() < deadline
        sleep(0.02)
    assert broken.exists()
    assert 0 <= json.loads((tmp_path / "faults" / "cut.json").read_text())["at"] - answer["at"] < 1
