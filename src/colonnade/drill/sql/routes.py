"""Every way to the database that a drill uses."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from colonnade.components.patroni.configuration import POSTGRES_PORT, SOCKETS
from colonnade.components.pgbouncer import PORT as PGBOUNCER_PORT
from colonnade.drill.sql.driver import Connection, connect
from colonnade.drill.sql.relay import PORT, Relay, open_relay
from colonnade.errors import Exit, UserError
from colonnade.model.app import App
from colonnade.model.layout import Layout
from colonnade.model.site import Role, Server

# All servers at once; more than a login's own limit, so that it is the login that says why.
REACH_SECONDS = 15.0


@dataclass(frozen=True)
class Route:
    """How one database is reached by way of one server."""

    relay: Relay
    user: str
    database: str
    password: str = field(default="", repr=False)

    @property
    def server(self) -> str:
        return self.relay.server.name

    async def connect(self) -> Connection:
        """A new connection. Raises one of driver.ERRORS."""
        return await connect(self.relay.folder, PORT, self.user, self.database, self.password)


@dataclass(frozen=True)
class Routes:
    """By server name, in the order of the spec."""

    apps: Mapping[str, Route]
    """As the app: by PgBouncer on each app server, to whichever database server is the primary."""
    databases: Mapping[str, Route]
    """As `postgres`: by each database server's own socket, to that server and no other."""

    def lose(self, server: str) -> None:
        """The server is about to be lost: clients that go by it give up at once, and rest."""
        for relay in self._of(server):
            relay.lose()

    def regain(self, server: str) -> None:
        """Clients may go by it again, as soon as it can be reached."""
        for relay in self._of(server):
            relay.regain()

    @property
    def up(self) -> list[Route]:
        """By app servers that can be reached now."""
        return [route for route in self.apps.values() if route.relay.up.is_set()]

    def _of(self, server: str) -> list[Relay]:
        return [ways[server].relay for ways in (self.apps, self.databases) if server in ways]


@asynccontextmanager
async def open_routes(layout: Layout, app: App) -> AsyncIterator[Routes]:
    """Relays on all app and database servers. UserError when no app server can be reached."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="colonnade-")))
        routes = _routes(layout, app, folder)
        relays = [route.relay for ways in (routes.apps, routes.databases) for route in ways.values()]
        for relay in relays:
            await stack.enter_async_context(open_relay(relay))
        with suppress(TimeoutError):
            await asyncio.wait_for(asyncio.gather(*(relay.up.wait() for relay in relays)), REACH_SECONDS)
        if not routes.up:
            raise UserError(app.name, "no app server can be reached", "colonnade status", exit_code=Exit.UNREACHABLE)
        yield routes


def _routes(layout: Layout, app: App, folder: Path) -> Routes:
    access, password = layout.site.access, layout.vault.password(f"postgres/app/{app.name}")
    socket = f"{SOCKETS}/.s.PGSQL.{POSTGRES_PORT}"

    def by_app(server: Server) -> Route:
        relay = Relay(server, access, ("127.0.0.1", PGBOUNCER_PORT), folder / f"app-{server.name}")
        return Route(relay, app.name, app.name, password)

    def by_database(server: Server) -> Route:
        relay = Relay(server, access, socket, folder / f"db-{server.name}", user="postgres")
        return Route(relay, "postgres", app.name)

    return Routes(
        {server.name: by_app(server) for server in layout.having(Role.APP)},
        {server.name: by_database(server) for server in layout.having(Role.DB)},
    )
