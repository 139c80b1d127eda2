"""A design as a folder to review: each text once, under the names of the servers that have it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path

from colonnade.model.design import Design, ServerDesign
from colonnade.model.resources import Directory, File, Package, Resource, Task, Unit, User
from tests.sites import GOLDEN, designed

COMMAND = ".venv/bin/python scripts/golden"
# What a design holds beside the texts of files: packages, users, owners and modes, units, tasks.
RESOURCES = "/resources.txt"
# Named by all servers it would be the longest name of all.
EVERYWHERE = "all"


def rendered(example: str) -> dict[str, str]:
    """`app1+app2/etc/hosts`: text, of every file but keys and certificates."""
    design = designed(example)
    having: dict[tuple[str, str], list[str]] = {}
    for name, server in design.servers.items():
        for path, text in _texts(server):
            having.setdefault((path, text), []).append(name)
    return {f"{_folder(design, names)}{path}": text for (path, text), names in having.items()}


def stored(example: str) -> dict[str, str]:
    folder = GOLDEN / example
    return {str(path.relative_to(folder)): path.read_text() for path in folder.rglob("*") if path.is_file()}


def write(example: str) -> None:
    """Makes the stored files the rendered ones."""
    wanted = rendered(example)
    for path, text in wanted.items():
        file = GOLDEN / example / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    for path in stored(example).keys() - wanted.keys():
        (GOLDEN / example / path).unlink()
    _drop_empty_folders(GOLDEN / example)


def difference(stored: Mapping[str, str], rendered: Mapping[str, str]) -> str:
    """A unified diff over both folders; empty when they are equal."""
    lines: list[str] = []
    for path in sorted(stored.keys() | rendered.keys()):
        before, after = stored.get(path), rendered.get(path)
        old, new = (before or "").splitlines(), (after or "").splitlines()
        names = (path if before is not None else "not there", path if after is not None else "not there")
        lines += unified_diff(old, new, *names, n=1, lineterm="")
        if before != after and old == new:
            lines.append(f"{path}: there and not there, or another end of line")
    return "\n".join(lines)


def _texts(server: ServerDesign) -> Iterator[tuple[str, str]]:
    yield RESOURCES, "".join(f"{line}\n" for line in _resources(server))
    for _, file in server.all(File):
        if "-----BEGIN " not in file.content:
            yield file.path, file.content


def _folder(design: Design, names: list[str]) -> str:
    return EVERYWHERE if len(names) == len(design.servers) else "+".join(names)


def _resources(server: ServerDesign) -> Iterator[str]:
    for component, resources in server.components:
        yield f"{component}:"
        for resource in resources:
            yield from (f"  {line}" for line in _words(resource))


def _words(resource: Resource) -> Iterator[str]:
    match resource:
        case Package(name):
            yield f"package {name}"
        case User(name, home, groups):
            yield f"user {' '.join((name, home, *groups))}"
        case Directory(path, owner, group, mode):
            yield f"directory {path} {owner}:{group} {mode:o}"
        case File():
            marks = _marks(secret=resource.secret, early=resource.early)
            yield f"file {resource.path} {resource.owner}:{resource.group} {resource.mode:o}{marks}"
            yield from [f"  checked by {resource.check}"] if resource.check else []
        case Unit():
            yield f"unit {resource.name}{_marks(stopped=not resource.running, conditional=resource.conditional)}"
            yield from (f"  restarted by {path}" for path in resource.restart_on)
            yield from (f"  reloaded by {path}" for path in resource.reload_on)
            yield from [f"  ready within {resource.ready_within} s: {resource.ready}"] if resource.ready else []
        case Task():
            yield f"task {resource.name}: {' '.join((resource.command, *resource.on))}"


def _marks(**marks: bool) -> str:
    return "".join(f" {word}" for word, holds in marks.items() if holds)


def _drop_empty_folders(folder: Path) -> None:
    for each in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if not any(each.iterdir()):
            each.rmdir()
