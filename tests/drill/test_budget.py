"""Limits: those that were promised, and what they say of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade.drill.budget import BUDGETS, UNNOTICED, MayFail, loosest, measures, named
from colonnade.drill.catalogue import CATALOGUE
from colonnade.drill.history import History, Injection, Operation, Result
from colonnade.drill.measure import numbers
from colonnade.drill.verdict import Finding, Measure, Verdict, worst
from colonnade.errors import UserError

LEDGER = Finding("ledger", Verdict.PASS, "", {"lost": 0})
BROKEN = (Injection("db1", "patroni", "kill", "SIGKILL", 10.0, None),)


def history(*failed: str, due: float = 11.0) -> History:
    """A page and a write each tenth of a second, and one failure of each kind that is named."""
    kinds = ("http.get", "http.post", "ledger.add")
    good = [_operation(kind, at / 10, Result.OK) for at in range(300) for kind in kinds]
    bad = [_operation(kind, due, Result.FAIL) for kind in failed]
    return History((*good, *bad), BROKEN)


def _operation(kind: str, due: float, result: Result) -> Operation:
    return Operation("c1", kind, "203.0.113.10", None, due, due, due + 0.05, result)


def judged(budget: str, seen: History, *findings: Finding) -> dict[str, Measure]:
    return {each.name: each for each in measures(named(budget), numbers(seen, findings or (LEDGER,)))}


def verdict(budget: str, seen: History) -> Verdict:
    return worst(each.verdict for each in judged(budget, seen).values())


def limits(name: str) -> dict[str, float]:
    seen = measures(named(name), numbers(history(), (LEDGER,)))
    return {each.name: each.limit for each in seen if each.limit is not None}


def test_the_promises() -> None:
    gaps = {"switchover": 2, "primary-killed": 3, "primary-lost": 26, "primary-lost-fast": 8, "server-lost": 1}
    for name, gap in (gaps | {"balancer-lost": 0.5, "cache-lost": 5}).items():
        seen = limits(name)
        assert {seen.pop(each) for each in ("longest_gap", "longest_address_gap", "longest_write_gap")} == {gap}
        assert seen.pop("lost") == 0
        # What may fail differs, but nothing may fail that is not named.
        assert seen and set(seen.values()) == {0}


def test_of_two_budgets_the_looser_limits_hold() -> None:
    both = loosest([named("cache-lost"), named("server-lost")])
    assert (both.gap, both.write_gap, both.may_fail, both.window) == (5, 5, MayFail.POSTS, UNNOTICED)
    assert loosest([named("balancer-lost"), both]).may_fail is MayFail.ANY
    assert loosest([named("cache-lost")]) == named("cache-lost")


def test_every_drill_of_the_catalogue_has_a_budget() -> None:
    for drill in CATALOGUE:
        assert named(drill.budget).name == drill.budget


def test_every_budget_judges_failures_gaps_and_losses() -> None:
    for budget in BUDGETS:
        units = {each.unit for each in measures(budget, numbers(history(), (LEDGER,))) if each.limit is not None}
        assert units == {"requests", "s", "writes"}


def test_an_unknown_budget_names_the_nearest() -> None:
    with pytest.raises(UserError, match="no budget 'primary-lsot'") as raised:
        named("primary-lsot")
    assert "primary-lost" in raised.value.hint


@pytest.mark.parametrize("budget", ["switchover", "primary-killed", "server-lost", "balancer-lost", "cache-lost"])
def test_a_run_without_a_failure_passes(budget: str) -> None:
    assert verdict(budget, history()) is Verdict.PASS


@pytest.mark.parametrize(
    ("budget", "failed", "due", "expected"),
    [
        ("switchover", "http.get", 9.98, Verdict.FAIL),
        ("cache-lost", "http.post", 9.98, Verdict.FAIL),
        ("primary-killed", "http.get", 9.98, Verdict.PASS),
        ("primary-killed", "http.get", 11.0, Verdict.FAIL),
        ("balancer-lost", "http.post", 9.98, Verdict.PASS),
        ("balancer-lost", "http.post", 11.0, Verdict.FAIL),
        ("server-lost", "http.get", 9.98, Verdict.FAIL),
        ("server-lost", "http.post", 9.98, Verdict.PASS),
        ("server-lost", "http.post", 11.0, Verdict.FAIL),
    ],
)
def test_which_failures_are_forgiven(budget: str, failed: str, due: float, expected: Verdict) -> None:
    """9.98 is in flight at the fault, 11 is not."""
    assert verdict(budget, history(failed, due=due)) is expected


def test_a_gap_in_writes_counts_though_pages_are_read() -> None:
    whole = history()
    stalled = [each for each in whole.operations if each.kind == "http.get" or not 10 < each.scheduled < 13.5]
    seen = judged("primary-killed", replace(whole, operations=tuple(stalled)))
    assert seen["longest_gap"].verdict is Verdict.PASS
    assert seen["longest_write_gap"].verdict is Verdict.FAIL


def test_one_lost_write_fails_and_nobody_looked_is_unknown() -> None:
    lost = Finding("ledger", Verdict.FAIL, "", {"lost": 1})
    assert judged("primary-lost", history(), lost)["lost"].verdict is Verdict.FAIL
    other = Finding("bank", Verdict.PASS, "", {"checked": 1})
    assert judged("primary-lost", history(), other)["lost"].verdict is Verdict.UNKNOWN


def test_without_a_request_nothing_is_proved() -> None:
    seen = judged("server-lost", History((), BROKEN))
    for name in ("failed_gets", "failed_posts_not_in_flight", "longest_gap", "longest_write_gap"):
        assert seen[name].verdict is Verdict.UNKNOWN, name


def test_what_has_no_limit_is_only_told() -> None:
    seen = judged("primary-killed", history("http.get"))
    assert (seen["failed_requests"].value, seen["failed_requests"].limit) == (1, None)
    assert [seen[f"p50_{window}"].unit for window in ("before", "during", "after")] == ["ms"] * 3
