"""The schedule is kept, whatever the site does: no coordinated omission."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from itertools import count, islice, pairwise
from time import monotonic

import pytest

from colonnade.drill.history import Operation, Result
from colonnade.drill.load.exchange import STOPPED
from colonnade.drill.load.generator import Generator
from colonnade.drill.load.load import Stream
from tests.drill.load.server import OK, Asked, asked, get, load_for, made, post, serving

STALL = 1.0
RATE = 100


async def ok(request: Asked) -> bytes:
    return OK


async def silence(request: Asked) -> None:
    await asyncio.sleep(60)


def test_requests_are_due_at_fixed_times_and_never_sent_early() -> None:
    operations = asyncio.run(asked(ok, get(), seconds=0.5))
    due = sorted(each.scheduled for each in operations)
    assert [round(later - due[0], 6) for later in due] == [round(number / RATE, 6) for number in range(50)]
    assert all(each.started >= each.scheduled for each in operations)


def test_a_stall_of_the_site_slows_nothing_and_hides_nothing() -> None:
    """Each request that is due in the stall has waited for its end."""
    began, ends = 0.0, 0.0

    async def answer(request: Asked) -> bytes:
        nonlocal began, ends
        ends = ends or monotonic() + STALL
        await asyncio.sleep(max(0.0, ends - monotonic()))
        return OK

    async def run() -> list[Operation]:
        async with serving(answer) as port:
            load = load_for(port, get(), seconds=1.3)
            nonlocal began
            began = load.origin
            return (await made(load))[0]

    operations = asyncio.run(run())
    assert len(operations) == 130
    assert {each.result for each in operations} == {Result.OK}
    caught = [each for each in operations if each.scheduled < ends - began]
    assert len(caught) >= 95
    assert all(each.latency >= ends - began - each.scheduled - 0.01 for each in caught)


def test_a_client_has_one_operation_at_a_time() -> None:
    async def slow(request: Asked) -> bytes:
        await asyncio.sleep(0.05)
        return OK

    async def run() -> list[Operation]:
        async with serving(slow) as port:
            return (await made(load_for(port, get(), get(connection="new"), post(), seconds=0.3)))[0]

    by_client = defaultdict(list)
    for each in sorted(asyncio.run(run()), key=lambda each: each.started):
        by_client[each.client].append(each)
    assert 3 < len(by_client) < 90
    assert all(one.ended <= two.started for theirs in by_client.values() for one, two in pairwise(theirs))


def test_addresses_are_asked_in_turn_and_judged_alone() -> None:
    async def run() -> list[Operation]:
        async with serving(ok) as port:
            load = load_for(port, get(), get(connection="new"), addresses=("127.0.0.1", "127.0.0.2"))
            return (await made(load))[0]

    operations = asyncio.run(run())
    found = {(each.key, each.result) for each in operations}
    assert found == {("127.0.0.1", Result.OK), ("127.0.0.2", Result.FAIL)}
    assert sum(each.key == "127.0.0.1" for each in operations) == 10


@pytest.mark.parametrize("connection", ["new", "kept"])
def test_the_next_address_is_tried_where_that_is_asked_for(connection: str) -> None:
    async def run() -> list[Operation]:
        async with serving(ok) as port:
            addresses = ("127.0.0.2", "127.0.0.1")
            return (await made(load_for(port, get(connection=connection), addresses=addresses, fallback="next")))[0]

    assert {(each.key, each.result) for each in asyncio.run(run())} == {
        ("127.0.0.1", Result.OK),
        ("127.0.0.2", Result.OK),
    }


def test_stop_waits_for_what_is_in_flight() -> None:
    async def slow(request: Asked) -> bytes:
        await asyncio.sleep(0.3)
        return OK

    async def run() -> list[Operation]:
        operations: list[Operation] = []
        async with serving(slow) as port:
            generator = Generator(load_for(port, get(), seconds=None), operations.append)
            asyncio.get_running_loop().call_later(0.15, generator.stop)
            await generator.run()
        return operations

    operations = asyncio.run(run())
    assert {each.result for each in operations} == {Result.OK}
    assert operations


def test_abort_ends_within_a_second_and_blames_nobody() -> None:
    async def run() -> tuple[list[Operation], float]:
        operations: list[Operation] = []
        async with serving(silence) as port:
            generator = Generator(load_for(port, get(timeout=60), post(timeout=60), seconds=None), operations.append)
            work = asyncio.create_task(generator.run())
            await asyncio.sleep(0.2)
            generator.abort()
            aborted = monotonic()
            await work
            return operations, monotonic() - aborted

    operations, took = asyncio.run(run())
    assert {(each.result, each.detail) for each in operations} == {(Result.UNKNOWN, STOPPED)}
    assert len(operations) > 10
    # Far below the requests' own timeout; a second where the computer has time for it.
    assert took < 30


def test_lateness_of_the_client_is_told() -> None:
    """The loop is kept for 0.3 s, as by a process that does not get the processor."""
    turns = count()

    async def greedy(request: Asked) -> bytes:
        if next(turns) == 5:
            end = monotonic() + 0.3
            while monotonic() < end:
                pass
        return OK

    async def run() -> float:
        async with serving(greedy) as port:
            operations, summary = await made(load_for(port, get(), seconds=0.5))
            assert summary.sent == len(operations) == 50
            assert min(summary.late_max, summary.lag_max) >= 0.25
            return max(each.started - each.scheduled for each in operations)

    assert asyncio.run(run()) >= 0.25


def test_streams_have_names_of_their_own() -> None:
    stream = Stream(kind="http.get", rate=50)

    async def run() -> list[Operation]:
        async with serving(ok) as port:
            return (await made(load_for(port, stream, stream)))[0]

    names = {each.client for each in asyncio.run(run())}
    assert {name.partition("@")[0] for name in names} == {"stream0", "stream1"}
    assert list(islice(sorted(names), 1)) == ["stream0@127.0.0.1/0"]
