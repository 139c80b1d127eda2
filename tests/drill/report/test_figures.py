"""What the figures show: every extreme, every fault, every server, no text over another."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from colonnade.drill.history import Event, History, Injection, Operation, Result
from colonnade.drill.measure import numbers
from colonnade.drill.outcome import Spread
from colonnade.drill.report.axis import Decades, Time, decades_of, time_of
from colonnade.drill.report.bins import bins, cells
from colonnade.drill.report.labels import WIDTH, Label, Placed, place
from colonnade.drill.report.lanes import silent, together
from colonnade.drill.report.strip import strip
from colonnade.drill.report.timeline import describe, timeline
from colonnade.drill.report.topology import tiers, topology
from colonnade.model.site import Role, Server
from tests.drill import stories
from tests.drill.report.page import parse
from tests.sites import example

MINUTE = Time(0, 60)


def get(due: float, took: float, result: Result = Result.OK) -> Operation:
    return Operation("c1", "http.get", "/", None, due, due, due + took, result)


def test_time_runs_from_left_to_right() -> None:
    assert (MINUTE.percent(0), MINUTE.percent(15), MINUTE.percent(60)) == ("0.00%", "25.00%", "100.00%")
    assert MINUTE.percent(75) == "100.00%"
    assert MINUTE.ticks() == [0, 10, 20, 30, 40, 50, 60]
    assert Time(0, 7).ticks() == [0, 1, 2, 3, 4, 5, 6, 7]


def test_each_decade_of_latency_is_as_high() -> None:
    scale = Decades(0, 3, 90)
    assert [scale.y(each) for each in (1, 10, 100, 1000)] == pytest.approx([90, 60, 30, 0])
    assert (scale.y(0.01), scale.y(99999)) == (90, 0)


def test_the_scale_holds_the_slowest() -> None:
    assert (decades_of([get(0, 0.5)], 90).high, decades_of([get(0, 22)], 90).high) == (3, 5)


def test_the_axis_holds_load_and_faults() -> None:
    broken = (Injection("db1", "server", "lose", "", 10, 45),)
    assert time_of(History((get(0, 1), get(30, 2)), broken)) == Time(0, 45)
    assert time_of(History((get(0, 1), get(50, 9)), broken)) == Time(0, 59)
    # The history begins with preparations, the axis with the load.
    assert time_of(History((get(5, 1), get(30, 2)))) == Time(5, 32)
    assert time_of(History(())) == Time(0, 1)


def test_a_single_slow_request_among_many_is_drawn() -> None:
    scale = Decades(0, 4, 120)
    crowd = [get(at / 1000, 0.004) for at in range(60_000)]
    before, after = cells(crowd, MINUTE, scale), cells([*crowd, get(30, 8.0)], MINUTE, scale)
    # A thousand units across, three to a cell; 8 s is at the top of four decades.
    assert set(after[0]) - set(before[0]) == {(166, int(scale.y(8000)) // 3, 1)}


def test_cells_above_each_other_are_one_run() -> None:
    scale = Decades(0, 4, 120)
    tower = [get(30, taken / 1000) for taken in (10, 12, 15, 18, 22, 27, 33)]
    (run,) = cells(tower, MINUTE, scale)[0]
    assert run[2] >= 5


def test_bins_count_each_operation_once_where_it_was_due() -> None:
    asked = [get(0, 0.01), get(9.99, 0.03), get(10, 0.02), get(11, 5, Result.FAIL), get(60, 0.001)]
    first, second, *_, last = bins(asked, MINUTE, 10)
    assert (first.ok, first.failed) == (2, 0)
    assert [first.p50, first.longest] == pytest.approx([10, 30])
    assert (second.ok, second.failed) == (1, 1)
    assert (last.start, last.ok) == (50, 1)


def spans(placed: list[Placed]) -> list[tuple[int, float, float]]:
    found = []
    for each in placed:
        if each.row is not None:
            at, width = WIDTH * MINUTE.share(each.label.at), 6.0 * len(each.label.text)
            found.append((each.row, at - width, at) if each.left else (each.row, at, at + width))
    return found


def test_labels_do_not_cover_each_other_and_stay_inside() -> None:
    placed = place([Label(at * 0.7, f"event {at} with some words") for at in range(80)], MINUTE, 4)
    seen = spans(placed)
    assert len(seen) >= 12
    assert all(left >= 0 and right <= WIDTH for _, left, right in seen)
    for (row, left, right), (other, start, end) in combinations(seen, 2):
        assert row != other or right <= start or end <= left


def test_a_label_without_room_keeps_its_tick() -> None:
    placed = place([Label(30, "the same moment") for _ in range(20)], MINUTE, 2)
    assert len(placed) == 20
    assert sum(each.row is None for each in placed) == 16


def test_near_the_right_edge_a_label_turns_to_the_left() -> None:
    (placed,) = place([Label(59, "at the very end")], MINUTE, 1)
    assert placed.left


def test_servers_that_say_the_same_at_once_are_one_label() -> None:
    told = [
        Event(10, "haproxy", "app1", "DOWN"),
        Event(10.4, "haproxy", "app2", "DOWN"),
        Event(15, "haproxy", "app1", "DOWN"),
    ]
    assert [(each.at, each.text) for each in together(told)] == [(10, "app1, app2: DOWN"), (15, "app1: DOWN")]


def test_daemons_that_said_nothing_are_named() -> None:
    assert silent(stories.primary_lost().history) == ["keepalived"]


def drawn(history: History) -> str:
    return str(timeline("t", history, numbers(history)))


def test_the_timeline_names_fault_gap_recovery_and_every_daemon() -> None:
    told = drawn(stories.primary_lost().history)
    for words in (
        *("db1: its power is cut", "db1: undone", "good again after", "no write for 22.1 s", "no page for 0.406 s"),
        *("etcd", "Patroni", "HAProxy", "Sentinel", "PostgreSQL", "degraded", "db2: promoted itself"),
    ):
        assert words in told, words
    parse(told)


def test_the_fault_is_shaded_for_as_long_as_it_was_there() -> None:
    history = stories.primary_lost().history
    (shade,) = [each for each in parse(drawn(history)).iter("rect") if each.get("class") == "broken"]
    time = time_of(history)
    assert shade.get("x") == time.percent(10)
    assert shade.get("width") == f"{100 * 35 / (time.end - time.start):.2f}%"


def test_a_fault_that_was_not_made_is_not_drawn() -> None:
    told = drawn(stories.clock_jumped().history)
    assert "broken" not in told
    assert "hour ahead" not in told


def test_the_figure_is_told_in_sentences() -> None:
    history = stories.primary_lost().history
    told = describe(history, numbers(history), time_of(history))
    assert "At 10.0 seconds, db1: its power is cut, until 45.0 seconds." in told
    assert "No write was acknowledged for 22.1 s, from 10.0 to 32.0 seconds." in told


def broken(*faults: tuple[str, str]) -> dict[str, set[str]]:
    made = tuple(Injection(server, component, "kill", "", 10.0, None) for server, component in faults)
    return {each.title.split(":")[0]: set(each.broken) for each in tiers(example("trio"), History((), made))}


def test_a_component_breaks_its_tier_and_a_server_all_of_them() -> None:
    assert {title for title, names in broken(("a", "patroni")).items() if names} == {"Database"}
    assert {title for title, names in broken(("a", "haproxy")).items() if names} == {"Load balancers"}
    lost = broken(("a", "server"), ("b", "valkey"))
    assert lost["Web servers"] == {"a"} and lost["Cache"] == {"a", "b"} and lost["Virtual addresses"] == set()
    assert not any(broken(("a", "operator")).values())


def test_what_was_not_made_is_not_crossed_out() -> None:
    made = (Injection("a", "server", "lose", "", None, None, "no such command"),)
    assert not any(each.broken for each in tiers(example("trio"), History((), made)))


def test_a_large_tier_is_folded_and_still_shows_what_was_broken() -> None:
    site = example("guestbook")
    many = tuple(Server(f"app{n}", f"10.0.1.{n}", frozenset({Role.APP})) for n in range(1, 61))
    large = replace(site, servers=(*(each for each in site.servers if not each.has(Role.APP)), *many))
    told = str(topology("t", large, History((), (Injection("app57", "server", "lose", "", 10.0, None),))))
    assert ">app57</text>" in told and told.count('class="cross"') == 1
    assert "+49 more" in told
    # All of them by ear.
    assert "app41, app42" in told


def test_a_strip_shows_every_run_and_the_budget_inside_its_scale() -> None:
    tree = parse(str(strip(Spread("longest_gap", "s", (26, 26, 26), (21.0, None, 30.0)))))
    dots = [float(each.get("cx", 0)) for each in tree.iter("circle")]
    (limit,) = [float(each.get("x1", 0)) for each in tree.iter("line") if each.get("class") == "limit"]
    assert len(dots) == 2 and dots[0] < limit < dots[1] < 120
    assert str(strip(Spread("detected", "s", (None,), (1.0,)))) == ""
    parse(str(strip(Spread("lost", "writes", (0,), (0,)))))
