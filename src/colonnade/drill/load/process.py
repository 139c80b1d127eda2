"""Runs a load in a process of its own, so that a drill's other work never disturbs its clock."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from colonnade.drill.load.lateness import Summary
from colonnade.drill.load.load import Load
from colonnade.drill.load.route import Sink
from colonnade.drill.load.wire import load_line, read_line
from colonnade.errors import UserError

# For its start: imports on a busy computer, and the connections it opens first.
START = 30.0
# One line of JSON; an operation may hold a whole answer.
LINE_LIMIT = 1 << 24


class LoadProcess:
    """A load generator that runs."""

    def __init__(self, process: Process, sink: Sink) -> None:
        self.summary = Summary()
        """The latest; the final one after the end."""
        self._process = process
        self._sink = sink
        self._begun = asyncio.Event()
        self._read = asyncio.create_task(self._read_lines())
        self._errors = asyncio.create_task(self._stderr())

    async def begun(self) -> None:
        """Returns when the first request is due. UserError when that does not come."""
        begun = asyncio.create_task(self._begun.wait())
        await asyncio.wait({begun, self._read}, timeout=START, return_when=asyncio.FIRST_COMPLETED)
        begun.cancel()
        if not self._begun.is_set():
            self.abort()
            raise UserError("load", "the load generator did not start", "read what it said", detail=await self._errors)

    def stop(self) -> None:
        """Nothing more is sent; what is in flight is waited for."""
        if self._process.stdin:
            self._process.stdin.close()

    def abort(self) -> None:
        """It ends within a second."""
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()

    async def ended(self) -> None:
        """Returns after the last operation. UserError when the load generator has failed."""
        await self._read
        if code := await self._process.wait():
            problem = f"the load generator failed with {code}"
            raise UserError("load", problem, "read what it said", detail=await self._errors)

    async def _read_lines(self) -> None:
        assert self._process.stdout  # noqa: S101  asked for
        async for line in self._process.stdout:
            read = read_line(line)
            if isinstance(read, Summary):
                self.summary = read
                self._begun.set()
            else:
                self._sink(read)

    async def _stderr(self) -> str:
        assert self._process.stderr  # noqa: S101  asked for
        return (await self._process.stderr.read()).decode(errors="replace")


@asynccontextmanager
async def running(load: Load, sink: Sink) -> AsyncIterator[LoadProcess]:
    """The load, from its first request. Leaving the block ends it: after an error at once, else when all has landed.

    `sink` gets every operation, in the order of their ends, also those of a load that was ended at once.
    """
    # In its own session: Ctrl-C reaches the drill alone, which decides when the load ends.
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "colonnade.drill.load"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=PIPE,
        limit=LINE_LIMIT,
        start_new_session=True,
    )
    assert process.stdin  # noqa: S101  asked for
    process.stdin.write(load_line(load))
    made = LoadProcess(process, sink)
    try:
        await made.begun()
        yield made
    except BaseException:
        made.abort()
        with contextlib.suppress(UserError):
            await made.ended()
        raise
    else:
        made.stop()
        await made.ended()
    finally:
        # Only where the lines above were broken off themselves.
        if process.returncode is None:
            process.kill()
