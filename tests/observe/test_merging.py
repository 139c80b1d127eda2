"""Lines of many servers in the order of time, whatever order they arrive in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from colonnade.observe.logs import Line
from colonnade.observe.merging import Merging

SERVERS = ("a", "b", "c")


def line(server: str, time: float) -> Line:
    return Line(time, server, "nginx", 6, "")


def times(merging: Merging, now: float) -> list[float]:
    return [each.time for each in merging.ready(now)]


@given(st.lists(st.tuples(st.sampled_from(SERVERS), st.integers(0, 20)), max_size=40))
def test_sources_that_end_come_out_sorted_and_whole(arrivals: list[tuple[str, int]]) -> None:
    merging, clock, found = Merging(SERVERS, None), dict.fromkeys(SERVERS, 0), list[float]()
    for server, step in arrivals:
        clock[server] += step
        merging.add(line(server, clock[server]), 0)
        found += times(merging, 0)
    for server in SERVERS:
        merging.end(server)
        found += times(merging, 0)
    assert found == sorted(found)
    assert len(found) == len(arrivals)
    assert merging.ended


def test_a_line_waits_for_a_source_that_has_said_nothing() -> None:
    merging = Merging(("a", "b"), None)
    merging.add(line("a", 2), 0)
    assert times(merging, 1000) == []
    merging.add(line("b", 1), 1000)
    assert times(merging, 1000) == [1]
    merging.end("b")
    assert times(merging, 1000) == [2]


def test_a_stream_waits_no_longer_than_its_patience() -> None:
    merging = Merging(("a", "b"), 0.5)
    merging.add(line("a", 2), 10.0)
    assert times(merging, 10.4) == []
    assert merging.waits
    assert times(merging, 10.5) == [2]
    assert not merging.waits
    assert not merging.ended


def test_a_server_that_is_back_is_waited_for_again() -> None:
    merging = Merging(("a", "b"), 0.5)
    merging.end("b")
    merging.add(line("b", 1), 0)
    merging.add(line("a", 2), 0)
    assert times(merging, 0) == [1]
