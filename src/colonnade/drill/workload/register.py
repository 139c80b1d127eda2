"""Register: keys with one value each, written and read at the primary; must look like a single copy."""

from __future__ import annotations

import asyncio
from itertools import count

from colonnade.drill.history import Result
from colonnade.drill.sql.client import Client
from colonnade.drill.waiting import rest
from colonnade.drill.workload.context import Context
from colonnade.drill.workload.keys import Keys

TABLES = "CREATE TABLE colonnade_drill.register (key text PRIMARY KEY, value bigint NOT NULL);"
WRITE = """
INSERT INTO colonnade_drill.register VALUES ($1, $2)
ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
READ = "SELECT value FROM colonnade_drill.register WHERE key = $1"
# A search for an order of all operations on a key grows fast with their number.
USES = 100


async def run(context: Context, until: asyncio.Event) -> None:
    """Half writes, each of a value that is written once, half reads. A key that is not there reads as None."""
    keys, values = Keys("register", USES), count(1)
    with context.open_clients("register") as clients:
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(_work(context, client, keys, values, until))


async def _work(context: Context, client: Client, keys: Keys, values: count[int], until: asyncio.Event) -> None:
    random = context.random(client)
    while await client.ready(until):
        key = keys.draw(random)
        if random.random() < 0.5:
            await _write(context, client, key, next(values))
        else:
            await _read(context, client, key)
        if not await rest(context.pause, until):
            return


async def _write(context: Context, client: Client, key: str, value: int) -> None:
    name, started = client.name, context.clock.now()
    answer = await client.statement(WRITE, key, value)
    context.record(name, "register.write", key, value, started, started, answer)


async def _read(context: Context, client: Client, key: str) -> None:
    name, started = client.name, context.clock.now()
    answer = await client.statement(READ, key)
    found = answer.value[0]["value"] if answer.result is Result.OK and answer.value else None
    context.record(name, "register.read", key, found, started, started, answer)
