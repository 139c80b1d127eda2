"""Servers of a test: the real on-host code on folders, a systemd that only remembers, a runner that may be killed."""

from __future__ import annotations

import asyncio
import io
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from colonnade.components.endpoints import GATE_HEADER
from colonnade.model.drain import Drain
from colonnade.model.site import Server
from colonnade.observe.https import Answer
from colonnade.onhost import host, layers, migrate, release, survey
from colonnade.release import gate, rollout, ship
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet

ROOT = "/srv/colonnade"


class Killed(BaseException):
    """The runner's process is gone, with no time to clean up."""


@dataclass
class Machine:
    """One server: a folder, the state of units, and what they write."""

    server: Server
    folder: Path
    units: dict[str, list[Any]] = field(default_factory=dict)
    starts: list[str] = field(default_factory=list)
    """Releases, each time a worker was started."""
    killed: list[str] = field(default_factory=list)
    asked: int = 0
    """Of a release that tires: each of its two workers answers once."""
    migrations: int = 0
    full: bool = False

    @property
    def root(self) -> Path:
        return self.folder / "web"

    def systemd(self, command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
        verb, *words = command[1:]
        code, printed = 0, ""
        if command[0] == "journalctl":
            printed = "what the app wrote\n"
        elif command[0] == "systemd-run":
            self._migrate(command)
        elif verb == "show":
            blocks = [self.units.get(unit, ["inactive", 0]) for unit in words[2:]]
            printed = "\n".join(f"NRestarts={restarts}\nActiveState={state}\n" for state, restarts in blocks)
        elif verb == "is-active":
            printed = self.units.get(words[0], ["inactive"])[0]
        elif verb in ("stop", "start"):
            for unit in words:
                if not unit.startswith("--"):
                    (self._start if verb == "start" else self._stop)(unit)
        elif verb == "kill":
            self.killed += words[1:]
        return subprocess.CompletedProcess(command, code, printed)

    def _stop(self, unit: str) -> None:
        self.units[unit] = ["inactive", 0]

    def _start(self, unit: str) -> None:
        self.starts.append(self.text("current/release.env").partition("=")[2].strip())
        crashes = (self.root / "current/app/crash").exists()
        self.units[unit] = ["activating", 9] if crashes else ["active", 0]
        home = self.folder / unit.replace("@", "-").removesuffix(".service")
        home.mkdir(exist_ok=True)
        (home / ".release").write_text(self.starts[-1] + "\n")

    def _migrate(self, command: list[str]) -> None:
        properties = dict(w.removeprefix("--property=").split("=", 1) for w in command if w.startswith("--property="))
        log = Path(properties["StandardOutput"].removeprefix("append:"))
        here = log.parent / "app"
        self.migrations += 1
        log.write_text((here / "says").read_text() if (here / "says").exists() else "done\n")
        if not (here / "migrate-fails").exists():
            Path(properties["ExecStartPost"].split()[-1]).touch()

    def text(self, path: str) -> str:
        return (self.root / path).read_text() if (self.root / path).exists() else ""

    def current(self) -> str:
        return survey.pointed(str(self.root), "current")


@dataclass
class World:
    """All servers, and how many more steps their operator takes."""

    machines: dict[str, Machine]
    patch: pytest.MonkeyPatch
    steps_left: float = float("inf")
    out: set[str] = field(default_factory=set)
    """Servers that get no requests."""
    log: list[str] = field(default_factory=list)

    @property
    def fleet(self) -> Fleet:
        remotes = {
            name: cast(Remote, FakeRemote(machine.server, machine, self)) for name, machine in self.machines.items()
        }
        return Fleet({name: remote for name, remote in remotes.items() if name not in self.away})

    away: set[str] = field(default_factory=set)

    def step(self, what: str) -> None:
        self.log.append(what)
        self.steps_left -= 1
        if self.steps_left < 0:
            raise Killed

    def serving(self, release: str) -> bool:
        """Every app server serves it, is in rotation, and nothing is left of any deploy."""
        apps = [machine for name, machine in self.machines.items() if name.startswith("app")]
        return (
            not self.out
            and all(machine.current() == release for machine in self.machines.values())
            and all(state == "active" for machine in apps for state, _ in machine.units.values())
            and all(machine.starts[-2:] == [release] * 2 for machine in apps)
            and not any((machine.root / "deploy.json").exists() for machine in self.machines.values())
        )

    def answer(self, worker: str) -> Answer:
        """Of a worker by the real path."""
        server, _, number = worker.rpartition("-")
        machine = self.machines[server]
        state, _ = machine.units.get(f"colonnade-web@{number}.service", ["inactive", 0])
        by = {GATE_HEADER.lower(): worker if state == "active" else "another"}
        here = machine.root / "current/app"
        machine.asked += (here / "tires").exists()
        ill = (here / "sick").exists() or ((here / "tires").exists() and machine.asked > 2)
        return Answer(500 if ill else 200, by)


@dataclass
class FakeRemote:
    server: Server
    machine: Machine
    world: World
    sudo: bool = False

    @asynccontextmanager
    async def lent(self, words: str) -> AsyncIterator[FakeTalk]:
        await asyncio.sleep(0)
        yield FakeTalk(self._agent)

    async def feed(
        self, words: str, head: bytes, source: Path, sent: Callable[[int], None]
    ) -> tuple[int, bytes, bytes]:
        data = source.read_bytes()  # noqa: ASYNC240 - a test
        for size in (1, len(data) - 1):
            sent(size)
        return 0, self._agent(head + data), b""

    def _agent(self, stdin: bytes) -> bytes:
        """The request as the agent gets it, answered by the code that is sent with it."""
        length, _, rest = stdin.partition(b"\n")
        line, _, tar = rest[int(length) :].partition(b"\n")
        request = json.loads(line)
        verb = request["verb"]
        self.world.step(f"{self.server.name}: {request.get('op', verb)}")
        said: list[Any] = []
        with self.world.patch.context() as patch:
            for module in (release, migrate):
                patch.setattr(module, "ROOT", str(self.machine.folder))
                patch.setattr(module, "say", said.append)
            for module in (host, release, migrate, survey):
                patch.setattr(module, "run", self.machine.systemd)
            patch.setattr(release, "LOCK", str(self.machine.folder / "lock"))
            patch.setattr(release, "METRICS", str(self.machine.folder / "metrics"))
            patch.setattr(survey, "text", self._text)
            patch.setattr(layers, "compiled", lambda part, final: None)
            patch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(tar)))
            if self.machine.full:
                patch.setattr(layers, "free_bytes", lambda folder: 1 << 20)
            {"release": release, "migrate": migrate}[verb].main(request)
        return json.dumps(said[-1]).encode()

    def _text(self, path: str) -> str:
        found = Path(path.replace("/run/", f"{self.machine.folder}/"))
        return found.read_text().strip() if found.exists() else ""


