"""Append: transactions that append unique elements to lists and read lists; Elle's `list-append`."""

from __future__ import annotations

import asyncio
from itertools import count
from random import Random
from typing import Any

from colonnade.drill.history import Result
from colonnade.drill.sql.client import Client
from colonnade.drill.sql.driver import Connection
from colonnade.drill.waiting import rest
from colonnade.drill.workload.context import Context
from colonnade.drill.workload.keys import Keys

TABLES = "CREATE TABLE colonnade_drill.append (key text PRIMARY KEY, list bigint[] NOT NULL);"
APPEND = """
INSERT INTO colonnade_drill.append AS own VALUES ($1, ARRAY[$2::bigint])
ON CONFLICT (key) DO UPDATE SET list = own.list || $2::bigint
"""
READ = "SELECT list FROM colonnade_drill.append WHERE key = $1"
# Snapshot isolation, the strongest that the app gets without retries of its own: G0, G1 and G-single cannot be.
ISOLATION = "REPEATABLE READ"
MOST_STEPS = 4
# Lists are read whole each time: a key is used this often, then another takes its place.
USES = 40

Step = list[Any]
"""`["append", key, element]` or `["r", key, [elements]]`."""


async def run(context: Context, until: asyncio.Event) -> None:
    """Returns once every client has ended the transaction that it was in."""
    keys, elements = Keys("list", USES), count(1)
    with context.open_clients("append") as clients:
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(_work(context, client, keys, elements, until))


async def _work(context: Context, client: Client, keys: Keys, elements: count[int], until: asyncio.Event) -> None:
    random = context.random(client)
    while await client.ready(until):
        await _transact(context, client, drawn(random, keys, elements))
        if not await rest(context.pause, until):
            return


def drawn(random: Random, keys: Keys, elements: count[int]) -> list[Step]:
    """One to four steps, half of them reads; what is read is still empty."""
    steps = (random.random() < 0.5 for _ in range(random.randint(1, MOST_STEPS)))
    return [
        ["append", keys.draw(random), next(elements)] if append else ["r", keys.draw(random), []] for append in steps
    ]


async def _transact(context: Context, client: Client, steps: list[Step]) -> None:
    async def body(connection: Connection) -> list[Step]:
        return [await _do(connection, *step) for step in steps]

    name, started = client.name, context.clock.now()
    answer = await client.transaction(ISOLATION, body)
    # What was read in a transaction that was not acknowledged proves nothing.
    value = answer.value if answer.result is Result.OK else [step for step in steps if step[0] == "append"]
    key = " ".join(sorted({step[1] for step in steps}))
    context.record(name, "append.txn", key, value, started, started, answer)


async def _do(connection: Connection, action: str, key: str, element: Any) -> Step:
    if action == "append":
        await connection.execute(APPEND, key, element)
        return [action, key, element]
    return [action, key, await connection.fetchval(READ, key) or []]
