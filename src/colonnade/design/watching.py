"""What monitors watch: the units of every server, the tiers, and what each component asks for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from colonnade.model.component import Component
from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Recording, Rule, Severity
from colonnade.model.site import Server

SPARE = "tier:spare:count"
"""How many more servers each tier may lose; below zero it does not serve."""
SERVES = "site:serves:bool"
"""1 while every tier that visitors need serves."""

WORDS = """{{ if query "site:serves:bool == 1" }}The site serves{{ else }}The site does not serve{{ end }}. \
{{ range query "sort(tier:spare:count)" }}{{ .Labels.tier }}: {{ if lt .Value 0.0 }}does not serve\
{{ else }}can lose {{ .Value }} more{{ end }}. {{ end }}""".replace("\\\n", "")
"""The verdict and what each tier can still lose, at the moment in which an alert fires."""


def watched(layout: Layout, components: Iterable[Component]) -> dict[str, tuple[str, ...]]:
    """Every unit that a component looks at, by server."""
    known = tuple(components)
    return {server.name: tuple(_all_units(layout, known, server)) for server in layout.site.servers}


def rules(layout: Layout, components: Iterable[Component]) -> tuple[Rule, ...]:
    """Of the tiers first, since other rules use them."""
    there = [c for c in components if any(c.on(server) for server in layout.site.servers)]
    return (*_tier_rules(layout, there), *(rule for component in there for rule in component.alerts(layout)))


def _all_units(layout: Layout, components: Iterable[Component], server: Server) -> Iterator[str]:
    return (unit for component in components if component.on(server) for unit in _units(layout, component, server))


def _units(layout: Layout, component: Component, server: Server) -> Iterator[str]:
    return (probe.name for probe in component.probes(layout, server) if probe.name.endswith(".service"))


def _tier_rules(layout: Layout, components: Iterable[Component]) -> Iterator[Rule]:
    essential: list[str] = []
    spared: list[str] = []
    every = frozenset(server.name for server in layout.site.servers)
    for component in components:
        tier = component.survives(layout.site, every) if component.survives else None
        if tier is None or not tier.total:
            continue
        if tier.essential:
            essential.append(tier.name)
        if tier.can_lose:
            spared.append(tier.name)
        # What it can lose with all alive says how many it needs.
        yield Recording(SPARE, f"{_alive(layout, component)} - {tier.total - tier.can_lose}", (("tier", tier.name),))
    yield Recording(SERVES, f"min({_of(essential)}) >= bool 0")
    yield from _tier_alerts(spared)


def _of(tiers: Iterable[str]) -> str:
    return f'{SPARE}{{tier=~"{"|".join(tiers)}"}}'


def _alive(layout: Layout, component: Component) -> str:
    """How many servers have every unit of the component running, as systemd on them says."""
    having = [server for server in layout.site.servers if component.on(server)]
    units = {unit: None for server in having for unit in _units(layout, component, server)}
    names, servers = "|".join(units), "|".join(server.name for server in having)
    state = f'node_systemd_unit_state{{state="active",name=~"{names}",server=~"{servers}"}}'
    return f"(sum(min by (server) ({state})) or vector(0))"


def _tier_alerts(spared: Iterable[str]) -> Iterator[AlertRule]:
    yield AlertRule(
        "TierDown",
        f"{SPARE} < 0",
        Severity.CRITICAL,
        "site",
        "{{ $labels.tier }}: too few are left to serve",
        "The {{ $labels.tier }} tier lacks {{ $value }} of the servers that it needs. " + WORDS,
        hold="20s",
        labels=(("tier", "{{ $labels.tier }}"),),
    )
    yield AlertRule(
        "TierAtMinimum",
        f"{_of(spared)} == 0",
        Severity.WARNING,
        "site",
        "{{ $labels.tier }}: the next loss ends it",
        "The {{ $labels.tier }} tier serves and can lose no more servers. " + WORDS,
        hold="1m",
        labels=(("tier", "{{ $labels.tier }}"),),
    )
