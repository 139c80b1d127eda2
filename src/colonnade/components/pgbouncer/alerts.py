"""Alerts of the pools: do queries wait for a connection?"""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity

# While PgBouncer is paused, the longest wait that it tells of stays 0, but no connection to the server is at work. In a
# pool that is only busy some wait for milliseconds whenever one looks.
WAIT = (
    "sum by (server, database) (pgbouncer_pools_client_waiting_connections) > 0 and "
    "(max by (server, database) (pgbouncer_pools_client_maxwait_seconds) > 1 or "
    "sum by (server, database) (pgbouncer_pools_server_active_connections) == 0)"
)


def alerts(layout: Layout) -> Iterable[Rule]:
    yield AlertRule(
        "QueriesWait",
        WAIT,
        Severity.WARNING,
        "app",
        "queries to {{ $labels.database }} wait on {{ $labels.server }}",
        "{{ $value }} clients wait for a connection: the pool is used up or paused, or nobody leads.",
        hold="1m",
    )
