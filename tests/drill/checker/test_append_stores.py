"""List-append: stores that have no anomaly, and the same with one made in them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.drill.checker.append import check
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Verdict
from tests.drill.checker.lists import serializable, snapshot

Store = Callable[[Random], tuple[Operation, ...]]
STORES = st.sampled_from([serializable, snapshot])


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_a_serializable_store_has_no_anomaly(seed: int) -> None:
    assert check(History(serializable(Random(seed))), "serializable").examples == ()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2**32))
def test_a_store_with_snapshots_has_none_but_g2(seed: int) -> None:
    finding = check(History(snapshot(Random(seed))), "snapshot")
    assert finding.verdict is Verdict.PASS
    assert all(each.startswith("G2: ") for each in finding.examples)


def test_stores_with_snapshots_do_have_g2() -> None:
    found = [check(History(snapshot(Random(seed))), "serializable").counts.get("G2", 0) for seed in range(20)]
    assert sum(found) > 0


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), STORES)
def test_an_acknowledged_append_that_no_later_read_has_is_lost(seed: int, store: Store) -> None:
    random, told = Random(seed), store(Random(seed))
    if found := read_later(told):
        key, element, _ = random.choice(found)
        finding = check(History(without(told, key, element)))
        assert (finding.verdict, finding.counts["lost"]) == (Verdict.FAIL, 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), STORES)
def test_an_append_whose_refusal_was_a_lie_is_read_from_an_aborted_transaction(seed: int, store: Store) -> None:
    random, told = Random(seed), store(Random(seed))
    if found := read_later(told):
        _, _, writer = random.choice(found)
        lied = tuple(replace(each, result=Result.FAIL) if each is writer else each for each in told)
        assert check(History(lied)).counts["G1a"] > 0


Append = tuple[str, int, Operation]


def read_later(told: tuple[Operation, ...]) -> list[Append]:
    """Acknowledged appends to lists that a later transaction reads."""
    oks = [each for each in told if each.result is Result.OK]
    appends = [(key, value, each) for each in oks for name, key, value in each.value if name == "append"]
    reads = [(key, each.started) for each in oks for name, key, _ in each.value if name == "r"]
    return [one for one in appends if any(key == one[0] and began > one[2].ended for key, began in reads)]


def without(told: tuple[Operation, ...], key: str, element: int) -> tuple[Operation, ...]:
    """Nobody but its own transaction ever read it."""

    def forgotten(txn: Operation) -> Operation:
        own = ["append", key, element] in txn.value
        steps = [
            [name, where, [each for each in value if each != element]]
            if name == "r" and where == key and value and not own
            else [name, where, value]
            for name, where, value in txn.value
        ]
        return replace(txn, value=steps)

    return tuple(map(forgotten, told))
