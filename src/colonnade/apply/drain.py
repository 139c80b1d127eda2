"""Takes servers out, waits until nothing is in flight, brings them back.

What cannot be reached is passed over: whoever cannot be told cannot be waited for either.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from time import monotonic

from colonnade.apply.draining import bringing_back, by_place, kept_out, taking_out
from colonnade.errors import UserError
from colonnade.model.drain import Drain
from colonnade.remote.connection import Remote
from colonnade.remote.fleet import Fleet

BETWEEN_LOOKS = 0.1


async def take_out(fleet: Fleet, drains: Iterable[Drain], lease: float | None = None) -> None:
    """For good, or until the lease (seconds) ends. UserError names the server that would not."""
    await _everywhere(fleet, drains, lambda drain: taking_out(drain, lease), "could not be drained")


async def bring_back(fleet: Fleet, drains: Iterable[Drain]) -> None:
    await _everywhere(fleet, drains, bringing_back, "could not be brought back")


async def until_empty(fleet: Fleet, drains: Iterable[Drain], within: float) -> bool:
    """Whether all that was in flight ended in time; not asked of drains that linger."""
    chosen, deadline = tuple(drain for drain in drains if not drain.lingers), monotonic() + within
    while not await _all(fleet, chosen, lambda drain: drain.empty):
        if monotonic() > deadline:
            return False
        await asyncio.sleep(BETWEEN_LOOKS)
    return True


async def not_kept_out(fleet: Fleet, drains: Iterable[Drain]) -> tuple[Drain, ...]:
    """Without those that an operator has taken out: they stay out."""
    chosen = tuple(drains)
    found = await asyncio.gather(*(_all(fleet, (drain,), kept_out) for drain in chosen))
    return tuple(drain for drain, out in zip(chosen, found, strict=True) if not out)


@asynccontextmanager
async def kept_away(fleet: Fleet, drains: Iterable[Drain], lease: float, within: float) -> AsyncIterator[None]:
    """Out and empty (or `within` is over) inside, and back afterwards, whatever happened."""
    mine = await not_kept_out(fleet, drains)
    try:
        await take_out(fleet, mine, lease)
        await until_empty(fleet, mine, within)
        yield
    finally:
        await bring_back(fleet, mine)


async def _everywhere(fleet: Fleet, drains: Iterable[Drain], script: Callable[[Drain], str], problem: str) -> None:
    places = by_place(drains)

    async def one(remote: Remote) -> None:
        for drain in places[remote.server.name]:
            status, output, error = await remote.run(f"/bin/sh -c {shlex.quote(script(drain))}")
            if status:
                text = (output + error).decode(errors="replace")
                raise UserError(remote.server.name, f"{drain.server} {problem}", "see colonnade status", detail=text)

    _, failures = await fleet.each(one, [place for place in places if place in fleet.remotes])
    for failure in failures.values():
        raise failure


async def _all(fleet: Fleet, drains: tuple[Drain, ...], script: Callable[[Drain], str]) -> bool:
    """The script succeeds wherever it can be asked."""
    places = by_place(drains)

    async def one(remote: Remote) -> bool:
        words = " && ".join(f"{{ {script(drain)}\n}}" for drain in places[remote.server.name])
        return (await remote.run(f"/bin/sh -c {shlex.quote(words)}"))[0] == 0

    answers, _ = await fleet.each(one, [place for place in places if place in fleet.remotes])
    return all(answers.values())
