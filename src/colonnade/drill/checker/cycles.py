"""Cycles in a directed graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from heapq import heappop, heappush
from typing import Any, Generic, TypeVar

Label = TypeVar("Label")


@dataclass(frozen=True, slots=True)
class Arc(Generic[Label]):
    """A step to another node, and what it costs."""

    target: int
    cost: int
    label: Label


Arcs = Mapping[int, Sequence[Arc[Label]]]


def components(arcs: Arcs[Label]) -> list[list[int]]:
    """The strongly connected components of more than one node: each node of one is on a cycle. Tarjan (1972)."""
    search = _Tarjan(arcs)
    for node in arcs:
        if node not in search.index:
            search.visit(node)
    return [each for each in search.found if len(each) > 1]


def cheapest_cycle(arcs: Arcs[Label], start: int, inside: Set[int]) -> list[Label]:
    """The labels along the cheapest way from a node back to it, through nodes of its own component. Dijkstra."""
    cost: dict[int, int] = {}
    back: dict[int, tuple[int, Label]] = {}
    ways = [(0, start)]
    while ways:
        spent, node = heappop(ways)
        if spent and node == start:
            break
        for arc in arcs.get(node, ()):
            total = spent + arc.cost
            if arc.target in inside and (arc.target not in cost or total < cost[arc.target]):
                cost[arc.target], back[arc.target] = total, (node, arc.label)
                heappush(ways, (total, arc.target))
    return _walk(back, start)


def _walk(back: Mapping[int, tuple[int, Label]], start: int) -> list[Label]:
    node, label = back[start]
    labels = [label]
    while node != start:
        node, label = back[node]
        labels.append(label)
    return labels[::-1]


@dataclass(slots=True)
class _Tarjan:
    """Depth first, without recursion: a history is deeper than Python's stack."""

    arcs: Mapping[int, Sequence[Arc[Any]]]
    index: dict[int, int] = field(default_factory=dict)
    low: dict[int, int] = field(default_factory=dict)
    open: dict[int, None] = field(default_factory=dict)
    """Visited, and not in a component yet; in the order of the visits."""
    found: list[list[int]] = field(default_factory=list)

    def visit(self, root: int) -> None:
        path = [self._enter(root)]
        while path:
            node, rest = path[-1]
            target = next((each.target for each in rest if self._follow(node, each.target)), None)
            if target is not None:
                path.append(self._enter(target))
                continue
            path.pop()
            self._leave(node)
            for above, _ in path[-1:]:
                self.low[above] = min(self.low[above], self.low[node])

    def _enter(self, node: int) -> tuple[int, Iterator[Arc[Any]]]:
        self.index[node] = self.low[node] = len(self.index)
        self.open[node] = None
        return node, iter(self.arcs.get(node, ()))

    def _follow(self, node: int, target: int) -> bool:
        """Is the target new? One that is still open closes a cycle."""
        if target in self.open:
            self.low[node] = min(self.low[node], self.index[target])
        return target not in self.index

    def _leave(self, node: int) -> None:
        if self.low[node] == self.index[node]:
            group = [self.open.popitem()[0]]
            while group[-1] != node:
                group.append(self.open.popitem()[0])
            self.found.append(group)
