"""Primaries: commits tried on every database server itself, past all that would lead them to the right one."""

from __future__ import annotations

import asyncio

from colonnade.drill.history import Result
from colonnade.drill.sql.client import Client
from colonnade.drill.waiting import rest
from colonnade.drill.workload.context import Context

TABLES = "CREATE TABLE colonnade_drill.primaries (server text NOT NULL);"
# The first eight hexadecimal digits of a WAL file's name are the timeline being written. The control file's is not
# asked: after a promotion it is the old one until the first checkpoint.
COMMIT = """
INSERT INTO colonnade_drill.primaries VALUES ($1)
RETURNING ('x' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))::bit(32)::int AS timeline
"""


async def run(context: Context, until: asyncio.Event) -> None:
    """One client for each server. A standby refuses at once (25006).

    A commit that waits for standbys which never come is one long operation: it ends when the server says so, with
    the session, or after the client's limit, as unknown.
    """
    clients = [Client("primaries", route) for route in context.routes.databases.values()]
    try:
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(_work(context, client, until))
    finally:
        for client in clients:
            client.close()


async def _work(context: Context, client: Client, until: asyncio.Event) -> None:
    server, pause = client.route.server, len(context.routes.databases) / context.rate
    while await client.ready(until):
        name, started = client.name, context.clock.now()
        answer = await client.statement(COMMIT, server)
        timeline = answer.value[0]["timeline"] if answer.result is Result.OK else None
        context.record(name, "primaries.commit", server, timeline, started, started, answer)
        if not await rest(pause, until):
            return
