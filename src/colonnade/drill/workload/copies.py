"""The ledger as each database server has it, once the replicas have caught up."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import monotonic
from typing import TypeVar

from colonnade.drill.sql.driver import ERRORS, Connection
from colonnade.drill.sql.routes import Routes
from colonnade.drill.workload.ledger import IDS

Subject = TypeVar("Subject")
Answer = TypeVar("Answer")

# A replica that streams is behind by milliseconds; one that was rewound or copied anew needs more.
PATIENCE = 60.0
PAUSE = 0.2

IN_RECOVERY = "SELECT pg_is_in_recovery()"
# Of what a commit has acknowledged, nothing is beyond this.
WRITTEN = "SELECT pg_current_wal_flush_lsn()::text"
REPLAYED = "SELECT coalesce(pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)"


async def final(routes: Routes, within: float = PATIENCE) -> dict[str, frozenset[str]]:
    """Ids by place: `primary db1`, `replica db2`. A server that cannot be read in time is not in it."""
    deadline = monotonic() + within
    connections = await _each(routes.databases, lambda route: route.connect())
    try:
        standby = await _each(connections, lambda one: one.fetchval(IN_RECOVERY))
        primaries = {name: connections[name] for name, is_one in standby.items() if not is_one}
        written = await _each(primaries, lambda one: one.fetchval(WRITTEN))
        replicas = {name: connections[name] for name, is_one in standby.items() if is_one}
        level = await _each(replicas, lambda one: _caught_up(one, list(written.values()), deadline))
        ids = await _each({**primaries, **{name: replicas[name] for name, is_one in level.items() if is_one}}, _ids)
        return {f"{'replica' if standby[name] else 'primary'} {name}": found for name, found in ids.items()}
    finally:
        for each in connections.values():
            each.terminate()


async def _each(subjects: Mapping[str, Subject], ask: Callable[[Subject], Awaitable[Answer]]) -> dict[str, Answer]:
    """All at once; the answers of those that gave one."""

    async def answer(subject: Subject) -> Answer | None:
        try:
            return await ask(subject)
        except ERRORS:
            return None

    answers = await asyncio.gather(*map(answer, subjects.values()))
    return {name: each for name, each in zip(subjects, answers, strict=True) if each is not None}


async def _caught_up(connection: Connection, written: list[str], deadline: float) -> bool:
    while not all([await connection.fetchval(REPLAYED, each) for each in written]):
        if monotonic() > deadline:
            return False
        await asyncio.sleep(PAUSE)
    return True


async def _ids(connection: Connection) -> frozenset[str]:
    return frozenset(str(row["id"]) for row in await connection.fetch(IDS))
