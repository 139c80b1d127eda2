"""Which connection a request takes. With connections that only note what they get."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from colonnade.drill.history import Result
from colonnade.drill.load.answer import Answer, Loss
from colonnade.drill.load.connection import Connection, Owner
from colonnade.drill.load.exchange import Exchange
from colonnade.drill.load.kept import DIALS, KeptPool
from colonnade.drill.load.load import Request
from colonnade.drill.load.pool import Pool
from colonnade.drill.load.render import Rendered

GET = Rendered(Request(kind="http.get"), "site.test", "keep-alive")
POST = Rendered(Request(kind="http.post", method="POST"), "site.test", "keep-alive")


class Line:
    """A connection for one request at a time."""

    def __init__(self) -> None:
        self.sent: list[Exchange] = []
        self.open = True
        self.retired = False

    @property
    def usable(self) -> bool:
        return self.open and all(each.done for each in self.sent)

    def send(self, exchange: Exchange) -> None:
        assert self.usable
        exchange.cancel = lambda _: None
        self.sent.append(exchange)

    def retire(self) -> None:
        self.retired = True

    def close(self) -> None:
        self.open = False


class Dialler:
    """Connections are made when the test says so."""

    def __init__(self) -> None:
        self.asked: list[asyncio.Future[Connection]] = []

    async def dial(self, owner: Owner) -> Connection:
        self.asked.append(asyncio.get_running_loop().create_future())
        return await self.asked[-1]

    async def connect(self, number: int) -> Line:
        self.asked[number].set_result(line := Line())
        await settled()
        return line

    async def refuse(self, number: int) -> None:
        self.asked[number].set_exception(ConnectionRefusedError(111, "Connection refused"))
        await settled()


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def submitted(pool: Pool, rendered: Rendered = GET) -> Exchange:
    exchange = Exchange(rendered, "c", "k", 0.0, lambda: 0.0, lambda _: None)
    pool.submit(exchange)
    await settled()
    return exchange


def answer(exchange: Exchange, line: Line, pool: Pool) -> None:
    exchange.answered(Answer(200, (), b""))
    pool.freed(line)


def test_a_free_connection_is_used_and_the_latest_first() -> None:
    async def run(dialler: Dialler, pool: KeptPool) -> None:
        one, two = await submitted(pool), await submitted(pool)
        first, second = await dialler.connect(0), await dialler.connect(1)
        answer(one, first, pool)
        answer(two, second, pool)
        three = await submitted(pool)
        assert second.sent == [two, three]
        assert len(dialler.asked) == 2

    with_pool(run)


def test_one_that_was_closed_is_never_used() -> None:
    async def run(dialler: Dialler, pool: KeptPool) -> None:
        one = await submitted(pool, POST)
        line = await dialler.connect(0)
        answer(one, line, pool)
        line.open = False
        two = await submitted(pool, POST)
        assert line.sent == [one]
        assert (await dialler.connect(1)).sent == [two]

    with_pool(run)


def test_who_waits_takes_what_is_free_first() -> None:
    async def run(dialler: Dialler, pool: KeptPool) -> None:
        one = await submitted(pool)
        line = await dialler.connect(0)
        two = await submitted(pool)
        answer(one, line, pool)
        assert line.sent == [one, two]
        assert (await dialler.connect(1)).sent == []

    with_pool(run)


def test_a_stall_opens_a_few_connections_and_not_one_for_each_that_waits() -> None:
    async def run(dialler: Dialler, pool: KeptPool) -> None:
        waiting = [await submitted(pool) for _ in range(20)]
        assert len(dialler.asked) == DIALS
        for number in range(20):
            await dialler.refuse(number)
            assert sum(each.done for each in waiting) == number + 1
        assert len(dialler.asked) == 20

    with_pool(run)


def test_a_connection_for_many_is_waited_for_by_all() -> None:
    async def run(dialler: Dialler, pool: KeptPool) -> None:
        for _ in range(101):
            await submitted(pool)
        assert len(dialler.asked) == 2

    with_pool(run, streams=100)


def test_stuck_connects_are_backed_up_and_given_up_when_nobody_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("colonnade.drill.load.kept.STUCK", 0.0)

    async def run(dialler: Dialler, pool: KeptPool) -> None:
        one, two, three = [await submitted(pool) for _ in range(3)]
        assert len(dialler.asked) == 3
        line = await dialler.connect(1)
        answer(one, line, pool)
        answer(two, line, pool)
        await settled()
        assert line.sent == [one, two, three]
        assert all(each.cancelled() for each in dialler.asked if each is not dialler.asked[1])

    with_pool(run, streams=100)


def test_a_refused_connection_fails_one_request() -> None:
    async def run(dialler: Dialler, pool: KeptPool) -> None:
        one, two = await submitted(pool), await submitted(pool)
        await dialler.refuse(1)
        assert one.operation and not two.done
        assert (one.operation.result, one.operation.detail) == (Result.FAIL, "Connection refused")
        await dialler.refuse(0)
        assert two.done

    with_pool(run)


def test_who_has_given_up_is_passed_over() -> None:
    async def run(dialler: Dialler, pool: KeptPool) -> None:
        one, two = await submitted(pool), await submitted(pool)
        one.expire("no answer")
        assert (await dialler.connect(0)).sent == [two]

    with_pool(run)


def test_what_is_sent_again_goes_over_a_new_connection_once() -> None:
    async def run(dialler: Dialler, pool: KeptPool) -> None:
        one, two = await submitted(pool), await submitted(pool)
        first, free = await dialler.connect(0), await dialler.connect(1)
        answer(two, free, pool)
        pool.broke(one, Loss.UNANSWERED, "reset")
        await settled()
        assert free.sent == [two]
        assert (await dialler.connect(2)).sent == [one]
        assert (pool.resent, one.done) == (1, False)
        pool.broke(one, Loss.UNANSWERED, "reset")
        assert one.operation and one.operation.detail == "reset"
        assert first.sent == [one]

    with_pool(run)


def test_an_unprocessed_post_is_sent_again_and_fails_where_nobody_listens() -> None:
    async def run(dialler: Dialler, pool: KeptPool) -> None:
        one = await submitted(pool, POST)
        await dialler.connect(0)
        pool.broke(one, Loss.UNPROCESSED, "refused")
        await settled()
        await dialler.refuse(1)
        assert one.operation and one.operation.result is Result.FAIL

    with_pool(run)


def test_new_connections_are_left_after_one_request() -> None:
    async def run(dialler: Dialler) -> None:
        pool = Pool(dialler.dial)
        one = await submitted(pool)
        line = await dialler.connect(0)
        answer(one, line, pool)
        assert line.retired
        await submitted(pool)
        assert len(dialler.asked) == 2
        pool.close()

    asyncio.run(run(Dialler()))


def with_pool(test: Callable[[Dialler, KeptPool], Coroutine[Any, Any, None]], streams: int = 1) -> None:
    async def run() -> None:
        dialler = Dialler()
        pool = KeptPool(dialler.dial, streams)
        await test(dialler, pool)
        pool.close()

    asyncio.run(run())
