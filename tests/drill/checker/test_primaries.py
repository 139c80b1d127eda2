"""Primaries: never two at once, whatever the clients are led to."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.drill.checker.primaries import check
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Verdict
from tests.drill.checker.telling import failed, history, ok, unknown


def commit(server: str, started: float, ended: float, timeline: int | None) -> Operation:
    return ok(f"probe of {server}", started, ended, "primaries.commit", server, timeline)


def refused(server: str, at: float) -> Operation:
    return failed(f"probe of {server}", at, at + 0.1, "primaries.commit", server)


FAILOVER = (
    commit("db1", 1, 2, 1),
    refused("db2", 1),
    commit("db1", 3, 4, 1),
    refused("db1", 8),
    commit("db2", 9, 10, 2),
)


def test_one_primary_after_the_other() -> None:
    finding = check(history(*FAILOVER))
    assert finding.verdict is Verdict.PASS
    assert finding.text == "3 acknowledged commits, never by two primaries at once"


def test_the_old_primary_goes_on_after_the_new_one_has_begun() -> None:
    finding = check(history(*FAILOVER, commit("db1", 11, 12, 1)))
    assert finding.verdict is Verdict.FAIL
    assert finding.text == "two primaries at once: of 4 acknowledged commits 1 superseded, on an older timeline"
    assert finding.examples == (
        "db1 acknowledged a commit of probe of db1 at 11.000 to 12.000 s on timeline 1, "
        "after db2 acknowledged a commit of probe of db2 at 9.000 to 10.000 s on timeline 2",
    )


def test_a_slow_answer_of_the_old_primary_is_allowed() -> None:
    slow = (commit("db1", 9.9, 12, 1), commit("db1", 10, 12, 1))
    assert check(history(*FAILOVER, *slow)).verdict is Verdict.PASS


def test_it_is_the_end_of_the_newest_commit_that_counts() -> None:
    switched = (commit("db1", 1, 2, 1), commit("db2", 3, 4, 2), commit("db3", 5, 6, 3))
    assert check(history(*switched, commit("db2", 7, 8, 2))).counts["superseded"] == 1
    assert check(history(*switched, commit("db1", 3.5, 8, 1))).counts["superseded"] == 0


def test_a_commit_that_took_long_hides_nothing() -> None:
    overlapping = (commit("db1", 1, 10, 1), commit("db2", 2, 3, 2), commit("db1", 4, 5, 1))
    assert check(history(*overlapping)).counts["superseded"] == 1


def test_two_servers_on_one_timeline() -> None:
    finding = check(history(*FAILOVER, commit("db3", 9, 10, 2)))
    assert finding.verdict is Verdict.FAIL
    assert finding.text.endswith("1 timeline shared by two servers")
    assert finding.examples == ("commits on timeline 2 acknowledged by db2 and db3",)


def test_a_commit_without_a_timeline_inside_anothers_reign() -> None:
    reign = (commit("db1", 1, 2, 1), commit("db1", 6, 7, 1))
    finding = check(history(*reign, commit("db2", 3, 4, None)))
    assert finding.verdict is Verdict.FAIL
    assert finding.text.endswith("1 inside another server's reign")
    assert "db2 acknowledged a commit" in finding.examples[0]


def test_a_commit_without_a_timeline_inside_its_own_reign_is_fine() -> None:
    reign = (commit("db1", 1, 2, 1), commit("db1", 3, 4, None), commit("db1", 6, 7, 1))
    assert check(history(*reign, refused("db2", 1))).verdict is Verdict.PASS


@pytest.mark.parametrize(("started", "ended"), [(1.5, 4), (2, 4), (3, 6), (3, 6.5), (8, 9)])
def test_a_commit_without_a_timeline_elsewhere_is_not_judged(started: float, ended: float) -> None:
    reign = (commit("db1", 1, 2, 1), commit("db1", 6, 7, 1))
    finding = check(history(*reign, commit("db2", started, ended, None)))
    assert (finding.verdict, finding.counts["unjudged"]) == (Verdict.UNKNOWN, 1)
    assert finding.text == "1 of 3 acknowledged commits without a timeline: not judged"


def test_what_was_not_acknowledged_is_no_proof() -> None:
    hung = unknown("probe of db1", 11, 20, "primaries.commit", "db1")
    assert check(history(*FAILOVER, hung, replace(hung, result=Result.FAIL, value=1))).verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("operations", "why"),
    [
        ((), "no commit was acknowledged"),
        ((refused("db1", 1), refused("db2", 1)), "no commit was acknowledged"),
        ((commit("db1", 1, 2, 1),), "only one server was tried"),
    ],
)
def test_nothing_was_checked(operations: tuple[Operation, ...], why: str) -> None:
    finding = check(history(*operations))
    assert (finding.verdict, finding.text) == (Verdict.UNKNOWN, f"nothing was checked: {why}")


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 2**32))
def test_any_chain_of_promotions_passes_until_a_deposed_primary_commits(seed: int) -> None:
    random = Random(seed)
    commits = chain(random)
    assert check(History(tuple(commits))).verdict is Verdict.PASS
    old = random.choice([each for each in commits if each.value == 1])
    late = replace(old, started=commits[-1].ended + 1, ended=commits[-1].ended + 2)
    assert check(History((*commits, late))).verdict is Verdict.FAIL


def chain(random: Random) -> list[Operation]:
    """Each primary may answer late, after the next one has begun; its last commits start before that."""
    made, now, server = list[Operation](), 0.0, "db1"
    for timeline in range(1, random.randint(3, 6)):
        for _ in range(random.randint(1, 5)):
            now += random.random() + 0.01
            made.append(commit(server, now, now + 0.01 + 3 * random.random(), timeline))
        server = random.choice([each for each in ("db1", "db2", "db3") if each != server])
    return sorted(made, key=lambda each: each.ended)
