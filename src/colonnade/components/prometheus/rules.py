"""Rules of all components as Prometheus' rule groups."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from colonnade.model.rules import AlertRule, Recording, Rule


def rule_groups(rules: Iterable[Rule], runbooks: str) -> list[dict[str, Any]]:
    """Recordings first, since a group is evaluated in order; then the alerts of each tier."""
    known = tuple(rules)
    groups: dict[str, list[dict[str, Any]]] = {}
    for rule in known:
        if isinstance(rule, Recording):
            groups.setdefault("recorded", []).append(_recording(rule))
    for rule in known:
        if isinstance(rule, AlertRule):
            groups.setdefault(rule.tier, []).append(_alert(rule, runbooks))
    return [{"name": name, "rules": members} for name, members in groups.items()]


def _recording(rule: Recording) -> dict[str, Any]:
    labels = {"labels": dict(rule.labels)} if rule.labels else {}
    return {"record": rule.name, "expr": rule.expr, **labels}


def _alert(rule: AlertRule, runbooks: str) -> dict[str, Any]:
    return {
        "alert": rule.name,
        "expr": rule.expr,
        "for": rule.hold,
        **({"keep_firing_for": rule.linger} if rule.linger else {}),
        "labels": {"severity": str(rule.severity), "tier": rule.tier, **dict(rule.labels)},
        "annotations": {
            "summary": rule.summary,
            "description": rule.description,
            "runbook_url": f"{runbooks}/{rule.name}.md",
        },
    }
