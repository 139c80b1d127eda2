"""The error budget: a drill that costs visitors more than was meant ends early, and everything is mended."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence

from colonnade.drill.clock import Clock
from colonnade.drill.history import Operation, Result
from colonnade.drill.timing import STOPPED
from colonnade.errors import UserError

# The last seconds count: long enough for a share, short against the time that visitors would suffer.
WINDOW = 10.0
# Fewer requests than these say nothing of a share.
LEAST = 20
PAUSE = 0.5
# Of a site in production, in percent of all requests.
USUAL = 5.0


def burnt(operations: Sequence[Operation], now: float, percent: float) -> str | None:
    """Why the budget is burnt. A stall is too: nothing has failed yet, and nobody gets a page."""
    recent = []
    for each in reversed(operations):
        if each.ended < now - WINDOW:
            break
        if each.kind.startswith("http.") and each.detail != STOPPED:
            recent.append(each)
    failed = sum(each.result is not Result.OK for each in recent)
    if len(recent) >= LEAST and failed * 100 > percent * len(recent):
        return f"{failed} of {len(recent)} requests failed within {WINDOW:.0f} s, more than {percent:g} %"
    if failed == len(recent):
        return f"no page was served for {WINDOW:.0f} s"
    return None


async def within_budget(work: Awaitable[None], operations: Sequence[Operation], clock: Clock, percent: float) -> None:
    """Awaits the work. UserError in a group when the budget is burnt before it ends; the work is then cancelled."""
    async with asyncio.TaskGroup() as group:
        guard = group.create_task(_guard(operations, clock, percent))
        await work
        guard.cancel()


async def _guard(operations: Sequence[Operation], clock: Clock, percent: float) -> None:
    begun = clock.now()
    while True:
        await asyncio.sleep(PAUSE)
        now = clock.now()
        if now - begun > WINDOW and (why := burnt(operations, now, percent)):
            raise UserError("load", f"the error budget is burnt: {why}", "everything is mended; see the report")
