"""What `exec` and `run-once` do: one command in an app's environment, on an app server that is well."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from colonnade.cli.session import Session, open_session, say
from colonnade.cli.which_app import each
from colonnade.errors import UserError
from colonnade.model.app import App
from colonnade.observe.probing import observe
from colonnade.release.one_off import candidates, well, words
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import open_fleet
from colonnade.remote.passthrough import on_terminal, passthrough

AppOption = Annotated[str | None, typer.Option("--app", metavar="NAME", help="the app; the first when not set")]
ServerOption = Annotated[str | None, typer.Option("--on", metavar="SERVER", help="app server; one that is well")]


def run_in_app(
    file: Path, environment: str | None, app: str | None, on: str | None, command: Callable[[App], list[str]]
) -> int:
    """The command's exit status; which command it is may depend on the app."""
    session = open_session(file, environment)
    chosen = each(session.site, app)[0]
    return asyncio.run(_run(session, chosen, on, command(chosen)))


async def _run(session: Session, app: App, on: str | None, command: list[str]) -> int:
    servers = candidates(session.site, on)
    async with open_fleet(servers, session.site.access) as fleet:
        if on and on in fleet.failures:
            raise fleet.failures[on]
        if on:
            return await _attended(fleet.remotes[on], app, command)
        readings = await observe(session.layout(), fleet, [server.name for server in servers])
        return await _attended(fleet.remotes[well(app, readings)], app, command)


async def _attended(remote: Remote, app: App, command: list[str]) -> int:
    """On that server, with the operator's terminal when there is one."""
    terminal = on_terminal()
    # A name of its own, so that exactly this one is stopped when the operator goes.
    unit = f"colonnade-{app.name}-exec-{secrets.token_hex(4)}"
    live, _, _ = await remote.run(f"test -e /srv/colonnade/{app.name}/current")
    if live:
        raise UserError(remote.server.name, f"{app.name} has no release there yet", "colonnade deploy")
    say(f"on {remote.server.name}")
    return await passthrough(remote, words(app, unit, command, terminal=terminal), terminal=terminal)
