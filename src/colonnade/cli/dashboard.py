"""`colonnade dashboard`: one page that shows the site as it is, on this computer."""

from __future__ import annotations

import asyncio
import secrets
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from socket import socket
from typing import Annotated

import typer
import uvicorn

from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption
from colonnade.cli.session import Session, open_session, say
from colonnade.components import discover
from colonnade.dashboard.hub import Hub
from colonnade.dashboard.serving import listening, server
from colonnade.dashboard.ssh import over_ssh
from colonnade.dashboard.telling import tell
from colonnade.dashboard.web import application
from colonnade.model.outline import outline
from colonnade.spec import files

LOCALHOST = "127.0.0.1"

PortOption = Annotated[int, typer.Option("--port", min=0, max=65535, help="port on 127.0.0.1; 0 takes a free one")]
BrowserOption = Annotated[bool, typer.Option("--browser/--no-browser", help="open the page in a browser")]


def dashboard(
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    port: PortOption = 0,
    browser: BrowserOption = True,
) -> None:
    """Show the site on a page that follows it, until interrupted. It only looks, and only this computer can open it."""
    session = open_session(file, environment)
    with suppress(KeyboardInterrupt):
        asyncio.run(_serve(session, port, browser))


async def _serve(session: Session, port: int, browser: bool) -> None:
    token = secrets.token_urlsafe(24)
    with listening(LOCALHOST, port) as opened:
        at = f"{LOCALHOST}:{opened.getsockname()[1]}"
        hub = Hub(session.site.name)
        hosts = (at, f"localhost:{at.partition(':')[2]}")
        web = server(application(hub, token, hosts), hub)
        url = f"http://{at}/{token}/"
        print(url, flush=True)
        say("interrupt to end")
        with _opened(session.loaded.state, url) if browser else nullcontext():
            await _together(session, hub, web, opened)


async def _together(session: Session, hub: Hub, web: uvicorn.Server, opened: socket) -> None:
    shape = outline(session.site, discover().values())
    async with over_ssh(session.layout()) as source:
        telling = asyncio.create_task(tell(hub, shape, source.look))
        try:
            await web.serve(sockets=[opened])
        finally:
            telling.cancel()
            await asyncio.gather(telling, return_exceptions=True)


@contextmanager
def _opened(folder: Path, url: str) -> Iterator[None]:
    """By way of a file that only this user can read: every process can see the address in a browser's command line."""
    page = folder / "dashboard.html"
    files.private_folder(folder)
    page.unlink(missing_ok=True)
    link = f'<meta http-equiv="refresh" content="0; url={url}"><a href="{url}">The dashboard</a>\n'
    files.create(page, link.encode())
    try:
        if not webbrowser.open(page.absolute().as_uri()):
            say("no browser was found: open the address above")
        yield
    finally:
        page.unlink(missing_ok=True)
