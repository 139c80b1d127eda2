"""Which servers a drill breaks, and when. Pure: the same seed, site and readings give the same schedule."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from colonnade.drill.applying import keeps_quorum
from colonnade.drill.catalogue import Break, Drill, Where
from colonnade.drill.history import Injection
from colonnade.errors import Exit, UserError
from colonnade.model.fault import Fault
from colonnade.model.observation import Reading, Readings
from colonnade.model.site import Role, Site

# Long enough for a p99 of what was before, at some ten requests per second.
BEFORE = 5.0
# Between two servers of a rolling loss: the one before must be back and caught up.
APART = 25.0


@dataclass(frozen=True, slots=True)
class Planned:
    """One fault of a schedule."""

    at: float
    """Seconds since the load began."""
    fault: Fault
    hold: float
    """Seconds until it is undone."""

    @property
    def told(self) -> Injection:
        """As a report shows it: times since the load began."""
        f = self.fault
        return Injection(f.server, f.component, f.name, f.text, self.at, self.at + self.hold, "planned")


def schedule(drill: Drill, site: Site, offered: Iterable[Fault], readings: Readings, seed: int) -> tuple[Planned, ...]:
    """What will be broken where. UserError when the drill does not apply to this site."""
    chance, found = Random(f"{drill.name}/{seed}"), tuple(offered)  # noqa: S311  no secret follows from it
    planned: list[Planned] = []
    for each in drill.breaks:
        taken = {one.fault.server for one in planned}
        faults = _chosen(drill, each, site, found, readings, chance, taken)
        apart = APART + each.hold if each.where is Where.TIERS else 0.0
        planned += [Planned(BEFORE + apart * rank, fault, each.hold) for rank, fault in enumerate(faults)]
    return tuple(planned)


def _chosen(
    drill: Drill,
    each: Break,
    site: Site,
    offered: tuple[Fault, ...],
    readings: Readings,
    chance: Random,
    taken: set[str],
) -> list[Fault]:
    """The faults of one break. Of several on one server (workers of an app) one is drawn."""
    by_server: dict[str, list[Fault]] = {}
    for fault in offered:
        if (fault.component, fault.name) == (each.component, each.fault) and fault.server not in taken:
            by_server.setdefault(fault.server, []).append(fault)
    able = [name for name in sorted(by_server) if not each.whole or keeps_quorum(site, {*taken, name})]
    servers = _servers(each, site, able, readings, chance)
    if not servers:
        raise UserError(
            drill.name,
            f"does not apply to {site.name}: no {each.where} of {each.subject} offers {each.component}.{each.fault}",
            "colonnade drill list shows those that do",
            exit_code=Exit.USAGE,
        )
    return [chance.choice(by_server[server]) for server in servers]


def _servers(each: Break, site: Site, able: list[str], readings: Readings, chance: Random) -> list[str]:
    """Names of the servers meant, among those that offer the fault."""
    if each.where is Where.TIERS:
        return _one_of_each_tier(site, able, chance)
    subject = [name for name in able if _has(readings, name, each.subject)]
    if each.where is Where.MAJORITY:
        return sorted(chance.sample(subject, len(subject) // 2 + 1)) if len(subject) > 1 else []
    fitting = [name for name in subject if _fits(each, readings[name])]
    return [chance.choice(fitting)] if fitting else []


def _has(readings: Readings, server: str, component: str) -> bool:
    return component in ("server", "operator", "base") or any(r.component == component for r in readings[server])


def _fits(each: Break, seen: tuple[Reading, ...]) -> bool:
    facts = [reading.facts for reading in seen if reading.component == each.subject]
    match each.where:
        case Where.PRIMARY:
            return any(f.get("role") == "primary" for f in facts)
        case Where.STANDBY:
            return any(f.get("role") not in (None, "primary") for f in facts)
        case Where.HOLDER:
            return any(f.get("addresses") for f in facts)
    return True


def _one_of_each_tier(site: Site, able: list[str], chance: Random) -> list[str]:
    """From the visitors inwards; a server that stands in several tiers is lost once."""
    found: list[str] = []
    for role in (Role.LB, Role.WEB, Role.APP, Role.DB, Role.CACHE, Role.MONITOR):
        names = [server.name for server in site.having(role) if server.name in able]
        if names and not set(names) & set(found):
            found.append(chance.choice(names))
    return found
