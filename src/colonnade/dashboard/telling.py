"""Looks again and again, and hands each snapshot on."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from time import monotonic

from colonnade.dashboard.changes import changes
from colonnade.dashboard.hub import Hub
from colonnade.dashboard.make import snapshot
from colonnade.dashboard.snapshot import Event, Look, Snapshot
from colonnade.model.outline import Outline

# Shown at once when a state changed, else once a second: numbers that change faster are not read.
LOOK_EVERY = 0.2
SHOW_EVERY = 1.0
KEPT = 100


async def tell(hub: Hub, outline: Outline, look: Callable[[], Look]) -> None:
    """Until cancelled."""
    own: deque[Event] = deque(maxlen=KEPT)
    before: Snapshot | None = None
    shown = 0.0
    while True:
        seen = look()
        now = snapshot(outline, seen)
        own.extend(changes(before, now) if before else ())
        if before is None or states(before) != states(now) or monotonic() - shown >= SHOW_EVERY:
            hub.show(replace(now, events=tuple(sorted((*own, *now.events), key=lambda event: -event.at))))
            shown = monotonic()
        before = now
        await asyncio.sleep(LOOK_EVERY)


def states(snap: Snapshot) -> tuple[object, ...]:
    return snap.status.verdict, snap.status.reasons, tuple((row.state, row.marks) for row in snap.rows)
