"""Alerts of the vote: does every member know a leader, does its disk keep up, is there room?"""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity


def alerts(layout: Layout) -> Iterable[Rule]:
    yield AlertRule(
        "EtcdNoLeader",
        "etcd_server_has_leader == 0",
        Severity.CRITICAL,
        "etcd",
        "etcd on {{ $labels.server }} knows no leader",
        "It does not hear a majority of the members: nobody can become primary by its word.",
        hold="20s",
    )
    fsync = "rate(etcd_disk_wal_fsync_duration_seconds_bucket[5m])"
    # A heartbeat is 100 ms: slower than that, a leader is taken for lost.
    yield AlertRule(
        "EtcdDiskSlow",
        f"histogram_quantile(0.99, sum by (server, le) ({fsync})) > 0.1",
        Severity.WARNING,
        "etcd",
        "the disk of {{ $labels.server }} is slow for etcd",
        "One write in a hundred takes more than {{ $value | humanizeDuration }}; leaders change for no reason.",
        hold="10m",
    )
    used = "etcd_mvcc_db_total_size_in_bytes / etcd_server_quota_backend_bytes"
    yield AlertRule(
        "EtcdFull",
        f"{used} > 0.8",
        Severity.WARNING,
        "etcd",
        "etcd on {{ $labels.server }} is nearly full",
        "{{ $value | humanizePercentage }} of its quota is used; past it, it refuses to write.",
        hold="5m",
    )
