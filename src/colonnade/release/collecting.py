"""Static files that the app's own command makes: run here, on the operator's computer, once for each change.

Nothing is running that it could ask: no database, no cache, no secret. It gets the app's plain variables and, in place
of what only the servers know, values of the same form, with passwords that nobody takes.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from colonnade.components.app.variables import SET, expanded, values
from colonnade.errors import UserError
from colonnade.model.app import App
from colonnade.release import here, static, tree
from colonnade.release.archive import Member
from colonnade.release.requirements import Requirements

LIMIT = 600
"""Seconds; a large site's stylesheets take minutes."""


def made(
    app: App, source: tuple[Member, ...], wanted: Requirements, cache: Path, say: Callable[[str], None]
) -> tuple[Member, ...]:
    """The files for nginx, named from the static folder. Kept for as long as nothing that made them changes."""
    environment = here.environment(app, wanted, cache, say)
    place = cache / f"collected-{_key(app, source, environment)}"
    if not place.is_dir():
        say(f"collecting static files: {app.collect}")
        _run(app, source, environment, place)
    os.utime(place)
    return static.files(app, place, tree.read(place, ()))


def _key(app: App, source: tuple[Member, ...], environment: Path) -> str:
    files = [(m.name, m.executable, hashlib.sha256(m.read()).hexdigest()) for m in source]
    parts = (files, app.collect, app.static, app.env, environment.name)
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:16]


def _run(app: App, source: tuple[Member, ...], environment: Path, place: Path) -> None:
    """In a copy of the tree, so that the user's folder stays as it is; renamed at the end, so that it is whole."""
    half = Path(tempfile.mkdtemp(dir=place.parent, prefix="half-"))
    try:
        _unpack(source, half)
        _command(app, half, environment)
        folder = half / str(app.static)
        if not folder.is_dir():
            hint = f"let it write to {app.static}, or set static to the folder that it writes to"
            raise UserError(f"apps.{app.name}.collect", f'it made no folder "{app.static}"', hint)
        whole = half / ".colonnade-collected"
        whole.mkdir()
        folder.replace(whole / "files")
        if not place.is_dir():
            whole.replace(place)
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _unpack(source: tuple[Member, ...], folder: Path) -> None:
    for member in source:
        path = folder / member.name
        path.parent.mkdir(parents=True, exist_ok=True)
        if member.target is not None:
            path.symlink_to(member.target)
            continue
        path.write_bytes(member.read())
        path.chmod(0o755 if member.executable else 0o644)


def _command(app: App, folder: Path, environment: Path) -> None:
    try:
        done = subprocess.run(
            ("/bin/sh", "-c", str(app.collect)),
            cwd=folder,
            env=variables(app, folder, environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=LIMIT,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise UserError(f"apps.{app.name}.collect", f"did not end within {LIMIT} s: {app.collect}") from error
    if done.returncode:
        raise UserError(
            f"apps.{app.name}.collect",
            f"failed with status {done.returncode}: {app.collect}",
            "it runs on this computer with the app's requirements and env, without secrets, database or cache",
            detail="\n".join(done.stdout.decode(errors="replace").splitlines()[-20:]),
        )


def variables(app: App, folder: Path, environment: Path) -> dict[str, str]:
    """What the command gets; the operator's own variables only where programs look for programs and folders."""
    own = {name: os.environ[name] for name in ("LANG", "TMPDIR") if name in os.environ}
    passwords = dict.fromkeys(("database", "cache", "secret_key"), "collect")
    secrets = dict.fromkeys(app.secrets, "collect")
    known = values(app, "localhost", passwords)
    given = {**{name: known[name] for name in SET}, **dict(expanded(app, {**known, **secrets})), **secrets}
    path = f"{environment / 'bin'}:{os.environ.get('PATH', os.defpath)}"
    home = folder / ".colonnade-home"
    home.mkdir()
    search = {"HOME": str(home), "PATH": path, "PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    return {**own, **given, **search}
