"""Alerts of the pools: do queries wait for a connection?"""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity


def alerts(layout: Layout) -> Iterable[Rule]:
    yield AlertRule(
        "QueriesWait",
        "max by (server, database) (pgbouncer_pools_client_maxwait_seconds) > 1",
        Severity.WARNING,
        "app",
        "queries to {{ $labels.database }} wait on {{ $labels.server }}",
        "The oldest has waited {{ $value | humanizeDuration }} for a connection: the pool is used up, or nobody leads.",
        hold="1m",
    )
