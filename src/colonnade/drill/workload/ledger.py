"""Ledger: entries with an id each, at a fixed rate; afterwards every copy of the database is read whole."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from itertools import count
from math import ceil, inf
from sys import maxsize

from colonnade.drill.history import Result
from colonnade.drill.sql.client import LIMIT, Answer, Client
from colonnade.drill.waiting import rest
from colonnade.drill.workload.context import Context

TABLES = "CREATE TABLE colonnade_drill.ledger (id bigint PRIMARY KEY, client text NOT NULL);"
ADD = "INSERT INTO colonnade_drill.ledger VALUES ($1, $2)"
IDS = "SELECT id FROM colonnade_drill.ledger"
# A commit may take this long, in seconds, before entries wait here for a client: twice what it took in a lab whose
# computer had ten times as much to do as it could.
SLOW = 0.5

Entry = tuple[int, float]
"""Its id, and when it is due."""
END: Entry = (maxsize, inf)


async def run(context: Context, until: asyncio.Event) -> None:
    """Open loop: whoever is free takes the next entry that is due. Returns once every entry has a result.

    There may be more clients than the context asks for: too few would make a slow commit look like a stall.
    """
    due = asyncio.PriorityQueue[Entry]()
    with context.open_clients("ledger", at_least=ceil(context.rate * SLOW)) as clients:
        async with asyncio.TaskGroup() as group:
            for client in clients:
                group.create_task(_work(context, client, due, until))
            await _announce(context, due, until)
            for _ in clients:
                due.put_nowait(END)
    while (left := _next(due)) != END:
        _give_up(context, left, "no connection to any app server")


def timetable(begin: float, rate: float) -> Iterator[Entry]:
    """Fixed before the first answer is known, so that no stall of the site slows it down."""
    return ((number, begin + (number - 1) / rate) for number in count(1))


async def _announce(context: Context, due: asyncio.PriorityQueue[Entry], until: asyncio.Event) -> None:
    for entry in timetable(context.clock.now(), context.rate):
        wait = entry[1] - context.clock.now()
        if wait > 0 and not await rest(wait, until):
            return
        due.put_nowait(entry)


async def _work(context: Context, client: Client, due: asyncio.PriorityQueue[Entry], until: asyncio.Event) -> None:
    while await client.ready(until):
        entry = await due.get()
        if entry == END:
            return
        if not client.connected:
            # Its server was lost while it waited for work: somebody else may be free.
            due.put_nowait(entry)
            continue
        if context.clock.now() - entry[1] > LIMIT:
            _give_up(context, entry, f"no client was free for {LIMIT:.0f} s")
            continue
        number, name, started = entry[0], client.name, context.clock.now()
        answer = await client.statement(ADD, number, name)
        context.record(name, "ledger.add", str(number), number, entry[1], started, answer)


def _next(due: asyncio.PriorityQueue[Entry]) -> Entry:
    return END if due.empty() else due.get_nowait()


def _give_up(context: Context, entry: Entry, why: str) -> None:
    now = context.clock.now()
    context.record("ledger", "ledger.add", str(entry[0]), entry[0], entry[1], now, Answer(Result.FAIL, detail=why))
