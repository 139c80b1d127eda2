"""Alerts of the cache: who leads, who follows, how full it is."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity

PRIMARIES = 'redis_instance_info{role="master"}'


def alerts(layout: Layout) -> Iterable[Rule]:
    yield from _leader()
    yield AlertRule(
        "CacheReplicaAlone",
        "redis_master_link_up == 0",
        Severity.WARNING,
        "cache",
        "Valkey on {{ $labels.server }} does not follow its primary",
        "Its link has been down for two minutes: what it holds grows old.",
        hold="2m",
    )
    yield AlertRule(
        "CacheFull",
        "redis_memory_used_bytes / (redis_memory_max_bytes > 0) > 0.9",
        Severity.WARNING,
        "cache",
        "Valkey on {{ $labels.server }} is nearly full",
        "{{ $value | humanizePercentage }} of the memory that it may have is used; what has an expiry is dropped next.",
        hold="10m",
    )


def _leader() -> Iterable[Rule]:
    yield AlertRule(
        "NoCachePrimary",
        f"(sum({PRIMARIES}) or vector(0)) == 0",
        Severity.CRITICAL,
        "cache",
        "the cache has no primary",
        "No Valkey that answers leads: sessions cannot be written.",
        hold="30s",
    )
    yield AlertRule(
        "TwoCachePrimaries",
        f"sum({PRIMARIES}) > 1",
        Severity.WARNING,
        "cache",
        "{{ $value }} Valkey servers call themselves primary",
        "The endpoints use the one that has replicas; what is written to the other is lost.",
        hold="1m",
    )
    yield AlertRule(
        "CachePrimaryChanged",
        f'{PRIMARIES} and on (server) redis_instance_info{{role="slave"}} offset 5m',
        Severity.INFO,
        "cache",
        "{{ $labels.server }} became the cache's primary",
        "{{ $labels.server }} has taken over within five minutes.",
    )
