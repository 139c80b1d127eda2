"""When requests are due."""

from __future__ import annotations

from itertools import islice, pairwise
from random import Random

import pytest

from colonnade.drill.load.load import Stream
from colonnade.drill.load.timetable import Due, offsets, timetable

ARRIVALS = ("constant", "jitter", "exponential")


def test_constant_is_exact() -> None:
    assert list(islice(offsets(4, "constant", Random(1)), 5)) == [0, 0.25, 0.5, 0.75, 1.0]


def test_jitter_is_one_in_each_interval() -> None:
    times = list(islice(offsets(10, "jitter", Random(1)), 1000))
    assert [int(time * 10) for time in times] == list(range(1000))
    assert len({round(time * 10 % 1, 3) for time in times}) > 500


def test_exponential_has_the_rate_and_is_as_uneven_as_independent_visitors() -> None:
    times = list(islice(offsets(100, "exponential", Random(1)), 20_000))
    gaps = [later - earlier for earlier, later in pairwise(times)]
    mean = sum(gaps) / len(gaps)
    deviation = (sum((gap - mean) ** 2 for gap in gaps) / len(gaps)) ** 0.5
    assert mean == pytest.approx(0.01, rel=0.03)
    assert deviation == pytest.approx(mean, rel=0.05)


@pytest.mark.parametrize("arrivals", ARRIVALS)
def test_the_seed_alone_decides(arrivals: str) -> None:
    streams = (Stream(kind="a", rate=10, arrivals=arrivals), Stream(kind="b", rate=10, arrivals=arrivals))  # type: ignore[arg-type]
    first, again, other = (list(islice(timetable(streams, seed), 50)) for seed in (1, 1, 2))
    assert first == again
    assert (first == other) == (arrivals == "constant")


def test_streams_are_merged_in_the_order_of_time() -> None:
    due = list(islice(timetable((Stream(kind="a", rate=10), Stream(kind="b", rate=5)), 0), 5))
    assert due == [Due(0.0, 0, 0), Due(0.0, 1, 0), Due(0.1, 0, 1), Due(0.2, 0, 2), Due(0.2, 1, 1)]
