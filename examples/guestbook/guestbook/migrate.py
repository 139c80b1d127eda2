"""Create the tables. Runs once for each release, and changes nothing when there is nothing to change."""

from __future__ import annotations

import asyncio

from sqlalchemy import func, select

from guestbook.settings import from_environment
from guestbook.store import METADATA, engine

LOCK = 0x67756573
"""Any number that nothing else in this database uses ("gues")."""


async def migrate(url: str) -> None:
    """In one transaction: a lock of the session would stay behind in PgBouncer's connection."""
    primary = engine(url)
    async with primary.begin() as connection:
        await connection.execute(select(func.pg_advisory_xact_lock(LOCK)))
        await connection.run_sync(METADATA.create_all)
    await primary.dispose()


if __name__ == "__main__":
    asyncio.run(migrate(from_environment().primary_url))
    print("The tables are there.")
