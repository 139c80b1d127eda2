"""asyncpg, and what of it is used here: the only module that knows its connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol, cast

import asyncpg  # type: ignore[import-untyped]

# What an attempt to connect or a statement may raise; anything else is a mistake of ours.
ERRORS = (asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, OSError, TimeoutError)
# A login waits where a query would: PgBouncer's query_wait_timeout is 60 s.
LOGIN_SECONDS = 65.0


class Message(Protocol):
    """A notice or warning."""

    sqlstate: str
    message: str


class Connection(Protocol):
    """A PostgreSQL session."""

    async def execute(self, query: str, *args: object) -> str:
        """The command's tag: `INSERT 0 1`, `COMMIT`."""

    async def fetch(self, query: str, *args: object) -> list[Mapping[str, Any]]: ...

    async def fetchval(self, query: str, *args: object) -> Any: ...

    def is_closed(self) -> bool: ...

    def terminate(self) -> None:
        """Closes at once; whoever waits for an answer gets an error. Sends no cancel request."""

    def add_log_listener(self, callback: Callable[[Connection, Message], None]) -> None: ...


async def connect(folder: Path, port: int, user: str, database: str, password: str) -> Connection:
    """By the unix socket in the folder: libpq's convention, no TLS is offered there. Raises one of ERRORS."""
    made = await asyncpg.connect(
        host=str(folder),
        port=port,
        user=user,
        password=password,
        database=database,
        timeout=LOGIN_SECONDS,
        # Named statements, as most applications' drivers use them: PgBouncer keeps them across its pool
        # (max_prepared_statements), and each costs one round trip where unnamed ones cost two. Kept until the end.
        statement_cache_size=100,
        max_cached_statement_lifetime=0,
        server_settings={"application_name": "colonnade drill"},
    )
    return cast(Connection, made)
