"""The entries in PostgreSQL: written to the primary, read from a replica."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from psycopg import AsyncConnection, InterfaceError, InternalError, OperationalError
from psycopg.rows import namedtuple_row
from psycopg_pool import AsyncConnectionPool

from guestbook.entry import Draft

Answer = TypeVar("Answer")
Pool = AsyncConnectionPool[AsyncConnection[Any]]

UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
"""No connection, a lost one, or a primary that has just become a replica: worth another try later."""

SOON = 5
PAUSE = 0.5
"""Seconds; PgBouncer refuses queries after a failed login to the database, until its next one, 0.2 s later."""

NEWEST = "SELECT id, key, name, message, created_at FROM entries ORDER BY id DESC LIMIT %(count)s"
OLDER = "SELECT id, key, name, message, created_at FROM entries WHERE id < %(before)s ORDER BY id DESC LIMIT %(count)s"
KEEP = """
INSERT INTO entries (key, name, message) VALUES (%(key)s, %(name)s, %(message)s)
ON CONFLICT (key) DO NOTHING RETURNING id
"""
KEPT = "SELECT id FROM entries WHERE key = %(key)s"


def pool(url: str) -> Pool:
    """A small one: PgBouncer keeps the real one, and holds clients while the primary moves.

    Its transactions go to any server connection, so nothing may be prepared on one. No look at a connection before
    use: it would cost a round trip for each request, and connections to PgBouncer survive a failover. It may hold a
    new client's login as long as a query, so the time to connect must outlast a failover. Everything autocommits:
    each statement is a transaction of its own, which saves two round trips.
    """
    options = {"autocommit": True, "row_factory": namedtuple_row, "prepare_threshold": None, "connect_timeout": 40}
    return AsyncConnectionPool(url, min_size=1, max_size=10, open=False, kwargs=options)


class Store:
    def __init__(self, primary_url: str, replica_url: str) -> None:
        self.primary = pool(primary_url)
        self.replica = pool(replica_url)

    async def open(self) -> None:
        """Waits for no connection: the app is well without a database."""
        await self.primary.open()
        await self.replica.open()

    async def add(self, draft: Draft) -> tuple[int, bool]:
        """The entry's id, and whether it is new; a key seen before gives the entry that has it: again is safe."""
        values = {"key": draft.key, "name": draft.name, "message": draft.message}

        async def kept(connection: AsyncConnection[Any]) -> tuple[int, bool]:
            added = await (await connection.execute(KEEP, values)).fetchone()
            if added is not None:
                return int(added.id), True
            earlier = await (await connection.execute(KEPT, values)).fetchone()
            return int(earlier.id), False

        return await run(self.primary, kept)

    async def latest(self, count: int, *, fresh: bool = False, before: int | None = None) -> Sequence[Any]:
        """The newest entries; from the primary when they must include the last write."""
        query = NEWEST if before is None else OLDER

        async def rows(connection: AsyncConnection[Any]) -> Sequence[Any]:
            return await (await connection.execute(query, {"count": count, "before": before})).fetchall()

        return await run(self.primary if fresh else self.replica, rows)

    async def close(self) -> None:
        await self.primary.close()
        await self.replica.close()


async def run(pool: Pool, work: Callable[[AsyncConnection[Any]], Awaitable[Answer]]) -> Answer:
    """Again as long as it fails soon: a lost connection or a primary that hands over, not a long wait."""
    started = time.monotonic()
    while True:
        try:
            async with pool.connection() as connection:
                return await work(connection)
        except UNAVAILABLE:
            if time.monotonic() - started > SOON:
                raise
        await asyncio.sleep(PAUSE)


async def address(connection: AsyncConnection[Any]) -> str | None:
    """The database server's own address, as it sees it; None through a Unix socket."""
    found = await (await connection.execute("SELECT host(inet_server_addr()) AS address")).fetchone()
    return None if found is None else found.address
