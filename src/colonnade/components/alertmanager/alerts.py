"""Alerts on alerting itself: can what fires be told?"""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity
from colonnade.model.site import Role


def alerts(layout: Layout) -> Iterable[Rule]:
    yield AlertRule(
        "AlertsNotSent",
        "sum by (server, integration) (rate(alertmanager_notifications_failed_total[5m])) > 0",
        Severity.CRITICAL,
        "monitor",
        "{{ $labels.server }} cannot send by {{ $labels.integration }}",
        "The receiver refuses or does not answer. Where there is another receiver, this reached you by that one.",
        hold="2m",
    )
    count = len(layout.having(Role.MONITOR))
    if count > 1:
        yield AlertRule(
            "AlertmanagersApart",
            f"alertmanager_cluster_members < {count}",
            Severity.WARNING,
            "monitor",
            "the Alertmanager of {{ $labels.server }} does not hear the others",
            f"It counts {{{{ $value }}}} of {count}: alerts may come twice.",
            hold="2m",
        )
