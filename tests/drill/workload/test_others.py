"""Shapes of operations, as the checkers read them."""

from __future__ import annotations

import json
from itertools import count
from random import Random
from typing import Any

from colonnade.drill.history import Operation, Result
from colonnade.drill.workload import append, bank, primaries, register
from colonnade.drill.workload.keys import AT_ONCE, Keys
from tests.drill.sql.fakes import FakeConnection, FakeRoute, empty
from tests.drill.sql.test_classify import GONE, said
from tests.drill.workload.scene import play, seconds


def ok(told: list[Operation]) -> list[Operation]:
    return [each for each in told if each.result is Result.OK]


async def lost_at_commit(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
    if query == "COMMIT":
        raise GONE
    return await lists(connection, query, args)


async def lists(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
    return [41, 42] if query == append.READ else await empty(connection, query, args)


def test_the_same_seed_draws_the_same_transactions() -> None:
    def some(seed: int) -> list[Any]:
        keys, elements, random = Keys("list", append.USES), count(1), Random(seed)
        return [append.drawn(random, keys, elements) for _ in range(200)]

    assert some(1) == some(1)
    assert some(1) != some(2)
    sizes = {len(steps) for steps in some(1)}
    assert sizes == {1, 2, 3, 4}
    elements = [step[2] for steps in some(1) for step in steps if step[0] == "append"]
    assert elements == sorted(set(elements))


def test_keys_are_few_at_a_time_and_retire() -> None:
    keys, random = Keys("k", 50), Random(3)
    drawn = [keys.draw(random) for _ in range(1000)]
    assert len(set(drawn[:50])) == AT_ONCE
    assert max(drawn.count(key) for key in set(drawn)) < 100
    assert "k-0" not in drawn[60:]


def test_a_transaction_tells_what_it_appended_and_what_it_read() -> None:
    told = play(append.run, [FakeRoute("app1", lists)], seconds(0.3))
    steps = [step for each in ok(told) for step in each.value]
    assert {step[0] for step in steps} == {"append", "r"}
    assert all(step[2] == [41, 42] for step in steps if step[0] == "r")
    assert all(isinstance(step[2], int) for step in steps if step[0] == "append")
    assert json.loads(json.dumps(told[0].value)) == told[0].value


def test_a_transaction_of_unknown_result_tells_only_what_it_appended() -> None:
    told = play(append.run, [FakeRoute("app1", lost_at_commit)], seconds(0.3))
    assert {each.result for each in told} == {Result.UNKNOWN}
    assert {step[0] for each in told for step in each.value} == {"append"}


def test_registers_are_written_once_with_each_value_and_read_as_none_before() -> None:
    told = play(register.run, [FakeRoute("app1")], seconds(0.3))
    written = [each.value for each in told if each.kind == "register.write"]
    assert len(written) == len(set(written)) > 3
    assert {each.value for each in told if each.kind == "register.read"} == {None}


def test_no_account_goes_below_zero_and_nothing_is_lost_on_the_way() -> None:
    balances = dict.fromkeys(range(bank.ACCOUNTS), 1)

    async def ledger(connection: FakeConnection, query: str, args: tuple[Any, ...]) -> Any:
        if query == bank.BALANCE:
            return balances[args[0]]
        if query == bank.SET:
            balances[args[0]] = args[1]
        return [{"balance": each} for each in balances.values()] if query == bank.READ else ""

    told = play(bank.run, [FakeRoute("app1", ledger)], seconds(0.3), clients=1)
    assert min(balances.values()) >= 0
    assert sum(balances.values()) == bank.ACCOUNTS
    reads = [each for each in told if each.kind == "bank.read"]
    assert reads
    assert all(sum(each.value) == bank.ACCOUNTS for each in reads)
    assert any(each.value < bank.LARGEST for each in told if each.kind == "bank.transfer")


def test_two_transfers_that_meet_are_a_failure_of_one() -> None:
    async def conflict(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
        if query == bank.SET:
            raise said("40001", "could not serialize access due to concurrent update")
        return 9 if query == bank.BALANCE else []

    told = play(bank.run, [FakeRoute("app1", conflict)], seconds(0.2))
    transfers = [each for each in told if each.kind == "bank.transfer"]
    assert {each.result for each in transfers} == {Result.FAIL}


def test_each_database_server_is_tried_and_a_standby_refuses() -> None:
    async def standby(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
        raise said("25006", "cannot execute INSERT in a read-only transaction")

    async def primary(connection: FakeConnection, query: str, args: tuple[object, ...]) -> Any:
        return [{"timeline": 3}]

    told = play(primaries.run, [FakeRoute("db1", primary), FakeRoute("db2", standby)], seconds(0.3), rate=20)
    assert {(each.key, each.result, each.value) for each in told} == {("db1", Result.OK, 3), ("db2", Result.FAIL, None)}
    assert len(told) < 20
