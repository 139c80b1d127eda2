"""The status as versioned JSON, for scripts."""

from __future__ import annotations

from typing import Any

from colonnade.model.observation import Reading
from colonnade.model.site import Site, host_port
from colonnade.observe.releases import releases
from colonnade.observe.status import SiteStatus, certificate_days, holders, lag, primaries

VERSION = 1


def as_document(site: Site, status: SiteStatus, ca_path: str) -> dict[str, Any]:
    """Keys stay; new ones may come. `version` changes when one changes its meaning."""
    return {
        "version": VERSION,
        "site": site.name,
        "verdict": status.verdict,
        "reasons": list(status.reasons),
        "addresses": [url(vip.address) for vip in site.vips],
        "ca": ca_path,
        "holders": {vip.address: list(holders(status.servers, vip.address)) for vip in site.vips},
        "tiers": {
            t.name: {"serving": t.serving, "can_lose": t.can_lose, "alive": t.alive, "total": t.total}
            for t in status.tiers
        },
        "primary": {name: _one(primaries(status.servers, name)) for name in ("patroni", "valkey")},
        "lag_bytes": lag(status.servers),
        "releases": {release: list(names) for release, names in releases(status.servers).items()},
        "certificate_days": certificate_days(status.servers),
        "drained": sorted({server for _, server in status.aside.drained}),
        "maintenance": list(status.aside.maintenance),
        "outside": [_reading(r) for r in status.outside],
        "servers": {name: [_reading(r) for r in seen] for name, seen in status.servers.items()},
    }


def url(address: str) -> str:
    return f"https://{host_port(address, 443).removesuffix(':443')}/"


def _one(names: tuple[str, ...]) -> str | None:
    return names[0] if len(names) == 1 else None


def _reading(reading: Reading) -> dict[str, Any]:
    return {
        "component": reading.component,
        "name": reading.name,
        "status": str(reading.status),
        "text": reading.text,
        "facts": dict(reading.facts),
    }
