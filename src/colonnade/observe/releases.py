"""Which release runs where, from readings."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.observation import Readings


def releases(readings: Readings) -> dict[str, tuple[str, ...]]:
    """Release: servers on which it is current."""
    found: dict[str, set[str]] = {}
    for name, seen in readings.items():
        for reading in seen:
            if release := reading.facts.get("release"):
                found.setdefault(release, set()).add(name)
    return {release: tuple(sorted(names)) for release, names in sorted(found.items())}


def torn(readings: Readings) -> Iterable[str]:
    """Apps of which a deploy has not reached every server, or is on its way."""
    for app in sorted({r.facts["app"] for seen in readings.values() for r in seen if "app" in r.facts}):
        own = {name: tuple(r for r in seen if r.facts.get("app") == app) for name, seen in readings.items()}
        if len(current := releases(own)) > 1:
            told = ", ".join(f"{release} on {' and '.join(names)}" for release, names in current.items())
            yield f"{app}: two releases at once, {told}: colonnade deploy"
