"""One way to make any fault, and a block of code at whose end it is undone, however it ends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from colonnade.drill.fault import on_server
from colonnade.drill.fault.in_lab import Power
from colonnade.drill.fault.made import GRACE, Made, NotMade, Undone, lasting
from colonnade.drill.fault.operator import COMPONENT as OPERATOR
from colonnade.drill.fault.operator import Operator
from colonnade.model.fault import Fault
from colonnade.model.site import Access
from colonnade.remote.fleet import Fleet


@dataclass
class Breaker:
    """Makes faults on a site's servers; with `power` of the machines that they are in the lab, with `operator` of the
    operator's own commands."""

    fleet: Fleet
    access: Access
    power: Power | None = None
    operator: Operator | None = None

    async def inject(self, fault: Fault, hold: float) -> Made | NotMade:
        """For `hold` seconds: then `undo` is expected, and something else stands by in case it never comes."""
        if self.power and fault.component == "server":
            return await self.power.cut(fault, hold + GRACE)
        if self.operator and fault.component == OPERATOR:
            return await self.operator.kill(fault, hold)
        return await on_server.inject(self.fleet, fault, lasting(fault, hold))

    async def undo(self, made: Made) -> Undone:
        if self.power and made.fault.component == "server":
            return await self.power.restore(made)
        if self.operator and made.fault.component == OPERATOR:
            return await self.operator.finish()
        return await on_server.undo(self.fleet, self.access, made)


@dataclass
class Course:
    """What a fault has come to so far."""

    fault: Fault
    made: Made | NotMade | None = None
    undone: Undone | None = None


@asynccontextmanager
async def broken(breaker: Breaker, fault: Fault, hold: float) -> AsyncIterator[Course]:
    """The fault is in force inside, if it could be made, and undone after: also on an error, and on Ctrl-C.

    Raises UserError when it cannot be undone.
    """
    course = Course(fault)
    try:
        await _to_the_end(_begin(course, breaker, hold))
        yield course
    finally:
        await _to_the_end(_end(course, breaker, hold))


async def _begin(course: Course, breaker: Breaker, hold: float) -> None:
    course.made = await breaker.inject(course.fault, hold)


async def _end(course: Course, breaker: Breaker, hold: float) -> None:
    if course.made is None:
        # No answer: it may have been made all the same.
        now = time.monotonic()
        course.undone = await breaker.undo(Made(course.fault, now, now + hold))
    elif isinstance(course.made, Made):
        course.undone = await breaker.undo(course.made)


async def _to_the_end(work: Coroutine[Any, Any, None]) -> None:
    """A cancellation waits until the work is done: half a request would leave a fault nobody knows of."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise
