"""Verdicts of a run, of the runs of a drill, of a campaign."""

from __future__ import annotations

from dataclasses import replace

import pytest

from colonnade.drill.history import History, Injection
from colonnade.drill.outcome import Campaign, Outcome, Series, Spread
from colonnade.drill.verdict import Finding, Measure, Verdict
from tests.drill import stories
from tests.drill.stories import STARTED
from tests.sites import example

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
MADE = Injection("db1", "patroni", "kill", "SIGKILL to PostgreSQL's first process", 10.0, None)
NOT_MADE = replace(MADE, injected=None, reason="no such process")
KEPT, GONE = Finding("ledger", PASS, "all there"), Finding("ledger", FAIL, "2 lost")


def run(
    *measures: Measure,
    finding: Finding = KEPT,
    made: tuple[Injection, ...] = (MADE,),
    error: str = "",
    drill: str = "a",
) -> Outcome:
    site = example("guestbook")
    return Outcome(site, drill, "in words", 1, (MADE,), History((), made), (finding,), measures, STARTED, error)


def gap(value: float | None, limit: float | None = 3) -> Measure:
    return Measure("longest_gap", value, "s", limit)


def lost(value: float) -> Measure:
    return Measure("lost", value, "writes", 0)


def test_the_worst_of_findings_and_measures_wins() -> None:
    assert run(gap(2)).verdict is PASS
    assert run(gap(4)).verdict is FAIL
    assert run(gap(None)).verdict is UNKNOWN
    assert run(gap(2), finding=GONE).verdict is FAIL
    assert run(gap(2), finding=replace(KEPT, verdict=UNKNOWN)).verdict is UNKNOWN


def test_a_fault_that_was_not_made_never_passes() -> None:
    seen = run(gap(2), made=(NOT_MADE,))
    assert seen.verdict is UNKNOWN
    assert seen.doubts == ("not made: db1: SIGKILL to PostgreSQL's first process (no such process)",)
    assert run(gap(2), made=(MADE, NOT_MADE)).verdict is UNKNOWN


def test_a_fault_that_was_never_reached_never_passes() -> None:
    assert run(gap(2), made=()).verdict is UNKNOWN
    assert replace(run(gap(2), made=()), schedule=()).verdict is UNKNOWN


def test_a_crash_proves_nothing_but_does_not_hide_what_was_found() -> None:
    assert run(gap(2), error="lost the link").verdict is UNKNOWN
    assert run(gap(2), finding=GONE, error="lost the link").verdict is FAIL


def series(*runs: Outcome) -> Series:
    return Series(runs)


def test_the_median_is_judged_and_the_spread_told() -> None:
    seen = series(run(gap(1)), run(gap(2.5)), run(gap(9)))
    assert seen.verdict is PASS
    (spread,) = seen.spreads
    assert (spread.median, spread.seen) == (2.5, (1, 2.5, 9))
    assert series(run(gap(1)), run(gap(4)), run(gap(9))).verdict is FAIL
    assert series(run(gap(2)), run(gap(4))).spreads[0].median == 3


def test_lost_writes_are_judged_on_every_run() -> None:
    seen = series(run(lost(0)), run(lost(0)), run(lost(1)))
    assert seen.spreads[0].judged == 1
    assert seen.verdict is FAIL


def test_what_a_checker_finds_in_one_run_fails_them_all() -> None:
    assert series(run(gap(1)), run(gap(1), finding=GONE), run(gap(1))).verdict is FAIL


@pytest.mark.parametrize("bad", [run(error="crashed"), run(gap(1), made=(NOT_MADE,)), run(gap(None))])
def test_one_run_that_proves_nothing_leaves_the_drill_unknown(bad: Outcome) -> None:
    seen = series(run(gap(1)), run(gap(1)), bad)
    assert seen.verdict is UNKNOWN
    assert seen.spreads[0].median == 1


def test_over_the_budget_is_over_it_though_one_run_was_not_measured() -> None:
    assert series(run(gap(9)), run(gap(9)), run(gap(None))).verdict is FAIL


def test_without_a_limit_nothing_is_unknown() -> None:
    assert Spread("detected", "s", (None, None), (1.0, None)).verdict is PASS
    assert Spread("detected", "s", (None,), (None,)).median is None


def test_each_run_is_held_to_its_own_limit() -> None:
    held = Spread("longest_write_gap", "s", (5, 26, 26), (4.0, 20.0, 21.0))
    assert (held.verdict, held.limit, held.judged) == (PASS, 26, 20)
    assert replace(held, values=(9.0, 20.0, 27.0)).verdict is FAIL
    assert replace(held, values=(9.0, 20.0, 21.0)).verdict is PASS
    assert replace(held, limits=(5, 5, 26), values=(9.0, 20.0, 21.0)).verdict is FAIL
    assert replace(held, limits=(None, None, 26)).verdict is PASS


def test_a_campaign_groups_runs_by_drill_in_their_order() -> None:
    runs = (run(gap(1), drill="b"), run(gap(2), drill="a"), run(gap(3), drill="b"))
    seen = Campaign(runs)
    assert [(each.drill, len(each.outcomes)) for each in seen.series] == [("b", 2), ("a", 1)]
    assert seen.verdict is PASS
    assert Campaign((*runs, run(gap(9), drill="c"))).verdict is FAIL
    assert Campaign(()).verdict is UNKNOWN


def test_the_stories_end_as_they_are_told() -> None:
    verdicts = {each.drill: each.verdict for each in stories.campaign().series}
    assert verdicts == {
        "switchover": PASS,
        "primary-lost": PASS,
        "postgres-killed": FAIL,
        "balancer-lost": PASS,
        "clock-jumped": UNKNOWN,
        "etcd-majority-lost": UNKNOWN,
    }
    assert stories.repeated().verdict is PASS
