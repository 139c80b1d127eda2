"""The numbers of a history, exact on hand-made ones."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.drill.history import History, Injection, Operation, Result
from colonnade.drill.measure import Failures, Latency, latency, numbers, percentile
from colonnade.drill.timing import STOPPED
from colonnade.drill.verdict import Finding, Verdict
from tests.drill.stories import primary_lost

OK, FAIL, UNKNOWN = Result.OK, Result.FAIL, Result.UNKNOWN


def http(
    due: float, took: float, result: Result = OK, kind: str = "http.get", key: str = "203.0.113.10", detail: str = ""
) -> Operation:
    return Operation("c1", kind, key, None, due, due, due + took, result, detail)


def fault(at: float | None = 10.0) -> tuple[Injection, ...]:
    return (Injection("db1", "patroni", "kill", "SIGKILL", at, None),)


def steady(until: int = 20) -> tuple[Operation, ...]:
    return tuple(http(at / 2, 0.004) for at in range(until * 2))


@pytest.mark.parametrize(("permille", "value"), [(500, 500), (990, 990), (999, 999), (1000, 1000), (1, 1)])
def test_percentiles_are_values_that_were_measured(permille: int, value: int) -> None:
    assert percentile([float(each) for each in range(1, 1001)], permille) == value


def test_percentiles_of_few_values_are_the_nearest_rank_above() -> None:
    assert [percentile([1.0, 2.0, 3.0], each) for each in (500, 990, 999)] == [2.0, 3.0, 3.0]
    assert percentile([], 500) is None


@given(st.lists(st.floats(0, 1e6), min_size=1), st.integers(1, 1000))
def test_a_percentile_is_the_least_value_with_so_many_not_above_it(values: list[float], permille: int) -> None:
    ordered = sorted(values)
    found = percentile(ordered, permille)
    assert found in ordered
    assert found is not None
    assert sum(each <= found for each in ordered) * 1000 >= permille * len(ordered)
    assert sum(each < found for each in ordered) * 1000 < permille * len(ordered)


def test_latency_is_of_successes_and_counts_from_when_they_were_due() -> None:
    late = Operation("c1", "http.get", "/", None, 1.0, 3.0, 3.5, OK)
    assert latency([late, http(1, 9.0, FAIL)]) == Latency(2500.0, 2500.0, 2500.0)


def test_before_during_and_after_do_not_overlap() -> None:
    late, held, quick = http(5, 0.02), http(10.4, 3.0), http(15, 0.008)
    seen = numbers(History((*steady(), late, held, quick), fault(10.2)))
    assert seen.recovery is not None
    assert seen.recovery.at == 10.4
    assert seen.recovery.seconds == pytest.approx(0.2)
    assert seen.before.p999 == pytest.approx(20)
    # Nothing but the one that was held.
    assert seen.during.p50 == pytest.approx(3000)
    assert seen.after.p999 == pytest.approx(8)


def test_what_was_in_flight_at_the_fault_is_during() -> None:
    seen = numbers(History((*steady(), http(9.9, 0.9)), fault()))
    assert seen.before.p999 == pytest.approx(4)
    assert seen.during.p999 == pytest.approx(900)


def test_without_a_fault_all_is_before() -> None:
    seen = numbers(History(steady(), fault(None)))
    assert (seen.during, seen.after, seen.recovery) == (Latency(), Latency(), None)
    assert seen.before.p50 == pytest.approx(4)


def test_without_recovery_nothing_is_after() -> None:
    seen = numbers(History((*steady(), http(19.9, 5.0, FAIL)), fault()))
    assert seen.recovery is None
    assert seen.after == Latency()


def test_requests_are_counted_by_method_and_unknown_has_failed() -> None:
    told = (http(1, 0.1), http(2, 0.1, FAIL), http(3, 0.1, UNKNOWN, "http.post"), http(4, 0.1, OK, "http.post"))
    seen = numbers(History(told, fault()))
    assert (seen.gets, seen.posts, seen.requests) == (2, 2, 4)
    assert (seen.failed_gets, seen.failed_posts) == (Failures(1, 1), Failures(1, 1))


def test_other_workloads_are_no_requests() -> None:
    seen = numbers(History((http(1, 0.1, FAIL, "ledger.add"), http(1, 0.1, FAIL, "session.read")), fault()))
    assert (seen.requests, seen.failed_gets.all, seen.gap) == (0, 0, None)


@pytest.mark.parametrize(
    ("due", "took", "window", "in_flight"),
    [(9.9, 0.2, 0, True), (10.0, 0.1, 0, True), (9.5, 0.4, 0, False), (10.1, 1, 0, False), (10.1, 1, 0.2, True)],
)
def test_in_flight_is_sent_before_the_fault_and_ended_after_it(
    due: float, took: float, window: float, in_flight: bool
) -> None:
    seen = numbers(History((http(due, took, FAIL),), fault()), window=window)
    assert seen.failed_gets == Failures(1, 0 if in_flight else 1)


def test_in_flight_counts_from_when_it_was_sent_not_from_when_it_was_due() -> None:
    late = Operation("c1", "http.get", "/", None, 9.0, 10.5, 11.0, FAIL)
    assert numbers(History((late,), fault())).failed_gets.not_in_flight == 1


def test_what_the_load_cut_short_has_not_failed() -> None:
    cut = http(19, 0.2, UNKNOWN, detail=STOPPED)
    assert numbers(History((cut,), fault())).failed_gets == Failures(0, 0)


def test_writes_have_a_gap_of_their_own() -> None:
    posts = [http(at, 0.1, FAIL if 10 <= at < 15 else OK, "http.post") for at in range(20)]
    adds = [http(at, 0.1, FAIL if 10 <= at < 14 else OK, "ledger.add") for at in range(20)]
    seen = numbers(History((*steady(), *posts), fault()))
    assert seen.gap is not None and seen.write_gap is not None
    assert seen.gap.seconds == pytest.approx(0.5)
    assert seen.write_gap.seconds == pytest.approx(6)
    both = numbers(History((*posts, *adds), fault()))
    assert both.write_gap is not None
    assert both.write_gap.seconds == pytest.approx(5)


def test_one_address_that_answers_does_not_hide_that_the_other_does_not() -> None:
    other = [http(at, 0.1, FAIL if 10 <= at < 13 else OK, key="203.0.113.11") for at in range(20)]
    seen = numbers(History((*steady(), *other), fault()))
    assert seen.gap is not None and seen.address_gap is not None
    assert seen.gap.seconds == pytest.approx(0.5)
    assert seen.address_gap.seconds == pytest.approx(4)


def test_a_request_with_a_key_of_its_own_tells_no_address() -> None:
    keyed = [http(at, 0.1, key="5d3c0f0e-58f5-4dbb-9a0c-0f6a2f5d9b11") for at in range(20)]
    assert numbers(History(tuple(keyed), fault())).address_gap is None


def test_counts_come_from_the_checkers_and_nobody_asked_is_not_none_found() -> None:
    ledger = Finding("ledger", Verdict.FAIL, "", {"lost": 2, "phantom": 0})
    session = Finding("session", Verdict.FAIL, "", {"stale": 4})
    register = Finding("register", Verdict.FAIL, "", {"stale": 1})
    seen = numbers(History(steady(), fault()), (ledger, session, register))
    assert (seen.lost, seen.phantom, seen.stale) == (2, 0, 5)
    assert numbers(History(steady(), fault())).lost is None


def test_fifty_thousand_operations_are_measured_in_half_a_second() -> None:
    history = primary_lost(rate=50_000 / 75).history
    assert len(history.operations) == 50_000
    # Of processor time: other tests may run beside this one.
    began = time.process_time()
    seen = numbers(history)
    assert time.process_time() - began < 0.5
    assert seen.requests == 41_667
