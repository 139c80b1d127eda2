"""The app's requirements for a Python of this computer, for commands that run before there is a release."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from colonnade.errors import UserError
from colonnade.model.site import App
from colonnade.release import local, uv
from colonnade.release.dependencies import settings
from colonnade.release.requirements import Requirements


def environment(app: App, wanted: Requirements, cache: Path, say: Callable[[str], None]) -> Path:
    """A virtual environment: the servers' Python where this computer has it, its own otherwise."""
    python = found(app.path)
    own = local.packages(app.path, wanted)
    place = cache / f"here-{_key(app, wanted, python, own)}"
    if not place.is_dir():
        say(f"installing {wanted.origin} for this computer, for {app.collect}")
        _fill(place, app, wanted, python, own)
    os.utime(place)
    return place


def found(folder: Path, version: str = "3.13") -> str:
    try:
        return uv.run(folder, "python", "find", "--system", "--no-project", version, python=None).strip()
    except UserError:
        return sys.executable


def _fill(place: Path, app: App, wanted: Requirements, python: str, own: tuple[local.Local, ...]) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    half = Path(tempfile.mkdtemp(dir=place.parent, prefix="half-"))
    try:
        # Relocatable, since it is renamed once it is whole.
        uv.run(app.path, "venv", "--quiet", "--clear", "--relocatable", "--no-project", str(half), python=python)
        if wanted.file:
            words = ("--only-binary", ":all:", *local.flags(own), "-r", str(wanted.file.resolve()))
            uv.run(app.path, "pip", "install", *words, python=str(half / "bin/python"), origin=wanted.origin)
        if not place.is_dir():
            half.replace(place)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _key(app: App, wanted: Requirements, python: str, own: tuple[local.Local, ...]) -> str:
    parts = (wanted.lines, python, settings(app), [each.digest for each in own])
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]
