"""Everybody who makes requests in one load, with the pools that they use."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from itertools import chain

from colonnade.drill.load.dial import Dialer
from colonnade.drill.load.exchange import Clock, Exchange
from colonnade.drill.load.http2 import STREAMS
from colonnade.drill.load.kept import KeptPool
from colonnade.drill.load.lateness import Delays
from colonnade.drill.load.load import Load, Protocol, Stream, Visitors
from colonnade.drill.load.pool import Dial, Pool
from colonnade.drill.load.render import Rendered
from colonnade.drill.load.route import Route, Sink
from colonnade.drill.load.visitor import Visitor


class Crew:
    """`routes` has one tuple for each stream, with a route to each address; `visitors` one for each of `Visitors`."""

    def __init__(self, load: Load, clock: Clock, late: Delays, sink: Sink) -> None:
        self._load = load
        self._dialer = cache(partial(Dialer, load))
        self.routes = [
            tuple(self._routes(f"stream{number}", stream, clock, late, sink))
            for number, stream in enumerate(load.streams)
        ]
        self.visitors = [
            tuple(self._visitors(f"visitors{number}", group, clock, late, sink))
            for number, group in enumerate(load.visitors)
        ]

    @property
    def all(self) -> Iterator[Route | Visitor]:
        return chain(*self.routes, *self.visitors)

    @property
    def flying(self) -> list[Exchange]:
        """What has been begun and has not ended."""
        return [exchange for each in self.all for exchange in each.flying]

    @property
    def resent(self) -> int:
        return sum(each.pool.resent for each in self.all)

    def _routes(self, name: str, stream: Stream, clock: Clock, late: Delays, sink: Sink) -> Iterator[Route]:
        kept = stream.connection == "kept"
        rendered = Rendered(stream, self._load.domain, "keep-alive" if kept else "close")
        for address in self._load.addresses:
            dial = self._dial(stream.protocol, address, stream.timeout)
            streams = STREAMS if stream.protocol == "h2" else 1
            pool = KeptPool(dial, streams) if kept else Pool(dial)
            yield Route(name, rendered, address, pool, clock, late, sink)

    def _visitors(self, name: str, group: Visitors, clock: Clock, late: Delays, sink: Sink) -> Iterator[Visitor]:
        steps = [Rendered(step, self._load.domain, "keep-alive") for step in group.steps]
        timeout = max(step.timeout for step in group.steps)
        for number in range(group.count):
            address = self._load.addresses[number % len(self._load.addresses)]
            pool = KeptPool(self._dial(group.protocol, address, timeout))
            yield Visitor(f"{name}@{address}/{number}", steps, pool, clock, late, sink)

    def _dial(self, protocol: Protocol, address: str, timeout: float) -> Dial:
        return partial(self._dialer(protocol).dial, address, timeout)
