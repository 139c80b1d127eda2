"""Why a server's components must not be stopped now. Pure: readings in, objections out."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.components import discover
from colonnade.model.component import Objection, ends, standing
from colonnade.model.observation import Reading, Readings, Status
from colonnade.model.plan import Change
from colonnade.model.site import Server, Site


def objection(site: Site, readings: Readings, server: Server, changes: Iterable[Change]) -> Objection | None:
    """The first objection to what these changes stop on the server."""
    stopped = sorted({change.component for change in changes if change.stops})
    found = (_ask(site, readings, server, name) for name in stopped)
    return next((each for each in found if each is not None), None)


def _ask(site: Site, readings: Readings, server: Server, name: str) -> Objection | None:
    component = discover().get(name)
    if component is None:
        return None
    if component.stop_objection is not None:
        return component.stop_objection(site, readings, server)
    return _last_of_its_tier(site, readings, server, name)


def _last_of_its_tier(site: Site, readings: Readings, server: Server, name: str) -> Objection | None:
    """Without a rule of its own a component may stop while its tier serves without this server."""
    survives = discover()[name].survives
    alive = standing(name, readings, server, (Status.OK, Status.DEGRADED))
    # A tier that does not serve now has nothing to lose; this may be what mends it.
    if survives is None or not ends(survives, site, alive, server):
        return None
    tier = survives(site, alive)
    return Objection(f"{server.name} is the last {tier.name if tier else name} server that is well")


def worse(before: Iterable[Reading], after: Iterable[Reading], components: Iterable[str]) -> list[Reading]:
    """Readings of these components that are down or unknown now and were not before."""
    wanted = set(components)
    bad = {(r.component, r.name) for r in before if r.status in ("down", "unknown")}
    return [
        r
        for r in after
        if r.component in wanted and r.status in ("down", "unknown") and (r.component, r.name) not in bad
    ]
