"""What is looked at on a server, and what was seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Status(StrEnum):
    """Worst last; `unknown` is an answer, and never counts as ok."""

    OK = "ok"
    DEGRADED = "degraded"
    DOWN = "down"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Output:
    """What a probe's command printed, within its time limit."""

    code: int
    text: str


@dataclass(frozen=True, slots=True)
class Aside:
    """What an operator has put aside on purpose."""

    drained: frozenset[tuple[str, str]] = frozenset()
    """(component, server)."""
    maintenance: tuple[str, ...] = ()
    """Apps for which the balancers answer."""

    def out(self, component: str) -> frozenset[str]:
        return frozenset(server for name, server in self.drained if name == component)


@dataclass(frozen=True, slots=True)
class Reading:
    """What one probe saw. `facts` are for the reader and for other components: role, lag, leader, release."""

    component: str
    name: str
    status: Status
    text: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


# Of a server that somebody has just begun to look at.
NOT_YET = "not reached yet"
# By server.
Readings = Mapping[str, tuple[Reading, ...]]


def by_exit_code(output: Output) -> tuple[Status, str, Mapping[str, str]]:
    """Well when the command succeeds."""
    return (Status.OK if output.code == 0 else Status.DOWN), output.text.strip()[:200], {}


@dataclass(frozen=True, slots=True)
class Probe:
    """A shell command that runs on the server (root, at most 3 s), and the pure function that reads its output."""

    component: str
    name: str
    command: str
    read: Callable[[Output], tuple[Status, str, Mapping[str, str]]] = by_exit_code


def unit_probe(component: str, unit: str) -> Probe:
    return Probe(component, unit, f"systemctl is-active {unit}")
