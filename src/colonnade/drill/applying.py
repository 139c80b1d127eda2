"""Which drills a site can have: something offers each fault, and the site can lose all that is lost at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from colonnade.components import discover
from colonnade.drill.catalogue import Break, Drill, Where
from colonnade.model.fault import Fault
from colonnade.model.site import Role, Server, Site


def applies(drill: Drill, faults: Iterable[Fault], site: Site) -> bool:
    names = {(fault.component, fault.name) for fault in faults}
    return all((each.component, each.fault) in names for each in drill.breaks) and _can_be_lost(drill, site)


def keeps_quorum(site: Site, lost: Collection[str]) -> bool:
    """Whether those that decide who leads are still a majority without these servers. No site survives it otherwise."""
    voters = [server.name for server in site.having(Role.ETCD)]
    gone = [name for name in voters if name in lost]
    return not gone or 2 * len(gone) < len(voters)


def _can_be_lost(drill: Drill, site: Site) -> bool:
    """Whether there are servers for all breaks that take one; who is primary on the day does not matter here."""
    lost: list[str] = []
    for each in drill.breaks:
        if each.whole and each.where is not Where.TIERS:
            able = _able(each, site.servers, lost)
            fitting = [name for name in able if keeps_quorum(site, [*lost, name])]
            if not fitting:
                return False
            lost.append(fitting[0])
    return True


def _able(each: Break, servers: Sequence[Server], lost: Collection[str]) -> list[str]:
    part = discover().get(each.subject)
    return [server.name for server in servers if server.name not in lost and (part is None or part.on(server))]
