"""When things happened in a history: the longest gap, detection, recovery, full redundancy. Seconds throughout."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import takewhile
from operator import sub

from colonnade.drill.history import History, Operation, Result

# A page that takes a second is still a page; ten times the usual is slow even where a second is usual.
SLOW, SLOW_FACTOR = 1.0, 10.0
# Recovery is seen only when the load went on that long and stayed good: less cannot tell good from slow.
QUIET = 1.0
SERVING = "serving"
# What the load writes to operations that it cut short at its own end: they say nothing about the site.
STOPPED = "the load was stopped"


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without success."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Recovery:
    """The service is good again: `at` is the last moment at which something that failed or was slow was due."""

    at: float
    seconds: float
    """Since the fault; of several faults the longest, each until the next."""


def made(history: History) -> tuple[float, ...]:
    """When the faults were injected, first to last."""
    return tuple(sorted(each.injected for each in history.injections if each.injected is not None))


def longest_gap(operations: Sequence[Operation]) -> Gap | None:
    """The longest time between ends of successful operations, from the first due to the last due."""
    if not operations:
        return None
    dues = [each.scheduled for each in operations]
    ends = sorted([each.ended for each in operations if each.result is Result.OK])
    # Where a success ended after the last was due, the last width is negative and never the longest.
    points = [min(dues), *ends, max(dues)]
    widths = list(map(sub, points[1:], points))
    widest = widths.index(max(widths))
    return Gap(points[widest], points[widest + 1])


def slow_after(p99_before: float | None) -> float:
    """Seconds from which a success counts as slow; `p99_before` in milliseconds."""
    return max(SLOW, SLOW_FACTOR * (p99_before or 0.0) / 1000)


def recovered(service: Sequence[Operation], faults: Sequence[float], slow: float) -> Recovery | None:
    """None without a fault, and where the load ended before the service was good again."""
    if not faults or not service:
        return None
    # What was bad before the fault counts as bad at its moment: that makes no recovery longer.
    bad = [max(each.scheduled, faults[0]) for each in service if _spoiled(each, slow)]
    at = max(bad, default=faults[0])
    if max([each.scheduled for each in service]) - at < QUIET:
        return None
    return Recovery(at, max((due - faults[bisect_right(faults, due) - 1] for due in bad), default=0.0))


def _spoiled(operation: Operation, slow: float) -> bool:
    return operation.latency > slow or (operation.result is not Result.OK and operation.detail != STOPPED)


def detected(history: History, sources: Collection[str] = ()) -> float | None:
    """From a fault to the first event of one of the sources (any daemon when empty); of several faults the longest."""
    told = [e.at for e in history.events if (e.source in sources if sources else e.source != "drill")]
    waits = [min((at - fault for at in told if at >= fault), default=None) for fault in made(history)]
    known = [wait for wait in waits if wait is not None]
    return max(known) if known and len(known) == len(waits) else None


def redundant(history: History) -> float | None:
    """From the last fault to the first look that says the site serves, with no look after it saying otherwise."""
    faults = made(history)
    if not faults:
        return None
    after = [look for look in history.looks if look.at >= faults[-1]]
    stays = list(takewhile(lambda look: look.verdict == SERVING, reversed(after)))
    return stays[-1].at - faults[-1] if stays else None
