"""A server in memory: it does what the agent does with a step, and answers what the agent reads.

It also remembers which files each daemon has loaded, which no real server tells.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass, field
from typing import Any

from colonnade.model.actual import Actual, from_answer
from colonnade.model.design import ServerDesign
from colonnade.model.plan import Change
from colonnade.model.resources import Unit
from colonnade.model.site import Server
from tests.sites import FACTS

KINDS = ("files", "directories", "units", "tasks", "packages", "users")
GONE = ("", "", "", "")


@dataclass
class Running:
    """One unit: systemd's three words for it, and path: hash of what it has loaded."""

    active: str = "inactive"
    enabled: str = "disabled"
    condition: str = "yes"
    loaded: dict[str, str] = field(default_factory=dict)


@dataclass
class Machine:
    design: ServerDesign | None = None
    """Where units say which files they load; the plan alone does not tell."""
    files: dict[str, tuple[str, ...]] = field(default_factory=dict)
    directories: dict[str, tuple[str, ...]] = field(default_factory=dict)
    units: dict[str, Running] = field(default_factory=dict)
    packages: set[str] = field(default_factory=set)
    users: set[str] = field(default_factory=lambda: {"root"})
    manifest: dict[str, dict[str, Any]] = field(default_factory=lambda: {kind: {} for kind in KINDS})
    servers: tuple[Server, ...] = ()
    """The site as it remembers it."""
    releases: dict[str, str] = field(default_factory=dict)
    conditions_met: bool = True
    """Whether conditional units start: the first release is there."""

    def actual(self) -> Actual:
        """Of what stands in the manifest alone, as the agent has it."""
        units = {name: self.units.get(name, Running("", "")) for name in self.manifest["units"]}
        return Actual(
            facts=FACTS,
            manifest=deepcopy(self.manifest),
            files={path: self.files.get(path) for path in self.manifest["files"]},
            directories={path: self.directories.get(path) for path in self.manifest["directories"]},
            units={name: (u.active, u.enabled, u.condition) for name, u in units.items()},
            packages=frozenset(self.packages),
            users=frozenset(self.users),
            servers=self.servers,
            releases=dict(self.releases),
        )

    def perform(self, change: Change) -> None:
        step = change.step
        getattr(self, "_" + step["op"].replace("-", "_"))(step)

    def stale(self) -> dict[str, list[str]]:
        """Units that run with something else than the files that are there."""
        found = {
            unit.name: [path for path in loaded_by(unit) if self._hash(path) != running.loaded.get(path)]
            for _, unit in (self.design.all(Unit) if self.design else ())
            if (running := self.units.get(unit.name)) and running.active == "active"
        }
        return {name: paths for name, paths in found.items() if paths}

    def _hash(self, path: str) -> str:
        return self.files.get(path, GONE)[0]

    def _remember(self, step: Mapping[str, Any]) -> None:
        answer = {"servers": step["servers"], "manifest": self.manifest, "releases": {}, "facts": asdict(FACTS)}
        empty: dict[str, Any] = {"files": {}, "directories": {}, "units": {}, "packages": [], "users": [], "ports": {}}
        self.servers = from_answer({**answer, **empty}).servers

    def _ship(self, step: Mapping[str, Any]) -> None:
        self.releases[step["app"]] = step["release"]

    def _ship_marks(self, step: Mapping[str, Any]) -> None:
        assert step["paths"]

    def _retire(self, step: Mapping[str, Any]) -> None:
        self.files, self.servers, self.releases = {}, (), {}
        self.manifest = {kind: {} for kind in KINDS}

    def _put_aside(self, step: Mapping[str, Any]) -> None:
        assert step["data"]

    def _install(self, step: Mapping[str, Any]) -> None:
        self.packages |= set(step["names"])
        for name in step["names"]:
            self._note("packages", name, step)

    def _user(self, step: Mapping[str, Any]) -> None:
        missing = set(step["groups"]) - self.users
        assert not missing, f"usermod: group {missing} does not exist"
        self.users.add(step["name"])
        self._note("users", step["name"], step, groups=step["groups"])

    def _directory(self, step: Mapping[str, Any]) -> None:
        self.directories[step["path"]] = ("", step["owner"], step["group"], step["mode"])
        self._note("directories", step["path"], step)

    def _files(self, step: Mapping[str, Any]) -> None:
        for file in step["files"]:
            digest = hashlib.sha256(file["content"].encode()).hexdigest()
            self.files[file["path"]] = (digest, file["owner"], file["group"], file["mode"])
            self._note("files", file["path"], step)

    def _remove(self, step: Mapping[str, Any]) -> None:
        for path in step["paths"]:
            self.files.pop(path, None)
            self.manifest["files"].pop(path, None)

    def _unit(self, step: Mapping[str, Any]) -> None:
        unit = self.units.setdefault(step["name"], Running())
        if step["action"] == "stop":
            unit.active, unit.enabled = "inactive", "disabled"
            self.manifest["units"].pop(step["name"], None)
            if not step["forget"]:
                self._note("units", step["name"], step, running=False, stamps=[])
            return
        unit.enabled = "enabled"
        self._start(unit, step["name"], step["action"], conditional=step["conditional"])
        self._note("units", step["name"], step, running=True, stamps=step["stamps"])

    def _start(self, unit: Running, name: str, action: str, *, conditional: bool) -> None:
        """What systemd does: `start` leaves a running unit as it is, `reload` starts one that is not running."""
        fresh = unit.active != "active" or action == "restart"
        unit.condition = "no" if conditional and not self.conditions_met else "yes"
        unit.active = "active" if unit.condition == "yes" else "inactive"
        described = next(u for _, u in self.design.all(Unit) if u.name == name) if self.design else Unit(name)
        paths = loaded_by(described) if fresh else described.reload_on if action == "reload" else ()
        unit.loaded.update({path: self._hash(path) for path in paths})

    def _task(self, step: Mapping[str, Any]) -> None:
        self._note("tasks", step["key"], step, stamp=step["stamp"])

    def _note(self, kind: str, name: str, step: Mapping[str, Any], **more: Any) -> None:
        self.manifest[kind][name] = {"component": step["component"], **more}


def loaded_by(unit: Unit) -> tuple[str, ...]:
    return (*unit.restart_on, *unit.reload_on)
