"""`colonnade drain` and `undrain`: a server gets no new work, until it is told to take some again."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from colonnade.apply.drain import bring_back, take_out, until_empty
from colonnade.apply.drained import drained, require_others
from colonnade.apply.draining import drains_of
from colonnade.apply.execute import Execution
from colonnade.apply.lock import site_lock
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption
from colonnade.cli.session import Session, open_session, say
from colonnade.cli.view import View, view
from colonnade.components import discover
from colonnade.errors import Exit, UserError
from colonnade.model.drain import Drain
from colonnade.model.plan import Change, Plan
from colonnade.model.site import Server
from colonnade.observe.probing import observe
from colonnade.spec.problems import nearest

# What has one primary: it is handed over to another server first.
LED = ("patroni", "valkey")

NameArgument = Annotated[str, typer.Argument(help="The server's name in the spec.", show_default=False)]
WithinOption = Annotated[int, typer.Option("--within", min=0, help="seconds to wait for what is in flight")]


def drain(
    name: NameArgument,
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    within: WithinOption = 60,
) -> None:
    """Take a server out of rotation: nothing new is sent to it, what is in flight ends, its primaries move."""
    session = open_session(file, environment)
    asyncio.run(_drain(session, _server(session, name), within))


def undrain(name: NameArgument, file: FileOption = DEFAULT_FILE, environment: EnvironmentOption = None) -> None:
    """Bring a server back into rotation."""
    session = open_session(file, environment)
    asyncio.run(_undrain(session, _server(session, name)))


def _server(session: Session, name: str) -> Server:
    if name not in session.site.by_name:
        raise UserError(name, "there is no such server", nearest(name, session.site.by_name), exit_code=Exit.USAGE)
    return session.site.by_name[name]


async def _drain(session: Session, server: Server, within: int) -> None:
    async with view(session) as seen, site_lock(session.site, seen.fleet, "drain"):
        mine = _drains(seen, server)
        layout = seen.design.layout
        readings = await observe(layout, seen.fleet)
        out = await drained(layout, seen.fleet)
        require_others(session.site, readings, out, server, {drain.component for drain in mine})
        await _hand_over(seen, server)
        await take_out(seen.fleet, mine)
        # Until here it might have been promoted once more.
        await _hand_over(seen, server)
        if not await until_empty(seen.fleet, mine, within):
            say(f"{server.name}: something is still in flight after {within} s")
        _say_untold(seen, mine)
    print(f"{server.name} is drained, until: colonnade undrain {server.name}")


def _say_untold(seen: View, drains: tuple[Drain, ...]) -> None:
    away = sorted({drain.on for drain in drains} - seen.fleet.remotes.keys())
    if away:
        say(f"{' and '.join(away)} cannot be reached and knows nothing of it: drain again when it is back")


async def _hand_over(seen: View, server: Server) -> None:
    """A primary moves while the server still takes part, so that nothing waits longer than for any switchover."""
    names = [name for name in LED if discover()[name].on(server)]
    changes = tuple(Change(server.name, name, "drain", server.name, stops=True) for name in names)
    execution = Execution(seen.design, Plan((), ()), seen.fleet, lambda where, _, text: say(f"{where}: {text}"))
    await execution.lift(server.name, changes)


async def _undrain(session: Session, server: Server) -> None:
    async with view(session) as seen, site_lock(session.site, seen.fleet, "undrain"):
        await bring_back(seen.fleet, _drains(seen, server))
    print(f"{server.name} is in rotation")


def _drains(seen: View, server: Server) -> tuple[Drain, ...]:
    found = drains_of(seen.design.layout, server)
    if not found:
        roles = ", ".join(sorted(server.roles))
        raise UserError(server.name, f"nothing sends it work that could go elsewhere ({roles})", "stop it as it is")
    return found
