"""Acknowledged appends that a read which began later does not have: lost for good, or not seen for a time."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from itertools import accumulate
from math import inf

from colonnade.drill.checker.append_log import Anomaly, Element, Log, Txns
from colonnade.drill.checker.words import who
from colonnade.drill.history import Result

Placed = tuple[float, float, Element]
"""When it was acknowledged, its place in the list, and the element."""


def recency_anomalies(log: Log, txns: Txns, lost: Collection[Element]) -> Iterator[Anomaly]:
    """Of one key: what is lost, and the other reads that are stale."""
    for element in lost:
        yield Anomaly("lost", f"{element}, appended to key {log.key} by {who(txns[log.writers[element]])}")
    for read, element in _stale(log, txns, lost):
        text = f"{who(txns[read])} read key {log.key} without {element}, appended by {who(txns[log.writers[element]])}"
        yield Anomaly("stale", text)


def lost_appends(log: Log, txns: Txns) -> list[Element]:
    """What the key's last read, by start, does not have."""
    last = max(log.reads, key=lambda each: txns[each.txn].started, default=None)
    if last is None:
        return []
    there, started = set(last.elements), txns[last.txn].started
    return [element for ended, _, element in _acknowledged(log, txns) if ended < started and element not in there]


def _stale(log: Log, txns: Txns, lost: Collection[Element]) -> Iterator[tuple[int, Element]]:
    """Reads of another order are wrong already; the place in the list says nothing of them."""
    gone = set(lost)
    kept = sorted((each for each in _acknowledged(log, txns) if each[2] not in gone), key=lambda each: each[0])
    ends, furthest = [ended for ended, _, _ in kept], list(accumulate(kept, _further))
    for read in log.reads:
        before = bisect_left(ends, txns[read.txn].started)
        if before and furthest[before - 1][1] >= len(read.elements) and log.fits(read):
            yield read.txn, furthest[before - 1][2]


def _further(one: Placed, other: Placed) -> Placed:
    return other if other[1] > one[1] else one


def _acknowledged(log: Log, txns: Txns) -> list[Placed]:
    places = {element: float(place) for place, element in enumerate(log.order)}
    return [
        (txns[writer].ended, places.get(element, inf), element)
        for element, writer in log.writers.items()
        if txns[writer].result is Result.OK
    ]
