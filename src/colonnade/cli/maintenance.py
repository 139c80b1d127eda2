"""`colonnade maintenance on|off`: visitors get a page that says so, at once and on every balancer."""

from __future__ import annotations

import asyncio
import shlex
from typing import Annotated, Literal

import typer

from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption
from colonnade.cli.session import Session, open_session, say
from colonnade.cli.which_app import EachOption, each
from colonnade.cli.working import working
from colonnade.components.admin_socket import BALANCER
from colonnade.components.haproxy.maintenance import turn_off, turn_on
from colonnade.errors import UserError
from colonnade.model.site import Role
from colonnade.remote.connection import Remote

StateArgument = Annotated[Literal["on", "off"], typer.Argument(help="on or off", show_default=False)]


def maintenance(
    state: StateArgument, app: EachOption = None, file: FileOption = DEFAULT_FILE, environment: EnvironmentOption = None
) -> None:
    """Answer visitors with a page: 503, Retry-After. Health checks and [balance] trusted get through."""
    session = open_session(file, environment)
    asyncio.run(_switch(session, state, [one.name for one in each(session.site, app)]))


async def _switch(session: Session, state: str, apps: list[str]) -> None:
    script = " && ".join((turn_on if state == "on" else turn_off)(app, BALANCER) for app in apps)

    async def one(remote: Remote) -> None:
        status, output, error = await remote.run(f"/bin/sh -c {shlex.quote(script)}")
        if status:
            text = (output + error).decode(errors="replace")
            raise UserError(remote.server.name, f"maintenance could not be switched {state}", "try again", detail=text)

    async with working(session, "maintenance") as fleet:
        balancers = [server.name for server in session.site.having(Role.LB)]
        there = [name for name in balancers if name in fleet.remotes]
        _, failures = await fleet.each(one, there)
    for name in set(balancers).difference(there):
        say(f"{name} cannot be reached: say it again once it is back")
    for failure in failures.values():
        raise failure
    print(f"maintenance is {state} for {', '.join(apps)}")
