"""`colonnade status`: is the site serving, and what can it still lose?"""

from __future__ import annotations

import asyncio
from typing import Annotated, NoReturn

import typer

from colonnade.apply.drained import put_aside
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption, OutputOption
from colonnade.cli.session import Session, open_session, print_json
from colonnade.cli.status_text import as_text
from colonnade.errors import Exit
from colonnade.observe.document import as_document
from colonnade.observe.outside import look_from_outside
from colonnade.observe.probing import observe
from colonnade.observe.status import DEGRADED, SERVING, SiteStatus, judge
from colonnade.remote.fleet import Fleet, open_fleet

# A person reads about one screen in this time.
REFRESH_SECONDS = 2.0

WatchOption = Annotated[bool, typer.Option("--watch", "-w", help="look again every two seconds until interrupted")]


def status(
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    output: OutputOption = "text",
    watch: WatchOption = False,
) -> None:
    """Say whether the site serves and what each tier can still lose. Exits 1 when it is down or unknown."""
    session = open_session(file, environment)
    seen = asyncio.run(_watch(session, output) if watch else _once(session, output))
    raise typer.Exit(Exit.OK if seen.verdict in (SERVING, DEGRADED) else Exit.FAILED)


async def _once(session: Session, output: str) -> SiteStatus:
    async with open_fleet(session.site.servers, session.site.access) as fleet:
        seen = await look(session, fleet)
    show(session, seen, output)
    return seen


async def look(session: Session, fleet: Fleet) -> SiteStatus:
    """One look at every server and, as a user would, at every virtual address."""
    layout = session.layout()
    readings, outside, aside = await asyncio.gather(
        observe(layout, fleet),
        look_from_outside(session.site, session.vault.ca_cert),
        put_aside(layout, fleet),
    )
    return judge(session.site, readings, outside, aside)


async def _watch(session: Session, output: str) -> NoReturn:
    """Connects anew each time: a server that came back is seen, one that went is not waited for."""
    while True:
        async with open_fleet(session.site.servers, session.site.access) as fleet:
            seen = await look(session, fleet)
        if output == "text":
            typer.echo("\x1b[2J\x1b[H", nl=False)
        show(session, seen, output)
        await asyncio.sleep(REFRESH_SECONDS)


def show(session: Session, seen: SiteStatus, output: str) -> None:
    if output == "json":
        print_json(as_document(session.site, seen, str(session.ca_path.resolve())))
    else:
        print(as_text(session.site, seen))
