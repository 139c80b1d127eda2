"""One client of the load: one session, one operation at a time, and what it knows of each."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from colonnade.drill.history import Result
from colonnade.drill.sql.classify import Stage, of_acknowledgement, of_error, words
from colonnade.drill.sql.driver import ERRORS, Connection, Message
from colonnade.drill.sql.routes import Route
from colonnade.drill.waiting import either, rest

# PgBouncer lets a query wait 60 s for a primary and then says so: its word is better than our impatience.
LIMIT = 65.0
# Between two attempts to connect, doubled each time.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 3.2


@dataclass(frozen=True, slots=True)
class Answer:
    result: Result
    value: Any = None
    """Rows of a statement, what a transaction's body returned; None unless the result is ok."""
    detail: str = ""


class Client:
    """Connects when it must; gives a connection up as soon as nothing is certain on it."""

    def __init__(self, name: str, route: Route, limit: float = LIMIT) -> None:
        self.route = route
        self._name = f"{name}@{route.server}"
        self._lives = 1
        self._limit = limit
        self._connection: Connection | None = None
        self._notices: list[Message] = []

    @property
    def name(self) -> str:
        """`bank-1@app2`. An operation of unknown result may still be under way: whoever comes next is somebody else."""
        return self._name if self._lives == 1 else f"{self._name}#{self._lives}"

    @property
    def connected(self) -> bool:
        return self._connection is not None and not self._connection.is_closed()

    async def ready(self, until: asyncio.Event) -> bool:
        """Waits for a connection. False when there is none and it is time to end; rests while the server is lost."""
        pause = FIRST_PAUSE
        while not self.connected:
            if not await either(self.route.relay.up, until):
                return False
            try:
                self._connection = await self.route.connect()
                self._connection.add_log_listener(lambda _, notice: self._notices.append(notice))
            except ERRORS:
                if not await rest(pause, until):
                    return False
                pause = min(2 * pause, LONGEST_PAUSE)
        return True

    async def statement(self, query: str, *args: object) -> Answer:
        """One statement, in autocommit."""
        return await self._attempt(lambda connection: self._autocommit(connection, query, args))

    async def transaction(self, isolation: str, body: Callable[[Connection], Awaitable[Any]]) -> Answer:
        """BEGIN, the body's statements, COMMIT."""
        return await self._attempt(lambda connection: self._commit(connection, isolation, body))

    def close(self) -> None:
        if self._connection:
            self._connection.terminate()
            self._connection = None

    async def _attempt(self, work: Callable[[Connection], Awaitable[Answer]]) -> Answer:
        connection = self._connection
        if connection is None:
            return Answer(Result.FAIL, detail="no connection")
        self._notices.clear()
        with self._limited(connection):
            found = await work(connection)
        if found.result is Result.UNKNOWN:
            self._lives += 1
            self.close()
        return found

    async def _autocommit(self, connection: Connection, query: str, args: Sequence[object]) -> Answer:
        try:
            rows = await connection.fetch(query, *args)
        except ERRORS as error:
            return Answer(of_error(error, Stage.COMMITTING), detail=words(error))
        return self._acknowledged("", rows)

    async def _commit(
        self, connection: Connection, isolation: str, body: Callable[[Connection], Awaitable[Any]]
    ) -> Answer:
        try:
            await connection.execute(f"BEGIN ISOLATION LEVEL {isolation}")
            value = await body(connection)
        except ERRORS as error:
            await self._roll_back(connection)
            return Answer(of_error(error, Stage.BEFORE_COMMIT), detail=words(error))
        try:
            tag = await connection.execute("COMMIT")
        except ERRORS as error:
            return Answer(of_error(error, Stage.COMMITTING), detail=words(error))
        return self._acknowledged(tag, value)

    async def _roll_back(self, connection: Connection) -> None:
        try:
            await connection.execute("ROLLBACK")
        except ERRORS:
            self.close()

    def _acknowledged(self, tag: str, value: Any) -> Answer:
        result = of_acknowledgement(tag, self._notices)
        if result is Result.OK:
            return Answer(result, value)
        return Answer(result, detail=self._notices[-1].message if self._notices else tag)

    @contextmanager
    def _limited(self, connection: Connection) -> Iterator[None]:
        """Ends the session, not the statement: a cancelled commit is acknowledged without its standbys."""
        bell = asyncio.get_running_loop().call_later(self._limit, connection.terminate)
        try:
            yield
        except asyncio.CancelledError:
            # Before asyncpg sends the cancel request that it has prepared.
            self.close()
            raise
        finally:
            bell.cancel()
