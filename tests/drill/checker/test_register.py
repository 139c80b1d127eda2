"""Registers: every read fits one order of the writes, in time."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.drill.checker.register import check
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Verdict
from tests.drill.checker.store import in_order, requests
from tests.drill.checker.telling import failed, history, ok, unknown


def wrote(client: str, started: float, ended: float, value: Any, key: str = "x") -> Operation:
    return ok(client, started, ended, "register.write", key, value)


def read(client: str, started: float, ended: float, value: Any, key: str = "x") -> Operation:
    return ok(client, started, ended, "register.read", key, value)


def test_reads_follow_the_writes() -> None:
    finding = check(history(read("ben", 0, 1, None), wrote("anna", 1, 2, 1), read("ben", 3, 4, 1)))
    assert finding.verdict is Verdict.PASS
    assert finding.text == "1 key linearizable in 2 reads"


def test_a_read_of_what_was_overwritten_before_it_began() -> None:
    finding = check(history(wrote("anna", 1, 2, 1), wrote("anna", 3, 4, 2), read("ben", 5, 6, 1)))
    assert finding.verdict is Verdict.FAIL
    assert finding.text == "1 of 1 key not linearizable"
    assert finding.examples == (
        "key x: ben at 5.000 to 6.000 s read 1, though anna at 3.000 to 4.000 s wrote 2 over it",
    )


def test_the_newest_write_is_the_one_that_began_last() -> None:
    long = (wrote("anna", 0, 3, 1), wrote("ben", 1, 7, 3), wrote("carl", 5, 6, 2))
    finding = check(history(*long, read("dora", 6.5, 8, 1)))
    assert finding.examples == (
        "key x: dora at 6.500 to 8.000 s read 1, though carl at 5.000 to 6.000 s wrote 2 over it",
    )
    assert (finding.counts["acknowledged"], finding.counts["reads"]) == (3, 1)
    later = check(history(*long, read("dora", 7.5, 8, 1)))
    assert later.examples[0].endswith("though carl at 5.000 to 6.000 s wrote 2 over it")


def test_a_value_whose_second_write_was_beside_the_newer_one_may_stand() -> None:
    twice = (wrote("anna", 1, 2, 1), wrote("anna", 2.5, 3.5, 1), wrote("ben", 3, 4, 2))
    assert check(history(*twice, read("carl", 5, 6, 1))).verdict is Verdict.PASS


def test_what_ends_and_begins_at_the_same_moment_has_no_order() -> None:
    assert check(history(wrote("anna", 1, 3, 1), wrote("ben", 3, 4, 2), read("carl", 5, 6, 1))).verdict is Verdict.PASS


def test_a_read_that_misses_an_acknowledged_write() -> None:
    assert check(history(wrote("anna", 1, 2, 1), read("ben", 3, 4, None))).verdict is Verdict.FAIL


def test_two_readers_that_see_two_writes_in_two_orders() -> None:
    writes = (wrote("anna", 1, 9, 1), wrote("ben", 1, 9, 2))
    carl = (read("carl", 2, 3, 1), read("carl", 4, 5, 2))
    assert check(history(*writes, *carl)).verdict is Verdict.PASS
    finding = check(history(*writes, *carl, read("dora", 6, 7, 1)))
    assert finding.verdict is Verdict.FAIL
    assert finding.examples == (
        "key x: no order explains that dora at 6.000 to 7.000 s read 1, and carl at 4.000 to 5.000 s read 2",
    )


def test_a_value_that_is_written_twice_may_come_back() -> None:
    back = [wrote("anna", 1, 2, 1), wrote("anna", 3, 4, 2), read("ben", 5, 6, 2)]
    assert check(history(*back, read("ben", 9, 10, 1))).verdict is Verdict.FAIL
    assert check(history(*back, wrote("anna", 7, 8, 1), read("ben", 9, 10, 1))).verdict is Verdict.PASS


def test_a_write_beside_the_read_may_be_seen_or_not() -> None:
    for value in (1, 2):
        for ended in (4.5, 6):
            beside = history(wrote("anna", 1, 2, 1), wrote("anna", 3, ended, 2), read("ben", 4, 5, value))
            assert check(beside).verdict is Verdict.PASS


def test_an_unknown_write_may_happen_late_or_never_but_not_before_its_start_and_not_twice() -> None:
    lost = unknown("anna", 3, 4, "register.write", "x", 2)
    first = wrote("anna", 1, 2, 1)
    never = history(first, lost, read("ben", 8, 9, 1))
    late = history(first, lost, read("ben", 5, 6, 1), read("ben", 8, 9, 2))
    assert check(never).verdict is check(late).verdict is Verdict.PASS
    early = history(first, lost, read("ben", 2.1, 2.9, 2))
    gone = history(first, lost, read("ben", 5, 6, 2), read("ben", 8, 9, 1))
    twice = history(first, lost, read("ben", 5, 6, 2), wrote("anna", 6.5, 7, 3), read("ben", 8, 9, 2))
    for each in (early, gone, twice):
        assert check(each).verdict is Verdict.FAIL


def test_a_failed_write_must_not_be_seen() -> None:
    finding = check(history(failed("anna", 1, 2, "register.write", "x", 1), read("ben", 3, 4, 1)))
    assert finding.verdict is Verdict.FAIL
    assert finding.examples == ("key x: ben at 3.000 to 4.000 s read 1, whose write had failed",)


def test_a_value_that_nobody_wrote_must_not_be_seen() -> None:
    finding = check(history(wrote("anna", 1, 2, 1), read("ben", 3, 4, 7)))
    assert finding.examples == ("key x: ben at 3.000 to 4.000 s read 7, which nobody wrote",)


def test_reads_without_an_answer_are_dropped() -> None:
    for drop in (unknown, failed):
        dropped = drop("ben", 5, 6, "register.read", "x", 9)
        assert check(history(wrote("anna", 1, 2, 1), read("ben", 3, 4, 1), dropped)).verdict is Verdict.PASS


def test_keys_are_judged_alone_and_values_may_be_anything_in_json() -> None:
    good = (wrote("anna", 1, 2, {"a": [1]}, "y"), read("ben", 3, 4, {"a": [1]}, "y"))
    bad = (wrote("anna", 1, 2, "1"), read("ben", 3, 4, 1))
    finding = check(history(*good, *bad))
    assert finding.text == "1 of 2 keys not linearizable"
    assert len(finding.examples) == 1
    assert finding.examples[0].startswith("key x:")
    assert finding.counts["acknowledged"] == 2


def test_a_search_that_is_too_long_is_unknown_and_says_so() -> None:
    finding = check(history(wrote("anna", 1, 9, 1), wrote("ben", 1, 9, 2), read("carl", 10, 11, 1)), limit=1)
    assert finding.verdict is Verdict.UNKNOWN
    assert finding.text == "1 of 1 key undecided: the search was given up"
    assert finding.examples == ("key x: undecided after 1 state",)


@pytest.mark.parametrize("operations", [(), (wrote("anna", 1, 2, 1),), (failed("ben", 1, 2, "register.read", "x"),)])
def test_without_reads_nothing_was_checked(operations: tuple[Operation, ...]) -> None:
    finding = check(history(*operations))
    assert finding.verdict is Verdict.UNKNOWN
    assert "nothing was checked" in finding.text


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([2, 5, 1000]))
def test_a_real_register_passes(seed: int, values: int) -> None:
    assert check(History(registered(Random(seed), values))).verdict is Verdict.PASS


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32))
def test_a_register_that_drops_an_acknowledged_write_fails(seed: int) -> None:
    told = registered(Random(seed), 1000)
    end = max(each.ended for each in told)
    first, second = wrote("anna", end + 1, end + 2, "first"), wrote("anna", end + 3, end + 4, "second")
    kept, lost = read("ben", end + 5, end + 6, "second"), read("ben", end + 5, end + 6, "first")
    assert check(History((*told, first, second, kept))).verdict is Verdict.PASS
    assert check(History((*told, first, second, lost))).verdict is Verdict.FAIL


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32))
def test_a_read_of_what_was_surely_overwritten_fails(seed: int) -> None:
    """Values are unique here: one acknowledged write before another before the read."""
    told, random = registered(Random(seed), 10**9), Random(seed)
    places = [place for place, each in enumerate(told) if overwritten(told, each)]
    if places:
        place = random.choice(places)
        stale = replace(told[place], value=overwritten(told, told[place])[0].value)
        assert check(History((*told[:place], stale, *told[place + 1 :]))).verdict is Verdict.FAIL


def overwritten(told: tuple[Operation, ...], read: Operation) -> list[Operation]:
    """Acknowledged writes that ended before another one began that ended before the read."""
    if read.kind != "register.read" or read.result is not Result.OK:
        return []
    done = [e for e in told if e.kind == "register.write" and e.result is Result.OK and e.ended < read.started]
    return [each for each in done if any(each.ended < other.started for other in done)]


def registered(random: Random, values: int) -> tuple[Operation, ...]:
    value, made = None, [read("zoe", 0, 0, None)]
    for each in requests(random, 60):
        if random.random() < 0.5:
            made.append(each.told("register.read", "x", value))
            continue
        new = random.randrange(values)
        made.append(each.told("register.write", "x", new))
        value = new if each.moment is not None else value
    return in_order(made)
