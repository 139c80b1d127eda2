"""`colonnade releases`: what the servers keep of an app, and where it is live."""

from __future__ import annotations

import asyncio
from typing import Any

from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption, OutputOption
from colonnade.cli.session import Session, open_session, print_json, say
from colonnade.cli.which_app import OneOption, one
from colonnade.model.app import App
from colonnade.release.listing import Listed, document, listed
from colonnade.release.standing import Fleetwide
from colonnade.release.steps import Steps
from colonnade.remote.fleet import open_fleet

COLUMNS = "{:<14}{:<22}{:<24}{:<18}{}"


def releases(
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    app: OneOption = None,
    output: OutputOption = "text",
) -> None:
    """List the releases that can be gone back to: who, when, which revision, where live."""
    session = open_session(file, environment)
    which = one(session.site, app)
    found = asyncio.run(_survey(session, which))
    if output == "json":
        print_json(document(which.name, found))
        return
    if found.intent:
        say(f"{found.intent.who} left a deploy of {found.intent.target} unfinished: deploy again, or roll back")
    rows = listed(found)
    if not rows:
        print(f"{which.name}: no release yet: colonnade deploy")
        return
    print(COLUMNS.format("RELEASE", "LAST LIVE", "BY", "REVISION", "WHERE LIVE").rstrip())
    for row in rows:
        print(COLUMNS.format(*_cells(row)).rstrip())


def _cells(row: Listed) -> tuple[Any, ...]:
    where = ", ".join(row.live_on) + (" (no way back before its migration)" if row.irreversible else "")
    return row.release, row.at or "never", row.who or "-", row.revision or "-", where


async def _survey(session: Session, app: App) -> Fleetwide:
    async with open_fleet(session.site.servers, session.site.access) as fleet:
        return await Steps(session.layout(), fleet, app).survey()
