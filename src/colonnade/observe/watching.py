"""Keeps a connection open to every server and hears its beat, so that one that is lost is missed within two seconds."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections import deque
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from colonnade.errors import UserError
from colonnade.model.observation import NOT_YET, Output, Probe, Reading
from colonnade.model.site import Access, Server
from colonnade.observe.probing import PROBE_SECONDS, as_reading, unknown
from colonnade.remote.agent import converse
from colonnade.remote.connection import LOST, Remote, Talk, connect

# Three beats of 0.5 s may fail to come before a server counts as silent.
SILENT = 1.6
# A connection that is silent this long is given up; a cut that heals sooner needs no new login.
GIVEN_UP = 5.0
# Between looks: probes start some processes on the server.
LOOK_EVERY = 5.0
# Full beats, one a second, between the two that rates are made of: one second alone would jump with every request.
WINDOW = 3
# What the answer to a command may take beyond the command's own time.
ANSWER_SECONDS = 3.0
# After attempts to log in that failed: sshd shuts out whom it sees too often.
PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)


@dataclass(frozen=True, slots=True)
class Beat:
    """What one beat told."""

    remote: float
    """Seconds of the server's own clock."""
    cpu: int | None
    """Microseconds of processor used so far."""
    cpus: int
    stats: tuple[str | None, ...]
    """Answers of HAProxy's sockets."""


@dataclass
class Watched:
    """One server, for as long as somebody looks."""

    server: Server
    probes: tuple[Probe, ...]
    sockets: tuple[tuple[str, str], ...]
    heard: float | None = None
    """When it was heard last, on the operator's monotonic clock."""
    problem: str = NOT_YET
    _beats: deque[Beat] = field(default_factory=lambda: deque(maxlen=WINDOW + 1))
    seen: tuple[Reading, ...] = ()
    """By the last look."""
    _talk: Talk | None = None
    _looking: bool = False
    _answers: dict[int, asyncio.Future[Output]] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)

    @property
    def beats(self) -> tuple[Beat, Beat] | None:
        """Two full ones, a few seconds apart, from which rates follow."""
        return (self._beats[0], self._beats[-1]) if len(self._beats) > 1 else None

    def silent(self) -> bool:
        return self.heard is None or monotonic() - self.heard > SILENT

    def readings(self) -> tuple[Reading, ...]:
        """As of the last look; unknown for whoever is silent, or has not been looked at."""
        if self.silent():
            return unknown(self.probes, self.problem)
        return self.seen or unknown(self.probes, NOT_YET)

    async def keep(self, access: Access) -> None:
        """Until cancelled: logs in, listens, and begins anew when that ends."""
        failures = 0
        while True:
            with suppress(TimeoutError, *LOST):
                try:
                    async with connect(self.server, access) as remote:
                        failures = 0
                        await self._listen(remote)
                except UserError as error:
                    self.problem = error.problem
            self._talk, self._looking = None, False
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    async def _listen(self, remote: Remote) -> None:
        request = {"commands": [p.command for p in self.probes], "sockets": self.sockets, "timeout": PROBE_SECONDS}
        try:
            async with converse(remote, "watch", **request) as self._talk:
                while line := await asyncio.wait_for(self._talk.line(), GIVEN_UP):
                    self._take(json.loads(line))
        finally:
            # No farewell: the other end may be gone, and would be waited for.
            remote.connection.abort()

    def _take(self, answer: dict[str, Any]) -> None:
        self.heard, self.problem = monotonic(), "no longer heard"
        if "beat" in answer:
            self._beat(answer)
        elif "look" in answer:
            self._looking = False
            outputs = zip(self.probes, answer["outputs"], strict=True)
            self.seen = tuple(as_reading(probe, Output(*output)) for probe, output in outputs)
        elif waiting := self._answers.pop(answer["ran"], None):
            waiting.set_result(Output(*answer["output"]))

    def _beat(self, answer: dict[str, Any]) -> None:
        if not self.seen:
            self.look()
        if answer["sockets"] is not None:
            beat = Beat(answer["beat"], answer["cpu"], answer["cpus"], tuple(answer["sockets"]))
            if self._beats and self._beats[-1].remote > beat.remote:
                # The server's clock began anew with the server.
                self._beats.clear()
            self._beats.append(beat)

    def look(self) -> None:
        """Asks for the probes, unless they are on their way already."""
        if self._talk and not self._looking:
            self._looking = True
            self._talk.say(json.dumps({"look": True, "id": next(self._numbers)}).encode())

    async def run(self, command: str, seconds: float) -> Output | None:
        """A shell command on this server; None when it cannot be asked, or does not answer in time."""
        if self._talk is None or self.silent():
            return None
        number = next(self._numbers)
        waiting = self._answers[number] = asyncio.get_running_loop().create_future()
        try:
            self._talk.say(json.dumps({"run": [command, seconds], "id": number}).encode())
            return await asyncio.wait_for(waiting, seconds + ANSWER_SECONDS)
        except TimeoutError:
            return None
        finally:
            self._answers.pop(number, None)


@asynccontextmanager
async def watching(servers: Iterable[Watched], access: Access) -> AsyncIterator[None]:
    """All of them heard and looked at, for as long as the context lasts."""
    watched = tuple(servers)
    tasks = [asyncio.create_task(each.keep(access)) for each in watched]
    tasks.append(asyncio.create_task(_look_around(watched)))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _look_around(watched: tuple[Watched, ...]) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY)
        for each in watched:
            each.look()
