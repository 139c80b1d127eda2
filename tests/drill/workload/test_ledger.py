"""The ledger's pace: whatever the site does, every entry has its time and one result."""

from __future__ import annotations

import asyncio
from itertools import islice, pairwise
from typing import Any

import pytest

from colonnade.drill.history import Operation, Result
from colonnade.drill.workload import ledger
from tests.drill.sql.fakes import FakeConnection, FakeRoute
from tests.drill.sql.test_classify import GONE
from tests.drill.workload.scene import play, seconds


def numbers(told: list[Operation]) -> list[int]:
    return sorted(int(each.key) for each in told)


def test_the_timetable_follows_from_the_rate_alone() -> None:
    assert list(islice(ledger.timetable(10.0, 4.0), 4)) == [(1, 10.0), (2, 10.25), (3, 10.5), (4, 10.75)]


def test_the_rate_is_kept_and_each_entry_is_told_once() -> None:
    told = play(ledger.run, [FakeRoute("app1"), FakeRoute("app2")], seconds(0.5))
    due = sorted(each.scheduled for each in told)
    assert len(told) >= 45
    assert all(after - before == pytest.approx(0.01) for before, after in pairwise(due))
    assert all(each.started >= each.scheduled for each in told)
    assert numbers(told) == list(range(1, len(told) + 1))
    assert {each.result for each in told} == {Result.OK}
    assert {each.client.split("@")[1] for each in told} == {"app1", "app2"}


def test_a_stall_of_the_site_is_seen_in_the_latency_and_thins_nothing_out() -> None:
    stalled = asyncio.Event()

    async def slow(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
        await stalled.wait()
        return []

    async def meanwhile() -> None:
        await asyncio.sleep(0.4)
        stalled.set()
        await asyncio.sleep(0.1)

    told = play(ledger.run, [FakeRoute("app1", slow)], meanwhile)
    assert len(told) >= 45
    assert max(each.latency for each in told) > 0.35
    # Four clients were stuck in it, forty users waited for it.
    assert sum(each.latency > 0.05 for each in told) > 25


def test_one_client_has_one_operation_at_a_time() -> None:
    async def slow(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
        await asyncio.sleep(0.02)
        return []

    told = play(ledger.run, [FakeRoute("app1", slow)], seconds(0.3), rate=200)
    for name in {each.client for each in told}:
        own = sorted((each for each in told if each.client == name), key=lambda each: each.started)
        assert all(before.ended <= after.started for before, after in pairwise(own))


def test_others_take_over_from_a_lost_server() -> None:
    lost, other = FakeRoute("app1"), FakeRoute("app2")

    async def meanwhile() -> None:
        await asyncio.sleep(0.2)
        lost.lose()
        await asyncio.sleep(0.2)

    told = play(ledger.run, [lost, other], meanwhile)
    assert numbers(told) == list(range(1, len(told) + 1))
    assert {each.result for each in told} == {Result.OK}
    assert {each.client.split("@")[1] for each in told[-10:]} == {"app2"}


def test_a_server_that_is_back_takes_part_again() -> None:
    route = FakeRoute("app1")

    async def meanwhile() -> None:
        await asyncio.sleep(0.1)
        route.lose()
        await asyncio.sleep(0.1)
        route.regain()
        await asyncio.sleep(0.1)

    told = play(ledger.run, [route], meanwhile)
    assert numbers(told) == list(range(1, len(told) + 1))
    assert {each.result for each in told} == {Result.OK}


def test_what_nobody_could_send_has_failed() -> None:
    route = FakeRoute("app1")

    async def meanwhile() -> None:
        await asyncio.sleep(0.1)
        route.lose()
        await asyncio.sleep(0.2)

    told = play(ledger.run, [route], meanwhile)
    assert numbers(told) == list(range(1, len(told) + 1))
    failed = [each for each in told if each.result is Result.FAIL]
    assert len(failed) >= 15
    assert {each.detail for each in failed} == {"no connection to any app server"}


def test_what_was_in_flight_is_unknown() -> None:
    async def broken(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
        raise GONE

    told = play(ledger.run, [FakeRoute("app1", broken)], seconds(0.1))
    assert {each.result for each in told} == {Result.UNKNOWN}
    # Each goes on as somebody else.
    assert len({each.client for each in told}) == len(told)
