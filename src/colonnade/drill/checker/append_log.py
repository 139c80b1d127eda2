"""What a list-append history says of each key: who appended what, what was read, and in what order it came about."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from colonnade.drill.history import Operation, Result

Key = str | int
Element = str | int
Txns = Sequence[Operation]
"""A transaction's value is its micro-operations: `["append", key, element]`, `["r", key, [element, ...]]`."""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Its name in the literature, and what was seen."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Read:
    """One list, read by an acknowledged transaction."""

    txn: int
    elements: Sequence[Element]
    foreign: bool
    """The transaction had appended nothing to it before."""


@dataclass(frozen=True, slots=True)
class Log:
    """One key. Transactions are numbers: their places in the history."""

    key: Key
    writers: Mapping[Element, int]
    """Of each append, failed ones too; those of one transaction in its own order."""
    reads: Sequence[Read]
    order: Sequence[Element]
    """The order of the appends, as far as the longest read shows it."""

    def fits(self, read: Read) -> bool:
        """A list that only grows: each read is a beginning of the longest."""
        return list(read.elements) == self.order[: len(read.elements)]

    def seen(self) -> set[Element]:
        """Every element that was read."""
        return set(self.order).union(*(each.elements for each in self.reads if not self.fits(each)))


def logs(txns: Txns) -> list[Log]:
    """One for each key that an acknowledged transaction read, or any appended to."""
    writers, reads = defaultdict[Key, dict[Element, int]](dict), defaultdict[Key, list[Read]](list)
    for number, key, element in _appends(txns):
        # Out and in again: the order within a transaction is the order here.
        writers[key].pop(element, None)
        writers[key][element] = number
    for key, read in _reads(txns):
        reads[key].append(read)
    return [Log(key, writers[key], reads[key], _order(reads[key])) for key in {**writers, **reads}]


def committed(txns: Txns, found: Iterable[Log]) -> set[int]:
    """The acknowledged transactions, and those of unknown result of which something was read."""
    seen = {each.writers[element] for each in found for element in each.seen() if element in each.writers}
    return {
        number
        for number, each in enumerate(txns)
        if each.result is Result.OK or (each.result is Result.UNKNOWN and number in seen)
    }


def repeated(txns: Txns) -> list[tuple[Key, Element]]:
    """Appends that two transactions may have made, or one twice: then who wrote what was read cannot be told."""
    may_be = Counter(
        (key, element) for number, key, element in _appends(txns) if txns[number].result is not Result.FAIL
    )
    return [each for each, count in may_be.items() if count > 1]


def _appends(txns: Txns) -> Iterator[tuple[int, Key, Element]]:
    """Failed ones first: the same append may have been tried again, and the later entry stands."""
    for number, txn in sorted(enumerate(txns), key=lambda each: each[1].result is not Result.FAIL):
        yield from ((number, key, value) for name, key, value in txn.value if name == "append")


def _reads(txns: Txns) -> Iterator[tuple[Key, Read]]:
    for number, txn in enumerate(txns):
        own: set[Any] = set()
        for name, key, value in txn.value if txn.result is Result.OK else ():
            if name == "append":
                own.add(key)
            elif value is not None:
                yield key, Read(number, value, key not in own)


def _order(reads: Iterable[Read]) -> list[Element]:
    """A list with duplicates tells no order."""
    plain = (each.elements for each in reads if len(set(each.elements)) == len(each.elements))
    return max((list(each) for each in plain), key=len, default=[])
