"""A real store, in memory, that loses requests and answers: whatever its clients see of it is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from colonnade.drill.history import Operation, Result


@dataclass(frozen=True, slots=True)
class Request:
    """`moment`: when the store carries it out, between the ends; later if the client gave up; None: never."""

    client: str
    started: float
    moment: float | None
    ended: float
    result: Result

    def told(self, kind: str, key: str, value: object) -> Operation:
        return Operation(self.client, kind, key, value, self.started, self.started, self.ended, self.result)


def requests(random: Random, count: int, clients: int = 4) -> Iterator[Request]:
    """In the order of their moments, those that never come at their ends. A client has one at a time."""
    free = {f"c{number}": 0.0 for number in range(clients)}
    made = []
    for _ in range(count):
        client = random.choice(sorted(free))
        made.append(_request(random, client, free[client] + random.random()))
        free[client] = made[-1].ended
    yield from sorted(made, key=lambda each: each.ended if each.moment is None else each.moment)


def _request(random: Random, client: str, started: float) -> Request:
    moment = started + random.random()
    ended = moment + random.random()
    fate = random.choices(("answered", "refused", "answer lost", "request lost", "late"), (12, 1, 1, 1, 1))[0]
    if fate == "answered":
        return Request(client, started, moment, ended, Result.OK)
    if fate == "refused":
        return Request(client, started, None, ended, Result.FAIL)
    late = ended + 5 * random.random()
    when = {"answer lost": moment, "request lost": None, "late": late}[fate]
    return Request(client, started, when, ended, Result.UNKNOWN)


def in_order(operations: list[Operation]) -> tuple[Operation, ...]:
    """As a history has them."""
    return tuple(sorted(operations, key=lambda each: each.ended))
