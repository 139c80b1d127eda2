"""The releases of an app as `colonnade releases` shows them. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from colonnade.release.standing import Fleetwide, last_lived

VERSION = 1


@dataclass(frozen=True, slots=True)
class Listed:
    """One release; `at` and `who` are of the last time that it became live."""

    release: str
    at: str | None
    who: str | None
    revision: str | None
    live_on: tuple[str, ...]
    kept_on: tuple[str, ...]
    irreversible: bool


def listed(found: Fleetwide) -> tuple[Listed, ...]:
    """Every release on any server, the last live one first."""
    names = sorted({name for each in found.all for name in each.releases})
    return tuple(_row(found, name) for name in last_lived(found.history, names))


def _row(found: Fleetwide, name: str) -> Listed:
    lived = [line for line in found.history if line["release"] == name and line["result"] == "live"]
    last = lived[-1] if lived else {}
    records = [each.releases[name] for each in found.all if name in each.releases]
    return Listed(
        name,
        last.get("at"),
        last.get("who"),
        next((record["revision"] for record in records if record.get("revision")), None),
        tuple(each.server.name for each in found.all if each.current == name),
        tuple(each.server.name for each in found.all if name in each.releases),
        any(record.get("irreversible") for record in records),
    )


def document(app: str, found: Fleetwide) -> dict[str, Any]:
    """For scripts: everything, versioned."""
    return {
        "version": VERSION,
        "app": app,
        "releases": [asdict(row) for row in listed(found)],
        "unfinished": found.intent.document() if found.intent else None,
        "history": list(found.history),
    }
