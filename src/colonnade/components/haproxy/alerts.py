"""Alerts of the edge: which web servers it uses, and how full it is."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity


def alerts(layout: Layout) -> Iterable[Rule]:
    # HAProxy's own label of that name arrives as exported_server; the alert is about that one.
    down = 'max by (exported_server) (haproxy_server_status{job="haproxy/metrics",proxy="web",state="DOWN"}) == 1'
    yield AlertRule(
        "WebServerOut",
        f'label_replace({down}, "server", "$1", "exported_server", "(.+)")',
        Severity.WARNING,
        "web",
        "the balancers send nothing to {{ $labels.server }}",
        "{{ $labels.server }} has failed its health checks for a minute; the other web servers take its requests.",
        hold="1m",
    )
    full = 'haproxy_frontend_current_sessions{proxy="https"} / haproxy_frontend_limit_sessions{proxy="https"}'
    yield AlertRule(
        "BalancerFull",
        f"{full} > 0.8",
        Severity.WARNING,
        "balancer",
        "{{ $labels.server }} can take few more visitors",
        "{{ $value | humanizePercentage }} of the connections that it may have are in use.",
        hold="5m",
    )
