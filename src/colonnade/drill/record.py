"""Takes down what happens during a drill, as it happens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from time import time

from colonnade.drill.clock import Clock
from colonnade.drill.history import Event, History, Injection, Look, Operation
from colonnade.drill.visitors import as_session


@dataclass
class Record:
    """Grows until the drill ends; then it is a history."""

    clock: Clock = field(default_factory=Clock)
    real_origin: float = field(default_factory=time)
    """Real time of the clock's zero, for the daemons' journals."""
    operations: list[Operation] = field(default_factory=list)
    injections: list[Injection] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    final: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Ids of the ledger on each database server, read when all had healed."""

    def operation(self, each: Operation) -> None:
        self.operations += as_session(each)

    def tell(self, text: str, server: str = "") -> None:
        """Something that the drill itself did."""
        self.events.append(Event(self.clock.now(), "drill", server, text))

    def history(self) -> History:
        return History(
            tuple(self.operations),
            tuple(sorted(self.injections, key=lambda each: each.injected or 0.0)),
            tuple(sorted(self.events, key=lambda each: each.at)),
            tuple(self.looks),
        )
