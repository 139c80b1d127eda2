"""List-append: one story for each anomaly, and stores that have none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.drill.checker.append import Isolation, check
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Finding, Verdict
from tests.drill.checker.lists import serializable, snapshot, txn
from tests.drill.checker.telling import failed, history, ok, unknown

Store = Callable[[Random], tuple[Operation, ...]]
STORES = st.sampled_from([serializable, snapshot])


def judged(*txns: Operation, isolation: Isolation = "snapshot") -> Finding:
    return check(history(*txns), isolation)


def named(finding: Finding, name: str) -> str:
    """The example of an anomaly."""
    return next((each for each in finding.examples if each.startswith(f"{name}: ")), "")


def test_lists_that_only_grow() -> None:
    finding = judged(
        txn(ok, "anna", 1, 2, "append x 1", "r x 1"),
        txn(ok, "ben", 3, 4, "r x 1", "append x 2", "append y 3"),
        txn(ok, "anna", 5, 6, "r x 1 2", "r y 3"),
        isolation="serializable",
    )
    assert finding.verdict is Verdict.PASS
    assert finding.text == "3 transactions, no anomaly"
    assert (finding.counts["lost"], finding.counts["stale"]) == (0, 0)


def test_g0_two_transactions_wrote_over_each_other_in_two_orders() -> None:
    finding = judged(
        txn(ok, "anna", 1, 9, "append x 1", "append y 1"),
        txn(ok, "ben", 1, 9, "append x 2", "append y 2"),
        txn(ok, "carl", 10, 11, "r x 1 2", "r y 2 1"),
    )
    assert finding.verdict is Verdict.FAIL
    assert "1 G0 (dirty write)" in finding.text
    assert named(finding, "G0") == (
        "G0: T1 appended 1 to key x before T2 appended 2; T2 appended 2 to key y before T1 appended 1 "
        "(T1 is anna at 1.000 to 9.000 s, T2 is ben at 1.000 to 9.000 s)"
    )


def test_a_transaction_does_not_come_before_itself() -> None:
    finding = judged(
        txn(ok, "anna", 1, 9, "append x 1", "append x 2", "append y 1"),
        txn(ok, "ben", 1, 9, "append x 3", "append y 2", "append y 3"),
        txn(ok, "carl", 10, 11, "r x 1 2 3", "r y 2 3 1"),
    )
    assert named(finding, "G0").startswith(
        "G0: T1 appended 2 to key x before T2 appended 3; T2 appended 3 to key y before"
    )


def test_g1a_an_append_that_failed_was_read() -> None:
    finding = judged(
        txn(failed, "anna", 1, 2, "append x 1"),
        txn(ok, "ben", 3, 4, "r x 1"),
    )
    assert finding.verdict is Verdict.FAIL
    assert named(finding, "G1a") == (
        "G1a: ben at 3.000 to 4.000 s read 1 in key x, whose append by anna at 1.000 to 2.000 s failed"
    )


def test_g1b_half_a_transaction_was_read() -> None:
    finding = judged(
        txn(ok, "anna", 1, 9, "append x 1", "append x 2"),
        txn(ok, "ben", 3, 4, "r x 1"),
        txn(ok, "carl", 10, 11, "r x 1 2"),
    )
    assert finding.verdict is Verdict.FAIL
    assert finding.counts["G1b"] == 1
    assert named(finding, "G1b") == "G1b: ben at 3.000 to 4.000 s read 1 in key x, but not 2 of the same transaction"


def test_g1b_the_other_half_never_came() -> None:
    finding = judged(
        txn(unknown, "anna", 1, 2, "append x 1", "append x 2"),
        txn(ok, "ben", 3, 4, "append x 3"),
        txn(ok, "carl", 5, 6, "r x 1 3"),
    )
    assert (finding.verdict, finding.counts["G1b"]) == (Verdict.FAIL, 1)


def test_its_own_half_may_be_read_by_itself() -> None:
    own = txn(ok, "anna", 1, 2, "append x 1", "r x 1", "append x 2")
    assert judged(own).verdict is Verdict.PASS
    assert judged(own, txn(ok, "ben", 3, 4, "r x 1 2")).verdict is Verdict.PASS


def test_g1c_each_has_read_what_the_other_wrote() -> None:
    finding = judged(
        txn(ok, "anna", 1, 9, "append x 1", "r y 2"),
        txn(ok, "ben", 1, 9, "append y 2", "r x 1"),
    )
    assert finding.verdict is Verdict.FAIL
    assert named(finding, "G1c").startswith("G1c: T2 read T1's 1 in key x; T1 read T2's 2 in key y")


def test_g_single_a_reader_saw_one_part_of_a_transaction_and_not_the_other() -> None:
    finding = judged(
        txn(ok, "anna", 1, 9, "append x 1", "append y 2"),
        txn(ok, "ben", 2, 8, "r x 1", "r y"),
        txn(ok, "carl", 10, 11, "r y 2"),
    )
    assert finding.verdict is Verdict.FAIL
    assert "1 G-single (read skew)" in finding.text
    assert named(finding, "G-single").startswith("G-single: T1 read key y without T2's 2; T1 read T2's 1 in key x")


def test_g_single_is_seen_although_the_other_part_was_never_read() -> None:
    for result in (ok, unknown):
        finding = judged(
            txn(result, "anna", 1, 9, "append x 1", "append y 2"),
            txn(ok, "ben", 2, 8, "r x 1", "r y"),
        )
        assert finding.counts["G-single"] == 1


def test_g_nonadjacent_two_readers_saw_two_writes_in_two_orders() -> None:
    finding = judged(
        txn(ok, "anna", 1, 9, "append x 1"),
        txn(ok, "ben", 1, 9, "append y 2"),
        txn(ok, "carl", 2, 8, "r x 1", "r y"),
        txn(ok, "dora", 2, 8, "r y 2", "r x"),
        txn(ok, "carl", 10, 11, "r x 1", "r y 2"),
    )
    assert finding.verdict is Verdict.FAIL
    assert "1 G-nonadjacent (long fork)" in finding.text


SKEW = (
    txn(ok, "anna", 1, 9, "r x", "append y 1"),
    txn(ok, "ben", 1, 9, "r y", "append x 2"),
    txn(ok, "carl", 10, 11, "r x 2", "r y 1"),
)


def test_g2_write_skew_is_allowed_at_snapshot_isolation_only() -> None:
    allowed, forbidden = judged(*SKEW), judged(*SKEW, isolation="serializable")
    assert allowed.verdict is Verdict.PASS
    assert allowed.text == "3 transactions, 1 G2 (write skew), which snapshot isolation allows"
    assert forbidden.verdict is Verdict.FAIL
    assert forbidden.text == "3 transactions, 1 G2 (write skew)"
    assert named(forbidden, "G2").startswith("G2: T1 read key x without T2's 2; T2 read key y without T1's 1")


def test_one_tangle_is_told_by_its_worst_cycle_another_by_its_own() -> None:
    finding = judged(
        *SKEW,
        txn(ok, "anna", 21, 29, "append u 1", "append v 1"),
        txn(ok, "ben", 21, 29, "append u 2", "append v 2", "r w"),
        txn(ok, "dora", 21, 29, "r u", "append w 1"),
        txn(ok, "carl", 30, 31, "r u 1 2", "r v 2 1", "r w 1"),
    )
    assert {name for name in finding.counts if name.startswith("G")} == {"G0", "G2"}
    assert [each.partition(":")[0] for each in finding.examples] == ["G0", "G2"]


def test_a_lost_append_is_missing_from_the_last_read() -> None:
    finding = judged(
        txn(ok, "anna", 1, 2, "append x 1"),
        txn(ok, "ben", 3, 4, "append x 2"),
        txn(ok, "carl", 5, 6, "r x 1"),
    )
    assert finding.verdict is Verdict.FAIL
    assert "1 lost (acknowledged append gone)" in finding.text
    assert named(finding, "lost") == "lost: 2, appended to key x by ben at 3.000 to 4.000 s"
    assert finding.counts["stale"] == 0


def test_a_stale_read_misses_what_another_has() -> None:
    finding = judged(
        txn(ok, "anna", 1, 2, "append x 1"),
        txn(ok, "ben", 3, 4, "r x"),
        txn(ok, "carl", 5, 6, "r x 1"),
    )
    assert (finding.verdict, finding.counts["stale"], finding.counts["lost"]) == (Verdict.FAIL, 1, 0)
    assert named(finding, "stale") == (
        "stale: ben at 3.000 to 4.000 s read key x without 1, appended by anna at 1.000 to 2.000 s"
    )


def test_a_stale_read_is_told_by_the_furthest_element_whenever_it_was_acknowledged() -> None:
    for first, second in (("1", "2"), ("2", "1")):
        finding = judged(
            txn(ok, "anna", 1, 2, "append x 1"),
            txn(ok, "ben", 1, 4, "append x 2"),
            txn(ok, "carl", 5, 6, f"r x {first}"),
            txn(ok, "dora", 7, 8, f"r x {first} {second}"),
        )
        assert (finding.counts["stale"], finding.counts["lost"]) == (1, 0)
        assert f"read key x without {second}" in named(finding, "stale")


def test_the_order_of_the_acknowledgements_need_not_be_the_lists() -> None:
    finding = judged(
        txn(ok, "anna", 1, 2, "append x 1"),
        txn(ok, "ben", 1, 6, "append x 2"),
        txn(ok, "carl", 1, 3, "append x 3"),
        txn(ok, "dora", 5, 5.5, "r x 1"),
        txn(ok, "dora", 7, 8, "r x 1 2 3"),
    )
    assert finding.counts["stale"] == 1


def test_the_last_read_is_the_one_that_began_last() -> None:
    finding = judged(
        txn(ok, "anna", 1, 2, "append x 1"),
        txn(ok, "ben", 3, 9, "r x"),
        txn(ok, "carl", 5, 6, "r x 1"),
    )
    assert (finding.counts["stale"], finding.counts["lost"]) == (1, 0)


def test_what_ends_as_the_read_begins_may_be_missing() -> None:
    assert judged(txn(ok, "anna", 1, 3, "append x 1"), txn(ok, "ben", 3, 4, "r x")).verdict is Verdict.PASS


def test_an_append_beside_the_read_or_without_an_answer_may_be_missing() -> None:
    beside = txn(ok, "anna", 3, 6, "append x 1")
    lost = txn(unknown, "ben", 1, 2, "append x 2")
    assert judged(beside, lost, txn(ok, "carl", 5, 7, "r x")).verdict is Verdict.PASS


def test_an_element_more_than_once() -> None:
    finding = judged(txn(ok, "anna", 1, 2, "append x 1"), txn(ok, "ben", 3, 4, "r x 1 1"))
    assert finding.verdict is Verdict.FAIL
    assert named(finding, "duplicate") == "duplicate: ben at 3.000 to 4.000 s read 1 more than once in key x"


def test_a_list_with_duplicates_gives_no_order_to_the_others() -> None:
    appends = (txn(ok, "anna", 1, 2, "append x 1"), txn(ok, "ben", 3, 4, "append x 2"))
    finding = judged(*appends, txn(ok, "carl", 5, 6, "r x 1 2"), txn(ok, "dora", 5, 6, "r x 1 1 2"))
    assert finding.text == "4 transactions, 1 duplicate (an element more than once in a list)"


def test_two_reads_that_no_order_explains() -> None:
    finding = judged(
        txn(ok, "anna", 1, 9, "append x 1"),
        txn(ok, "ben", 1, 9, "append x 2"),
        txn(ok, "carl", 2, 3, "r x 1"),
        txn(ok, "dora", 10, 11, "r x 2 1"),
    )
    assert finding.verdict is Verdict.FAIL
    assert named(finding, "incompatible order") == (
        "incompatible order: carl at 2.000 to 3.000 s read 1 in key x where the longest read has 2"
    )


def test_an_element_that_nobody_appended() -> None:
    finding = judged(txn(ok, "anna", 1, 2, "append x 1"), txn(ok, "ben", 3, 4, "r x 1 7"))
    assert finding.verdict is Verdict.FAIL
    assert named(finding, "unwritten") == "unwritten: 7 was read in key x, and nobody appended it"


def test_an_element_that_nobody_appended_in_a_list_of_another_order() -> None:
    finding = judged(
        txn(ok, "anna", 1, 9, "append x 1", "append x 2"),
        txn(ok, "ben", 2, 8, "r x 1 2"),
        txn(ok, "carl", 2, 8, "r x 7"),
    )
    assert {"unwritten", "incompatible order"} <= finding.counts.keys()


@pytest.mark.parametrize(
    "steps",
    [("append x 2", "r x 1"), ("r x 1", "append x 2", "r x 1"), ("r x", "r x 1"), ("append x 2", "r x 2 1")],
)
def test_a_transaction_that_disagrees_with_itself(steps: tuple[str, ...]) -> None:
    finding = judged(txn(ok, "anna", 1, 9, "append x 1"), txn(ok, "ben", 2, 8, *steps))
    assert finding.verdict is Verdict.FAIL
    assert "internal (a transaction disagrees with itself)" in finding.text


def test_what_was_read_without_an_acknowledgement_does_not_count() -> None:
    for result in (failed, unknown):
        strange = txn(result, "ben", 3, 4, "r x 9 9", "r y ?")
        assert judged(txn(ok, "anna", 1, 2, "append x 1", "r x 1"), strange).verdict is Verdict.PASS


def test_a_failed_append_may_be_tried_again() -> None:
    again = (txn(failed, "anna", 1, 2, "append x 1"), txn(ok, "anna", 3, 4, "append x 2", "append x 1"))
    assert judged(*again, txn(ok, "ben", 5, 6, "r x 2 1")).verdict is Verdict.PASS
    slow = (txn(failed, "anna", 1, 9, "append x 1"), txn(ok, "ben", 2, 3, "append x 1"))
    assert judged(*slow, txn(ok, "carl", 10, 11, "r x 1")).verdict is Verdict.PASS
    assert judged(*again, txn(ok, "ben", 3.1, 3.9, "r x 2")).counts["G1b"] == 1


@pytest.mark.parametrize(
    ("txns", "why"),
    [
        ((), "nothing was checked: no list was read"),
        ((txn(ok, "anna", 1, 2, "append x 1"),), "nothing was checked: no list was read"),
        ((txn(failed, "anna", 1, 2, "r x 1"),), "nothing was checked: no list was read"),
        (
            (txn(unknown, "anna", 1, 2, "append x 1"), txn(ok, "ben", 3, 4, "append x 1", "r x 1")),
            "nothing was checked: 1 element appended twice, as 1 to key x",
        ),
    ],
)
def test_nothing_was_checked(txns: tuple[Operation, ...], why: str) -> None:
    finding = judged(*txns)
    assert (finding.verdict, finding.text) == (Verdict.UNKNOWN, why)


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
    if found := [each for each in acknowledged(told) if read_later(told, *each)]:
        key, element, _ = random.choice(found)
        finding = check(History(without(told, key, element)))
        assert (finding.verdict, finding.counts["lost"]) == (Verdict.FAIL, 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), STORES)
def test_an_append_whose_refusal_was_a_lie_is_read_from_an_aborted_transaction(seed: int, store: Store) -> None:
    random, told = Random(seed), store(Random(seed))
    if found := [each for each in acknowledged(told) if read_later(told, *each)]:
        _, _, writer = random.choice(found)
        lied = tuple(replace(each, result=Result.FAIL) if each is writer else each for each in told)
        assert check(History(lied)).counts["G1a"] > 0


Append = tuple[str, int, Operation]


def acknowledged(told: tuple[Operation, ...]) -> list[Append]:
    oks = [each for each in told if each.result is Result.OK]
    return [(key, value, each) for each in oks for name, key, value in each.value if name == "append"]


def read_later(told: tuple[Operation, ...], key: str, element: int, writer: Operation) -> bool:
    later = [each for each in told if each.result is Result.OK and each.started > writer.ended]
    return any(name == "r" and where == key for each in later for name, where, _ in each.value)


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
