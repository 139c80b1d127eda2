"""From readings to a verdict. Pure: the same readings give the same words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from colonnade.components import discover
from colonnade.model.component import Tier
from colonnade.model.observation import Aside, Reading, Readings, Status
from colonnade.model.site import Site
from colonnade.observe.releases import torn

SERVING, DEGRADED, DOWN, UNKNOWN = "serving", "degraded", "down", "unknown"
ORDER = (Status.OK, Status.DEGRADED, Status.DOWN, Status.UNKNOWN)
NOTHING = Aside()


@dataclass(frozen=True)
class SiteStatus:
    verdict: str
    reasons: tuple[str, ...]
    """Why it is not simply serving, worst first."""
    tiers: tuple[Tier, ...]
    servers: Readings
    outside: tuple[Reading, ...]
    aside: Aside = NOTHING


# A drained one of these serves nobody. A drained database still acknowledges commits, but is never the primary.
IN_ROTATION = ("app", "haproxy", "nginx")


def judge(site: Site, readings: Readings, outside: tuple[Reading, ...], aside: Aside = NOTHING) -> SiteStatus:
    """The verdict and everything it rests on."""
    return verdict(tuple(vip.address for vip in site.vips), _tiers(site, readings, aside), readings, outside, aside)


def verdict(
    addresses: Iterable[str],
    tiers: tuple[Tier, ...],
    readings: Readings,
    outside: tuple[Reading, ...],
    aside: Aside = NOTHING,
) -> SiteStatus:
    """The same for whoever knows of the site only its virtual addresses and how its tiers stand."""
    if all(r.status is Status.UNKNOWN for seen in readings.values() for r in seen):
        return SiteStatus(UNKNOWN, ("no server answered",), tiers, readings, outside, aside)
    # What the balancers answer themselves says nothing of the site behind them.
    seen = tuple(r for r in outside if not (aside.maintenance and r.facts.get("status") == "503"))
    fatal = tuple(_fatal(tiers, readings, seen))
    worrying = (*_set_aside(aside), *_worrying(addresses, tiers, readings, seen))
    word = DOWN if fatal else DEGRADED if worrying else SERVING
    return SiteStatus(word, fatal + worrying, tiers, readings, outside, aside)


def _set_aside(aside: Aside) -> Iterable[str]:
    if aside.maintenance:
        yield f"maintenance is on for {', '.join(aside.maintenance)}: visitors get a page that says so"
    for server in sorted({server for _, server in aside.drained}):
        yield f"{server} is drained: colonnade undrain {server}"


def well(readings: Iterable[Reading], component: str) -> bool:
    """Every reading of the component is ok or degraded."""
    own = [r for r in readings if r.component == component]
    return bool(own) and all(r.status in (Status.OK, Status.DEGRADED) for r in own)


def _tiers(site: Site, readings: Readings, aside: Aside) -> tuple[Tier, ...]:
    found = []
    for component in discover().values():
        if component.survives is not None:
            alive = frozenset(name for name, seen in readings.items() if well(seen, component.name))
            rest = alive - aside.out(component.name)
            tier = component.survives(site, rest if component.name in IN_ROTATION else alive)
            found.append(tier and replace(tier, can_lose=min(tier.can_lose, max(0, len(rest) - 1))))
    return tuple(tier for tier in found if tier is not None and tier.total)


def primaries(readings: Readings, component: str) -> tuple[str, ...]:
    """Servers that say they are the component's primary."""
    return tuple(
        name
        for name, seen in readings.items()
        if any(r.component == component and r.facts.get("role") == "primary" for r in seen if r.status is Status.OK)
    )


def holders(readings: Readings, address: str) -> tuple[str, ...]:
    """Balancers that hold a virtual address."""
    return tuple(
        name
        for name, seen in readings.items()
        if any(address in r.facts.get("addresses", "").split() for r in seen if r.component == "keepalived")
    )


def _fatal(tiers: Iterable[Tier], readings: Readings, outside: tuple[Reading, ...]) -> Iterable[str]:
    for tier in tiers:
        if tier.essential and not tier.serving:
            yield f"{tier.name}: {tier.alive} of {tier.total} well, too few to serve"
    if _has(readings, "patroni") and not primaries(readings, "patroni"):
        yield "database: no primary"
    if outside and all(r.status is Status.DOWN for r in outside):
        yield f"no virtual address serves: {outside[0].text}"


def _worrying(
    addresses: Iterable[str], tiers: Iterable[Tier], readings: Readings, outside: tuple[Reading, ...]
) -> Iterable[str]:
    for tier in tiers:
        if not tier.serving and not tier.essential:
            yield f"{tier.name}: {tier.alive} of {tier.total} well, too few to serve"
        elif tier.serving and tier.alive < tier.total:
            yield f"{tier.name}: {tier.alive} of {tier.total} well, can lose {tier.can_lose} more"
    for address in addresses:
        held = holders(readings, address)
        if len(held) != 1:
            yield f"{address} is held by {' and '.join(held) or 'nobody that answers'}"
    for component in ("patroni", "valkey"):
        if len(primaries(readings, component)) > 1:
            yield f"{component}: more than one primary: {', '.join(primaries(readings, component))}"
    if _has(readings, "valkey") and not primaries(readings, "valkey"):
        yield "cache: no primary"
    yield from torn(readings)
    yield from (f"{r.name} from outside: {r.text}" for r in outside if r.status is not Status.OK)
    yield from _servers(readings)


def _servers(readings: Readings) -> Iterable[str]:
    for name, seen in readings.items():
        bad = [r for r in seen if r.status is not Status.OK]
        if bad and all(r.status is Status.UNKNOWN for r in seen):
            yield f"{name}: {bad[0].text}"
        else:
            yield from (f"{name}: {r.name}: {r.text or r.status}" for r in bad)


def worst(seen: Iterable[Reading]) -> Status:
    """Of one server. One that is lost is unknown; one of which only a part is not understood is at most degraded."""
    statuses = {reading.status for reading in seen}
    if not statuses - {Status.UNKNOWN}:
        return Status.UNKNOWN
    return max(
        statuses - {Status.UNKNOWN} | ({Status.DEGRADED} if Status.UNKNOWN in statuses else set()), key=ORDER.index
    )


def remarks(seen: Iterable[Reading]) -> str:
    """What is wrong on a server, or else what is worth knowing: roles, addresses, releases."""
    read = list(seen)
    bad = [f"{r.name}: {r.text or r.status}" for r in read if r.status is not Status.OK]
    good = [f"{r.component}: {r.text}" for r in read if {"role", "addresses", "release"} & set(r.facts)]
    return "; ".join(dict.fromkeys(bad or good)) or "well"


def _has(readings: Readings, component: str) -> bool:
    return any(r.component == component for seen in readings.values() for r in seen)


def lag(readings: Readings) -> dict[str, int]:
    """Bytes of WAL that each replica has yet to replay, as far as one look at different moments can tell."""
    positions = {
        name: (r.facts.get("role"), int(r.facts["wal"]))
        for name, seen in readings.items()
        for r in seen
        if r.component == "patroni" and r.facts.get("wal", "").isdigit()
    }
    ahead = max((at for role, at in positions.values() if role == "primary"), default=None)
    if ahead is None:
        return {}
    return {name: max(0, ahead - at) for name, (role, at) in positions.items() if role != "primary"}


def certificate_days(readings: Readings) -> int | None:
    """Days until the first certificate of the site ends; None when none could be read."""
    days = [
        int(r.facts["certificate_days"]) for seen in readings.values() for r in seen if "certificate_days" in r.facts
    ]
    return min(days, default=None)
