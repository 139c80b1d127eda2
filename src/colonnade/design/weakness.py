"""What the site cannot survive, from the file alone: each server and each failure domain is taken away in turn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from colonnade.model.component import Component, Tier
from colonnade.model.design import Note
from colonnade.model.site import Role, Server, Site

# How many servers of each set of roles a failure domain has. Servers with the same roles stand in for each other, so
# domains of one kind are lost with the same result: a thousand servers are of a dozen kinds.
Kind = frozenset[tuple[frozenset[Role], int]]


def tiers(site: Site, components: Iterable[Component], alive: frozenset[str]) -> tuple[Tier, ...]:
    """Every tier's state when only these servers are alive."""
    found = (c.survives(site, alive) for c in components if c.survives is not None)
    return tuple(tier for tier in found if tier is not None and tier.total)


def weaknesses(site: Site, components: Iterable[Component]) -> tuple[Note, ...]:
    """A warning for each failure domain whose loss ends a tier."""
    known = tuple(components)
    ended: dict[Kind, str] = {}
    notes = []
    for domain, members in _domains(site):
        kind = frozenset(Counter(server.roles for server in members).items())
        if kind not in ended:
            ended[kind] = ", ".join(_ended(site, known, members))
        if ended[kind]:
            notes.append(Note("warning", f"the site does not survive the loss of {domain}: {ended[kind]} would stop"))
    return tuple(notes)


def _ended(site: Site, components: Iterable[Component], lost: Iterable[Server]) -> Iterator[str]:
    """Tiers that do not serve without these servers."""
    alive = frozenset(server.name for server in site.servers).difference(server.name for server in lost)
    return (tier.name for tier in tiers(site, components, alive) if not tier.serving)


def _domains(site: Site) -> Iterable[tuple[str, list[Server]]]:
    """Failure domains with the servers in each, in the order of the spec."""
    found: dict[str, list[Server]] = {}
    for server in site.servers:
        found.setdefault(server.domain, []).append(server)
    return found.items()
