"""Makes things happen at their times, whatever became of those before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator

from colonnade.drill.load.exchange import Clock
from colonnade.drill.load.timetable import Due

# After a stall of this process: so many at once before answers are read again.
BURST = 64
# libuv's timers count milliseconds.
TICK = 0.001


class Pacer:
    """Calls `fire` for each that is due, never early; sleeps between. What was missed is made up for at once."""

    def __init__(self, due: Iterator[Due], begin: float, clock: Clock, fire: Callable[[Due], None]) -> None:
        """`begin` by the clock is offset 0."""
        self._due = due
        self._begin = begin
        self._clock = clock
        self._fire = fire
        self._loop = asyncio.get_running_loop()
        self._next = next(due, None)
        self._timer = self._loop.call_later(0, self._tick)

    def stop(self) -> None:
        self._timer.cancel()

    def _tick(self) -> None:
        for _ in range(BURST):
            if self._next is None:
                return
            if (early := self._begin + self._next.offset - self._clock()) > 0:
                self._timer = self._loop.call_later(max(TICK, early), self._tick)
                return
            due, self._next = self._next, next(self._due, None)
            self._fire(due)
        self._timer = self._loop.call_later(0, self._tick)
