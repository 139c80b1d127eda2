"""Waiting for one of several things, without asking for them again and again."""

from __future__ import annotations

import asyncio


async def rest(seconds: float, until: asyncio.Event) -> bool:
    """A pause. False, at once, when it is time to end."""
    try:
        await asyncio.wait_for(until.wait(), seconds)
    except TimeoutError:
        return True
    return False


async def either(wanted: asyncio.Event, until: asyncio.Event) -> bool:
    """Waits for what is wanted. False when it is time to end and it is not there."""
    if not wanted.is_set() and not until.is_set():
        waits = [asyncio.create_task(event.wait()) for event in (wanted, until)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
    return wanted.is_set()
