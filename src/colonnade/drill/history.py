"""What happened: every operation of the load, every fault, every event of the daemons, on one clock.

All times are seconds since the history began, by the operator's monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Result(StrEnum):
    """What the client knows. `unknown` is an answer: the operation may have happened or may yet happen."""

    OK = "ok"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Operation:
    """One request of one client. A client has one operation at a time.

    `kind` begins with the workload: `http.get`, `http.post`, `ledger.add`, `append.txn`, `register.write`,
    `register.read`, `bank.transfer`, `bank.read`, `session.write`, `session.read`, `primaries.commit`.
    """

    client: str
    kind: str
    key: str
    value: Any
    """What was written, or for a read that succeeded what was read. JSON."""
    scheduled: float
    """When it was due; latency counts from here, so that a stall is not hidden by a client that waits."""
    started: float
    """When it was really sent; order between operations is judged from here."""
    ended: float
    result: Result
    detail: str = ""
    """HTTP status, or the error."""

    @property
    def latency(self) -> float:
        """Seconds that a user would have waited."""
        return self.ended - self.scheduled


@dataclass(frozen=True, slots=True)
class Injection:
    """One fault of the schedule, as it was made."""

    server: str
    component: str
    fault: str
    text: str
    injected: float | None
    """None when it could not be made; `reason` says why."""
    healed: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A line of a daemon's own log that tells of a change."""

    at: float
    source: str
    """etcd, patroni, keepalived, haproxy, sentinel, postgresql, drill."""
    server: str
    text: str


@dataclass(frozen=True, slots=True)
class Look:
    """The site's status at one moment: the verdict of `status`, and its reasons."""

    at: float
    verdict: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class History:
    """Operations in the order of their ends; the rest in the order of time."""

    operations: tuple[Operation, ...]
    injections: tuple[Injection, ...] = ()
    events: tuple[Event, ...] = ()
    looks: tuple[Look, ...] = ()

    def of(self, workload: str) -> tuple[Operation, ...]:
        """The operations of one workload."""
        return tuple(each for each in self.operations if each.kind.partition(".")[0] == workload)
