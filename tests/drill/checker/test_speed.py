"""A long drill is judged in seconds of processor time; these are upper limits, a tenth is usual."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random
from time import process_time

import pytest

from colonnade.drill.checker import append, http, ledger, register
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Verdict
from tests.drill.checker.lists import serializable, snapshot
from tests.drill.checker.store import in_order, requests
from tests.drill.checker.telling import history

Store = Callable[[Random, int, int], tuple[Operation, ...]]
RESULTS = (Result.OK, Result.OK, Result.OK, Result.UNKNOWN, Result.FAIL)


def seconds(check: Callable[[], object]) -> float:
    before = process_time()
    check()
    return process_time() - before


def many(kind: str) -> tuple[Operation, ...]:
    return tuple(
        Operation(f"c{n % 50}", kind, str(n), None, n / 1000, n / 1000, n / 1000 + 0.05, RESULTS[n % 5])
        for n in range(100_000)
    )


def test_ledger() -> None:
    told = History(many("ledger.add"))
    final = {place: frozenset(str(n) for n in range(1000, 100_000)) for place in ("primary", "replica a", "replica b")}
    assert seconds(lambda: ledger.check(told, final)) < 2


def test_http() -> None:
    told = history(*many("http.get"), faults=range(0, 100, 10))
    assert seconds(lambda: http.check(told, window=1.0)) < 2


@pytest.mark.parametrize("store", [serializable, snapshot])
def test_append(store: Store) -> None:
    told = History(store(Random(1), 5000, 100))
    assert seconds(lambda: append.check(told)) < 5


def test_append_where_nothing_is_right() -> None:
    """Every read ends a few elements early."""
    told = serializable(Random(2), 5000, 100)
    short = [replace(each, value=[[name, key, cut(value)] for name, key, value in each.value]) for each in told]
    assert seconds(lambda: append.check(History(tuple(short)))) < 5


def cut(value: object) -> object:
    return value[: -len(value) // 5] if isinstance(value, list) else value


@pytest.mark.parametrize("values", [20, 10**9])
def test_register(values: int) -> None:
    told = keyed(Random(3), values)
    assert seconds(lambda: register.check(told)) < 5
    assert register.check(told).verdict is Verdict.PASS


def test_register_where_every_key_is_wrong() -> None:
    """Reads of what was written elsewhere at another time."""
    told, random = keyed(Random(4), 10**9), Random(4)
    writes = [each for each in told.operations if each.kind == "register.write" and each.result is Result.OK]
    by_key = {key: [each.value for each in writes if each.key == key] for key in map(str, range(20))}
    wrong = [
        replace(each, value=random.choice(by_key[each.key])) if each.kind == "register.read" and n % 20 == 0 else each
        for n, each in enumerate(told.operations)
    ]
    assert seconds(lambda: register.check(History(tuple(wrong)))) < 5
    assert register.check(History(tuple(wrong))).counts["not_linearizable"] > 10


def keyed(random: Random, values: int) -> History:
    """20 keys, 200 operations on each, by ten clients at once."""
    made = list[Operation]()
    for key in map(str, range(20)):
        value = None
        for each in requests(random, 200, clients=10):
            if random.random() < 0.5:
                made.append(each.told("register.read", key, value))
            else:
                new = random.randrange(values)
                made.append(each.told("register.write", key, new))
                value = new if each.moment is not None else value
    return History(in_order(made))
