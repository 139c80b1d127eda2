"""What may happen to a server between two applies, and what the next plan must name because of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from colonnade.model.plan import Change
from colonnade.model.resources import Task, Unit
from tests.apply.machine import Machine, Running, loaded_by

EDITED = "0" * 64
# Kind of step and name, of everything that a plan changes on a server.
Named = set[tuple[str, str]]


@dataclass(frozen=True)
class Disturbance:
    """Happens to one thing of a machine; `things` says what there is for it to happen to."""

    name: str
    things: Callable[[Machine], list[str]]
    happen: Callable[[Machine, str], None]
    named: Callable[[Machine, str], Named]


def named_by(changes: list[Change]) -> Named:
    """Everything that changes say they change, each file by itself."""
    return {(change.step["op"], name) for change in changes for name in _names(change.step)}


def _names(step: Mapping[str, Any]) -> Iterator[str]:
    if "files" in step:
        yield from (file["path"] for file in step["files"])
    else:
        yield from step.get("names") or step.get("paths") or [step.get("path") or step["name"]]


def units_of(machine: Machine) -> list[Unit]:
    return [unit for _, unit in machine.design.all(Unit)] if machine.design else []


def readers(machine: Machine, path: str) -> Named:
    """Units that load the file: whoever edited it may have had them load it."""
    return {("unit", unit.name) for unit in units_of(machine) if path in loaded_by(unit)}


def edit(machine: Machine, path: str) -> None:
    """By somebody who also has the daemons read it."""
    machine.files[path] = (EDITED, *machine.files[path][1:])
    for unit in machine.units.values():
        unit.loaded.update({path: EDITED} if path in unit.loaded else {})


def own(machine: Machine, path: str, rank: int, word: str) -> None:
    """Changes owner (1), group (2) or mode (3) of a file or folder."""
    place = machine.files if path in machine.files else machine.directories
    place[path] = tuple(word if number == rank else each for number, each in enumerate(place[path]))


def delete(machine: Machine, path: str) -> None:
    machine.files.pop(path)


def turn(machine: Machine, unit: str, active: str | None = None, enabled: str | None = None) -> None:
    machine.units[unit].active = active or machine.units[unit].active
    machine.units[unit].enabled = enabled or machine.units[unit].enabled


def stamp(machine: Machine, unit: str, rank: int) -> None:
    """An apply was interrupted between a file and the restart (0) or reload (1) of who reads it."""
    machine.manifest["units"][unit]["stamps"][rank] = "old"
    described = next(each for each in units_of(machine) if each.name == unit)
    paths = (described.restart_on, described.reload_on)[rank]
    machine.units[unit].loaded.update(dict.fromkeys(paths, EDITED))


def leave_file(machine: Machine, path: str) -> None:
    machine.files[path] = (EDITED, "root", "root", "644")
    machine.manifest["files"][path] = {"component": "gone"}


def leave_unit(machine: Machine, name: str) -> None:
    machine.units[name] = Running("active", "enabled")
    machine.manifest["units"][name] = {"component": "gone", "running": True, "stamps": ["", ""]}


def _files(machine: Machine) -> list[str]:
    """Those that are still there."""
    return sorted(machine.files)


def _units(machine: Machine) -> list[str]:
    return sorted(unit.name for unit in units_of(machine) if unit.name in machine.manifest["units"])


def _tasks(machine: Machine) -> list[str]:
    return sorted(task.name for _, task in machine.design.all(Task)) if machine.design else []


def _forget_task(machine: Machine, name: str) -> None:
    key = next(key for key in machine.manifest["tasks"] if key.endswith(f"/{name}"))
    machine.manifest["tasks"][key]["stamp"] = "old"


def _one(op: str) -> Callable[[Machine, str], Named]:
    return lambda machine, name: {(op, name)}


def _edited(machine: Machine, path: str) -> Named:
    return {("files", path)} | readers(machine, path)


DISTURBANCES = [
    Disturbance("edited file", _files, edit, _edited),
    Disturbance("deleted file", _files, delete, _edited),
    Disturbance("file of another owner", _files, lambda m, path: own(m, path, 1, "nobody"), _one("files")),
    Disturbance("file of another group", _files, lambda m, path: own(m, path, 2, "nogroup"), _one("files")),
    Disturbance("file of another mode", _files, lambda m, path: own(m, path, 3, "777"), _one("files")),
    Disturbance("folder of another mode", lambda m: sorted(m.directories),
                lambda m, path: own(m, path, 3, "777"), _one("directory")),
    Disturbance("removed folder", lambda m: sorted(m.directories),
                lambda m, path: m.directories.__delitem__(path), _one("directory")),
    Disturbance("removed package", lambda m: sorted(m.packages), lambda m, n: m.packages.discard(n), _one("install")),
    Disturbance("removed user", lambda m: sorted(m.manifest["users"]), lambda m, n: m.users.discard(n), _one("user")),
    Disturbance("stopped unit", _units, lambda m, name: turn(m, name, active="failed"), _one("unit")),
    Disturbance("disabled unit", _units, lambda m, name: turn(m, name, enabled="disabled"), _one("unit")),
    Disturbance("missed restart", _units, lambda m, name: stamp(m, name, 0), _one("unit")),
    Disturbance("missed reload", _units, lambda m, name: stamp(m, name, 1), _one("unit")),
    Disturbance("unknown unit", _units, lambda m, name: m.manifest["units"].__delitem__(name), _one("unit")),
    Disturbance("old task", _tasks, _forget_task, _one("task")),
    Disturbance("file without a design", lambda m: ["/etc/old.conf"], leave_file, _one("remove")),
    Disturbance("unit without a design", lambda m: ["old.service"], leave_unit, _one("unit")),
]  # fmt: skip
