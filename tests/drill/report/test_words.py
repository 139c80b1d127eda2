"""Numbers and names as people read them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from colonnade.drill.outcome import Campaign, Series, Spread
from colonnade.drill.report import summary, words
from tests.drill import stories


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [
        (0, "s", "0 s"),
        (0.3214, "s", "0.322 s"),
        (1.5, "s", "1.5 s"),
        (22.04, "s", "22.1 s"),
        (26.0000001, "s", "26.1 s"),
        (0.1 + 0.2, "s", "0.3 s"),
        (100.0, "s", "100 s"),
        (1045.05, "ms", "1,046 ms"),
        (0.00042, "s", "0.001 s"),
        (1204, "requests", "1,204"),
        (0.5, "requests", "0.5"),
        (None, "s", "not measured"),
    ],
)
def test_quantities(value: float | None, unit: str, told: str) -> None:
    assert words.quantity(value, unit) == told


@given(st.floats(0, 1e5), st.sampled_from(["s", "ms"]), st.sampled_from([0.5, 1, 2, 3, 5, 8, 26]))
def test_what_is_over_its_limit_never_looks_like_it(value: float, unit: str, limit: float) -> None:
    told = float(words.number(value, unit).replace(",", ""))
    # Nine digits are more than any clock here has.
    assert (told > limit) == (value > limit * (1 + 1e-8)) or abs(value - limit) < 1e-6 * limit


def test_a_spread_says_how_many_runs_it_rests_on() -> None:
    assert words.spread(Spread("longest_gap", "s", (3,), (1.0,))) == ""
    assert words.spread(Spread("longest_gap", "s", (3, 3), (2.5, 1.0))) == "1 to 2.5 s in 2 runs"
    assert words.spread(Spread("longest_gap", "s", (3, 3, 3), (2.5, None, 1.0))) == "1 to 2.5 s in 2 of 3 runs"
    assert words.spread(Spread("lost", "writes", (0, 0), (0, 0))) == "0 in 2 runs"
    assert words.spread(Spread("detected", "s", (None, None), (None, None))) == "in none of 2 runs"


def test_a_limit_that_differs_is_told_with_every_value() -> None:
    assert words.budget(Spread("longest_gap", "s", (26, 5, 26), (1.0, 1.0, 1.0))) == "at most 5 or 26 s"
    assert words.budget(Spread("longest_gap", "s", (26, 26), (1.0, 1.0))) == "at most 26 s"
    assert words.budget(Spread("detected", "s", (None,), (1.0,))) == ""


def test_the_verdict_in_words() -> None:
    assert summary.verdict_of(stories.campaign()) == "6 drills: 1 failed, 2 unknown, 3 passed"
    assert summary.verdict_of(stories.repeated(2)) == "the drill passed"
    assert summary.verdict_of(Campaign((stories.switchover(), stories.balancer_lost()))) == "all 2 drills passed"
    assert summary.verdict_of(Campaign((stories.crashed(),))) == "the drill proved nothing: its verdict is unknown"
    assert summary.verdict_of(Campaign(())) == "nothing was drilled"


def test_reasons_name_what_is_missing_or_over_worst_first() -> None:
    told = summary.reasons(Series((stories.primary_killed(),)))
    assert told[0].startswith("ledger: 2 of ")
    assert "longest gap in writes: 7.43 s, at most 3 s" in told
    assert summary.reasons(Series((stories.clock_jumped(),))) == (
        "not made: db1: the clock is set an hour ahead (no CAP_SYS_TIME in this machine)",
    )
    assert summary.reasons(Series((stories.switchover(),))) == ()


def test_daemons_keep_their_small_letters() -> None:
    assert words.sentence("etcd loses its majority") == "etcd loses its majority"
    assert words.sentence("the primary hands over") == "The primary hands over"
