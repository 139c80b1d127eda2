"""The requirements of an app, installed for the servers: kept for as long as the requirements stay the same."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from colonnade.model.site import App
from colonnade.release import local, uv
from colonnade.release.archive import Member
from colonnade.release.ignore import parse
from colonnade.release.requirements import Requirements
from colonnade.release.servers import missing, normalised
from colonnade.release.tree import read

GLIBC = "manylinux_2_40"
"""Debian 13 has glibc 2.41; wheels for any older one are taken too."""
LEFT_OUT = ("/bin/", "/include/", "/.lock", "__pycache__/")
"""Scripts carry the operator's interpreter in their first line; headers are for compilers, which the servers do not
have."""
COMMAND = """#!/usr/bin/python3
import sys
from {module} import {first}
sys.exit({call}())
"""


@dataclass(frozen=True, slots=True)
class Target:
    """What the servers run."""

    python: str
    machine: str


def install(
    app: App, wanted: Requirements, target: Target, cache: Path, say: Callable[[str], None]
) -> tuple[Path | None, tuple[str, ...]]:
    """The folder with every package, and their exact versions; nothing to install gives no folder."""
    added = missing(app, wanted.names)
    if wanted.file is None and not added:
        return None, ()
    own = local.packages(app.path, wanted)
    place = cache / f"site-{_key(app, wanted, added, target, own)}"
    if not place.is_dir():
        what = wanted.origin if wanted.file else ", ".join(added)
        say(f"installing {what} for Python {target.python} on {target.machine}")
        _fill(place, app, wanted, (*local.flags(own), *added), target)
    os.utime(place)
    return place, versions(place)


def members(place: Path | None) -> tuple[Member, ...]:
    """The packages, and their commands under `bin/` for the servers' own Python."""
    return (*read(place, parse(LEFT_OUT)), *commands(place)) if place else ()


def commands(place: Path) -> Iterator[Member]:
    """As installers write them: `celery`, `alembic`, `django-admin`."""
    points = (point for found in distributions(path=[str(place)]) for point in found.entry_points)
    known = {point.name: point for point in points if point.group == "console_scripts"}
    for name, point in sorted(known.items()):
        text = COMMAND.format(module=point.module, first=point.attr.partition(".")[0], call=point.attr)
        yield Member(f"bin/{name}", text.encode(), executable=True)


def versions(place: Path) -> tuple[str, ...]:
    """`name==version` of everything installed there, sorted."""
    return tuple(sorted(f"{normalised(d.name)}=={d.version}" for d in distributions(path=[str(place)])))


def _fill(place: Path, app: App, wanted: Requirements, added: tuple[str, ...], target: Target) -> None:
    """Install beside the place, then rename: an interrupted installation is never taken for a whole one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(dir=place.parent, prefix="half-"))
    try:
        source = ("-r", str(wanted.file.resolve())) if wanted.file else ()
        words = (*_flags(target), "--target", str(half), *source, *added)
        uv.run(app.path, "pip", "install", *words, origin=wanted.origin if wanted.file else "")
        if not place.is_dir():
            half.replace(place)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _flags(target: Target) -> tuple[str, ...]:
    platform = f"{target.machine}-{GLIBC}"
    return ("--python-version", target.python, "--python-platform", platform, "--only-binary", ":all:")


def _key(app: App, wanted: Requirements, added: tuple[str, ...], target: Target, own: tuple[local.Local, ...]) -> str:
    parts = (wanted.lines, added, target.python, target.machine, settings(app), [each.digest for each in own])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def settings(app: App) -> list[tuple[str, str]]:
    """uv's settings and wheels in the app's folder, which may be required by path, with their content."""
    own = (path for name in ("pyproject.toml", "uv.toml") if (path := app.path / name).is_file())
    return sorted((path.name, _digest(path)) for path in (*own, *app.path.rglob("*.whl")))


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
