"""`colonnade rollback`: back to a release that the servers still have; nothing is built or sent."""

from __future__ import annotations

import asyncio
from time import perf_counter
from typing import Annotated

import typer

from colonnade.cli.deploy import ReachableOption
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption
from colonnade.cli.session import Session, give_way, open_session, say
from colonnade.cli.which_app import OneOption, one
from colonnade.cli.working import working
from colonnade.model.app import App
from colonnade.release.ship import Release
from colonnade.release.steps import Steps


def rollback(
    release: Annotated[
        str | None, typer.Argument(help="As `colonnade releases` names it; the one before the live one otherwise.")
    ] = None,
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    app: OneOption = None,
    across: Annotated[
        bool, typer.Option("--across-irreversible", help="even across a migration that said there is no way back")
    ] = False,
    reachable: ReachableOption = False,
) -> None:
    """Bring a kept release back, one server after the other; also undoes a deploy that came to no end."""
    session = open_session(file, environment)
    give_way(session)
    asyncio.run(_roll_back(session, one(session.site, app), release, across, reachable))


async def _roll_back(session: Session, app: App, release: str | None, across: bool, reachable: bool) -> None:
    started = perf_counter()
    async with working(session, "rollback") as fleet:
        steps = Steps(session.layout(), fleet, app)
        steps.require(reachable)
        back = await Release(steps, session.vault.ca_cert, say).rollback(release, across)
    print(f"{app.name}: release {back} is live, {perf_counter() - started:.1f} s")
