"""What is known of each key before anything is judged."""

from __future__ import annotations

from colonnade.drill.checker.append_log import committed, logs, repeated
from tests.drill.checker.lists import txn
from tests.drill.checker.telling import failed, history, ok, unknown

TOLD = history(
    txn(ok, "anna", 0, 1, "append x 1"),
    txn(failed, "ben", 1, 2, "append x 2"),
    txn(unknown, "carl", 2, 3, "append x 3", "append y 4"),
    txn(unknown, "dora", 3, 4, "append x 5"),
    txn(ok, "anna", 4, 5, "r x 1", "append x 6", "r x 1 6"),
    txn(ok, "ben", 5, 6, "r x 1 6 3", "r y 4"),
).operations


def test_the_longest_read_gives_the_order() -> None:
    assert {each.key: each.order for each in logs(TOLD)} == {"x": [1, 6, 3], "y": [4]}


def test_a_read_after_ones_own_append_is_not_foreign() -> None:
    assert [each.foreign for key in logs(TOLD) if key.key == "x" for each in key.reads] == [True, False, True]


def test_committed_are_those_that_were_acknowledged_or_seen() -> None:
    assert committed(TOLD, logs(TOLD)) == {0, 2, 4, 5}


def test_what_failed_may_be_repeated() -> None:
    assert repeated(TOLD) == []
    assert repeated((*TOLD, txn(ok, "ben", 7, 8, "append x 2"))) == []
    assert repeated((*TOLD, txn(ok, "ben", 7, 8, "append x 5", "append z 1", "append z 1"))) == [("x", 5), ("z", 1)]
