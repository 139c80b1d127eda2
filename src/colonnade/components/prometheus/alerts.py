"""Alerts on watching itself."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity


def alerts(layout: Layout) -> Iterable[Rule]:
    yield AlertRule(
        "Watchdog",
        "vector(1)",
        Severity.INFO,
        "monitor",
        "the monitors watch",
        "Always fires. A service outside that hears it regularly can tell when it stops: then nobody watches the site.",
    )
    yield AlertRule(
        "RulesFail",
        "increase(prometheus_rule_evaluation_failures_total[5m]) > 0",
        Severity.WARNING,
        "monitor",
        "a rule on {{ $labels.server }} cannot be computed",
        "{{ $value | humanize }} evaluations of {{ $labels.rule_group }} failed within five minutes.",
        hold="5m",
    )
    yield AlertRule(
        "ReleaseMismatch",
        "count by (app) (count by (app, release) (colonnade_release_info)) > 1",
        Severity.WARNING,
        "app",
        "{{ $labels.app }} runs in {{ $value }} releases",
        "The servers have not all got the same release for a quarter of an hour: a deploy ended half-way.",
        hold="15m",
    )
