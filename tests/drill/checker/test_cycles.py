"""Components and the cheapest way round."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from colonnade.drill.checker.cycles import Arc, cheapest_cycle, components

Costs = dict[tuple[int, int], int]
GRAPHS = st.dictionaries(st.tuples(st.integers(0, 7), st.integers(0, 7)), st.integers(1, 9), max_size=20)


def arcs(costs: Costs) -> dict[int, list[Arc[str]]]:
    sources = {source for source, _ in costs}
    return {
        each: [Arc(target, cost, f"{each}{target}") for (source, target), cost in costs.items() if source == each]
        for each in sources
    }


def distances(costs: Costs) -> Costs:
    """Floyd and Warshall's."""
    found = dict(costs)
    for by in range(8):
        for source in range(8):
            for target in range(8):
                if (source, by) in found and (by, target) in found:
                    way = found[source, by] + found[by, target]
                    found[source, target] = min(way, found.get((source, target), way))
    return found


@settings(max_examples=200, deadline=None)
@given(GRAPHS)
def test_components_are_the_nodes_that_reach_each_other(costs: Costs) -> None:
    there = distances(costs)
    together = {frozenset({a, *(b for b in range(8) if (a, b) in there and (b, a) in there)}) for a in range(8)}
    assert {frozenset(each) for each in components(arcs(costs))} == {each for each in together if len(each) > 1}


@settings(max_examples=200, deadline=None)
@given(GRAPHS)
def test_the_cycle_found_is_one_and_there_is_no_cheaper(costs: Costs) -> None:
    there = distances(costs)
    for group in components(arcs(costs)):
        labels = cheapest_cycle(arcs(costs), group[0], set(group))
        steps = [(int(each[0]), int(each[1])) for each in labels]
        assert steps[0][0] == steps[-1][1] == group[0]
        assert all(one[1] == other[0] for one, other in pairwise(steps))
        assert sum(costs[each] for each in steps) == there[group[0], group[0]]


def test_a_long_chain_needs_no_deep_stack() -> None:
    ring = {(node, (node + 1) % 50_000): 1 for node in range(50_000)}
    chain = {source: [Arc(target, 1, None)] for source, target in ring}
    assert [len(each) for each in components(chain)] == [50_000]
