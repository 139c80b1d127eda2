"""A database that does what a test says."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, cast

from colonnade.drill.sql.driver import Connection, Message
from colonnade.drill.sql.routes import Route, Routes

Answer = Callable[["FakeConnection", str, tuple[object, ...]], Awaitable[Any]]
"""Given the statement: rows, a tag, a single value, or an error that is raised."""


async def empty(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
    return "" if query.split()[0] in ("BEGIN", "COMMIT", "ROLLBACK") else []


class FakeConnection:
    def __init__(self, answer: Answer) -> None:
        self.sent: list[str] = []
        self.notify: Callable[[Connection, Message], None] | None = None
        self._answer = answer
        self._ended = asyncio.Event()

    async def execute(self, query: str, *args: object) -> Any:
        return await self._ask(query, args)

    fetch = fetchval = execute

    async def _ask(self, query: str, args: tuple[object, ...]) -> Any:
        """Like asyncpg's: who waits when the connection ends gets an error."""
        self.sent.append(query)
        asking, ended = (
            asyncio.ensure_future(self._answer(self, query, args)),
            asyncio.ensure_future(self._ended.wait()),
        )
        try:
            await asyncio.wait((asking, ended), return_when=asyncio.FIRST_COMPLETED)
            if not asking.done():
                raise ConnectionResetError("connection was closed in the middle of operation")
            return asking.result()
        finally:
            asking.cancel()
            ended.cancel()

    def is_closed(self) -> bool:
        return self._ended.is_set()

    def terminate(self) -> None:
        self._ended.set()

    def add_log_listener(self, callback: Callable[[Connection, Message], None]) -> None:
        self.notify = callback


@dataclass
class FakeRoute:
    """One app or database server."""

    server: str
    answer: Answer = empty
    refuses: bool = False
    """Connections are not taken."""
    made: list[FakeConnection] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.relay = SimpleNamespace(up=asyncio.Event())
        self.relay.up.set()

    async def connect(self) -> FakeConnection:
        if self.refuses:
            raise ConnectionRefusedError
        self.made.append(FakeConnection(self.answer))
        return self.made[-1]

    def lose(self) -> None:
        self.relay.up.clear()
        for connection in self.made:
            connection.terminate()

    def regain(self) -> None:
        self.relay.up.set()


def routes(apps: list[FakeRoute], databases: list[FakeRoute] | None = None) -> Routes:
    def by_name(ways: list[FakeRoute]) -> Mapping[str, Route]:
        return {each.server: cast(Route, each) for each in ways}

    return Routes(by_name(apps), by_name(databases or []))
