"""A status in words: the verdict first, then tiers, then servers. State by word and sign, not by colour alone."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.observation import Status
from colonnade.model.site import Site
from colonnade.observe.document import url
from colonnade.observe.releases import releases
from colonnade.observe.status import SiteStatus, certificate_days, holders, lag, primaries, remarks

SIGNS = {Status.OK: "✓", Status.DEGRADED: "!", Status.DOWN: "✗", Status.UNKNOWN: "?"}


def as_text(site: Site, seen: SiteStatus) -> str:
    lines = [f"{site.name} is {seen.verdict}", *(f"  {reason}" for reason in seen.reasons), ""]
    lines += [_address(site, seen, vip.address) for vip in site.vips]
    lines += ["", *_tiers(seen), "", *_servers(site, seen), "", *_footer(seen)]
    return "\n".join(lines).rstrip()


def _address(site: Site, seen: SiteStatus, address: str) -> str:
    held = " and ".join(holders(seen.servers, address)) or "nobody that answers"
    outside = next((f", {r.text}" for r in seen.outside if r.name == address), "")
    return f"  {url(address):<30} held by {held}{outside}"


def _tiers(seen: SiteStatus) -> Iterable[str]:
    for tier in seen.tiers:
        word = f"can lose {tier.can_lose} more" if tier.serving else "does not serve"
        yield f"  {tier.name:<10} {tier.alive} of {tier.total} well, {word}"


def _servers(site: Site, seen: SiteStatus) -> Iterable[str]:
    for server in site.servers:
        readings = seen.servers[server.name]
        if readings and all(r.status is Status.UNKNOWN for r in readings):
            yield f"{SIGNS[Status.UNKNOWN]} {server.name:<10} {readings[0].text}"
            continue
        worst = max((r.status for r in readings), key=list(SIGNS).index, default=Status.OK)
        yield f"{SIGNS[worst]} {server.name:<10} {remarks(readings)}"


def _footer(seen: SiteStatus) -> Iterable[str]:
    leader = ", ".join(primaries(seen.servers, "patroni")) or "none"
    behind = ", ".join(f"{name} {bytes_} B" for name, bytes_ in lag(seen.servers).items())
    yield f"  database primary {leader}" + (f"; replication lag {behind}" if behind else "")
    for release, names in releases(seen.servers).items():
        yield f"  release {release} on {', '.join(names)}"
    days = certificate_days(seen.servers)
    yield "  certificates: unknown" if days is None else f"  certificates end in {days} days"
