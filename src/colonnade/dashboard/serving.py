"""uvicorn as the dashboard needs it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from colonnade.dashboard.hub import Hub
from colonnade.errors import UserError


@contextmanager
def listening(address: str, port: int) -> Iterator[socket.socket]:
    """The socket before the server: the port is known, and a port that is taken is a plain error."""
    opened = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    with opened:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            opened.bind((address, port))
            opened.listen()
        except OSError as error:
            raise UserError("", f"cannot listen on {address}:{port}: {error.strerror}", "another --port") from error
        yield opened


class Server(uvicorn.Server):
    """Ends the streams of open pages before it waits for their connections."""

    def __init__(self, config: uvicorn.Config, hub: Hub) -> None:
        super().__init__(config)
        self._hub = hub

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._hub.end()
        await super().shutdown(sockets)


def server(app: ASGIApp, hub: Hub, **options: object) -> Server:
    """Logs no requests: their paths hold the token."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=2,
        **options,  # type: ignore[arg-type]
    )
    return Server(config, hub)
