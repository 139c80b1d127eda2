"""What changed from one look to the next, as events of the timeline. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.dashboard.snapshot import Event, Snapshot
from colonnade.model.observation import NOT_YET, Status
from colonnade.observe.status import UNKNOWN, holders, primaries

NAMES = {"patroni": "the database", "valkey": "the cache"}


def changes(before: Snapshot, after: Snapshot) -> Iterable[Event]:
    """Nothing while nobody could be seen: an operator's link that broke changes no site. Nothing either until every
    server has been asked once: what is seen for the first time may have been so for months."""
    first = any(row.remarks == NOT_YET for row in before.rows)
    if first or UNKNOWN in (before.status.verdict, after.status.verdict):
        return
    yield from _servers(before, after)
    for component, what in NAMES.items():
        old, new = (primaries(each.status.servers, component) for each in (before, after))
        if new and old != new and len(new) == 1:
            was = f", before {old[0]}" if old else ""
            yield Event(after.at, "failover", f"{new[0]} is primary of {what}{was}", new[0])
        elif old and not new:
            yield Event(after.at, "failover", f"{what} has no primary, before {old[0]}", old[0])
    for address in after.outline.addresses:
        old, new = (holders(each.status.servers, address) for each in (before, after))
        if old != new and new:
            yield Event(after.at, "address", f"{address} is held by {' and '.join(new)}", new[0])


def _servers(before: Snapshot, after: Snapshot) -> Iterable[Event]:
    for old, new in zip(before.rows, after.rows, strict=True):
        if new.state is Status.UNKNOWN is not old.state:
            yield Event(after.at, "lost", f"{new.name}: {new.remarks}", new.name)
        elif old.state is Status.UNKNOWN is not new.state:
            yield Event(after.at, "back", f"{new.name} is seen", new.name)
        elif new.release and old.release and new.release != old.release:
            yield Event(after.at, "deploy", f"{new.name} has release {new.release}, before {old.release}", new.name)
