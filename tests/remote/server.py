"""An SSH server in this process that asks nobody who they are."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import asyncssh

from colonnade.model.site import Role, Server

SERVER = Server("web1", "127.0.0.1", frozenset({Role.WEB}))


class Open(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return False


@asynccontextmanager
async def served(handle: Callable[[Any], Awaitable[None]]) -> AsyncIterator[asyncssh.SSHClientConnection]:
    """A connection to it; `handle` is given every command."""
    key = asyncssh.generate_private_key("ssh-ed25519")
    listening = await asyncssh.create_server(
        Open, "127.0.0.1", 0, server_host_keys=[key], process_factory=handle, encoding=None
    )
    connection = await asyncssh.connect("127.0.0.1", listening.get_port(), known_hosts=None)
    try:
        yield connection
    finally:
        connection.close()
        listening.close()
