"""What a site may lose in each kind of fault, as data; and the numbers of a run beside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import IntEnum

from colonnade.drill.measure import Latency, Numbers
from colonnade.drill.verdict import Measure
from colonnade.errors import UserError


class MayFail(IntEnum):
    """Which requests, those on their way when the fault came. Each forgives what the one before it does."""

    NOTHING = 0
    POSTS = 1
    """A GET is asked again by nginx and the balancer, a POST never."""
    ANY = 2


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits of what a fault may cost."""

    name: str
    gap: float
    """Seconds without a successful request, at all and at any one virtual address."""
    write_gap: float
    """Seconds without a successful write."""
    may_fail: MayFail
    window: float = 0.0
    """Seconds after a fault in which a request still counts as on its way, for `measure.numbers`."""


# What lost its power or stands still refuses nothing: what is sent to it is on its way until two checks, half a second
# apart and with a second's patience, have failed.
UNNOTICED = 1.5

# Those before primary-frozen are the project's promises. 26 s is what Patroni can do at best: its lowest ttl of 20 s,
# 2 s for the REST call to the dead leader, the promotion and the endpoints' checks.
BUDGETS = (
    Budget("switchover", 2, 2, MayFail.NOTHING),
    Budget("primary-killed", 3, 3, MayFail.ANY),
    Budget("primary-lost", 26, 26, MayFail.ANY, UNNOTICED),
    Budget("primary-lost-fast", 8, 8, MayFail.ANY, UNNOTICED),
    Budget("process-killed", 1, 1, MayFail.POSTS),
    Budget("server-lost", 1, 1, MayFail.POSTS, UNNOTICED),
    Budget("balancer-killed", 0.5, 0.5, MayFail.ANY, 0.5),
    # A connection that lay idle when its balancer lost power is found dead by its next request: a POST each 0.6 s here.
    Budget("balancer-lost", 0.5, 0.5, MayFail.ANY, 1),
    # HAProxy looks twice at its neighbours, in 1.5 s, keepalived once a second at HAProxy; a SYN comes again after 1 s.
    Budget("balancer-deaf", 5, 5, MayFail.ANY, 5),
    Budget("cache-lost", 5, 5, MayFail.NOTHING),
    # A primary that stands still has to be found out first, and is then a lost one.
    Budget("primary-frozen", 26, 26, MayFail.ANY, UNNOTICED),
    Budget("squeezed", 26, 26, MayFail.ANY),
    Budget("pooler", 1, 1, MayFail.ANY),
    # Nothing that serves is broken: other app servers answer, the primary goes on without voters.
    Budget("paused", 1, 1, MayFail.NOTHING),
    Budget("voters", 1, 1, MayFail.NOTHING),
    Budget("apply", 1, 1, MayFail.NOTHING),
)


def named(name: str) -> Budget:
    """The budget of that name. Raises `UserError` with the nearest known name."""
    known = {each.name: each for each in BUDGETS}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 1)
    raise UserError("", f"there is no budget {name!r}", f"did you mean {near[0]!r}?" if near else ", ".join(known))


def loosest(budgets: Sequence[Budget]) -> Budget:
    """What holds where all of it breaks at once: of each limit the largest. At least one budget."""
    return Budget(
        ", ".join(dict.fromkeys(each.name for each in budgets)),
        max(each.gap for each in budgets),
        max(each.write_gap for each in budgets),
        max(each.may_fail for each in budgets),
        max(each.window for each in budgets),
    )


def measures(budget: Budget, numbers: Numbers) -> tuple[Measure, ...]:
    """Every number with its limit, in the order in which reports tell them."""
    return (*_requests(budget, numbers), *_times(budget, numbers), *_writes(numbers), *_latencies(numbers))


def _requests(budget: Budget, numbers: Numbers) -> Iterable[Measure]:
    gets, posts = numbers.failed_gets, numbers.failed_posts
    failed = {
        "failed_requests": (gets.all + posts.all, MayFail.NOTHING),
        "failed_not_in_flight": (gets.not_in_flight + posts.not_in_flight, MayFail.ANY),
        "failed_gets": (gets.all, MayFail.POSTS),
        "failed_posts_not_in_flight": (posts.not_in_flight, MayFail.POSTS),
    }
    yield Measure("requests", numbers.requests, "requests")
    for name, (value, judged_by) in failed.items():
        # Without a request none can have failed, which proves nothing.
        seen = value if numbers.requests else None
        yield Measure(name, seen, "requests", 0 if budget.may_fail is judged_by else None)


def _times(budget: Budget, numbers: Numbers) -> Iterable[Measure]:
    gap, one, writes, recovery = numbers.gap, numbers.address_gap, numbers.write_gap, numbers.recovery
    yield Measure("longest_gap", gap.seconds if gap else None, "s", budget.gap)
    if one:
        yield Measure("longest_address_gap", one.seconds, "s", budget.gap)
    yield Measure("longest_write_gap", writes.seconds if writes else None, "s", budget.write_gap)
    yield Measure("detected", numbers.detected, "s")
    yield Measure("recovered", recovery.seconds if recovery else None, "s")
    yield Measure("redundant", numbers.redundant, "s")


def _writes(numbers: Numbers) -> Iterable[Measure]:
    # Of what was acknowledged nothing may be gone, whatever breaks.
    yield Measure("lost", numbers.lost, "writes", 0)
    yield Measure("phantom", numbers.phantom, "writes")
    yield Measure("stale", numbers.stale, "reads")


def _latencies(numbers: Numbers) -> Iterable[Measure]:
    windows: dict[str, Latency] = {"before": numbers.before, "during": numbers.during, "after": numbers.after}
    for window, latency in windows.items():
        yield Measure(f"p50_{window}", latency.p50, "ms")
        yield Measure(f"p99_{window}", latency.p99, "ms")
        yield Measure(f"p999_{window}", latency.p999, "ms")
