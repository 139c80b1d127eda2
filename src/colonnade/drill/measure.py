"""A history in numbers. Pure and exact: percentiles are of the raw operations, by nearest rank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from colonnade.drill.history import History, Operation, Result
from colonnade.drill.timing import (
    STOPPED,
    Gap,
    Recovery,
    detected,
    longest_gap,
    made,
    recovered,
    redundant,
    slow_after,
)
from colonnade.drill.verdict import Finding

GET, POST = "http.get", "http.post"
WRITES = (POST, "ledger.add")


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds that successful requests took; None when there was none."""

    p50: float | None = None
    p99: float | None = None
    p999: float | None = None


@dataclass(frozen=True, slots=True)
class Failures:
    """Requests that did not succeed. An unknown end is a failure to whoever waited for it."""

    all: int
    not_in_flight: int
    """Those that were not on their way when a fault was injected, nor sent in the window after it."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """None: not measurable from this history. Seconds but for `Latency`."""

    gets: int
    posts: int
    failed_gets: Failures
    failed_posts: Failures
    gap: Gap | None
    """Without any successful request of the http workload."""
    address_gap: Gap | None
    """The same for one virtual address alone, the worst: a second one that answers helps nobody at the first."""
    write_gap: Gap | None
    """Without any successful http.post or ledger.add."""
    before: Latency
    """Ended before the first fault."""
    during: Latency
    """Ended after it and due until the service was good again."""
    after: Latency
    detected: float | None
    recovery: Recovery | None
    redundant: float | None
    lost: int | None
    phantom: int | None
    stale: int | None

    @property
    def requests(self) -> int:
        return self.gets + self.posts


def numbers(
    history: History, findings: Iterable[Finding] = (), sources: Collection[str] = (), window: float = 0.0
) -> Numbers:
    """Every number of a run. `sources` are the daemons whose first event counts as detection; any when empty.

    A request that was sent up to `window` seconds after a fault counts as in flight: nobody can know of it yet.
    """
    http = history.of("http")
    gets, posts = ([each for each in http if each.kind == kind] for kind in (GET, POST))
    writes = [each for each in history.operations if each.kind in WRITES]
    faults, seen = made(history), tuple(findings)
    before, during, after, recovery = _latencies(http, writes, faults)
    return Numbers(
        len(gets), len(posts), failures(gets, faults, window), failures(posts, faults, window),
        longest_gap(http), _address_gap(http), longest_gap(writes),
        before, during, after, detected(history, sources), recovery, redundant(history),
        _count(seen, "lost"), _count(seen, "phantom"), _count(seen, "stale"),
    )  # fmt: skip


def failures(operations: Iterable[Operation], faults: Sequence[float], window: float = 0.0) -> Failures:
    failed = [each for each in operations if each.result is not Result.OK and each.detail != STOPPED]
    caught = sum(any(each.started - window <= fault <= each.ended for fault in faults) for each in failed)
    return Failures(len(failed), len(failed) - caught)


def _address_gap(http: Iterable[Operation]) -> Gap | None:
    """Requests tell their virtual address by their key, unless it is a UUID, which has no dot and no colon."""
    by_address = defaultdict[str, list[Operation]](list)
    for each in http:
        if "." in each.key or ":" in each.key:
            by_address[each.key].append(each)
    gaps = [gap for operations in by_address.values() if (gap := longest_gap(operations))]
    return max(gaps, key=lambda gap: gap.seconds, default=None)


def _latencies(
    http: Sequence[Operation], writes: Sequence[Operation], faults: Sequence[float]
) -> tuple[Latency, Latency, Latency, Recovery | None]:
    """Before, during, after. Without a fault all is before; until the service is good again all is during."""
    first = faults[0] if faults else float("inf")
    before = latency(each for each in http if each.ended < first)
    later = [each for each in http if each.ended >= first]
    recovery = recovered([*http, *writes], faults, slow_after(before.p99))
    good = recovery.at if recovery else float("inf")
    during, after = (
        latency(each for each in later if each.scheduled <= good),
        latency(each for each in later if each.scheduled > good),
    )
    return before, during, after, recovery


def latency(operations: Iterable[Operation]) -> Latency:
    taken = sorted([each.latency * 1000 for each in operations if each.result is Result.OK])
    return Latency(*(percentile(taken, permille) for permille in (500, 990, 999)))


def percentile(ordered: Sequence[float], permille: int) -> float | None:
    """The smallest value that at least so many of a thousand are not above: nearest rank, no interpolation."""
    # Whole numbers only: 0.999 * 1000 need not be 999.
    rank = -(-len(ordered) * permille // 1000)
    return ordered[max(rank, 1) - 1] if ordered else None


def _count(findings: Iterable[Finding], name: str) -> int | None:
    """The sum of what the checkers counted; None when none of them looked for it."""
    counts = [each.counts[name] for each in findings if name in each.counts]
    return sum(counts) if counts else None
