"""A unix socket here whose connections come out on a server, for as long as that server can be reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import asyncssh

from colonnade.drill.sql.link import Carried, Link, start
from colonnade.errors import UserError
from colonnade.model.site import Access, Server
from colonnade.remote.agent import COMMAND, payload
from colonnade.remote.connection import Remote, connect

# The port is only a part of the socket's name: libpq's convention, which asyncpg follows.
PORT = 6432
# Between two attempts to reach a server. A login that fails costs it nothing; sshd shuts out whom it sees too often.
PAUSE = 1.0
# From login to the relay's first word; 0.2 s on an idle server.
READY_SECONDS = 10.0

Target = str | tuple[str, int]


@dataclass(eq=False)
class Relay:
    """Keeps one process on the server. `up` tells whether connections made here come out there now."""

    server: Server
    access: Access
    target: Target
    """On the server: address and port, or a unix socket."""
    folder: Path
    """Holds the socket. Only the operator's own user may enter it: whoever connects here is let in there."""
    user: str = "root"
    """Who makes the connection on the server."""
    up: asyncio.Event = field(default_factory=asyncio.Event)
    _wanted: asyncio.Event = field(default_factory=asyncio.Event)
    _link: Link | None = None
    _remote: Remote | None = None

    def lose(self) -> None:
        """The server is about to be lost: nobody waits for what cannot come. Clients rest until `regain`."""
        self._wanted.clear()
        if self._remote:
            self._remote.connection.abort()

    def regain(self) -> None:
        """The server is back, or will be soon."""
        self._wanted.set()

    @property
    def command(self) -> str:
        return COMMAND if self.user == "root" else f"runuser -u {self.user} -- {COMMAND}"

    async def keep(self) -> None:
        """Reaches the server, again and again."""
        while True:
            await self._wanted.wait()
            with suppress(UserError, OSError, asyncssh.Error, TimeoutError):
                await self._serve()
            await asyncio.sleep(PAUSE)

    async def _serve(self) -> None:
        async with connect(self.server, self.access) as remote:
            try:
                self._remote = remote
                self._link = link = await start(remote, self.command, payload("relay", {"target": self.target}))
                await asyncio.wait_for(link.ready.wait(), READY_SECONDS)
                if self._wanted.is_set():
                    self.up.set()
                    await link.ended.wait()
            finally:
                self.up.clear()
                self._link = self._remote = None
                # No farewell: the other end may be gone, and would be waited for.
                remote.connection.abort()

    def accept(self) -> Carried:
        return Carried(self._link)


@asynccontextmanager
async def open_relay(relay: Relay) -> AsyncIterator[Relay]:
    """Listens, and keeps the server reached until the end."""
    relay.folder.mkdir(mode=0o700, exist_ok=True)
    listening = await asyncio.get_running_loop().create_unix_server(relay.accept, relay.folder / f".s.PGSQL.{PORT}")
    relay.regain()
    keeping = asyncio.create_task(relay.keep())
    try:
        yield relay
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)
        listening.close()
