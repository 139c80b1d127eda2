"""`colonnade deploy`: builds the app's bundle here and ships it to the site."""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from colonnade.apply.account import accounted
from colonnade.apply.lock import site_lock
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption
from colonnade.cli.session import Session, open_session, say
from colonnade.cli.view import view
from colonnade.errors import UserError
from colonnade.release.bundle import Bundle, build
from colonnade.release.ship import Shipment


def deploy(file: FileOption = DEFAULT_FILE, environment: EnvironmentOption = None) -> None:
    """Build the app's release on this computer and bring it to the servers, one server after the other."""
    session = open_session(file, environment)
    if not session.site.apps:
        raise UserError(file.name, "there is no app to deploy", "add [apps.NAME] with a path and asgi or wsgi")
    asyncio.run(ship(session, bundles(session)))


def bundles(session: Session) -> list[Bundle]:
    """One bundle for each app, built in a folder that goes away; archives stay in the user's cache."""
    with tempfile.TemporaryDirectory(prefix="colonnade-") as folder:
        return [build(app, Path(folder), say) for app in session.site.apps]


async def ship(session: Session, built: list[Bundle]) -> None:
    async with view(session) as seen, site_lock(session.site, seen.fleet, "deploy"):
        for app, bundle in zip(session.site.apps, built, strict=True):
            async with accounted(session.site, seen.fleet, "deploy", app=app.name):
                await Shipment(seen.design.layout, seen.fleet, app, bundle, say).ship()
            print(f"{app.name}: release {bundle.release} is live")
