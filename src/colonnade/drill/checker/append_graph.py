"""Which transaction must come before which: the direct serialization graph of Adya (1999), as far as reads show it."""

from __future__ import annotations

from collections.abc import Iterator, Set
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from colonnade.drill.checker.append_log import Element, Key, Log

UNREAD = 10
"""Appends to one key, after its last read, that get edges. Each has one from every last reader, and one more proves
little: what many reads lack is lost or stale anyway."""


class Kind(StrEnum):
    """ww: the next append; wr: a read of the append; rw: a read of what stood before the append."""

    WW = "ww"
    WR = "wr"
    RW = "rw"


@dataclass(frozen=True, slots=True)
class Edge:
    """`source` comes before `target`: numbers of transactions."""

    kind: Kind
    source: int
    target: int
    key: Key
    before: Element | None
    """What the source appended; None for rw."""
    after: Element | None
    """What the target appended; None for wr."""


Link = tuple[Element, int]
"""An append and its writer."""


def edges(log: Log, committed: Set[int], lost: Set[Element]) -> Iterator[Edge]:
    """Of one key, between committed transactions; lost appends have no place in the order. One with itself has none."""
    chain = [(each, log.writers[each]) for each in log.order if log.writers.get(each) in committed]
    unread = _unread(log, committed, lost)
    found = (*_appends(log, chain, unread), *_reads(log, chain, unread))
    yield from (each for each in found if each.source != each.target)


def _unread(log: Log, committed: Set[int], lost: Set[Element]) -> list[Link]:
    """Committed, so it comes after all that was read. Where the reads disagree that is not certain."""
    if not all(map(log.fits, log.reads)):
        return []
    known = lost | set(log.order)
    return [each for each in log.writers.items() if each[0] not in known and each[1] in committed][:UNREAD]


def _appends(log: Log, chain: list[Link], unread: list[Link]) -> Iterator[Edge]:
    pairs = [*pairwise(chain), *((last, each) for last in chain[-1:] for each in unread)]
    for (before, source), (after, target) in pairs:
        yield Edge(Kind.WW, source, target, log.key, before, after)


def _reads(log: Log, chain: list[Link], unread: list[Link]) -> Iterator[Edge]:
    lengths = _lengths(log, chain)
    for read in log.reads:
        if not read.foreign or not log.fits(read):
            continue
        length = lengths[len(read.elements)]
        for element, writer in chain[:length][-1:]:
            yield Edge(Kind.WR, writer, read.txn, log.key, element, None)
        for element, writer in chain[length : length + 1] or unread:
            yield Edge(Kind.RW, read.txn, writer, log.key, None, element)


def _lengths(log: Log, chain: list[Link]) -> list[int]:
    """How much of the chain a read of so many elements has seen."""
    committed, lengths = {element for element, _ in chain}, [0]
    for element in log.order:
        lengths.append(lengths[-1] + (element in committed))
    return lengths
