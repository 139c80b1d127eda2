"""A command in the environment of the live release: the same user, variables, secrets and confinement."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from importlib import resources

from colonnade.components.app.confinement import one_off
from colonnade.errors import Exit, UserError
from colonnade.model.app import App
from colonnade.model.observation import Reading, Status
from colonnade.model.site import Role, Server, Site

LIVE = "current"


def words(app: App, unit: str, command: Sequence[str], *, terminal: bool) -> str:
    """A shell's words for the server. The program that runs the unit ends it once nobody waits for it any more."""
    # Variables come from files that systemd reads: nothing secret is in a command line.
    flags = [f"--property={each}" for each in one_off(app, unit, LIVE)]
    wait = ("--pty",) if terminal else ("--pipe",)
    start = ["systemd-run", "--quiet", "--wait", "--collect", *wait, f"--unit={unit}", "--expand-environment=no"]
    source = resources.files("colonnade.onhost").joinpath("attended.py").read_text()
    return shlex.join(["/usr/bin/python3", "-I", "-S", "-c", source, unit, *start, *flags, "--", *command])


def candidates(site: Site, name: str | None) -> tuple[Server, ...]:
    """App servers; the one that is named."""
    servers = site.having(Role.APP)
    if name is None:
        return servers
    if named := tuple(server for server in servers if server.name == name):
        return named
    known = ", ".join(server.name for server in servers)
    raise UserError(name, "there is no such app server", f"one of {known}", exit_code=Exit.USAGE)


def well(app: App, readings: Mapping[str, tuple[Reading, ...]]) -> str:
    """The first server whose workers of the app all answer. UserError when there is none."""
    for name, seen in readings.items():
        own = [r for r in seen if r.component == "app" and r.name.startswith(f"colonnade-{app.name}@")]
        if own and all(reading.status is Status.OK for reading in own):
            return name
    seen_as = "; ".join(f"{name}: {_worst(seen)}" for name, seen in readings.items())
    hint = "see colonnade status; --on SERVER takes one all the same"
    raise UserError(app.name, "no app server is well", hint, detail=seen_as)


def _worst(seen: tuple[Reading, ...]) -> str:
    return next((r.text or str(r.status) for r in seen if r.component == "app" and r.status is not Status.OK), "")
