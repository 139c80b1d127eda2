"""An app's release: its files and everything they import, in layers whose names follow from their content."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from colonnade.model.app import App
from colonnade.release import collecting, dependencies, ignore, requirements, static, tree
from colonnade.release.archive import Member
from colonnade.release.layer import Layer, layer

KEPT = 30 * 86400
"""Seconds that an unused site (20 to 200 MB) stays in the cache."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What is sent to the servers: `app`, the source tree; `site`, the packages; `static`, what nginx serves."""

    release: str
    layers: tuple[Layer, ...]
    revision: str | None
    """The commit that was built, when the app's folder belongs to a git checkout."""
    requirements: tuple[str, ...]

    def of(self, *kinds: str) -> tuple[Layer, ...]:
        return tuple(each for each in self.layers if each.kind in kinds)


def build(
    app: App,
    work: Path,
    say: Callable[[str], None],
    *,
    python: str = "3.13",
    machine: str = "x86_64",
    cache: Path | None = None,
) -> Bundle:
    """Build the app for the servers' Python, or find it built. `work` holds what is needed only meanwhile."""
    cache = cache or user_cache_path("colonnade") / "bundles"
    source = tree.read(app.path, ignore.rules(app.path))
    assets = static.collect(app, source) if app.collect is None else ()
    with tempfile.TemporaryDirectory(dir=_made(work)) as scratch:
        wanted = requirements.find(app.path, Path(scratch))
        if wanted.file is None:
            tree.check_entry(app, source, None)
        place, installed = dependencies.install(app, wanted, dependencies.Target(python, machine), cache, say)
        if app.collect is not None:
            assets = collecting.made(app, source, wanted, cache, say)
    tree.check_entry(app, source, place)
    if wanted.loose:
        say(f"{wanted.origin} leaves versions open ({', '.join(wanted.loose[:5])}): a later build may differ")
    collected = assets if app.collect else ()
    release = identity(app, (*source, *collected), installed, python)
    parts = {"app": source, "site": dependencies.members(place), "static": static.served(assets)}
    _prune(cache)
    layers = tuple(layer(kind, members) for kind, members in parts.items() if members)
    return Bundle(release, layers, _revision(app.path), installed)


def identity(app: App, source: tuple[Member, ...], installed: tuple[str, ...], python: str) -> str:
    """12 hexadecimal digits that change with any file of the app, any version it runs with, or Python."""
    files = [(m.name, m.executable, hashlib.sha256(m.read()).hexdigest()) for m in source]
    return hashlib.sha256(json.dumps((files, app.static, installed, python)).encode()).hexdigest()[:12]


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _prune(cache: Path) -> None:
    if not cache.is_dir():
        return
    for old in (path for path in cache.iterdir() if time.time() - path.stat().st_mtime > KEPT):
        shutil.rmtree(old) if old.is_dir() else old.unlink()


def _revision(folder: Path) -> str | None:
    try:
        told = subprocess.run(
            ("git", "-C", str(folder), "describe", "--always", "--dirty", "--tags"),
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return told.stdout.strip() or None
