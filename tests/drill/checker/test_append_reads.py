"""List-append: what is read of a single list, and what it tells."""

from __future__ import annotations

import pytest

from colonnade.drill.history import Operation
from colonnade.drill.verdict import Verdict
from tests.drill.checker.lists import judged, named, txn
from tests.drill.checker.telling import failed, ok, unknown


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
