"""Sessions: I see what I have written, and never less than I have seen."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.drill.checker.session import check
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Verdict
from tests.drill.checker.store import in_order, requests
from tests.drill.checker.telling import failed, history, ok, unknown


def wrote(started: float, ended: float, value: int, session: str = "anna") -> Operation:
    return ok(session, started, ended, "session.write", "", value)


def read(started: float, ended: float, value: int | None, session: str = "anna") -> Operation:
    return ok(session, started, ended, "session.read", "", value)


def test_what_was_written_is_read() -> None:
    finding = check(history(wrote(1, 2, 1), read(3, 4, 1), wrote(5, 6, 2), read(7, 8, 2)))
    assert finding.verdict is Verdict.PASS
    assert finding.text == "2 reads in 1 session, none stale"
    assert (finding.counts["checked"], finding.counts["acknowledged"]) == (2, 2)


def test_a_read_that_misses_my_own_write_is_stale() -> None:
    finding = check(history(wrote(1, 2, 1), wrote(3, 4, 2), read(5, 6, 1), read(7, 8, 2)))
    assert finding.verdict is Verdict.FAIL
    assert finding.text == "1 of 2 reads in 1 session stale, 0 sessions lost"
    assert finding.examples == ("session anna at 5.000 to 6.000 s read 1, at least 2 was known",)


def test_a_read_of_less_than_an_earlier_read_is_stale() -> None:
    finding = check(history(unknown("anna", 1, 2, "session.write", "", 7), read(3, 4, 7), read(5, 6, 6), read(7, 8, 7)))
    assert (finding.counts["stale"], finding.verdict) == (1, Verdict.FAIL)


@pytest.mark.parametrize("value", [None, 1])
def test_a_session_that_stays_behind_is_lost(value: int | None) -> None:
    finding = check(history(wrote(1, 2, 2), read(3, 4, value)))
    assert finding.counts["lost_sessions"] == 1
    assert "1 session lost" in finding.text


def test_a_session_that_was_gone_is_lost_although_a_new_one_grows() -> None:
    finding = check(history(wrote(1, 2, 1), read(3, 4, None), wrote(5, 6, 2), read(7, 8, 2)))
    assert finding.counts["lost_sessions"] == 1
    assert "read nothing" in finding.examples[0]


def test_writes_and_reads_are_counted_apart() -> None:
    counts = check(history(wrote(1, 2, 1), read(3, 4, 1), read(5, 6, 1))).counts
    assert (counts["checked"], counts["acknowledged"]) == (2, 1)


def test_the_last_read_is_the_one_that_began_last() -> None:
    finding = check(history(wrote(1, 2, 2), read(3, 9, 1), read(5, 6, 2)))
    assert (finding.counts["stale"], finding.counts["lost_sessions"]) == (1, 0)


def test_a_read_beside_the_write_may_miss_it() -> None:
    assert check(history(wrote(1, 2, 1), wrote(3, 5, 2), read(4, 6, 1))).verdict is Verdict.PASS
    assert check(history(wrote(1, 2, 1), read(3, 6, 1), read(4, 5, 2), unknown("anna", 2, 4, "session.write", "", 2)))


def test_what_was_not_acknowledged_need_not_be_there() -> None:
    lost = (failed("anna", 3, 4, "session.write", "", 2), unknown("anna", 5, 6, "session.write", "", 3))
    assert check(history(wrote(1, 2, 1), *lost, read(7, 8, 1))).verdict is Verdict.PASS


def test_sessions_are_strangers() -> None:
    assert (
        check(history(wrote(1, 2, 5), read(3, 4, 5), read(3, 4, 1, "ben"), read(5, 6, 1, "ben"))).counts["stale"] == 0
    )


# The fault comes at 10, and takes what the cache had not copied yet.


def test_a_write_just_before_the_fault_may_be_lost() -> None:
    late = history(wrote(1, 2, 1), wrote(9.2, 9.3, 2), read(9.4, 9.5, 2), read(12, 13, 1), faults=[10.0])
    assert check(late, grace=1.0).verdict is Verdict.PASS
    assert check(late).verdict is Verdict.FAIL
    assert check(late, grace=0.5).verdict is Verdict.FAIL


def test_what_is_sent_before_the_fault_is_noticed_may_be_lost_where_that_takes_time() -> None:
    cut = history(wrote(1, 2, 1), wrote(11, 11.1, 2), read(11.2, 11.3, 2), read(16, 17, 1), faults=[10.0])
    (named,) = cut.injections
    assert check(cut, grace=1.0, unnoticed={named.fault: 4.0}).verdict is Verdict.PASS
    assert check(cut, grace=1.0, unnoticed={named.fault: 0.5}).verdict is Verdict.FAIL
    assert check(cut, grace=1.0, unnoticed={"another": 4.0}).verdict is Verdict.FAIL


def test_just_before_is_less_than_the_grace() -> None:
    edge = history(wrote(8.5, 9.0, 1), read(12, 13, None), faults=[10.0])
    assert check(edge, grace=1.0).verdict is Verdict.FAIL
    late = history(wrote(1, 2, 1), wrote(8.5, 9.1, 2), read(12, 13, 1), faults=[10.0])
    assert check(late, grace=1.0).verdict is Verdict.PASS


def test_what_may_be_lost_may_be_lost_to_a_read_that_the_fault_met() -> None:
    late = [wrote(1, 2, 1), wrote(9.2, 9.3, 2)]
    for ended in (10.0, 10.1):
        assert check(history(*late, read(9.9, ended, 1), faults=[10.0]), grace=1.0).verdict is Verdict.PASS
    assert check(history(*late, read(9.8, 9.9, 1), faults=[10.0]), grace=1.0).verdict is Verdict.FAIL
    beside = history(wrote(1, 2, 1), wrote(9.2, 9.5, 2), read(9.3, 9.7, 1), faults=[10.0])
    assert check(beside, grace=1.0).verdict is Verdict.PASS


@pytest.mark.parametrize("value", [2, None])
def test_a_write_without_an_answer_may_have_happened_until_it_was_read(value: int | None) -> None:
    seen = [wrote(1, 2, 1), unknown("anna", 5, 6, "session.write", "", value), read(9.4, 9.5, 2), read(12, 13, 1)]
    assert check(history(*seen, faults=[10.0]), grace=1.0).verdict is Verdict.PASS
    assert check(history(*seen, read(8, 8.5, 2), faults=[10.0]), grace=1.0).verdict is Verdict.FAIL


def test_an_acknowledged_write_is_as_old_as_it_is_although_it_was_read_just_before() -> None:
    seen = [wrote(1, 2, 1), wrote(5, 6, 2), read(9.4, 9.5, 2), read(12, 13, 1)]
    finding = check(history(*seen, faults=[10.0]), grace=1.0)
    assert (finding.verdict, finding.counts["stale"]) == (Verdict.FAIL, 1)


def test_a_write_that_was_on_its_way_may_be_lost() -> None:
    late = history(wrote(1, 2, 1), wrote(9.9, 10.1, 2), read(12, 13, 1), faults=[10.0])
    assert check(late, grace=1.0).verdict is Verdict.PASS
    assert check(late).verdict is Verdict.FAIL


def test_it_may_be_lost_although_it_was_seen_for_a_moment_after_the_fault() -> None:
    late = [wrote(1, 2, 1), wrote(9.2, 9.3, 2), read(10.2, 10.3, 2), read(12, 13, 1)]
    assert check(history(*late, faults=[10.0]), grace=1.0).verdict is Verdict.PASS
    never = [wrote(1, 2, 1), failed("anna", 9.2, 9.3, "session.write", "", 2), read(10.2, 10.3, 2), read(12, 13, 1)]
    assert check(history(*never, faults=[10.0]), grace=1.0).verdict is Verdict.FAIL


def test_an_older_write_may_not() -> None:
    assert check(history(wrote(8, 8.9, 1), read(12, 13, None), faults=[10.0]), grace=1.0).counts["lost_sessions"] == 1


def test_before_the_fault_and_after_it_nothing_may() -> None:
    before = history(wrote(9.2, 9.3, 1), read(9.4, 9.5, None), faults=[10.0])
    after = history(wrote(10.1, 10.2, 1), read(10.3, 10.4, None), faults=[10.0])
    assert check(before, grace=1.0).verdict is check(after, grace=1.0).verdict is Verdict.FAIL


def test_a_fault_that_was_not_made_excuses_nothing() -> None:
    assert check(history(wrote(1, 2, 1), read(3, 4, None), faults=[None]), grace=9.0).verdict is Verdict.FAIL


def test_a_lost_value_that_is_written_again_is_known_again() -> None:
    again = [wrote(1, 2, 1), wrote(9.2, 9.3, 2), read(9.4, 9.5, 2), read(12, 13, 1), wrote(14, 15, 2)]
    assert check(history(*again, read(16, 17, 2), faults=[10.0]), grace=1.0).verdict is Verdict.PASS
    assert check(history(*again, read(16, 17, 1), faults=[10.0]), grace=1.0).verdict is Verdict.FAIL
    seen = check(history(*again[:4], unknown("anna", 14, 15, "session.write", "", 2), read(16, 17, 2), read(18, 19, 1),
                         faults=[10.0]), grace=1.0)  # fmt: skip
    assert seen.counts["stale"] == 1


@pytest.mark.parametrize("operations", [(), (wrote(1, 2, 1),), (read(1, 2, None), read(3, 4, None))])
def test_without_anything_known_before_a_read_nothing_was_checked(operations: tuple[Operation, ...]) -> None:
    finding = check(history(*operations))
    assert finding.verdict is Verdict.UNKNOWN
    assert "nothing was checked" in finding.text


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_a_real_session_passes_and_a_lowered_read_fails(seed: int) -> None:
    random = Random(seed)
    operations = visited(random)
    finding = check(History(operations))
    assert finding.counts["stale"] == 0
    if finding.counts["checked"]:
        last = max((each for each in operations if shows(each)), key=lambda each: each.started)
        lower = replace(last, value=0, started=100.0, ended=101.0)
        assert check(History((*operations, lower))).counts["stale"] == 1


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_a_cache_that_forgets_its_last_second_passes_with_that_much_grace(seed: int) -> None:
    random = Random(seed)
    operations = visited(random, fault=10.0)
    told = history(*operations, faults=[10.0])
    assert check(told, grace=1.0).verdict is not Verdict.FAIL


def shows(operation: Operation) -> bool:
    return operation.kind == "session.read" and operation.result is Result.OK and operation.value is not None


def visited(random: Random, fault: float = float("inf")) -> tuple[Operation, ...]:
    """Clients one after the other in their own sessions; the fault takes what was written in the second before it."""
    kept, written = dict[str, list[tuple[float, int]]](), list[Operation]()
    for number, each in enumerate(requests(random, 60, clients=3), 1):
        moment = each.ended if each.moment is None else each.moment
        values = kept.setdefault(each.client, [])
        if moment >= fault:
            values[:] = [(at, value) for at, value in values if not fault - 0.9 < at <= fault]
        if random.random() < 0.5:
            written.append(each.told("session.read", "", max((value for _, value in values), default=None)))
            continue
        if each.moment is not None:
            values.append((moment, number))
        written.append(each.told("session.write", "", number))
    return in_order(written)
