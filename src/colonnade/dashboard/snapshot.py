"""Everything the page shows at one moment. Frozen: the same sources give the same page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from colonnade.model.observation import Reading, Status
from colonnade.model.outline import Outline
from colonnade.observe.status import SiteStatus


@dataclass(frozen=True, slots=True)
class Way:
    """From one node of the picture to another. A node is `tier:name`, as `web:web1`."""

    source: str
    target: str
    state: Status = Status.OK
    rate: float | None = None
    """Requests per second."""
    text: str = ""
    replication: bool = False


@dataclass(frozen=True, slots=True)
class Load:
    """How much of a server is in use, in percent; None where nobody told."""

    cpu: float | None = None
    disk: float | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """The traffic of a few seconds that end at `at` (seconds since 1970). None where nobody saw it."""

    at: float
    requests: float | None = None
    """Per second, as are errors: answers of 500 and above."""
    errors: float | None = None
    p50: float | None = None
    """Seconds, as is p99."""
    p99: float | None = None


@dataclass(frozen=True, slots=True)
class Alert:
    name: str
    severity: str
    summary: str
    since: float
    server: str = ""
    runbook: str = ""
    silenced: bool = False


@dataclass(frozen=True, slots=True)
class Event:
    """Something that changed the site, at a moment in seconds since 1970."""

    at: float
    kind: str
    """deploy, apply, drill, failover, lost, back, address, alert."""
    text: str
    server: str = ""


@dataclass(frozen=True, slots=True)
class Source:
    """Where what is shown comes from; `problem` is empty while it can be asked."""

    name: str
    at: float | None
    """When it answered last."""
    problem: str = ""


@dataclass(frozen=True)
class Look:
    """What the sources told, put together."""

    at: float
    readings: Mapping[str, tuple[Reading, ...]]
    outside: tuple[Reading, ...] = ()
    ways: tuple[Way, ...] = ()
    loads: Mapping[str, Load] = field(default_factory=dict)
    flow: tuple[Point, ...] = ()
    alerts: tuple[Alert, ...] | None = None
    """None when nobody can be asked for them."""
    events: tuple[Event, ...] = ()
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One server."""

    name: str
    address: str
    roles: tuple[str, ...]
    state: Status
    remarks: str
    marks: tuple[str, ...]
    """What it is before its equals: `database primary`, `holds 203.0.113.10`."""
    release: str
    load: Load
    lag: int | None
    """Bytes."""


@dataclass(frozen=True)
class Snapshot:
    outline: Outline
    at: float
    status: SiteStatus
    rows: tuple[Row, ...]
    ways: tuple[Way, ...]
    flow: tuple[Point, ...]
    alerts: tuple[Alert, ...] | None
    events: tuple[Event, ...]
    sources: tuple[Source, ...]
