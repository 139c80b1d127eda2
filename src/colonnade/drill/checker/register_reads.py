"""Reads of a register that are wrong by themselves, told without a search; each says which operations show it."""

from __future__ import annotations

import json
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate
from math import inf

from colonnade.drill.checker.words import who
from colonnade.drill.history import Operation, Result


def wrong_reads(operations: Sequence[Operation]) -> Iterator[str]:
    """Of one key."""
    reads, writes = list(filter(shows, operations)), list(filter(may_happen, operations))
    tried = {value(each) for each in operations if each.kind == "register.write"}
    yield from _never_there(reads, {value(each) for each in writes}, tried)
    yield from _overwritten(reads, writes)


def shows(operation: Operation) -> bool:
    return operation.kind == "register.read" and operation.result is Result.OK


def may_happen(operation: Operation) -> bool:
    return operation.kind == "register.write" and operation.result is not Result.FAIL


def value(operation: Operation) -> str:
    """As text it can be compared and looked up, whatever it is."""
    return json.dumps(operation.value, sort_keys=True)


def told(operation: Operation) -> str:
    did = "read" if operation.kind == "register.read" else "wrote"
    return f"{who(operation)} {did} {value(operation)}"


def _never_there(reads: Sequence[Operation], written: set[str], tried: set[str]) -> Iterator[str]:
    for each in reads:
        if value(each) not in written and each.value is not None:
            why = "whose write had failed" if value(each) in tried else "which nobody wrote"
            yield f"{told(each)}, {why}"


def _overwritten(reads: Sequence[Operation], writes: Sequence[Operation]) -> Iterator[str]:
    """Every write of its value had ended before another one began, and that one before the read."""
    done = sorted((each for each in writes if each.result is Result.OK), key=lambda each: each.ended)
    ends, newest = [each.ended for each in done], list(accumulate(done, _newer))
    last = dict[str, float]()
    for each in writes:
        ended = each.ended if each.result is Result.OK else inf
        last[value(each)] = max(ended, last.get(value(each), ended))
    for each in reads:
        before = bisect_left(ends, each.started)
        write = newest[before - 1] if before else None
        if write and value(write) != value(each) and last.get(value(each), -inf) < write.started:
            yield f"{told(each)}, though {told(write)} over it"


def _newer(one: Operation, other: Operation) -> Operation:
    return other if other.started > one.started else one
