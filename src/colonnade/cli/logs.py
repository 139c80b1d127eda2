"""`colonnade logs`: one stream of what all servers write down."""

from __future__ import annotations

import asyncio
import os
import sys
from collections import deque
from contextlib import aclosing
from datetime import datetime
from typing import Annotated

import typer

from colonnade.cli.log_text import Writer, writer
from colonnade.cli.options import DEFAULT_FILE, EnvironmentOption, FileOption, OutputOption
from colonnade.cli.session import Session, open_session, say
from colonnade.errors import Exit
from colonnade.model.site import Role
from colonnade.observe.logs import Selection, chosen, moment
from colonnade.observe.tail import Tail, merged

# About two screens.
LINES = 100
# Of each server, to show what came before the stream begins.
BEFORE = 5

ServersOption = Annotated[list[str] | None, typer.Option("--on", metavar="SERVER", help="only this server; repeatable")]
RoleOption = Annotated[Role | None, typer.Option("--role", help="only what serves this role")]
AppOption = Annotated[str | None, typer.Option("--app", metavar="NAME", help="only this app's processes")]
UnitOption = Annotated[str | None, typer.Option("--unit", "-u", help="only this systemd unit; * stands for anything")]
SinceOption = Annotated[str | None, typer.Option("--since", help="10min, 2h, 1d or a time, like 2026-11-26 06:30")]
LinesOption = Annotated[int | None, typer.Option("-n", "--lines", min=0, help="the last so many lines")]
FollowOption = Annotated[bool, typer.Option("--follow", help="go on with what comes, until Ctrl-C")]
RequestOption = Annotated[
    str | None, typer.Option("--request", metavar="ID", help="one request's way: its X-Request-ID")
]


def logs(
    on: ServersOption = None,
    role: RoleOption = None,
    app: AppOption = None,
    unit: UnitOption = None,
    since: SinceOption = None,
    lines: LinesOption = None,
    follow: FollowOption = False,
    request: RequestOption = None,
    file: FileOption = DEFAULT_FILE,
    environment: EnvironmentOption = None,
    output: OutputOption = "text",
) -> None:
    """Show what the servers write down, merged in the order of time."""
    session = open_session(file, environment)
    write = writer(output, list(session.site.by_name))
    begin = moment(since, datetime.now()) if since else None
    if request:
        # Here, not above: only this way needs what a trace needs.
        from colonnade.cli.request_logs import show

        asyncio.run(show(session, request, begin, output, write))
        return
    tail = _tail(session, Selection(role, app, unit, tuple(on or ())), begin, lines, follow)
    _until_interrupted(session, tail, write)


def _tail(session: Session, selection: Selection, since: float | None, lines: int | None, follow: bool) -> Tail:
    units = chosen(session.remembered_design(), selection)
    if lines is None and since is None:
        lines = BEFORE if follow else LINES
    return Tail(units, session.site.access, lines, since, follow, say)


def _until_interrupted(session: Session, tail: Tail, write: Writer) -> None:
    try:
        asyncio.run(_follow(session, tail, write) if tail.follow else _last(session, tail, write))
    except BrokenPipeError:
        # `| head` has seen enough; what Python would still flush at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except KeyboardInterrupt:
        # The usual end of a stream: nothing to finish, so nothing of what main says to a typer.Exit with this code.
        raise SystemExit(Exit.INTERRUPTED) from None


async def _follow(session: Session, tail: Tail, write: Writer) -> None:
    async with aclosing(merged(tail, session.site.by_name)) as stream:
        async for line in stream:
            write(line)


async def _last(session: Session, tail: Tail, write: Writer) -> None:
    """Each server gave its last so many; of all together only as many are wanted."""
    kept = deque([line async for line in merged(tail, session.site.by_name)], tail.lines)
    for line in kept:
        write(line)
