"""What every workload is given."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from random import Random
from typing import Any

from colonnade.drill.clock import Clock
from colonnade.drill.history import Operation
from colonnade.drill.sql.client import Answer, Client
from colonnade.drill.sql.routes import Routes


@dataclass(frozen=True)
class Context:
    """Where to, how much, and who is told. A drill makes one for each workload it runs."""

    routes: Routes
    clock: Clock
    sink: Callable[[Operation], None]
    seed: int
    clients: int = 4
    """Spread over the app servers in turn. The two-primaries probe has one for each database server instead."""
    rate: float = 20.0
    """Operations a second, all clients together: of the ledger exactly, of the others at most."""

    @property
    def pause(self) -> float:
        """Seconds that a client of a workload without a timetable rests after each operation."""
        return self.clients / self.rate

    def random(self, client: Client) -> Random:
        """Each client has numbers of its own: what it does follows from the seed, whatever becomes of the others."""
        return Random(f"{self.seed}/{client.name}")  # noqa: S311  no secret follows from it

    @contextmanager
    def open_clients(self, workload: str, at_least: int = 1) -> Iterator[list[Client]]:
        """By the app's path. Connections are made when they are needed."""
        routes = islice(cycle(self.routes.apps.values()), max(self.clients, at_least))
        made = [Client(f"{workload}-{number}", route) for number, route in enumerate(routes, 1)]
        try:
            yield made
        finally:
            for client in made:
                client.close()

    def record(
        self, client: str, kind: str, key: str, value: Any, scheduled: float, started: float, answer: Answer
    ) -> None:
        """`client` is the client's name as it was when the operation began."""
        now = self.clock.now()
        self.sink(Operation(client, kind, key, value, scheduled, started, now, answer.result, answer.detail))
