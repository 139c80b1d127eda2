"""What monitors compute from what they fetch: alerts, and series that several of them share."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Who hears of it, and when."""

    CRITICAL = "critical"
    """Visitors notice, or the next loss would end a tier: sent at once."""
    WARNING = "warning"
    """Somebody should look within the day: sent."""
    INFO = "info"
    """Happened and is over: shown, never sent."""


@dataclass(frozen=True, slots=True)
class AlertRule:
    """One alert. Its runbook is docs/runbooks/NAME.md.

    `summary` and `description` are Prometheus templates: `{{ $labels.server }}`, `{{ $value }}`.
    """

    name: str
    expr: str
    severity: Severity
    tier: str
    """Tier it speaks of, in the words of `status`: balancer, web, app, database, cache, etcd, monitor, or server."""
    summary: str
    description: str
    hold: str = "0s"
    """How long it must be true before it fires, Prometheus' `for`."""
    linger: str = ""
    """How long it goes on firing once it is true no more, Prometheus' `keep_firing_for`."""
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Recording:
    """A series computed once for several rules and pages, named level:metric:operation."""

    name: str
    expr: str
    labels: tuple[tuple[str, str], ...] = ()


Rule = AlertRule | Recording
