"""The notes in PostgreSQL: written to the primary, read from a replica."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import InterfaceError, InternalError, OperationalError
from psycopg.rows import class_row
from psycopg_pool import ConnectionPool

LIMIT = 500
"""Characters in a note."""
UNAVAILABLE = (OperationalError, InterfaceError, InternalError)
"""No connection (the pool's timeout is one too), a lost one, or a primary that has just become a replica."""
PLAIN: Mapping[str, Any] = {"autocommit": True, "prepare_threshold": None}
"""One statement is its own transaction, and each may go to another server connection of PgBouncer: none is prepared."""

SOON = 5
PAUSE = 0.5
"""Seconds; PgBouncer refuses queries after a failed login to the database, until its next one, 0.2 s later."""

TABLE = """
create table if not exists notes (
    id bigint generated always as identity primary key,
    text text not null,
    created_at timestamptz not null default now()
)
"""
WORDS = "alter table notes add column if not exists words integer"
"""Filled in by `python -m notes.count`: a note without a number is one that waits."""


@dataclass(frozen=True, slots=True)
class Note:
    id: int
    text: str
    created_at: datetime


def pool(url: str) -> ConnectionPool:
    """Opens in the background, so the process starts and answers /healthz with no database in sight.

    PgBouncer holds clients while the primary moves, so the time to wait must outlast a failover.
    """
    return ConnectionPool(url, min_size=1, max_size=5, timeout=40, kwargs=dict(PLAIN), open=True)


class Store:
    def __init__(self, primary: ConnectionPool, replica: ConnectionPool) -> None:
        self._primary = primary
        self._replica = replica

    def latest(self, *, fresh: bool) -> list[Note]:
        """The newest notes; from the primary when they must include the last write.

        Once more when it failed soon (a lost connection, not a long wait): a read may be repeated.
        """
        chosen = self._primary if fresh else self._replica
        started = time.monotonic()
        try:
            return _latest(chosen)
        except OperationalError:
            if time.monotonic() - started > SOON:
                raise
            time.sleep(PAUSE)
            chosen.check()
            return _latest(chosen)

    def add(self, text: str) -> None:
        with self._primary.connection() as connection:
            connection.execute("insert into notes (text) values (%s)", (text,))

    def delete(self, note: int) -> None:
        with self._primary.connection() as connection:
            connection.execute("delete from notes where id = %s", (note,))


def _latest(chosen: ConnectionPool) -> list[Note]:
    with chosen.connection() as connection, connection.cursor(row_factory=class_row(Note)) as cursor:
        return cursor.execute("select id, text, created_at from notes order by id desc limit 100").fetchall()
