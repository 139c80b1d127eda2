"""Cycles of transactions: each must come before the next, and so before itself.

The fewer kinds of edges a cycle needs, the worse. G0: only ww. G1c: ww and wr. G-single: one rw. G-nonadjacent: several
rw, never two in a row. Snapshot isolation forbids all of these, and allows G2: two rw in a row (Fekete et al. 2005,
Cerone & Gotsman 2018).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from colonnade.drill.checker.append_graph import Edge, Kind
from colonnade.drill.checker.append_log import Anomaly, Txns
from colonnade.drill.checker.cycles import Arc, Arcs, cheapest_cycle, components
from colonnade.drill.checker.words import who

COST_OF_RW = 1_000_000
"""More than any way without one: the cycle with the fewest rw names the anomaly."""
STARTS = 10
"""Nodes of a component from which the cheapest cycle is sought. Small components are searched whole."""


def cycle_anomalies(edges: Sequence[Edge], txns: Txns) -> Iterator[Anomaly]:
    """One for each tangle of transactions, by its worst cycle; those without rw first."""
    blamed: set[int] = set()
    for arcs in _searches(edges):
        for group in components(arcs):
            tangled = {node // 2 for node in group}
            if blamed.isdisjoint(tangled):
                cycle = _cycle(arcs, group)
                yield Anomaly(_name(cycle), _told(cycle, txns))
            blamed |= tangled


def _searches(edges: Sequence[Edge]) -> Iterator[Arcs[Edge]]:
    yield _plain(each for each in edges if each.kind is Kind.WW)
    yield _plain(each for each in edges if each.kind is not Kind.RW)
    yield _never_two_rw(edges)
    yield _plain(edges)


def _plain(edges: Iterable[Edge]) -> Arcs[Edge]:
    return _arcs((2 * each.source, 2 * each.target, each) for each in edges)


def _never_two_rw(edges: Iterable[Edge]) -> Arcs[Edge]:
    """A transaction is two nodes: at the odd one a rw has just ended, and no other may begin."""
    return _arcs(
        (2 * each.source + odd, 2 * each.target + (each.kind is Kind.RW), each)
        for each in edges
        for odd in ((0,) if each.kind is Kind.RW else (0, 1))
    )


def _arcs(steps: Iterable[tuple[int, int, Edge]]) -> Mapping[int, Sequence[Arc[Edge]]]:
    arcs = defaultdict[int, list[Arc[Edge]]](list)
    for source, target, edge in steps:
        arcs[source].append(Arc(target, COST_OF_RW if edge.kind is Kind.RW else 1, edge))
    return dict(arcs)


def _cycle(arcs: Arcs[Edge], group: Sequence[int]) -> list[Edge]:
    inside = set(group)
    found = (cheapest_cycle(arcs, start, inside) for start in sorted(group)[:STARTS])
    return min(found, key=lambda cycle: (_rw(cycle), len(cycle)))


def _rw(cycle: Sequence[Edge]) -> int:
    return sum(each.kind is Kind.RW for each in cycle)


def _name(cycle: Sequence[Edge]) -> str:
    if not _rw(cycle):
        return "G1c" if any(each.kind is Kind.WR for each in cycle) else "G0"
    if _rw(cycle) == 1:
        return "G-single"
    in_a_row = any(one.kind is other.kind is Kind.RW for one, other in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    return "G2" if in_a_row else "G-nonadjacent"


def _told(cycle: Sequence[Edge], txns: Txns) -> str:
    names = {edge.source: f"T{number}" for number, edge in enumerate(cycle, 1)}
    people = ", ".join(f"{name} is {who(txns[number])}" for number, name in names.items())
    return "; ".join(_step(each, names) for each in cycle) + f" ({people})"


def _step(edge: Edge, names: Mapping[int, str]) -> str:
    source, target = names[edge.source], names[edge.target]
    if edge.kind is Kind.WW:
        return f"{source} appended {edge.before} to key {edge.key} before {target} appended {edge.after}"
    if edge.kind is Kind.WR:
        return f"{target} read {source}'s {edge.before} in key {edge.key}"
    return f"{source} read key {edge.key} without {target}'s {edge.after}"
