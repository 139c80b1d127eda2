"""Alerts of the local endpoints: which workers they use."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity


def alerts(layout: Layout) -> Iterable[Rule]:
    status = 'haproxy_server_status{job="endpoints/metrics",proxy=~"app-.+",state="DOWN"}'
    worst = f"max by (proxy, exported_server) ({status}) == 1"
    yield AlertRule(
        "WorkerOut",
        f'label_replace({worst}, "server", "$1", "exported_server", "(.+)-[0-9]+")',
        Severity.WARNING,
        "app",
        "worker {{ $labels.exported_server }} gets no requests",
        "It has failed its health checks for a minute; the other workers take its requests.",
        hold="1m",
    )
