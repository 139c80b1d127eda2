"""`colonnade exec`: one command in the app's environment, on one app server."""

from __future__ import annotations

import asyncio
import secrets
from typing import Annotated

import typer

from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption
from colonnade.cli.session import Session, open_session, say
from colonnade.errors import UserError
from colonnade.model.site import App
from colonnade.observe.probing import observe
from colonnade.release.one_off import candidates, chosen_app, well, words
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import open_fleet
from colonnade.remote.passthrough import on_terminal, passthrough

CommandArgument = Annotated[list[str], typer.Argument(help="The command, after --", show_default=False)]
AppOption = Annotated[str | None, typer.Option("--app", metavar="NAME", help="the app; the first when not set")]
ServerOption = Annotated[str | None, typer.Option("--on", metavar="SERVER", help="app server; one that is well")]


def execute(
    command: CommandArgument,
    app: AppOption = None,
    on: ServerOption = None,
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
) -> None:
    """Run a command in the live release's environment: colonnade exec -- python -m shop.tool"""
    session = open_session(file, environment)
    chosen = chosen_app(session.site, app)
    raise typer.Exit(asyncio.run(run(session, chosen, on, command)))


async def run(session: Session, app: App, on: str | None, command: list[str]) -> int:
    """The command's exit status."""
    servers = candidates(session.site, on)
    async with open_fleet(servers, session.site.access) as fleet:
        if on and on in fleet.failures:
            raise fleet.failures[on]
        if on:
            return await attended(fleet.remotes[on], app, command)
        readings = await observe(session.remembered_design().layout, fleet, [server.name for server in servers])
        return await attended(fleet.remotes[well(app, readings)], app, command)


async def attended(remote: Remote, app: App, command: list[str]) -> int:
    """On that server, with the operator's terminal when there is one."""
    terminal = on_terminal()
    # A name of its own, so that exactly this one is stopped when the operator goes.
    unit = f"colonnade-{app.name}-exec-{secrets.token_hex(4)}"
    live, _, _ = await remote.run(f"test -e /srv/colonnade/{app.name}/current")
    if live:
        raise UserError(remote.server.name, f"{app.name} has no release there yet", "colonnade deploy")
    say(f"on {remote.server.name}")
    return await passthrough(remote, words(app, unit, command, terminal=terminal), terminal=terminal)
