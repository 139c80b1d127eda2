"""Packages that an app requires by path: built here, since those of plain Python are the same on the servers."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from colonnade.errors import UserError
from colonnade.release import ignore, tree
from colonnade.release.requirements import Requirements

BY_PATH = re.compile(
    r"^(?:(?:-e|--editable)[ =]+)?(?:[A-Za-z0-9._-]+(?:\[[^]]*\])?\s*@\s*)?(?:file:(?://)?)?"
    r"(?P<path>(?:\.{1,2})?/[^\s;\[]+)"
)


@dataclass(frozen=True, slots=True)
class Local:
    """A folder with a package in it."""

    name: str
    folder: Path

    @property
    def digest(self) -> str:
        """Of everything in it that would be built."""
        members = tree.read(self.folder, ignore.rules(self.folder))
        parts = [f"{m.name} {hashlib.sha256(m.read()).hexdigest()}" for m in members]
        return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def packages(folder: Path, wanted: Requirements) -> tuple[Local, ...]:
    """Every package required by path, whether a requirement names the path or uv's settings do."""
    named = (found["path"] for line in wanted.lines if (found := BY_PATH.match(line)))
    paths = dict.fromkeys([*named, *_sources(folder)])
    return tuple(_package(folder, path, wanted.origin) for path in paths if not path.endswith((".whl", ".tar.gz")))


def flags(found: tuple[Local, ...]) -> tuple[str, ...]:
    """For uv: these may be built, and are built anew, since it does not see a changed file in them."""
    return tuple(word for each in found for word in ("--no-binary", each.name, "--refresh-package", each.name))


def _package(folder: Path, path: str, origin: str) -> Local:
    place = (folder / path).resolve()
    if not place.is_dir():
        raise UserError(origin, f"there is no {path}", f"the path counts from {folder}")
    project = _table(place / "pyproject.toml").get("project", {})
    if "name" not in project:
        hint = "give it a pyproject.toml with [project] and a name"
        raise UserError(origin, f"{path} is required, and holds no package that has a name", hint)
    return Local(str(project["name"]), place)


def _sources(folder: Path) -> Iterator[str]:
    """Paths of `[tool.uv.sources]`."""
    sources = _table(folder / "pyproject.toml").get("tool", {}).get("uv", {}).get("sources", {})
    yield from (str(each["path"]) for each in sources.values() if isinstance(each, dict) and "path" in each)


def _table(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text()) if path.is_file() else {}
    except tomllib.TOMLDecodeError as error:
        raise UserError(str(path), f"not TOML: {error}") from error
