"""Design minus Actual: what will be done, in order, and what each step does to the service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PREPARE = "prepare"
RELEASE = "release"
"""Phase in which servers that are new get what the others serve already."""
RETIRE = "retire"
"""The last phase: what has left the design is stopped once nothing refers to it."""


@dataclass(frozen=True)
class Change:
    """One step on one server. `step` is what the agent is told, in its own words."""

    server: str
    component: str
    action: str
    """add, change, remove, install, start, restart, reload, stop, run, remember, ship, drain or forget."""
    target: str
    effect: str = "none"
    diff: str = field(default="", repr=False)
    stops: bool = False
    """The component stops serving on this server for a moment."""
    first: bool = False
    """No unit of the component has run on this server: nobody can be disturbed."""
    step: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True)
class Plan:
    """Changes by phase and server; an empty plan changes nothing."""

    phases: tuple[tuple[str, ...], ...]
    """Components of each phase; the first phase is PREPARE alone."""
    changes: tuple[Change, ...]

    @property
    def fresh(self) -> bool:
        """Nothing of what changes has ever served."""
        return all(change.first for change in self.changes)

    def of(self, phase: tuple[str, ...]) -> dict[str, tuple[Change, ...]]:
        """Changes of one phase by server, in the order of the servers."""
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            if change.component in phase:
                found.setdefault(change.server, []).append(change)
        return {server: tuple(changes) for server, changes in found.items()}
