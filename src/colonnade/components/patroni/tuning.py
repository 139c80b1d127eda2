"""PostgreSQL parameters from the measured size of a server. Starting points of the PostgreSQL manual and wiki."""

from __future__ import annotations

from colonnade.components.patroni.options import PatroniOptions
from colonnade.model.layout import Facts, Layout
from colonnade.model.site import Role
from colonnade.model.sizing import database_connections

MB = 1 << 20
Parameters = dict[str, str | int | float | bool]

# PostgreSQL asks that a standby allow at least what its primary does: Patroni keeps these equal on all members.
CLUSTER_WIDE = (
    "max_connections", "max_locks_per_transaction", "max_worker_processes", "max_prepared_transactions",
    "max_wal_senders", "max_replication_slots", "wal_level", "wal_log_hints", "track_commit_timestamp",
)  # fmt: skip


def cluster_parameters(layout: Layout) -> Parameters:
    """What Patroni keeps in etcd, the same for every member."""
    settings = layout.site.option(PatroniOptions).settings
    tuned: Parameters = {
        "max_connections": database_connections(layout),
        "max_worker_processes": max(8, max(layout.size(s).cpus for s in layout.having(Role.DB))),
        "max_wal_senders": 10,
        "max_replication_slots": 10,
        "wal_log_hints": "on",
    }
    return tuned | {key: value for key, value in settings.items() if key in CLUSTER_WIDE}


def server_parameters(facts: Facts, options: PatroniOptions, connections: int) -> Parameters:
    """What depends on one server's memory and cores."""
    memory = facts.memory
    tuned: Parameters = {
        "shared_buffers": f"{memory // 4 // MB}MB",
        "effective_cache_size": f"{memory * 3 // 4 // MB}MB",
        # A query may use several times work_mem: a quarter of memory shared by all connections, twice over.
        "work_mem": f"{max(2, memory // 4 // connections // 2 // MB)}MB",
        "maintenance_work_mem": f"{min(2048, max(32, memory // 16 // MB))}MB",
        "max_parallel_workers": facts.cpus,
        "max_parallel_workers_per_gather": max(1, facts.cpus // 2),
        # 1.1: reads of SSDs cost about the same in any order.
        "random_page_cost": 1.1,
        "effective_io_concurrency": 200,
        "huge_pages": "try",
        "max_wal_size": "2GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": 0.9,
        "wal_compression": "lz4",
        "jit": "off",
    }
    return tuned | {key: value for key, value in options.settings.items() if key not in CLUSTER_WIDE}
