"""A fault made on a server over SSH, and undone; the server's own timer stands behind it."""

from __future__ import annotations

import asyncio
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from colonnade.drill.fault.made import Made, NotMade, Undone, identity
from colonnade.errors import UserError
from colonnade.model.fault import Fault
from colonnade.model.site import Access
from colonnade.remote.agent import follow
from colonnade.remote.connection import Remote, connect, unreachable
from colonnade.remote.fleet import Fleet

# Time for the answer to leave before the network is gone.
DELAY = 0.2
# The longest that the server's side takes (see onhost/fault.py), and what a busy one needs beyond it.
INJECT_SECONDS = 40.0
UNDO_SECONDS = 75.0
# A server that was cut off or booted again answers by then; a large one tests its memory first.
RETURN_SECONDS = 300.0
PAUSE = 0.5
LOST = (OSError, TimeoutError, asyncssh.Error)


@dataclass
class Answers:
    """What the server said, and when it was heard. Its clock and ours run alike but begin elsewhere."""

    heard: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def hear(self, answer: dict[str, Any]) -> None:
        self.heard.append((time.monotonic(), answer))

    @property
    def last(self) -> dict[str, Any]:
        return self.heard[-1][1]

    def here(self, there: float) -> float:
        """A time of the server's clock by ours; late by as long as the fastest of its answers was on its way."""
        return there + min(arrived - float(answer["now"]) for arrived, answer in self.heard)


async def inject(fleet: Fleet, fault: Fault, within: float) -> Made | NotMade:
    """Makes the fault. The server undoes it itself after `within` seconds unless `undo` comes first.

    Raises UserError when the server cannot be spoken with; whether the fault was made is then unknown.
    """
    remote = fleet.remotes.get(fault.server)
    if remote is None:
        return NotMade(fault, fleet.failures[fault.server].problem)
    request = {"needs": fault.needs, "inject": fault.inject, "undo": fault.undo}
    delay = DELAY if fault.isolates else 0.0
    times = {"within": within + delay, "delay": delay}
    said = await _ask(remote, INJECT_SECONDS, do="inject", id=identity(fault), **times, **request)
    if not said.last["made"]:
        return NotMade(fault, said.last["reason"])
    at = said.here(said.last["at"])
    return Made(fault, at, at + within)


async def undo(fleet: Fleet, access: Access, made: Made) -> Undone:
    """Undoes it now, or learns that the server has. May be called again. Raises UserError when it stays in force."""
    fault = made.fault
    async with AsyncExitStack() as stack:
        remote = await _reach(stack, fleet.remotes[fault.server], access, made)
        said = await _ask(remote, UNDO_SECONDS, do="undo", id=identity(fault), undo=fault.undo)
    last, record = said.last, said.last["injected"]
    if not last["undone"]:
        hint = f"the server goes on trying; by hand there: {fault.undo}"
        raise UserError(fault.server, f"{fault.component} {fault.name} is still in force", hint, detail=last["reason"])
    return Undone(said.here(last["at"]), last["itself"], said.here(record["at"]) if record else None)


async def _ask(remote: Remote, seconds: float, **request: Any) -> Answers:
    said = Answers()
    try:
        async with asyncio.timeout(seconds):
            await follow(remote, "fault", said.hear, **request)
    except LOST as error:
        raise unreachable(remote.server, f"no answer about the fault: {error or type(error).__name__}", "") from error
    return said


async def _reach(stack: AsyncExitStack, remote: Remote, access: Access, made: Made) -> Remote:
    """The connection there is, where the fault has left it; else a new one as soon as the server takes one."""
    if made.fault.isolates:
        await asyncio.sleep(max(0.0, made.until - time.monotonic()))
    elif await _lives(remote):
        return remote
    deadline = time.monotonic() + RETURN_SECONDS
    while True:
        try:
            return await stack.enter_async_context(connect(remote.server, access))
        except UserError:
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(PAUSE)


async def _lives(remote: Remote) -> bool:
    try:
        async with asyncio.timeout(3):
            return (await remote.run("true"))[0] == 0
    except LOST:
        return False
