"""`colonnade deploy`: builds the app's bundle here and ships it to the site."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer

from colonnade.apply.account import accounted
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption
from colonnade.cli.session import Session, give_way, open_session, say
from colonnade.cli.which_app import EachOption, each
from colonnade.cli.working import working
from colonnade.model.app import App
from colonnade.release.bundle import Bundle, build
from colonnade.release.ship import Release
from colonnade.release.steps import Steps
from colonnade.release.upload import Sent

ReachableOption = Annotated[
    bool, typer.Option("--reachable", help="go on with the servers that answer; the others keep the release they have")
]


def deploy(
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    app: EachOption = None,
    reachable: ReachableOption = False,
) -> None:
    """Build the app's release on this computer and bring it to the servers, one server after the other."""
    session = open_session(file, environment)
    give_way(session)
    asyncio.run(ship(session, bundles(each(session.site, app)), reachable))


def bundles(apps: Iterable[App]) -> list[tuple[App, Bundle]]:
    """Built in a folder that goes away; packages stay in the user's cache."""
    with tempfile.TemporaryDirectory(prefix="colonnade-") as folder:
        return [(app, build(app, Path(folder), say)) for app in apps]


async def ship(session: Session, built: list[tuple[App, Bundle]], reachable: bool = False) -> None:
    started = perf_counter()
    layout = session.layout()
    async with working(session, "deploy") as fleet:
        for app, bundle in built:
            steps = Steps(layout, fleet, app)
            steps.require(reachable)
            async with accounted(session.site, fleet, "deploy", app=app.name):
                await _one(Release(steps, session.vault.ca_cert, say), app, bundle, started)


async def _one(release: Release, app: App, bundle: Bundle, started: float) -> None:
    with tempfile.TemporaryDirectory(prefix="colonnade-") as folder:
        shipped = await release.deploy(bundle, Path(folder), _sending())
    if shipped:
        print(f"{app.name}: release {bundle.release} is live, {perf_counter() - started:.1f} s")
    else:
        print(f"{app.name}: release {bundle.release} is live already; nothing was shipped")


@contextmanager
def _sending() -> Iterator[Sent]:
    # Here, not above: rich takes 0.15 s to load, and a deploy of what is live already sends nothing.
    from colonnade.cli.sending import Sending

    with Sending() as sent:
        yield sent
