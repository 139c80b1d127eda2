"""The load in a process of its own."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from time import monotonic

import pytest

from colonnade.drill.history import Operation, Result
from colonnade.drill.load import Visitors, running
from colonnade.drill.load.exchange import STOPPED
from colonnade.drill.load.lateness import Summary
from colonnade.drill.load.wire import load_line, operation_line, read_line, read_load, summary_line
from colonnade.errors import UserError
from tests.drill.load.server import OK, Asked, get, load_for, post, serving
from tests.drill.load.test_visitor import VISIT


async def ok(request: Asked) -> bytes:
    return OK


async def silence_for_posts(request: Asked) -> bytes:
    if request.method == "POST":
        await asyncio.sleep(60)
    return OK


def test_loads_operations_and_summaries_cross_as_they_are() -> None:
    load = load_for(443, get(expect=(200, 404)), post(), visitors=(Visitors(steps=(VISIT,)),), seconds=None)
    assert read_load(load_line(load)) == load
    operation = Operation("c", "http.get", "k", {"a": [1]}, 1.0, 1.5, 2.25, Result.UNKNOWN, "ü")
    assert read_line(operation_line(operation)) == operation
    assert read_line(summary_line(Summary(sent=3, late_p99=0.25))) == Summary(sent=3, late_p99=0.25)


def test_what_is_no_load_is_refused() -> None:
    with pytest.raises(UserError, match="no description of a load"):
        read_load(b'{"domain": 3}\n')


def test_a_load_until_the_block_is_left() -> None:
    """Its clock is the history's; its summary tells what it sent."""

    async def run() -> tuple[list[Operation], Summary, float]:
        operations: list[Operation] = []
        ten = asyncio.Event()

        def take(operation: Operation) -> None:
            operations.append(operation)
            if len(operations) == 10:
                ten.set()

        async with serving(ok) as port:
            load = load_for(port, get(), seconds=None)
            async with running(load, take) as process:
                await ten.wait()
            return operations, process.summary, monotonic() - load.origin

    operations, summary, now = asyncio.run(run())
    assert {each.result for each in operations} == {Result.OK}
    assert summary.sent == len(operations)
    assert all(0 < each.scheduled <= each.started <= each.ended < now for each in operations)


def test_a_signal_ends_it_at_once_with_everything_written() -> None:
    async def run() -> tuple[list[Operation | Summary], float]:
        async with serving(silence_for_posts) as port:
            command = (sys.executable, "-m", "colonnade.drill.load")
            load = load_for(port, get(), post(timeout=60), seconds=60)
            process = await asyncio.create_subprocess_exec(
                *command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
            )
            assert process.stdin and process.stdout
            process.stdin.write(load_line(load))
            lines = [read_line(await process.stdout.readline()) for _ in range(12)]
            os.kill(process.pid, signal.SIGINT)
            killed = monotonic()
            lines += [read_line(line) async for line in process.stdout]
            assert await process.wait() == 0
            return lines, monotonic() - killed

    lines, took = asyncio.run(run())
    operations = [each for each in lines if isinstance(each, Operation)]
    last = lines[-1]
    assert isinstance(last, Summary) and last.sent == len(operations)
    results = {(each.kind, each.result, each.detail) for each in operations}
    assert results >= {("http.get", Result.OK, "200"), ("http.post", Result.UNKNOWN, STOPPED)}
    # Far below the requests' own timeout; a second where the computer has time for it.
    assert took < 30


def test_an_error_in_the_block_ends_the_load() -> None:
    async def run() -> list[Operation]:
        operations: list[Operation] = []
        async with serving(silence_for_posts) as port:
            with pytest.raises(ZeroDivisionError):
                async with running(load_for(port, post(), seconds=None), operations.append):
                    await asyncio.sleep(0.2)
                    raise ZeroDivisionError
        return operations

    assert {(each.result, each.detail) for each in asyncio.run(run())} == {(Result.UNKNOWN, STOPPED)}


def test_a_load_that_cannot_start_says_why() -> None:
    async def run() -> None:
        async with running(load_for(443, get(rate=1e6), seconds=None), print):
            raise AssertionError

    with pytest.raises(UserError) as refused:
        asyncio.run(run())
    assert "open files at once" in refused.value.detail


def test_a_sink_that_fails_leaves_no_process_behind() -> None:
    async def run() -> int:
        def fail(operation: Operation) -> None:
            raise ZeroDivisionError

        async with serving(ok) as port:
            with pytest.raises(ZeroDivisionError):
                async with running(load_for(port, get(), seconds=None), fail) as process:
                    await asyncio.sleep(0.2)
            return await process._process.wait()

    assert asyncio.run(run()) != 0
