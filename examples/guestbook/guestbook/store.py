"""The entries in PostgreSQL: written to the primary, read from a replica."""

from __future__ import annotations

import asyncio
import select
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, LiteralString, TypeVar
from uuid import UUID

from psycopg import AsyncConnection, InterfaceError, InternalError, OperationalError
from psycopg.rows import class_row
from psycopg_pool import AsyncConnectionPool

from guestbook.entry import Draft

Answer = TypeVar("Answer")

UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
"""No connection, a lost one, or a primary that has just become a replica: worth another try later."""

SOON = 5
PAUSE = 0.5
"""Seconds; PgBouncer refuses queries after a failed login to the database, until its next one, 0.2 s later."""
PATIENCE = 40
"""Seconds to wait for a connection. PgBouncer holds a new client's login as long as a query: through a failover."""

TABLE = """\
CREATE TABLE IF NOT EXISTS entries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key uuid NOT NULL UNIQUE,
    name text NOT NULL,
    message text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
)"""
KEEP = "INSERT INTO entries (key, name, message) VALUES (%s, %s, %s) ON CONFLICT (key) DO NOTHING RETURNING id"
KEPT = "SELECT id FROM entries WHERE key = %s"
NEWEST = "SELECT id, key, name, message, created_at FROM entries ORDER BY id DESC LIMIT %s"
OLDER = "SELECT id, key, name, message, created_at FROM entries WHERE id < %s ORDER BY id DESC LIMIT %s"


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    key: UUID
    name: str
    message: str
    created_at: datetime


def pool(url: str) -> AsyncConnectionPool:
    """A small one: PgBouncer keeps the real one, and holds clients while the primary moves.

    Its transactions go to any server connection, so nothing may be prepared on one. Every statement is a transaction
    of its own: that saves two round trips.
    """
    return AsyncConnectionPool(
        url,
        min_size=1,
        max_size=10,
        timeout=PATIENCE,
        check=still_open,
        kwargs={"autocommit": True, "prepare_threshold": None, "connect_timeout": PATIENCE},
        open=False,
    )


async def still_open(connection: AsyncConnection) -> None:
    """OperationalError when PgBouncer has closed it. To ask by a query would cost each request a round trip."""
    readable = select.poll()
    readable.register(connection.fileno(), select.POLLIN)
    if readable.poll(0):
        connection.pgconn.consume_input()


class Store:
    def __init__(self, primary_url: str, replica_url: str) -> None:
        self.primary = pool(primary_url)
        self.replica = pool(replica_url)

    async def open(self) -> None:
        """Waits for nobody: a worker starts whether or not a database is there."""
        await self.primary.open()
        await self.replica.open()

    async def close(self) -> None:
        await self.primary.close()
        await self.replica.close()

    async def add(self, draft: Draft) -> tuple[int, bool]:
        """The entry's id, and whether it is new; a key seen before gives the entry that has it: again is safe."""

        async def kept(connection: AsyncConnection) -> tuple[int, bool]:
            added = await connection.execute(KEEP, (draft.key, draft.name, draft.message))
            if row := await added.fetchone():
                return int(row[0]), True
            return int(await one(connection, KEPT, (draft.key,))), False

        return await run(self.primary, kept)

    async def latest(self, count: int, *, fresh: bool = False, before: int | None = None) -> list[Entry]:
        """The newest entries; from the primary when they must include the last write."""
        query, values = (NEWEST, [count]) if before is None else (OLDER, [before, count])

        async def rows(connection: AsyncConnection) -> list[Entry]:
            async with connection.cursor(row_factory=class_row(Entry)) as cursor:
                return await (await cursor.execute(query, values)).fetchall()

        return await run(self.primary if fresh else self.replica, rows)


async def run(pool: AsyncConnectionPool, work: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    """Once more when it failed soon: a lost connection or a primary that hands over, not a long wait."""
    started = time.monotonic()
    try:
        return await _once(pool, work)
    except UNAVAILABLE:
        if time.monotonic() - started > SOON:
            raise
        await asyncio.sleep(PAUSE)
        return await _once(pool, work)


async def _once(pool: AsyncConnectionPool, work: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    async with pool.connection() as connection:
        return await work(connection)


async def one(connection: AsyncConnection, query: LiteralString, values: tuple[Any, ...] = ()) -> Any:
    """The first column of the only row."""
    row = await (await connection.execute(query, values)).fetchone()
    assert row is not None  # noqa: S101  the query's promise
    return row[0]


async def address(connection: AsyncConnection) -> str | None:
    """The database server's own address, as it sees it; None through a Unix socket."""
    found: str | None = await one(connection, "SELECT host(inet_server_addr())")
    return found