@dataclass
class FakeTalk:
    """A process for each request."""

    agent: Callable[[bytes], bytes]
    known: set[str] = field(default_factory=set)
    said: bytes = b""

    def write(self, data: bytes) -> None:
        self.said = self.agent(data)

    async def line(self) -> bytes:
        return self.said


def world(servers: Iterable[Server], folder: Path, patch: pytest.MonkeyPatch) -> World:
    machines = {}
    for server in servers:
        machines[server.name] = Machine(server, folder / server.name)
        (folder / server.name / "web/releases").mkdir(parents=True)
    made = World(machines, patch)
    _replace_drains(made, patch)

    async def get(address: str, host: str, path: str, *rest: Any, headers: Mapping[str, str]) -> Answer:
        return made.answer(headers[GATE_HEADER].partition(":")[2])

    patch.setattr(gate, "get", get)
    patch.setattr(gate, "BETWEEN", 0.001)
    patch.setattr(gate, "SOON", 0.001)
    return made


def _replace_drains(made: World, patch: pytest.MonkeyPatch) -> None:
    async def take_out(fleet: Fleet, drains: tuple[Drain, ...], lease: float) -> None:
        for server in sorted({drain.server for drain in drains}):
            made.step(f"{server}: out")
            made.out.add(server)

    async def bring_back(fleet: Fleet, drains: tuple[Drain, ...]) -> None:
        for server in sorted({drain.server for drain in drains}):
            made.step(f"{server}: back")
            made.out.discard(server)

    async def not_kept_out(fleet: Fleet, drains: tuple[Drain, ...]) -> tuple[Drain, ...]:
        return tuple(drains)

    async def until_empty(fleet: Fleet, drains: tuple[Drain, ...], within: float) -> bool:
        return True

    fakes: list[Callable[..., Awaitable[Any]]] = [take_out, bring_back, not_kept_out, until_empty]
    for fake in fakes:
        for module in (rollout, ship):
            if hasattr(module, fake.__name__):
                patch.setattr(module, fake.__name__, fake)
