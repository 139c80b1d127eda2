"""How a tangle of transactions is named."""

from __future__ import annotations

import pytest

from colonnade.drill.checker.append_cycles import cycle_anomalies
from colonnade.drill.checker.append_graph import Edge, Kind
from tests.drill.checker.lists import txn
from tests.drill.checker.telling import ok

TXNS = [txn(ok, f"c{number}", number, number + 1) for number in range(8)]


def named(*edges: str) -> list[str]:
    """`0 ww 1`: transaction 0 before 1."""
    made = []
    for source, kind, target in map(str.split, edges):
        made.append(Edge(Kind(kind), int(source), int(target), "x", None, None))
    return [each.name for each in cycle_anomalies(made, TXNS)]


@pytest.mark.parametrize(
    ("edges", "name"),
    [
        (("0 ww 1", "1 ww 2", "2 ww 0"), "G0"),
        (("0 ww 1", "1 wr 2", "2 ww 0"), "G1c"),
        (("0 ww 1", "1 wr 2", "2 rw 0"), "G-single"),
        (("0 rw 1", "1 wr 2", "2 rw 3", "3 ww 0"), "G-nonadjacent"),
        (("0 rw 1", "1 rw 2", "2 ww 0"), "G2"),
        (("0 rw 1", "1 wr 2", "2 rw 0"), "G2"),
        (("0 rw 1", "1 rw 0"), "G2"),
    ],
)
def test_a_cycle_is_named_by_its_edges(edges: tuple[str, ...], name: str) -> None:
    assert named(*edges) == [name]


def test_without_a_cycle_there_is_nothing() -> None:
    assert named("0 ww 1", "0 wr 2", "1 rw 2", "2 ww 3") == []


def test_between_two_the_worse_edge_counts() -> None:
    assert named("0 ww 1", "0 rw 1", "1 rw 0", "1 ww 0") == ["G0"]


def test_one_rw_is_worse_than_two_wherever_the_search_began() -> None:
    assert named("0 wr 2", "2 rw 1", "1 wr 3", "3 rw 0", "1 wr 4", "4 rw 1") == ["G-single"]


@pytest.mark.parametrize(("kind", "name"), [("ww", "G0"), ("wr", "G1c"), ("rw", "G-single")])
def test_two_tangles_are_two_although_something_weaker_joins_them(kind: str, name: str) -> None:
    pairs = ("0 ww 1", f"1 {kind} 0", "2 ww 3", f"3 {kind} 2")
    assert named(*pairs) == [name, name]
    assert named(*pairs, "0 rw 4", "4 rw 2", "2 rw 5", "5 rw 0") == [name, name]
