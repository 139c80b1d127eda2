"""A client that is late says so."""

from __future__ import annotations

from time import monotonic

import pytest

from colonnade.drill.load.headroom import headroom, require_descriptors, require_headroom
from colonnade.drill.load.lateness import Delays, Summary
from colonnade.drill.load.load import Load, Stream
from colonnade.drill.verdict import Verdict
from colonnade.errors import UserError

LOAD = Load(domain="s", addresses=("127.0.0.1",), ca_cert="", origin=monotonic(), streams=(Stream(kind="x", rate=500),))


def test_in_time() -> None:
    found = headroom(Summary(sent=100, late_p99=0.002, late_max=0.03, busiest=0.5))
    assert (found.verdict, found.counts["sent"]) == (Verdict.PASS, 100)
    require_headroom(Summary(sent=100, late_p99=0.002, late_max=0.03))


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        (
            Summary(sent=9, late_p99=0.06, late_max=0.07, busiest=0.97),
            "the load generator was late by 60 ms at p99: its core is full",
        ),
        (
            Summary(sent=9, lag_p99=0.06, lag_max=0.07, busiest=0.3),
            "the load generator was late by 60 ms at p99: this computer did not let it run",
        ),
        (
            Summary(sent=9, late_p99=0.001, late_max=0.7, busiest=0.3),
            "the load generator was once late by 700 ms: this computer did not let it run",
        ),
        (Summary(), "the load generator sent nothing"),
    ],
)
def test_late(summary: Summary, text: str) -> None:
    found = headroom(summary)
    assert (found.verdict, found.text) == (Verdict.UNKNOWN, text)
    with pytest.raises(UserError, match=text):
        require_headroom(summary)


def test_a_stalled_site_must_not_use_up_the_open_files() -> None:
    require_descriptors(LOAD, 5200)
    with pytest.raises(UserError, match="5200 open files at once, the limit is 5199"):
        require_descriptors(LOAD, 5199)


def test_quantiles_are_never_too_small() -> None:
    delays = Delays()
    assert delays.quantile(0.99) == 0
    for number in range(1000):
        delays.add(number / 1000)
    assert (delays.quantile(0.5), delays.quantile(0.99), delays.largest) == (0.5, 0.99, 0.999)
    assert delays.quantile(1.0) == 0.999
