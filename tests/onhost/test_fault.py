"""A fault is made only with its undoing armed, and undone once, by whoever comes first."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from colonnade.onhost import fault, undoing
from tests.onhost.systemd import Systemd

SERVICE = "colonnade-undo-one.service"


@dataclass(frozen=True)
class Host:
    """The agent in this process; `broken` is there while the fault is in force."""

    folder: Path
    systemd: Systemd
    said: Callable[[], str]

    @property
    def broken(self) -> Path:
        return self.folder / "broken"

    @property
    def mended(self) -> int:
        """How often the undoing has run."""
        log = self.folder / "mended"
        return len(log.read_text()) if log.exists() else 0

    def inject(self, **changes: Any) -> dict[str, Any]:
        request = {"needs": "true", "inject": f"touch {self.broken}", "within": 9.5, "delay": 0, **changes}
        return self.ask(do="inject", id="one", undo=self.undoing, **request)

    @property
    def undoing(self) -> str:
        return f"rm -f {self.broken}; printf x >>{self.folder}/mended"

    def undo(self) -> dict[str, Any]:
        return self.ask(do="undo", id="one", undo=self.undoing)

    def ask(self, **request: Any) -> dict[str, Any]:
        fault.main(request)
        answers = [json.loads(line) for line in self.said().splitlines()]
        assert all(abs(time.monotonic() - each["now"]) < 60 for each in answers)
        return dict(answers[-1])


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Host:
    found = Host(tmp_path, Systemd(), lambda: capfd.readouterr().out)
    for module in (fault, undoing):
        monkeypatch.setattr(module, "FOLDER", str(tmp_path / "faults"))
    monkeypatch.setattr(undoing, "run", found.systemd.run)
    return found


def left(host: Host) -> list[str]:
    return sorted(path.name for path in (host.folder / "faults").iterdir() if path.suffix != ".lock")


def test_the_undoing_is_armed_when_the_fault_is_made(host: Host) -> None:
    before = time.monotonic()
    answer = host.inject(inject=f"[ -s {host.folder}/faults/one.undo ] && touch {host.broken}")
    assert answer["made"]
    assert before < answer["at"] < answer["now"]
    assert host.broken.exists()
    assert host.systemd.timers == {SERVICE: "9.500s"}


def test_what_cannot_be_made_here_is_not_and_says_why(host: Host) -> None:
    answer = host.inject(needs="echo no memory controller; false")
    assert (answer["made"], answer["reason"]) == (False, "no memory controller")
    assert not host.broken.exists()
    assert not host.systemd.timers


def test_without_its_undoing_nothing_is_broken(host: Host) -> None:
    host.systemd.refuses = True
    answer = host.inject()
    assert (answer["made"], "could not be armed" in answer["reason"]) == (False, True)
    assert not host.broken.exists()
    assert left(host) == []


def test_a_fault_that_fails_halfway_is_undone_at_once(host: Host) -> None:
    answer = host.inject(inject=f"touch {host.broken}; echo half; exit 3")
    assert (answer["made"], answer["reason"]) == (False, "half")
    assert not host.broken.exists()
    assert not host.systemd.timers


def test_what_fails_and_cannot_be_undone_stays_armed(host: Host) -> None:
    host.ask(do="inject", id="one", undo="false", needs="true", inject="false", within=9, delay=0)
    assert host.systemd.timers


def test_a_fault_in_force_is_not_made_again(host: Host) -> None:
    host.inject()
    answer = host.inject(inject=f"touch {host.folder}/again")
    assert answer["reason"] == "it is made already and not undone yet"
    assert not (host.folder / "again").exists()
    assert host.systemd.timers


def test_undoing_disarms_and_says_when(host: Host) -> None:
    made = host.inject()
    answer = host.undo()
    assert answer["undone"]
    assert not answer["itself"]
    assert answer["injected"]["at"] == made["at"]
    assert made["at"] < answer["at"] < answer["now"]
    assert (host.broken.exists(), host.mended, host.systemd.timers, left(host)) == (False, 1, {}, [])


def test_after_its_time_it_has_undone_itself(host: Host) -> None:
    host.inject()
    host.systemd.elapse(SERVICE)
    elapsed = time.monotonic()
    answer = host.undo()
    assert (answer["undone"], answer["itself"], host.mended) == (True, True, 1)
    assert answer["at"] < elapsed
    assert host.inject()["made"]


def test_undoing_twice_or_what_nobody_knows_of_is_fine(host: Host) -> None:
    host.inject()
    host.undo()
    assert host.undo()["undone"]
    assert not host.broken.exists()


def test_an_undoing_that_fails_is_said_and_stays_armed(host: Host) -> None:
    host.ask(do="inject", id="one", undo="false", needs="true", inject="true", within=9, delay=0)
    answer = host.undo()
    assert (answer["undone"], answer["reason"]) == (False, f"Job for {SERVICE} failed")
    assert host.systemd.timers


def test_what_a_killed_drill_left_is_found_and_undone(host: Host) -> None:
    host.inject()
    answer = host.ask(do="leftovers")
    assert answer["found"]["one"]["undone"]
    assert (host.broken.exists(), left(host)) == (False, [])
    assert host.ask(do="leftovers")["found"] == {}
