"""Session: does a user see what they have just done, and never an older state again?

Read your writes and monotonic reads (Terry et al., Session Guarantees, 1994), each session for itself.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import inf

from colonnade.drill.checker.words import EXAMPLES, amount, results, undecided, who
from colonnade.drill.history import History, Operation, Result
from colonnade.drill.verdict import Finding, Verdict


@dataclass(frozen=True, slots=True)
class Known:
    """The session had this value at this time: a write of it was acknowledged, or a read showed it."""

    at: float
    value: float
    until: float
    """A fault that may have taken the value with it was injected then."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A read, and the least value that it had to return."""

    read: Operation
    least: float

    @property
    def stale(self) -> bool:
        return _value(self.read) < self.least


@dataclass(frozen=True, slots=True)
class Allowance:
    """What was written then, in seconds of the history, a fault may have taken with it."""

    since: float
    fault: float
    until: float

    def holds(self, started: float, ended: float) -> bool:
        """Whether a write is one of them: acknowledged before the fault, or sent after it and answered in time."""
        return self.since < ended and started <= self.until


def check(history: History, grace: float = 0.0, unnoticed: Mapping[str, float] | None = None) -> Finding:
    """The client is the session; a value is a counter that only grows, None where a read found no session.

    A read must return no less than any write of its session that was acknowledged, and any value that was read, before
    it started. Both allowances, in seconds, are for sessions in a cache. A write that had been sent before a fault was
    injected and was acknowledged less than `grace` before it may be lost, to reads that end after the fault; so may one
    sent up to `unnoticed` after it, by the fault's name.

    stale: reads that returned less. lost_sessions: a stale read found nothing, or the last read was still behind.
    """
    operations = history.of("session")
    allowed = sorted(_allowances(history, grace, unnoticed or {}), key=lambda each: each.fault)
    sessions = defaultdict[str, list[Operation]](list)
    for each in operations:
        sessions[each.client].append(each)
    judged = [list(_judge(theirs, allowed)) for theirs in sessions.values()]
    return _finding(judged, operations)


def _allowances(history: History, grace: float, unnoticed: Mapping[str, float]) -> Iterator[Allowance]:
    for each in history.injections:
        if each.injected is not None and grace > 0:
            yield Allowance(each.injected - grace, each.injected, each.injected + unnoticed.get(each.fault, 0.0))


def _judge(operations: Sequence[Operation], allowed: Sequence[Allowance]) -> Iterator[Judged]:
    """In the order in which the reads started; those before which nothing was known are left out."""
    reads = [each for each in operations if each.kind == "session.read" and each.result is Result.OK]
    known = sorted(_known(operations, allowed), key=lambda each: each.at)
    firm, frail = [each for each in known if each.until == inf], [each for each in known if each.until < inf]
    times, highest = [each.at for each in firm], [-inf, *accumulate((each.value for each in firm), max)]
    for read in sorted(reads, key=lambda each: each.started):
        kept = (each.value for each in frail if each.at < read.started and read.ended < each.until)
        least = max((highest[bisect_left(times, read.started)], *kept))
        if least > -inf:
            yield Judged(read, least)


def _known(operations: Sequence[Operation], allowed: Sequence[Allowance]) -> Iterator[Known]:
    """After a loss the same value may be written again; what stood at a time comes from the latest write by then."""
    written = defaultdict[int, list[Operation]](list)
    for each in sorted(operations, key=lambda each: each.started):
        if each.kind == "session.write" and each.result is not Result.FAIL:
            written[each.value].append(each)
    for each in operations:
        if each.result is Result.OK and each.value is not None:
            source = next((write for write in reversed(written[each.value]) if write.started <= each.ended), each)
            # A write without an answer may have happened at any time until it was read.
            lost = (one.fault for one in allowed if one.holds(source.started, each.ended))
            yield Known(each.ended, each.value, next(lost, inf))


def _value(read: Operation) -> float:
    return -inf if read.value is None else float(read.value)


def _finding(judged: Sequence[Sequence[Judged]], operations: Sequence[Operation]) -> Finding:
    stale = [each for theirs in judged for each in theirs if each.stale]
    counts = {
        "checked": sum(len(theirs) for theirs in judged),
        "sessions": sum(bool(theirs) for theirs in judged),
        "stale": len(stale),
        "lost_sessions": sum(_lost(theirs) for theirs in judged),
        **results([each for each in operations if each.kind == "session.write"]),
    }
    if not counts["checked"]:
        return undecided("session", "nothing was checked: no read after a write or another read", counts)
    verdict = Verdict.FAIL if stale else Verdict.PASS
    return Finding("session", verdict, _text(counts), counts, tuple(_told(each) for each in stale[:EXAMPLES]))


def _lost(theirs: Sequence[Judged]) -> bool:
    return any(each.stale and each.read.value is None for each in theirs) or any(each.stale for each in theirs[-1:])


def _text(counts: dict[str, int]) -> str:
    reads = f"{amount(counts['checked'], 'read')} in {amount(counts['sessions'], 'session')}"
    if not counts["stale"]:
        return f"{reads}, none stale"
    return f"{counts['stale']:,} of {reads} stale, {amount(counts['lost_sessions'], 'session')} lost"


def _told(judged: Judged) -> str:
    found = "nothing" if judged.read.value is None else judged.read.value
    return f"session {who(judged.read)} read {found}, at least {judged.least:g} was known"
