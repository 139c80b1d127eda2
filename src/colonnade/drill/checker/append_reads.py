"""Reads of a list that are wrong by themselves: no cycle is needed to see it.

Adya (1999) for G1a and G1b, Elle for the others.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from colonnade.drill.checker.append_log import Anomaly, Element, Log, Txns
from colonnade.drill.checker.words import who
from colonnade.drill.history import Operation, Result


def read_anomalies(log: Log, txns: Txns) -> Iterator[Anomaly]:
    """Of one key's reads."""
    yield from _duplicate(log, txns)
    yield from _incompatible(log, txns)
    yield from _unwritten(log)
    yield from _aborted(log, txns)
    yield from _intermediate(log, txns)
    yield from _torn(log, txns)


def internal(txn: Operation) -> Iterator[Anomaly]:
    """A transaction that disagrees with what it has itself read and appended."""
    known: dict[Any, list[Element]] = {}
    own = defaultdict[Any, list[Element]](list)
    for name, key, value in txn.value:
        if name == "append":
            own[key].append(value)
        elif value is not None:
            mine = known.get(key, value[: len(value) - len(own[key])]) + own[key]
            if value != mine:
                yield Anomaly("internal", f"{who(txn)} read {_end(value)} in key {key} where it had {_end(mine)}")
            known[key], own[key] = value, []


def _duplicate(log: Log, txns: Txns) -> Iterator[Anomaly]:
    for read in log.reads:
        if len(set(read.elements)) < len(read.elements):
            element, _ = Counter(read.elements).most_common(1)[0]
            yield Anomaly("duplicate", f"{who(txns[read.txn])} read {element} more than once in key {log.key}")


def _incompatible(log: Log, txns: Txns) -> Iterator[Anomaly]:
    for read in log.reads:
        if not log.fits(read) and len(set(read.elements)) == len(read.elements):
            parted = next((one, other) for one, other in zip(read.elements, log.order, strict=False) if one != other)
            text = f"{who(txns[read.txn])} read {parted[0]} in key {log.key} where the longest read has {parted[1]}"
            yield Anomaly("incompatible order", text)


def _unwritten(log: Log) -> Iterator[Anomaly]:
    for element in log.seen() - log.writers.keys():
        yield Anomaly("unwritten", f"{element} was read in key {log.key}, and nobody appended it")


def _aborted(log: Log, txns: Txns) -> Iterator[Anomaly]:
    aborted = {element for element, writer in log.writers.items() if txns[writer].result is Result.FAIL}
    for read in log.reads if aborted else ():
        for element in list(aborted.intersection(read.elements))[:1]:
            writer = txns[log.writers[element]]
            yield Anomaly(
                "G1a", f"{who(txns[read.txn])} read {element} in key {log.key}, whose append by {who(writer)} failed"
            )


def _intermediate(log: Log, txns: Txns) -> Iterator[Anomaly]:
    last = {writer: element for element, writer in log.writers.items()}
    for read in log.reads:
        element = read.elements[-1] if read.elements else None
        writer = log.writers.get(element, read.txn) if element is not None else read.txn
        if writer != read.txn and last[writer] != element and txns[writer].result is not Result.FAIL:
            text = (
                f"{who(txns[read.txn])} read {element} in key {log.key}, but not {last[writer]} of the same transaction"
            )
            yield Anomaly("G1b", text)


def _torn(log: Log, txns: Txns) -> Iterator[Anomaly]:
    """An append of a transaction was read, and its last one to the same key never, though others came after."""
    by_writer, seen = defaultdict[int, list[Element]](list), log.seen()
    for element, writer in log.writers.items():
        by_writer[writer].append(element)
    for writer, elements in by_writer.items():
        part = seen.intersection(elements[:-1])
        if part and elements[-1] not in seen and txns[writer].result is not Result.FAIL:
            readers = [each for each in log.reads if each.txn != writer and not part.isdisjoint(each.elements[:-1])]
            for read in readers[:1]:
                text = (
                    f"{who(txns[read.txn])} read a part of {who(txns[writer])} in key {log.key}, without {elements[-1]}"
                )
                yield Anomaly("G1b", text)


def _end(elements: list[Element]) -> str:
    """Long lists differ at their ends, if at all."""
    return str(elements) if len(elements) < 5 else f"[…, {', '.join(map(str, elements[-3:]))}]"
