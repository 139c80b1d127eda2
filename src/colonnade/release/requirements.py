"""What an app requires: uv.lock, else requirements.txt, else pyproject.toml, else the one requirements-….txt."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from colonnade.errors import UserError
from colonnade.release import uv
from colonnade.release.servers import normalised

INCLUDE = re.compile(r"^(-r|-c|--requirement|--constraint)[ =]*(?!\S*://)(\S+)")
COMMENT = re.compile(r"(^|\s)#.*")
EXACT = re.compile(r"==|@|\.whl")


@dataclass(frozen=True, slots=True)
class Requirements:
    """`file` is what uv installs from; `lines` are those of it and of every file it includes."""

    origin: str
    """The file that the user knows, for messages."""
    file: Path | None
    lines: tuple[str, ...]

    @property
    def names(self) -> frozenset[str]:
        return frozenset(filter(None, map(normalised, self.lines)))

    @property
    def loose(self) -> tuple[str, ...]:
        """Requirements without an exact version: a later build may get another."""
        return tuple(line for line in self.lines if normalised(line) and not EXACT.search(line))


def find(folder: Path, scratch: Path) -> Requirements:
    """The app's requirements; none when it names none. What a lock exports is written to `scratch`."""
    if (folder / "uv.lock").is_file():
        return _of("uv.lock", _exported(folder, scratch))
    if (plain := folder / "requirements.txt").is_file():
        return _of(plain.name, plain)
    if declared := _declared(folder / "pyproject.toml"):
        return Requirements("pyproject.toml", folder / "pyproject.toml", declared)
    other = _other(folder)
    return _of(other.name, other) if other else Requirements("no requirements", None, ())


def _of(origin: str, file: Path) -> Requirements:
    return Requirements(origin, file, tuple(_lines(file.resolve(), ())))


def _exported(folder: Path, scratch: Path) -> Path:
    exported = scratch / "requirements.txt"
    flags = ("--no-dev", "--no-emit-project", "--no-annotate", "--no-header", "--quiet")
    uv.run(folder, "export", "--frozen", *flags, "--output-file", str(exported))
    return exported


def _declared(project: Path) -> tuple[str, ...]:
    if not project.is_file():
        return ()
    try:
        return tuple(tomllib.loads(project.read_text()).get("project", {}).get("dependencies", ()))
    except tomllib.TOMLDecodeError as error:
        raise UserError(str(project), f"not TOML: {error}") from error


def _other(folder: Path) -> Path | None:
    found = sorted(folder.glob("requirements*.txt"))
    if len(found) > 1:
        names = ", ".join(file.name for file in found)
        raise UserError(str(folder), f"cannot choose between {names}", "name the one for production requirements.txt")
    return next(iter(found), None)


def _lines(path: Path, seen: tuple[Path, ...]) -> Iterator[str]:
    """Lines without comments and continuations; an included file's in place of the line that includes it."""
    joined = path.read_text().replace("\\\n", " ").splitlines()
    for line in filter(None, (COMMENT.sub("", line).strip() for line in joined)):
        if included := INCLUDE.match(line):
            yield from _included(path, included[1], included[2], (*seen, path))
        else:
            yield line


def _included(path: Path, option: str, name: str, seen: tuple[Path, ...]) -> Iterator[str]:
    """A constraint keeps its option before it: it requires nothing."""
    file = (path.parent / name).resolve()
    if not file.is_file():
        raise UserError(str(file), f"there is no such file, and {path.name} includes it")
    prefix = "-c " if option in ("-c", "--constraint") else ""
    if file not in seen:
        yield from (prefix + line for line in _lines(file, seen))
