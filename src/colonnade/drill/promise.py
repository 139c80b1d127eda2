"""What a drill may cost on the day: the limits of what it breaks, and of all that goes with a server that it takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from colonnade.components.patroni.options import PatroniOptions
from colonnade.drill.budget import BUDGETS, Budget, loosest, named
from colonnade.drill.catalogue import WHOLE, Drill
from colonnade.drill.schedule import Planned
from colonnade.model.fault import Fault
from colonnade.model.observation import Reading, Readings
from colonnade.model.site import Site

# A balancer that hears nobody claims every address until it notices.
DEAF = ("cut-in", "cut-peers", "cut-databases")


def promised(drill: Drill, site: Site, planned: Iterable[Planned], readings: Readings) -> Budget:
    """Where one server has several parts, as each of three that do everything, the loosest limit of them holds.

    `readings` are from just before the fault: they tell what a server was.
    """
    taken = [each.fault for each in planned if each.fault.component in WHOLE]
    parts = [part for fault in taken for part in _parts(fault, readings[fault.server])]
    return loosest([_on(site, name) for name in (drill.budget, *parts)])


def _parts(fault: Fault, seen: Sequence[Reading]) -> Iterator[str]:
    """The budgets of everything that its server was for the site."""
    for each in seen:
        if each.component in ("nginx", "app"):
            yield "server-lost"
        elif each.component == "keepalived" and fault.name in DEAF:
            yield "balancer-deaf"
        elif each.component == "keepalived" and each.facts.get("addresses"):
            yield "balancer-lost"
        elif each.component == "patroni" and each.facts.get("role") == "primary":
            yield "primary-lost"
        elif each.component == "valkey" and each.facts.get("role") == "primary":
            yield "cache-lost"


def _on(site: Site, name: str) -> Budget:
    """With `fast_failover` a lost primary is replaced sooner."""
    fast = f"{name}-fast"
    known = {each.name for each in BUDGETS}
    return named(fast if fast in known and site.option(PatroniOptions).fast_failover else name)
