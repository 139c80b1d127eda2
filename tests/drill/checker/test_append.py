"""List-append: one story for each anomaly of the order of transactions."""

from __future__ import annotations

from colonnade.drill.verdict import Verdict
from tests.drill.checker.lists import judged, named, txn
from tests.drill.checker.telling import failed, ok, unknown


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
