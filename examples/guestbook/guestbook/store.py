"""The entries in PostgreSQL: written to the primary, read from a replica."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

from sqlalchemy import BigInteger, DateTime, Identity, Row, Text, Uuid, bindparam, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import make_url
from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.schema import Column, MetaData, Table

from guestbook.entry import Draft

Answer = TypeVar("Answer")

UNAVAILABLE = (OperationalError, InterfaceError, InternalError, PoolTimeout)
"""No connection, a lost one, or a primary that has just become a replica: worth another try later."""

SOON = 5
PAUSE = 0.5
"""Seconds; PgBouncer refuses queries after a failed login to the database, until its next one, 0.2 s later."""

METADATA = MetaData()
ENTRIES = Table(
    "entries",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("key", Uuid, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
)
# Made once: to build a statement costs more than to run it.
NEWEST = select(ENTRIES).order_by(ENTRIES.c.id.desc()).limit(bindparam("count"))
OLDER = NEWEST.where(ENTRIES.c.id < bindparam("before"))
KEEP = insert(ENTRIES).on_conflict_do_nothing(index_elements=["key"]).returning(ENTRIES.c.id)
KEPT = select(ENTRIES.c.id).where(ENTRIES.c.key == bindparam("key"))


def engine(url: str, **options: Any) -> AsyncEngine:
    """A small pool: PgBouncer keeps the real one, and holds clients while the primary moves.

    Its transactions go to any server connection, so nothing may be prepared on one. No ping before use: it would
    cost a round trip through PgBouncer for each request, and connections to PgBouncer survive a failover. It may
    hold a new client's login as long as a query, so the time to connect must outlast a failover.
    """
    return create_async_engine(
        make_url(url).set(drivername="postgresql+psycopg"),
        pool_size=10,
        max_overflow=0,  # to connect costs more than to wait for one of ten
        pool_pre_ping=False,
        hide_parameters=True,  # what visitors write is not for the log
        use_native_hstore=False,  # looked up by a query on each new connection, and not used here
        connect_args={"prepare_threshold": None, "connect_timeout": 40},
        **options,
    )


class Store:
    """Everything autocommits: each statement is a transaction of its own, which saves two round trips."""

    def __init__(self, primary_url: str, replica_url: str) -> None:
        self.primary = engine(primary_url, isolation_level="AUTOCOMMIT")
        self.replica = engine(replica_url, isolation_level="AUTOCOMMIT")

    async def add(self, draft: Draft) -> tuple[int, bool]:
        """The entry's id, and whether it is new; a key seen before gives the entry that has it: again is safe."""
        values = {"key": draft.key, "name": draft.name, "message": draft.message}

        async def kept(connection: AsyncConnection) -> tuple[int, bool]:
            added = (await connection.execute(KEEP, values)).scalar_one_or_none()
            if added is not None:
                return int(added), True
            earlier = await connection.execute(KEPT, {"key": draft.key})
            return int(earlier.scalar_one()), False

        return await run(self.primary, kept)

    async def latest(self, count: int, *, fresh: bool = False, before: int | None = None) -> Sequence[Row[Any]]:
        """The newest entries; from the primary when they must include the last write."""
        query = NEWEST if before is None else OLDER

        async def rows(connection: AsyncConnection) -> Sequence[Row[Any]]:
            return (await connection.execute(query, {"count": count, "before": before})).all()

        return await run(self.primary if fresh else self.replica, rows)

    async def close(self) -> None:
        await self.primary.dispose()
        await self.replica.dispose()


async def run(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    """Once more when it failed soon: a lost connection or a primary that hands over, not a long wait."""
    started = time.monotonic()
    try:
        return await _once(engine, work)
    except (OperationalError, InterfaceError, InternalError):
        if time.monotonic() - started > SOON:
            raise
        await asyncio.sleep(PAUSE)
        return await _once(engine, work)


async def _once(engine: AsyncEngine, work: Callable[[AsyncConnection], Awaitable[Answer]]) -> Answer:
    async with engine.connect() as connection:
        return await work(connection)


async def address(connection: AsyncConnection) -> str | None:
    """The database server's own address, as it sees it; None through a Unix socket."""
    found: str | None = (await connection.execute(text("select host(inet_server_addr())"))).scalar_one()
    return found
