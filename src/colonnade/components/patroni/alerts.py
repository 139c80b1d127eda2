"""Alerts of the database: who leads, who follows how closely, and how full it is."""

from __future__ import annotations

from collections.abc import Iterable

from colonnade.components.patroni.options import PatroniOptions
from colonnade.model.layout import Layout
from colonnade.model.rules import AlertRule, Rule, Severity
from colonnade.model.site import Role
from colonnade.model.sizing import database_connections

# Patroni lets no replica lead that is more than 16 MB behind (maximum_lag_on_failover).
LAG = 16 << 20
# Half of what a slot may keep for a replica that is away (max_slot_wal_keep_size).
KEPT = 2 << 30
WARNING, CRITICAL, INFO = Severity.WARNING, Severity.CRITICAL, Severity.INFO


def alerts(layout: Layout) -> Iterable[Rule]:
    yield from _leader()
    if len(layout.having(Role.DB)) > 1:
        yield from _followers(layout)
    yield from _upkeep()
    yield from _load(layout)


def _leader() -> Iterable[Rule]:
    yield AlertRule(
        "NoPrimary",
        "(sum(patroni_primary) or vector(0)) == 0",
        CRITICAL,
        "database",
        "the database has no primary",
        "No PostgreSQL that answers leads: nothing can be written.",
        # A lost server is followed by another within 26 s, Patroni's floor; that is no alert of its own.
        hold="45s",
    )
    yield AlertRule(
        "TwoPrimaries",
        "sum(patroni_primary) > 1",
        CRITICAL,
        "database",
        "{{ $value }} PostgreSQL servers call themselves primary",
        "Only the one that holds the lease in etcd may be written to; the endpoints use no other.",
        hold="20s",
    )
    yield AlertRule(
        "PrimaryChanged",
        "patroni_primary == 1 and on (server) patroni_primary offset 5m == 0",
        INFO,
        "database",
        "{{ $labels.server }} became the primary",
        "{{ $labels.server }} has taken over within five minutes: a failover or a switchover.",
    )
    yield AlertRule(
        "FailsafeMode",
        "max(patroni_failsafe_mode_is_active) == 1",
        CRITICAL,
        "database",
        "the database runs without etcd",
        "The primary leads only because all replicas agree: one more loss and it must stop taking writes.",
        hold="30s",
    )


def _followers(layout: Layout) -> Iterable[Rule]:
    if layout.site.option(PatroniOptions).durability != "none":
        yield AlertRule(
            "NoSynchronousStandby",
            "sum(patroni_sync_standby) + sum(patroni_quorum_standby) == 0",
            CRITICAL,
            "database",
            "no replica confirms writes",
            "A commit waits for a second server, and none is left to give its word: writes hang, or are on one server.",
            hold="1m",
        )
    yield AlertRule(
        "ReplicaNotStreaming",
        "patroni_replica == 1 and on (server) patroni_postgres_streaming == 0",
        WARNING,
        "database",
        "{{ $labels.server }} does not follow the primary",
        "Its PostgreSQL has not streamed for two minutes: it falls behind and cannot take over.",
        hold="2m",
    )
    yield AlertRule(
        "ReplicationLag",
        f"scalar(max(patroni_xlog_location)) - (patroni_xlog_replayed_location and on (server) patroni_replica == 1)"
        f" > {LAG}",
        WARNING,
        "database",
        "{{ $labels.server }} lags behind the primary",
        "It has {{ $value | humanize1024 }}B yet to replay: reads go elsewhere, and it could not take over.",
        hold="2m",
    )
    yield AlertRule(
        "SlotKeepsWal",
        f"max by (server, slot_name) (pg_replication_slots_pg_wal_lsn_diff) > {KEPT}",
        WARNING,
        "database",
        "the primary keeps much WAL for {{ $labels.slot_name }}",
        "{{ $value | humanize1024 }}B wait for it; at 4 GB it is given up and must be copied anew.",
        hold="5m",
    )


def _upkeep() -> Iterable[Rule]:
    yield AlertRule(
        "FailoverPaused",
        "max(patroni_is_paused) == 1",
        WARNING,
        "database",
        "Patroni is paused",
        "Nobody takes over while it is: a lost primary stays lost.",
        hold="10m",
    )
    yield AlertRule(
        "RestartPending",
        "patroni_pending_restart == 1",
        WARNING,
        "database",
        "PostgreSQL on {{ $labels.server }} waits for a restart",
        "A setting has changed that needs one, and nobody has restarted it for a quarter of an hour.",
        hold="15m",
    )


def _load(layout: Layout) -> Iterable[Rule]:
    limit = database_connections(layout)
    yield AlertRule(
        "DatabaseConnectionsFull",
        f"sum by (server) (pg_stat_activity_count) / {limit} > 0.8",
        WARNING,
        "database",
        "PostgreSQL on {{ $labels.server }} can take few more connections",
        f"{{{{ $value | humanizePercentage }}}} of {limit} connections are in use.",
        hold="5m",
    )
