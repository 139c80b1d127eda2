"""What the site cannot survive, from the file alone: each server and each failure domain is taken away in turn."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.model.component import Component, Tier
from colonnade.model.design import Note
from colonnade.model.site import Site


def tiers(site: Site, components: Iterable[Component], alive: frozenset[str]) -> tuple[Tier, ...]:
    """Every tier's state when only these servers are alive."""
    found = (c.survives(site, alive) for c in components if c.survives is not None)
    return tuple(tier for tier in found if tier is not None and tier.total)


def weaknesses(site: Site, components: Iterable[Component]) -> tuple[Note, ...]:
    """A warning for each failure domain whose loss ends a tier."""
    known = tuple(components)
    everyone = frozenset(server.name for server in site.servers)
    notes = []
    for domain, members in _domains(site):
        ended = [tier.name for tier in tiers(site, known, everyone - members) if not tier.serving]
        if ended:
            notes.append(
                Note("warning", f"the site does not survive the loss of {domain}: {', '.join(ended)} would stop")
            )
    return tuple(notes)


def _domains(site: Site) -> Iterator[tuple[str, frozenset[str]]]:
    """Failure domains whose loss could matter: all but those of interchangeable servers beyond the second."""
    found: dict[str, set[str]] = {}
    for server in site.servers:
        found.setdefault(server.domain, set()).add(server.name)
    for domain, members in found.items():
        yield domain, frozenset(members)
