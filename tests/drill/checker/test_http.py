"""HTTP: failed requests, and which of them were on their way when the fault came."""

from __future__ import annotations

from dataclasses import replace

from colonnade.drill.checker.http import check
from colonnade.drill.history import History
from colonnade.drill.timing import STOPPED
from colonnade.drill.verdict import Verdict
from tests.drill.checker.telling import failed, history, ok, unknown

# The fault comes at 10.
LOAD = (
    ok("c1", 1, 2, "http.get", "/"),
    failed("c1", 9.0, 9.5, "http.get", "/"),
    failed("c1", 9.9, 10.4, "http.post", "/entries"),
    unknown("c2", 9.8, 15.0, "http.get", "/"),
    failed("c1", 10.5, 10.6, "http.post", "/entries"),
    failed("c1", 13.0, 13.1, "http.get", "/"),
)


def test_failures_are_counted_by_method_and_by_whether_they_were_in_flight() -> None:
    finding = check(history(*LOAD, faults=[10.0]))
    assert finding.verdict is Verdict.PASS
    assert finding.counts == {
        "requests": 6,
        "failed": 5,
        "failed_get": 3,
        "failed_post": 2,
        "failed_in_flight": 2,
        "failed_other": 3,
        "failed_other_get": 2,
        "failed_other_post": 1,
        "unknown": 1,
    }
    assert finding.text == "5 of 6 requests failed (3 GET, 2 POST), 2 of them in flight"
    assert finding.examples[0] == "GET / of c1 at 9.000 to 9.500 s: fail"


def test_the_window_begins_with_the_fault_and_excuses_nothing_before_it() -> None:
    assert check(history(*LOAD, faults=[10.0]), window=1.0).counts["failed_other"] == 2
    assert check(history(*LOAD, faults=[10.0]), window=3.0).counts["failed_other"] == 1


def test_any_of_several_faults_excuses() -> None:
    assert check(history(*LOAD, faults=[13.05, 10.0])).counts["failed_other"] == 2


def test_the_ends_count() -> None:
    edge = (failed("c1", 10, 11, "http.get", "/"), failed("c1", 9, 10, "http.get", "/"))
    assert check(history(*edge, faults=[10.0])).counts["failed_in_flight"] == 2


def test_without_a_fault_nothing_is_excused() -> None:
    for faults in ([], [None]):
        assert check(history(*LOAD, faults=faults)).counts["failed_in_flight"] == 0


def test_what_the_end_of_the_load_cut_short_has_not_failed() -> None:
    cut = replace(unknown("c1", 59, 60, "http.get", "/"), detail=STOPPED)
    assert check(history(LOAD[0], cut)).text == "2 requests, none failed"


def test_without_requests_nothing_was_checked() -> None:
    finding = check(History(()))
    assert (finding.verdict, finding.text) == (Verdict.UNKNOWN, "nothing was checked")
