"""What a site may lose in each kind of fault, as data; and the numbers of a run beside it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from colonnade.components.patroni.options import PatroniOptions
from colonnade.drill.catalogue import Drill
from colonnade.drill.measure import Latency, Numbers
from colonnade.drill.verdict import Measure
from colonnade.errors import UserError
from colonnade.model.site import Site


@dataclass(frozen=True, slots=True)
class Budget:
    """Limits, each of the measure of the same name; None: told, not judged. `dataclasses.replace` makes another."""

    name: str
    longest_gap: float | None = None
    """Seconds without a successful request, at all and at any one virtual address."""
    longest_write_gap: float | None = None
    """Seconds without a successful write; None: as many as without a request."""
    failed_requests: int | None = None
    failed_not_in_flight: int | None = None
    """Failed requests, but for those on their way when the fault came."""
    failed_gets: int | None = None
    failed_posts_not_in_flight: int | None = None
    lost: int | None = 0
    """Acknowledged writes that are gone; judged on every run, not on the median."""
    window: float = 0.0
    """Seconds after a fault in which a request still counts as on its way, for `measure.numbers`."""


# What lost its power or stands still refuses nothing: what is sent to it is on its way until two checks, half a second
# apart and with a second's patience, have failed.
UNNOTICED = 1.5

# Those before primary-frozen are the project's promises. 26 s is what Patroni can do at best: its lowest ttl of 20 s,
# 2 s for the REST call to the dead leader, the promotion and the endpoints' checks.
BUDGETS = (
    Budget("switchover", 2, failed_requests=0),
    Budget("primary-killed", 3, failed_not_in_flight=0),
    Budget("primary-lost", 26, failed_not_in_flight=0, window=UNNOTICED),
    Budget("primary-lost-fast", 8, failed_not_in_flight=0, window=UNNOTICED),
    Budget("process-killed", 1, failed_gets=0, failed_posts_not_in_flight=0),
    Budget("server-lost", 1, failed_gets=0, failed_posts_not_in_flight=0, window=UNNOTICED),
    Budget("balancer-lost", 0.5, failed_not_in_flight=0, window=0.5),
    Budget("cache-lost", 5, failed_requests=0),
    # Its server may have the primary of PostgreSQL too, and writes wait for another one.
    Budget("cache-server-lost", 5, 26, failed_requests=0),
    Budget("cache-server-lost-fast", 5, 8, failed_requests=0),
    # A primary that stands still has to be found out first, and is then a lost one.
    Budget("primary-frozen", 26, failed_not_in_flight=0, window=UNNOTICED),
    Budget("squeezed", 26, failed_not_in_flight=0),
    Budget("pooler", 1, failed_not_in_flight=0),
    # Nothing that serves is broken: other app servers answer, the primary goes on without voters.
    Budget("paused", 1, failed_requests=0),
    Budget("voters", 1, failed_requests=0),
    Budget("apply", 1, failed_requests=0),
)


def named(name: str) -> Budget:
    """The budget of that name. Raises `UserError` with the nearest known name."""
    known = {each.name: each for each in BUDGETS}
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 1)
    raise UserError("", f"there is no budget {name!r}", f"did you mean {near[0]!r}?" if near else ", ".join(known))


def promised(drill: Drill, site: Site) -> Budget:
    """What holds for a drill on this site: with `fast_failover` a lost primary is replaced sooner."""
    fast = f"{drill.budget}-fast"
    known = {each.name for each in BUDGETS}
    return named(fast if fast in known and site.option(PatroniOptions).fast_failover else drill.budget)


def measures(budget: Budget, numbers: Numbers) -> tuple[Measure, ...]:
    """Every number with its limit, in the order in which reports tell them."""
    return (*_requests(budget, numbers), *_times(budget, numbers), *_writes(budget, numbers), *_latencies(numbers))


def _requests(budget: Budget, numbers: Numbers) -> Iterable[Measure]:
    gets, posts = numbers.failed_gets, numbers.failed_posts
    failed: dict[str, tuple[int, int | None]] = {
        "failed_requests": (gets.all + posts.all, budget.failed_requests),
        "failed_not_in_flight": (gets.not_in_flight + posts.not_in_flight, budget.failed_not_in_flight),
        "failed_gets": (gets.all, budget.failed_gets),
        "failed_posts_not_in_flight": (posts.not_in_flight, budget.failed_posts_not_in_flight),
    }
    yield Measure("requests", numbers.requests, "requests")
    for name, (value, limit) in failed.items():
        # Without a request none can have failed, which proves nothing.
        yield Measure(name, value if numbers.requests else None, "requests", limit)


def _times(budget: Budget, numbers: Numbers) -> Iterable[Measure]:
    gap, one, writes, recovery = numbers.gap, numbers.address_gap, numbers.write_gap, numbers.recovery
    yield Measure("longest_gap", gap.seconds if gap else None, "s", budget.longest_gap)
    if one:
        yield Measure("longest_address_gap", one.seconds, "s", budget.longest_gap)
    limit = budget.longest_gap if budget.longest_write_gap is None else budget.longest_write_gap
    yield Measure("longest_write_gap", writes.seconds if writes else None, "s", limit)
    yield Measure("detected", numbers.detected, "s")
    yield Measure("recovered", recovery.seconds if recovery else None, "s")
    yield Measure("redundant", numbers.redundant, "s")


def _writes(budget: Budget, numbers: Numbers) -> Iterable[Measure]:
    yield Measure("lost", numbers.lost, "writes", budget.lost)
    yield Measure("phantom", numbers.phantom, "writes")
    yield Measure("stale", numbers.stale, "reads")


def _latencies(numbers: Numbers) -> Iterable[Measure]:
    windows: dict[str, Latency] = {"before": numbers.before, "during": numbers.during, "after": numbers.after}
    for window, latency in windows.items():
        yield Measure(f"p50_{window}", latency.p50, "ms")
        yield Measure(f"p99_{window}", latency.p99, "ms")
        yield Measure(f"p999_{window}", latency.p999, "ms")
