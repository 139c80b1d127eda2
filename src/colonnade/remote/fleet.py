"""Connections to many servers at once; a server that cannot be reached is remembered, not fatal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from colonnade.errors import UserError
from colonnade.model.site import Access, Server
from colonnade.remote.connection import Remote, connect

Answer = TypeVar("Answer")

# Logins cost the operator's processor about 7 ms each; more at once than this only lengthens each one's wait.
LOGINS_AT_ONCE = 64


@dataclass(frozen=True)
class Fleet:
    remotes: Mapping[str, Remote]
    failures: Mapping[str, UserError] = field(default_factory=dict)

    async def each(
        self, work: Callable[[Remote], Awaitable[Answer]], names: Iterable[str] | None = None
    ) -> tuple[dict[str, Answer], dict[str, UserError]]:
        """Does the work on all (or the named) servers at once: answers, and the errors of those that failed."""
        chosen = [self.remotes[n] for n in (self.remotes if names is None else names)]
        results = await asyncio.gather(*(work(remote) for remote in chosen), return_exceptions=True)
        answers: dict[str, Answer] = {}
        errors: dict[str, UserError] = {}
        for remote, result in zip(chosen, results, strict=True):
            if isinstance(result, BaseException):
                errors[remote.server.name] = _as_user_error(remote.server, result)
            else:
                answers[remote.server.name] = result
        return answers, errors


def _as_user_error(server: Server, error: BaseException) -> UserError:
    if isinstance(error, UserError):
        return error
    if isinstance(error, OSError) or type(error).__module__.startswith("asyncssh"):
        return UserError(server.name, f"the connection was lost: {error}", "run the command again")
    raise error


@asynccontextmanager
async def open_fleet(servers: Iterable[Server], access: Access) -> AsyncIterator[Fleet]:
    """Logs in everywhere at once."""
    gate = asyncio.Semaphore(LOGINS_AT_ONCE)
    async with AsyncExitStack() as stack:

        async def login(server: Server) -> Remote | UserError:
            async with gate:
                try:
                    return await stack.enter_async_context(connect(server, access))
                except UserError as error:
                    return error

        wanted = tuple(servers)
        results = await asyncio.gather(*(login(server) for server in wanted))
        named = [(server.name, result) for server, result in zip(wanted, results, strict=True)]
        yield Fleet(
            {name: result for name, result in named if isinstance(result, Remote)},
            {name: result for name, result in named if isinstance(result, UserError)},
        )
