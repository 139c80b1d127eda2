"""From what the sources told to what the page shows. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.dashboard.snapshot import Load, Look, Row, Snapshot, Way
from colonnade.dashboard.words import volume
from colonnade.model.observation import Reading, Status
from colonnade.model.outline import Outline, Place
from colonnade.model.site import Role
from colonnade.observe.status import holders, lag, primaries, remarks, verdict, well, worst

PRIMARIES = {"patroni": "database primary", "valkey": "cache primary"}
SEVERITIES = ("critical", "warning", "info")


def snapshot(outline: Outline, look: Look) -> Snapshot:
    well_by = {
        needs.component: [name for name, seen in look.readings.items() if well(seen, needs.component)]
        for needs in outline.tiers
    }
    status = verdict(outline.addresses, outline.standing(well_by), look.readings, look.outside)
    return Snapshot(
        outline,
        look.at,
        status,
        tuple(_rows(outline, look)),
        (*_held(outline, look), *look.ways, *_replication(outline, look)),
        look.flow,
        None if look.alerts is None else tuple(sorted(look.alerts, key=lambda a: (_rank(a.severity), a.since))),
        tuple(sorted(look.events, key=lambda event: -event.at)),
        look.sources,
    )


def _rank(severity: str) -> int:
    return SEVERITIES.index(severity) if severity in SEVERITIES else len(SEVERITIES)


def _rows(outline: Outline, look: Look) -> Iterable[Row]:
    behind = lag(look.readings)
    for server in outline.servers:
        seen = look.readings.get(server.name, ())
        state = worst(seen)
        yield Row(
            server.name,
            server.address,
            server.roles,
            state,
            # Of a lost server every probe says the same.
            (seen[0].text if seen else "not seen") if state is Status.UNKNOWN else remarks(seen),
            tuple(_marks(outline, look, server)),
            next((r.facts["release"] for r in seen if r.facts.get("release")), ""),
            _load(look, server.name, seen),
            behind.get(server.name),
        )


def _load(look: Look, name: str, seen: Iterable[Reading]) -> Load:
    """The disk as its probe read it, where no other source knows."""
    told = look.loads.get(name, Load())
    disk = next((float(r.facts["disk"]) for r in seen if r.facts.get("disk", "").isdigit()), None)
    return Load(told.cpu, disk if told.disk is None else told.disk)


def _marks(outline: Outline, look: Look, server: Place) -> Iterable[str]:
    for component, word in PRIMARIES.items():
        if server.name in primaries(look.readings, component):
            yield word
    for address in outline.addresses:
        if server.name in holders(look.readings, address):
            yield f"holds {address}"
    if server.backup:
        yield "in reserve"


def _held(outline: Outline, look: Look) -> Iterable[Way]:
    """From each virtual address to whoever holds it."""
    outside = {reading.name: reading for reading in look.outside}
    for address in outline.addresses:
        seen = outside.get(address)
        for name in holders(look.readings, address):
            state = Status.UNKNOWN if seen is None else seen.status
            yield Way(f"vip:{address}", f"lb:{name}", state, text=seen.text if seen else "not asked from outside")


def _replication(outline: Outline, look: Look) -> Iterable[Way]:
    behind = lag(look.readings)
    for role, component in ((Role.DB, "patroni"), (Role.CACHE, "valkey")):
        first = primaries(look.readings, component)
        for server in outline.having(role) if len(first) == 1 else ():
            seen = [r for r in look.readings.get(server.name, ()) if r.facts.get("role") and r.component == component]
            if server.name not in first and seen:
                text = f"{volume(behind[server.name])} behind" if role is Role.DB and server.name in behind else ""
                yield Way(f"{role}:{first[0]}", f"{role}:{server.name}", seen[0].status, None, text, True)
