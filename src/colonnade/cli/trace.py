"""`colonnade trace URL`: the way one request took."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from typing import Annotated

import typer

from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption, OutputOption
from colonnade.cli.session import Session, open_session, print_json
from colonnade.observe.trace import Hop, Trace
from colonnade.observe.trace import trace as follow
from colonnade.remote.fleet import open_fleet

UrlArgument = Annotated[str, typer.Argument(help="A URL of the site, or a path like /entries.json.")]


def trace(
    url: UrlArgument = "/",
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    output: OutputOption = "text",
) -> None:
    """Make one request and show its way: address, balancer, web server, app server and worker, with times."""
    session = open_session(file, environment)
    seen = asyncio.run(_trace(session, url))
    if output == "json":
        print_json({"version": 1, **asdict(seen)})
        return
    print(f"{seen.url} → {seen.status}, request {seen.request_id}")
    for hop in seen.hops:
        print(hop_line(hop))


def hop_line(hop: Hop) -> str:
    time = "" if hop.milliseconds is None else f"{hop.milliseconds:8.1f} ms"
    return f"  {hop.place:<11} {hop.name:<16} {time}  {hop.detail}"


async def _trace(session: Session, url: str) -> Trace:
    async with open_fleet(session.site.servers, session.site.access) as fleet:
        return await follow(session.site, fleet, url, session.vault.ca_cert)
