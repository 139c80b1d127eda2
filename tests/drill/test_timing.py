"""Hand-made histories, each with the one number that it must give."""

from __future__ import annotations

import pytest

from colonnade.drill.history import Event, History, Injection, Look, Operation, Result
from colonnade.drill.timing import STOPPED, Gap, detected, longest_gap, made, recovered, redundant, slow_after

OK, FAIL = Result.OK, Result.FAIL


def get(due: float, took: float = 0.1, result: Result = OK, detail: str = "") -> Operation:
    return Operation("c1", "http.get", "203.0.113.10", None, due, due, due + took, result, detail)


def each_second(until: int, *bad: int) -> list[Operation]:
    return [get(at, result=FAIL if at in bad else OK) for at in range(until)]


def broken(*times: float | None) -> History:
    return History((), tuple(Injection("db1", "patroni", "kill", "SIGKILL", at, None) for at in times))


def test_a_gap_lies_between_the_ends_of_two_successes() -> None:
    assert longest_gap([get(0), get(1, 0.5), get(2, 5.0), get(8)]) == Gap(1.5, 7.0)


def test_failures_do_not_end_a_gap() -> None:
    assert longest_gap(each_second(10, 4, 5, 6)) == Gap(3.1, 7.1)


def test_a_gap_at_the_beginning_counts_from_the_first_that_was_due() -> None:
    assert longest_gap([get(2, result=FAIL), get(3, result=FAIL), get(7)]) == Gap(2, 7.1)


def test_a_gap_at_the_end_counts_to_the_last_that_was_due() -> None:
    assert longest_gap([get(0), get(1), get(9, 10.0, FAIL)]) == Gap(1.1, 9)


def test_a_success_after_the_last_was_due_closes_its_own_gap() -> None:
    assert longest_gap([get(0), get(1), get(2, 6.0)]) == Gap(1.1, 8.0)


def test_without_success_all_of_it_is_a_gap_and_without_requests_nothing_is() -> None:
    assert longest_gap([get(1, result=FAIL), get(5, result=FAIL)]) == Gap(1, 5)
    assert longest_gap([]) is None


def test_the_order_of_operations_does_not_matter() -> None:
    assert longest_gap(list(reversed(each_second(10, 4, 5)))) == longest_gap(each_second(10, 4, 5))


@pytest.mark.parametrize(("p99", "slow"), [(None, 1.0), (5.0, 1.0), (100.0, 1.0), (250.0, 2.5)])
def test_slow_is_a_second_or_ten_times_the_usual(p99: float | None, slow: float) -> None:
    assert slow_after(p99) == slow


def test_recovered_at_the_last_moment_at_which_something_bad_was_due() -> None:
    seen = recovered(each_second(20, 5, 6, 9), (4.5,), 1.0)
    assert seen is not None
    assert (seen.at, seen.seconds) == (9, 4.5)


def test_slow_is_as_bad_as_failed() -> None:
    seen = recovered([*each_second(20), get(7.5, 1.2)], (4.5,), 1.0)
    assert seen is not None
    assert seen.seconds == 3.0


def test_what_was_bad_before_the_fault_is_not_its_doing() -> None:
    seen = recovered(each_second(20, 2), (4.5,), 1.0)
    assert seen is not None
    assert (seen.at, seen.seconds) == (4.5, 0.0)


def test_what_was_in_flight_counts_from_the_fault() -> None:
    seen = recovered([*each_second(20), get(4.4, 0.5, FAIL)], (4.5,), 1.0)
    assert seen is not None
    assert seen.seconds == 0.0


def test_a_load_that_ends_while_it_is_bad_has_seen_no_recovery() -> None:
    assert recovered(each_second(20, 17, 18, 19), (4.5,), 1.0) is None
    assert recovered([*each_second(20), get(18.2, result=FAIL)], (4.5,), 1.0) is None


def test_without_fault_or_load_nothing_recovers() -> None:
    assert recovered(each_second(20), (), 1.0) is None
    assert recovered([], (4.5,), 1.0) is None


def test_of_several_faults_the_longest_recovery_each_until_the_next() -> None:
    seen = recovered(each_second(40, 11, 12, 13, 31), (10.5, 30.5), 1.0)
    assert seen is not None
    assert (seen.at, seen.seconds) == (31, 2.5)


def test_what_the_load_cut_short_at_its_end_is_not_bad_unless_it_hung() -> None:
    cut = get(19, 0.2, Result.UNKNOWN, STOPPED)
    hung = get(18.5, 1.5, Result.UNKNOWN, STOPPED)
    assert recovered([*each_second(19), cut], (4.5,), 1.0) is not None
    assert recovered([*each_second(19), cut, hung], (4.5,), 1.0) is None


def events(*told: tuple[float, str]) -> tuple[Event, ...]:
    return tuple(Event(at, source, "db2", "says so") for at, source in told)


def test_detected_by_the_first_event_after_the_fault_from_a_daemon_that_is_asked() -> None:
    history = History(
        (), broken(10).injections, events((9, "patroni"), (10.25, "etcd"), (12, "patroni"), (13, "patroni"))
    )
    assert detected(history) == 0.25
    assert detected(history, {"patroni"}) == 2
    assert detected(history, {"sentinel"}) is None


def test_what_the_drill_itself_says_detects_nothing() -> None:
    assert detected(History((), broken(10).injections, events((11, "drill")))) is None


def test_of_several_faults_the_slowest_detection_and_none_when_one_was_missed() -> None:
    two = broken(10, 20).injections
    assert detected(History((), two, events((11, "etcd"), (24, "etcd")))) == 4
    assert detected(History((), two, events((11, "etcd")))) is None


def looks(*told: tuple[float, str]) -> tuple[Look, ...]:
    return tuple(Look(at, verdict) for at, verdict in told)


def test_redundant_at_the_first_look_that_serves_and_stays_so() -> None:
    seen = looks((8, "serving"), (12, "down"), (14, "serving"), (16, "degraded"), (18, "serving"), (20, "serving"))
    assert redundant(History((), broken(10).injections, (), seen)) == 8


def test_not_redundant_while_the_last_look_says_otherwise() -> None:
    seen = looks((8, "serving"), (12, "serving"), (14, "degraded"))
    assert redundant(History((), broken(10).injections, (), seen)) is None
    assert redundant(History((), broken(10).injections, (), looks((8, "serving")))) is None


def test_a_fault_that_was_not_made_has_no_times() -> None:
    history = History((), broken(None).injections, events((11, "etcd")), looks((12, "serving")))
    assert made(history) == ()
    assert (detected(history), redundant(history)) == (None, None)
