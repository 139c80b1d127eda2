"""Bank: transfers between accounts beside reads of all of them; Jepsen's `bank`."""

from __future__ import annotations

import asyncio
from random import Random

from colonnade.drill.history import Result
from colonnade.drill.sql.client import Client
from colonnade.drill.sql.driver import Connection
from colonnade.drill.waiting import rest
from colonnade.drill.workload.context import Context

ACCOUNTS, OPENING = 8, 100
TOTAL = ACCOUNTS * OPENING
"""What every read must add up to."""
LARGEST = 5

TABLES = f"""
CREATE TABLE colonnade_drill.bank (account int PRIMARY KEY, balance bigint NOT NULL);
INSERT INTO colonnade_drill.bank SELECT account, {OPENING} FROM generate_series(0, {ACCOUNTS - 1}) account;
"""  # noqa: S608  constants
READ = "SELECT balance FROM colonnade_drill.bank ORDER BY account"
BALANCE = "SELECT balance FROM colonnade_drill.bank WHERE account = $1"
# The new balance is computed here, from what was read: a lost update would show in the total.
SET = "UPDATE colonnade_drill.bank SET balance = $2 WHERE account = $1"
ISOLATION = "REPEATABLE READ"


async def run(context: Context, until: asyncio.Event) -> None:
    """Three transfers to a read. Two that meet: one of them fails (40001), which is no fault of the site."""
    with context.open_clients("bank") as clients:
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(_work(context, client, until))


async def _work(context: Context, client: Client, until: asyncio.Event) -> None:
    random = context.random(client)
    while await client.ready(until):
        if random.random() < 0.75:
            await _transfer(context, client, random)
        else:
            await _read(context, client)
        if not await rest(context.pause, until):
            return


async def _transfer(context: Context, client: Client, random: Random) -> None:
    source, target = random.sample(range(ACCOUNTS), 2)
    wanted = random.randint(1, LARGEST)

    async def body(connection: Connection) -> int:
        available, before = [int(await connection.fetchval(BALANCE, account)) for account in (source, target)]
        # No account goes below zero.
        moved = min(wanted, available)
        await connection.execute(SET, source, available - moved)
        await connection.execute(SET, target, before + moved)
        return moved

    name, started = client.name, context.clock.now()
    answer = await client.transaction(ISOLATION, body)
    amount = answer.value if answer.result is Result.OK else wanted
    context.record(name, "bank.transfer", f"{source}>{target}", amount, started, started, answer)


async def _read(context: Context, client: Client) -> None:
    name, started = client.name, context.clock.now()
    answer = await client.statement(READ)
    balances = [row["balance"] for row in answer.value] if answer.result is Result.OK else None
    context.record(name, "bank.read", "all", balances, started, started, answer)
