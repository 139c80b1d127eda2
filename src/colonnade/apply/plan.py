"""Design minus Actual is a Plan. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from colonnade.apply.releases import absent_marks, absent_releases
from colonnade.apply.roster import roster_change
from colonnade.apply.units import forgotten_units, unit_changes
from colonnade.model.actual import Actual, Description
from colonnade.model.design import Design, ServerDesign
from colonnade.model.plan import PREPARE, RELEASE, RETIRE, Change, Plan
from colonnade.model.resources import Directory, File, Package, Resource, Task, User


def make_plan(design: Design, actual: Mapping[str, Actual]) -> Plan:
    """What must be done on the servers that were read."""
    changes: list[Change] = []
    for name, server in design.servers.items():
        if name in actual:
            changes += roster_change(design.layout.site.servers, name, actual[name])
            changes += _prepare(server, actual[name])
            changes += _leftovers(server, actual[name])
            hashes = {file.path: file.sha256 for _, file in server.all(File)}
            for component, resources in server.components:
                changes += _component(name, component, resources, hashes, actual[name])
    changes += absent_releases(design.layout.site, actual)
    changes += absent_marks(design.layout.site, actual)
    marked = tuple(replace(c, first=_first(c, actual[c.server])) for c in changes)
    return Plan(((PREPARE,), (RELEASE,), *design.order, (RETIRE,)), marked)


def _first(change: Change, actual: Actual) -> bool:
    """Nothing that runs can notice the change: what prepares never does, the rest not before its first start."""
    if change.component in (PREPARE, RELEASE, RETIRE):
        return not change.stops
    return all(unit["component"] != change.component for unit in actual.manifest["units"].values())


def _prepare(design: ServerDesign, actual: Actual) -> Iterator[Change]:
    """Early files, then packages, users and directories of all components together."""
    server = design.server.name
    early = [(c, f) for c, f in design.all(File) if f.early and _differs(f, actual.files.get(f.path))]
    for component, file in early:
        yield _files(server, PREPARE, component, [file], actual)
    missing = sorted({p.name for _, p in design.all(Package)} - actual.packages)
    if missing:
        step = {"op": "install", "names": missing, "component": "base"}
        yield Change(server, PREPARE, "install", " ".join(missing), step=step)
    users = list(dict.fromkeys(design.all(User)))
    # A group is made with its user, so those that others join come first.
    for component, user in sorted(users, key=lambda pair: len(pair[1].groups)):
        if user.name not in actual.users or actual.manifest["users"].get(user.name, {}).get("groups") != list(
            user.groups
        ):
            yield _user(server, component, user)
    directories = {d.path: (c, d) for c, d in design.all(Directory)}
    for path, (component, directory) in sorted(directories.items()):
        if _wanted(directory) != _mode_and_owner(actual.directories.get(path)):
            yield _directory(server, component, directory, actual)


def _user(server: str, component: str, user: User) -> Change:
    step = {"op": "user", "component": component, "name": user.name, "home": user.home, "groups": list(user.groups)}
    return Change(server, PREPARE, "add", f"user {user.name}", step=step)


def _directory(server: str, component: str, directory: Directory, actual: Actual) -> Change:
    owner, group, mode = _wanted(directory)
    step = {"op": "directory", "component": component, "path": directory.path}
    action = "change" if actual.directories.get(directory.path) else "add"
    return Change(
        server, PREPARE, action, f"{directory.path}/", step={**step, "owner": owner, "group": group, "mode": mode}
    )


def _wanted(resource: Directory | File) -> tuple[str, ...]:
    return resource.owner, resource.group, f"{resource.mode:o}"


def _mode_and_owner(seen: Description) -> tuple[str, ...]:
    return () if seen is None else seen[1:]


def _differs(file: File, seen: Description) -> bool:
    return seen is None or seen != (file.sha256, *_wanted(file))


def _component(
    server: str, component: str, resources: tuple[Resource, ...], hashes: Mapping[str, str], actual: Actual
) -> Iterator[Change]:
    files = [r for r in resources if isinstance(r, File)]
    changed = [f for f in files if not f.early and _differs(f, actual.files.get(f.path))]
    if changed:
        yield _files(server, component, component, changed, actual)
    yield from unit_changes(server, component, resources, hashes, actual)
    for task in (r for r in resources if isinstance(r, Task)):
        yield from _task(server, component, task, hashes, actual)


def _files(server: str, phase: str, component: str, files: list[File], actual: Actual) -> Change:
    """One change for a component's files: they are checked and swapped together."""
    step = {"op": "files", "component": component, "files": [_wire(f) for f in files]}
    new = all(actual.files.get(f.path) is None for f in files)
    return Change(server, phase, "add" if new else "change", " ".join(f.path for f in files), step=step)


def _wire(file: File) -> dict[str, Any]:
    owner, group, mode = _wanted(file)
    return {
        "path": file.path,
        "content": file.content,
        "owner": owner,
        "group": group,
        "mode": mode,
        "check": file.check,
        "secret": file.secret,
    }


def _task(server: str, component: str, task: Task, hashes: Mapping[str, str], actual: Actual) -> Iterator[Change]:
    key, stamp = f"{component}/{task.name}", "|".join([task.command, *(hashes.get(path, "") for path in task.on)])
    if actual.manifest["tasks"].get(key, {}).get("stamp") == stamp:
        return
    step = {"op": "task", "component": component, "name": task.name, "command": task.command}
    yield Change(server, component, "run", task.name, step={**step, "key": key, "stamp": stamp, "within": task.within})


def _leftovers(design: ServerDesign, actual: Actual) -> Iterator[Change]:
    """What the manifest names and the design no longer does. Packages and data stay: others may use them."""
    stopped = list(forgotten_units(design, actual))
    yield from stopped
    wanted = {file.path for _, file in design.all(File)}
    gone = sorted(set(actual.manifest["files"]) - wanted)
    if gone:
        # A unit that is still to be stopped keeps its files until then.
        step = {"op": "remove", "component": "base", "paths": gone}
        yield Change(design.server.name, RETIRE if stopped else PREPARE, "remove", " ".join(gone), step=step)
