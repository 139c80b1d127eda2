"""Append: transactions that read and append to lists, and the isolation that they show.

The idea of Elle (Kingsbury & Alvaro 2020): a list that is only appended to tells the order of its writes when it is
read. From that order follows which transaction must come before which; a cycle is an anomaly.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from colonnade.drill.checker.append_cycles import cycle_anomalies
from colonnade.drill.checker.append_graph import Edge, edges
from colonnade.drill.checker.append_log import Anomaly, Txns, committed, logs, repeated
from colonnade.drill.checker.append_reads import internal, read_anomalies
from colonnade.drill.checker.append_recency import lost_appends, recency_anomalies
from colonnade.drill.checker.words import EXAMPLES, amount, results, undecided
from colonnade.drill.history import History, Result
from colonnade.drill.verdict import Finding, Verdict

Isolation = Literal["snapshot", "serializable"]
"""PostgreSQL's REPEATABLE READ is snapshot isolation."""

MEANING = {
    "internal": "a transaction disagrees with itself",
    "duplicate": "an element more than once in a list",
    "incompatible order": "two reads that no one order explains",
    "unwritten": "an element that nobody appended",
    "G0": "dirty write",
    "G1a": "read of an aborted append",
    "G1b": "read of half a transaction",
    "G1c": "circular flow of information",
    "lost": "acknowledged append gone",
    "stale": "acknowledged append not seen",
    "G-single": "read skew",
    "G-nonadjacent": "long fork",
    "G2": "write skew",
}
"""The worst come first; what only serializable forbids is last."""


def check(history: History, isolation: Isolation = "snapshot") -> Finding:
    """Each `append.txn` has a list of `["append", key, element]` and `["r", key, [element, ...]]` as its value.

    No element is appended twice to one key. A transaction of unknown result counts as committed once one of its
    appends was read. `isolation` is what the transactions asked for: at `snapshot` G2 is told, and allowed.

    lost: an acknowledged append that the last read of its key does not have, though it began later. stale: any other
    read that began after an acknowledged append had ended, and does not have it.
    """
    txns = history.of("append")
    counts = {"checked": sum(each.result is Result.OK for each in txns), **results(txns)}
    if twice := repeated(txns):
        (key, element), many = twice[0], amount(len(twice), "element")
        return undecided("append", f"nothing was checked: {many} appended twice, as {element} to key {key}", counts)
    if not any(each.reads for each in logs(txns)):
        return undecided("append", "nothing was checked: no list was read", counts)
    found = sorted(_anomalies(txns), key=lambda each: list(MEANING).index(each.name))
    return _finding(found, counts, isolation)


def _anomalies(txns: Txns) -> Iterator[Anomaly]:
    keys = logs(txns)
    done = committed(txns, keys)
    for each in txns:
        yield from internal(each) if each.result is Result.OK else ()
    graph = list[Edge]()
    for key in keys:
        lost = lost_appends(key, txns)
        yield from read_anomalies(key, txns)
        yield from recency_anomalies(key, txns, lost)
        graph += edges(key, done, set(lost))
    yield from cycle_anomalies(graph, txns)


def _finding(found: Sequence[Anomaly], counts: Mapping[str, int], isolation: Isolation) -> Finding:
    names = Counter(each.name for each in found)
    allowed = {"G2"} if isolation == "snapshot" else set[str]()
    verdict = Verdict.FAIL if names.keys() - allowed else Verdict.PASS
    text = f"{amount(counts['checked'], 'transaction')}, {_text(names)}"
    if verdict is Verdict.PASS and names:
        text += ", which snapshot isolation allows"
    return Finding("append", verdict, text, {**counts, "lost": 0, "stale": 0, **names}, _examples(found))


def _text(names: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {name} ({MEANING[name]})" for name, count in names.items()) or "no anomaly"


def _examples(found: Sequence[Anomaly]) -> tuple[str, ...]:
    """A few of every name."""
    few = [[each for each in found if each.name == name][:EXAMPLES] for name in MEANING]
    return tuple(f"{each.name}: {each.text}" for some in few for each in some)
